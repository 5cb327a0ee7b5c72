//! The resident's side: no log-in, no cookie; the token in the body is the authority. Nothing here is a GET: a preview of a link, or a
//! mail program that looks at it, changes and learns nothing.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::answer::{self, Answer, Answered, SaidOutcome};
use super::super::store::answers as store;
use super::super::{Lang, SpeaksAs};
use crate::app::App;
use crate::call::{ClientAddress, Valid};
use crate::city;
use crate::db::Principal;
use crate::events::EventKind;
use crate::problem::{Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(open_link))
        .routes(routes!(answer_by_link))
        .routes(routes!(call_for_real))
}

#[derive(Deserialize, Validate, ToSchema)]
struct OpenLink {
    /// What stands behind the `#` of the link.
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    token: String,
}

/// What the page says before the answer: of the event, never of the person.
#[derive(Serialize, ToSchema)]
struct OpenedLink {
    municipality: String,
    /// Invented people only: the page says so.
    is_demo: bool,
    /// The number to call: the district's own, else the city's; empty: nobody has stated one.
    district_phone: String,
    event_kind: EventKind,
    event_name: String,
    /// The drill or disaster is over.
    is_over: bool,
    /// The round is closed; an answer still counts, as late.
    is_closed: bool,
    speaks_as: SpeaksAs,
    /// One address for several of a home: the answer is for all of them.
    for_household: bool,
    lang: Lang,
    /// When this link was last answered by.
    answered_at: Option<DateTime<Utc>>,
}

/// What a personal link is about. Reads, changes nothing.
#[utoipa::path(post, path = "/answers/open", operation_id = "open_link", tag = "answers", request_body = OpenLink, responses((status = 200, body = OpenedLink), Problems))]
async fn open_link(
    State(app): State<App>,
    address: ClientAddress,
    Valid(input): Valid<OpenLink>,
) -> Result<Json<OpenedLink>> {
    let (mut tx, link) = answer::enter(&app, &input.token, &address.block()).await?;
    let city = city::store::city(&mut tx).await?;
    tx.continue_as(Principal::Ingest).await?;
    let district = [store::district(&mut tx, link.member_id).await?];
    let phones = city::phones(&app, &mut tx, &district).await?;
    let (answered_at, _) = store::answered(&mut tx, link.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(OpenedLink {
        municipality: city.name,
        is_demo: city.is_demo,
        district_phone: phones.on_the_wire(&district),
        event_kind: link.event_kind,
        event_name: link.event_name,
        is_over: link.is_event_over,
        is_closed: link.is_closed,
        speaks_as: link.speaks_as,
        for_household: link.for_household,
        lang: link.lang,
        answered_at,
    }))
}

/// Answer by a personal link. Saying it again replaces nothing: each answer is a new word, and `corrects` names the one it corrects.
#[utoipa::path(post, path = "/answers", operation_id = "answer_by_link", tag = "answers", request_body = Answer, responses((status = 201, body = Answered), Problems))]
async fn answer_by_link(
    State(app): State<App>,
    address: ClientAddress,
    Valid(input): Valid<Answer>,
) -> Result<(StatusCode, Json<Answered>)> {
    let (tx, link) = answer::enter(&app, &input.token, &address.block()).await?;
    let answered = answer::record(&app, tx, &link, &input).await?;
    Ok((StatusCode::CREATED, Json(answered)))
}

#[derive(Deserialize, Validate, ToSchema)]
struct CallForReal {
    /// What stands behind the `#` of the link.
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    token: String,
    /// Made on the phone: saying it twice calls once.
    #[garde(skip)]
    id: Uuid,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    note: String,
}

/// 「訓練ではありません」: help is needed for real, out of a drill. Filed under the standing disaster event; 119 comes first all the same.
#[utoipa::path(post, path = "/answers/real-call", operation_id = "call_for_real", tag = "answers", request_body = CallForReal, responses((status = 201, body = Answered), Problems))]
async fn call_for_real(
    State(app): State<App>,
    address: ClientAddress,
    Valid(input): Valid<CallForReal>,
) -> Result<(StatusCode, Json<Answered>)> {
    let (tx, link) = answer::enter(&app, &input.token, &address.block()).await?;
    let call = Answer {
        token: input.token,
        id: input.id,
        outcome: SaidOutcome::NeedsRescue,
        whereabouts: None,
        note: input.note,
        for_household: false,
        corrects: None,
    };
    let answered = match link.event_kind {
        EventKind::Drill => answer::call_for_real(&app, tx, &link, &call).await?,
        EventKind::Disaster => answer::record(&app, tx, &link, &call).await?,
    };
    Ok((StatusCode::CREATED, Json(answered)))
}
