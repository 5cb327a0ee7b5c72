//! What is appended to an entry: where she is, what is damaged, what was done, what she agreed to. A correction names what it corrects.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::entry::Victim;
use super::super::items::refuse_my_number;
use super::super::provision::RecipientKind;
use super::super::store;
use super::super::store::records::{
    self, Appended, NewAssistance, NewConsent, NewDamage, NewWhereabouts,
};
use super::super::words::{
    AssistanceKind, AssistanceStatus, ConsentStatus, DamageGrade, DamageKind, VictimPlace,
};
use super::told;
use crate::app::App;
use crate::call::{Caller, Staff, Valid};
use crate::db::Tx;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add_victim_whereabouts))
        .routes(routes!(add_victim_damage))
        .routes(routes!(add_victim_assistance))
        .routes(routes!(add_victim_consent))
}

/// An entry that may be written on.
async fn begun(app: &App, caller: &Caller, id: Uuid) -> Result<Tx> {
    let mut tx = app.db.begin(&caller.scope).await?;
    match store::removed(&mut tx, id).await? {
        None => Ok(tx),
        Some(_) => Err(Problem::Conflict(
            "この記録は台帳から外されています。先に台帳に戻してください。".into(),
        )),
    }
}

async fn ended(
    mut tx: Tx,
    app: &App,
    action: &'static str,
    id: Uuid,
) -> Result<(StatusCode, Json<Victim>)> {
    let victim = told(&mut tx, app, action, id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(victim)))
}

/// Nothing is known of tomorrow. A clock that runs a little fast is no reason to refuse.
fn no_future(pointer: &str, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    match at > now + TimeDelta::minutes(10) {
        true => Err(Problem::field(
            pointer,
            "先の日時になっています。いつのことかを確かめてください。",
        )),
        false => Ok(()),
    }
}

#[derive(Deserialize, Validate, ToSchema)]
struct AddWhereabouts {
    /// Made by the caller.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    whereabouts: VictimPlace,
    #[garde(skip)]
    site_id: Option<Uuid>,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    words: String,
    #[garde(skip)]
    since: DateTime<Utc>,
    /// The record that this one puts right.
    #[garde(skip)]
    corrects: Option<Uuid>,
    /// It takes back what it corrects.
    #[garde(skip)]
    #[serde(default)]
    is_withdrawn: bool,
}

/// Say where she is since when, or put an earlier word right.
#[utoipa::path(post, path = "/victims/{id}/whereabouts", operation_id = "add_victim_whereabouts", tag = "victims", params(("id" = Uuid, Path)), request_body = AddWhereabouts, responses((status = 201, body = Victim), Problems))]
async fn add_victim_whereabouts(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<AddWhereabouts>,
) -> Result<(StatusCode, Json<Victim>)> {
    no_future("/since", input.since, app.clock.now())?;
    refuse_my_number("", &[("words", &input.words)])?;
    let appended = appended(&caller, input.id, id, input.corrects, input.is_withdrawn)?;
    let mut tx = begun(&app, &caller, id).await?;
    let new = NewWhereabouts {
        whereabouts: input.whereabouts,
        site_id: input.site_id,
        words: input.words.trim(),
        since: input.since,
    };
    records::add_whereabouts(&mut tx, appended, new).await?;
    ended(tx, &app, "victims.whereabouts", id).await
}

fn appended(
    caller: &Caller,
    id: Uuid,
    entry: Uuid,
    corrects: Option<Uuid>,
    is_withdrawn: bool,
) -> Result<Appended> {
    if is_withdrawn && corrects.is_none() {
        return Err(Problem::field(
            "/corrects",
            "どの記録を取り消すのかを選んでください。",
        ));
    }
    Ok(Appended {
        id,
        entry,
        corrects,
        is_withdrawn,
        by: caller.scope.actor_id(),
    })
}

#[derive(Deserialize, Validate, ToSchema)]
struct AddDamage {
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    kind: DamageKind,
    /// As it is reported: never the result of a survey.
    #[garde(skip)]
    grade: DamageGrade,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    words: String,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    place: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    reported_by: String,
    #[garde(skip)]
    reported_at: DateTime<Utc>,
    #[garde(skip)]
    corrects: Option<Uuid>,
    #[garde(skip)]
    #[serde(default)]
    is_withdrawn: bool,
}

/// Write damage down as it was reported, or put an earlier report right.
#[utoipa::path(post, path = "/victims/{id}/damage", operation_id = "add_victim_damage", tag = "victims", params(("id" = Uuid, Path)), request_body = AddDamage, responses((status = 201, body = Victim), Problems))]
async fn add_victim_damage(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<AddDamage>,
) -> Result<(StatusCode, Json<Victim>)> {
    no_future("/reported_at", input.reported_at, app.clock.now())?;
    if !input.grade.fits(input.kind) {
        return Err(Problem::field(
            "/grade",
            format!(
                "「{}」の被害に「{}」は選べません。選び直してください。",
                input.kind.word(),
                input.grade.word()
            ),
        ));
    }
    refuse_my_number("", &[("words", &input.words), ("place", &input.place)])?;
    let appended = appended(&caller, input.id, id, input.corrects, input.is_withdrawn)?;
    let mut tx = begun(&app, &caller, id).await?;
    let new = NewDamage {
        kind: input.kind,
        grade: input.grade,
        words: input.words.trim(),
        place: input.place.trim(),
        reported_by: input.reported_by.trim(),
        reported_at: input.reported_at,
    };
    records::add_damage(&mut tx, appended, new).await?;
    ended(tx, &app, "victims.damage", id).await
}

#[derive(Deserialize, Validate, ToSchema)]
struct AddAssistance {
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    kind: AssistanceKind,
    #[garde(skip)]
    status: AssistanceStatus,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    words: String,
    #[garde(skip)]
    happened_on: NaiveDate,
    #[garde(range(min = 0, max = 1_000_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    amount_yen: Option<i64>,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    department: String,
    #[garde(skip)]
    corrects: Option<Uuid>,
    #[garde(skip)]
    #[serde(default)]
    is_withdrawn: bool,
}

/// Write down what was asked, decided or done for her, or put an earlier record right.
#[utoipa::path(post, path = "/victims/{id}/assistance", operation_id = "add_victim_assistance", tag = "victims", params(("id" = Uuid, Path)), request_body = AddAssistance, responses((status = 201, body = Victim), Problems))]
async fn add_victim_assistance(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<AddAssistance>,
) -> Result<(StatusCode, Json<Victim>)> {
    refuse_my_number("", &[("words", &input.words)])?;
    let appended = appended(&caller, input.id, id, input.corrects, input.is_withdrawn)?;
    let mut tx = begun(&app, &caller, id).await?;
    let new = NewAssistance {
        kind: input.kind,
        status: input.status,
        words: input.words.trim(),
        happened_on: input.happened_on,
        amount_yen: input.amount_yen,
        department: input.department.trim(),
    };
    records::add_assistance(&mut tx, appended, new).await?;
    ended(tx, &app, "victims.assistance", id).await
}

#[derive(Deserialize, Validate, ToSchema)]
struct AddConsent {
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    recipient_kind: RecipientKind,
    /// Whom the consent names.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    recipient_name: String,
    #[garde(skip)]
    status: ConsentStatus,
    #[garde(skip)]
    obtained_on: NaiveDate,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    means: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    obtained_by: String,
}

/// Write down her word on giving her record to somebody outside the city; the newest word to a recipient holds.
#[utoipa::path(post, path = "/victims/{id}/consents", operation_id = "add_victim_consent", tag = "victims", params(("id" = Uuid, Path)), request_body = AddConsent, responses((status = 201, body = Victim), Problems))]
async fn add_victim_consent(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<AddConsent>,
) -> Result<(StatusCode, Json<Victim>)> {
    if !input.recipient_kind.asks_consent() {
        return Err(Problem::field(
            "/recipient_kind",
            "本人や市の内部への提供に、同意の記録はいりません。提供先を選び直してください。",
        ));
    }
    let name = input.recipient_name.trim();
    if name.is_empty() {
        return Err(Problem::field(
            "/recipient_name",
            "だれへの提供に同意したのか、名前を入れてください。",
        ));
    }
    let mut tx = begun(&app, &caller, id).await?;
    let new = NewConsent {
        recipient_kind: input.recipient_kind,
        recipient_name: name,
        status: input.status,
        obtained_on: input.obtained_on,
        means: input.means.trim(),
        obtained_by: input.obtained_by.trim(),
    };
    records::add_consent(&mut tx, input.id, id, caller.scope.actor_id(), new).await?;
    ended(tx, &app, "victims.consent", id).await
}
