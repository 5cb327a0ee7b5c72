//! The victim registry over HTTP. Headquarters only.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::entry::{Victim, VictimLine};
use super::store::{self, Sought};
use super::take_over::{From, take_over};
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Staff, Valid};
use crate::events::{self, EventKind};
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_victims, add_victim))
        .routes(routes!(show_victim))
}

/// Narrow the list to those whom nobody can reach, or whom nobody helped yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Lacking {
    WithoutContact,
    WithoutAssistance,
}

#[derive(Debug, Deserialize, IntoParams)]
struct Search {
    /// Part of a name or reading.
    query: Option<String>,
    district: Option<Uuid>,
    #[param(inline)]
    only: Option<Lacking>,
    /// The last number of the page before.
    after: Option<i32>,
}

/// A page of the registry, by number.
#[derive(Debug, Serialize, ToSchema)]
struct VictimPage {
    items: Vec<VictimLine>,
    /// What `after` of the next page is; null on the last.
    next: Option<i32>,
}

const PAGE: i64 = 100;

/// The registry of a disaster, by number.
#[utoipa::path(get, path = "/events/{id}/victims", operation_id = "list_victims", tag = "victims", params(("id" = Uuid, Path), Search), responses((status = 200, body = VictimPage), Problems))]
async fn list_victims(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Query(search): Query<Search>,
) -> Result<Json<VictimPage>> {
    let sought = Sought {
        query: search.query,
        district: search.district,
        without_contact: search.only == Some(Lacking::WithoutContact),
        without_assistance: search.only == Some(Lacking::WithoutAssistance),
        id: None,
        after: search.after,
    };
    let mut tx = app.db.begin_read(&caller.scope).await?;
    events::store::by_id(&mut tx, id, app.clock.now()).await?;
    let mut items = store::search(&mut tx, id, &sought, PAGE + 1).await?;
    let has_more = i64::try_from(items.len()).is_ok_and(|n| n > PAGE);
    items.truncate(usize::try_from(PAGE).unwrap_or(0));
    let ids: Vec<Uuid> = items.iter().map(|v| v.id).collect();
    let entry = Entry::new("victims.search", "victim_entry", &ids)
        .ground(LegalGround::VictimInternal)
        .event(id)
        .detail(json!({"district": sought.district}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let next = items.last().filter(|_| has_more).map(|v| v.number);
    Ok(Json(VictimPage { items, next }))
}

/// From what an entry is made: exactly one is said.
#[derive(Deserialize, Validate, ToSchema)]
struct AddVictim {
    /// Made by the caller; when the person has an entry already, that one is answered and added to.
    #[garde(skip)]
    id: Uuid,
    /// Somebody of the roster.
    #[garde(skip)]
    person_id: Option<Uuid>,
    /// A member of a safety round of this disaster.
    #[garde(skip)]
    member_id: Option<Uuid>,
    /// Somebody received at a door in this disaster.
    #[garde(skip)]
    evacuee_id: Option<Uuid>,
}

/// Make an entry out of what is known already: the roster, a safety result, a check-in. Doing it again adds what is new.
#[utoipa::path(post, path = "/events/{id}/victims", operation_id = "add_victim", tag = "victims", params(("id" = Uuid, Path)), request_body = AddVictim, responses((status = 201, body = Victim), Problems))]
async fn add_victim(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<AddVictim>,
) -> Result<(StatusCode, Json<Victim>)> {
    let from = match (input.person_id, input.member_id, input.evacuee_id) {
        (Some(id), None, None) => From::Person(id),
        (None, Some(id), None) => From::Member(id),
        (None, None, Some(id)) => From::Evacuee(id),
        _ => {
            return Err(Problem::field(
                "",
                "名簿・安否確認・避難所の受付のどれか1つから選んでください。",
            ));
        }
    };
    let mut tx = app.db.begin(&caller.scope).await?;
    let event = events::store::by_id(&mut tx, id, app.clock.now()).await?;
    if event.kind == EventKind::Drill {
        return Err(Problem::Conflict(
            "訓練の記録は被災者台帳に入れられません。".into(),
        ));
    }
    if event.is_standing {
        return Err(Problem::Conflict(
            "常設の災害には台帳がありません。災害を始めて、その災害で作ってください。".into(),
        ));
    }
    let made_by = caller.scope.actor_id();
    let (entry_id, is_new) = take_over(&mut tx, id, input.id, from, made_by).await?;
    let victim = store::victim(&mut tx, entry_id).await?;
    let action = if is_new {
        "victims.create"
    } else {
        "victims.add"
    };
    let entry = Entry::new(action, "victim_entry", std::slice::from_ref(&entry_id))
        .ground(LegalGround::VictimInternal)
        .event(id)
        .detail(json!({"sources": victim.line.sources}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(victim)))
}

/// One entry: its items, what it was made from, where the person was when.
#[utoipa::path(get, path = "/victims/{id}", operation_id = "show_victim", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = Victim), Problems))]
async fn show_victim(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Victim>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let victim = store::victim(&mut tx, id).await?;
    let entry = Entry::new("victims.show", "victim_entry", std::slice::from_ref(&id))
        .ground(LegalGround::VictimInternal)
        .event(victim.event_id);
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(victim))
}
