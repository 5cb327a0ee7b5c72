//! The list, its figures, one entry; an entry out of what is known already.

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

use super::super::entry::{Victim, VictimChange, VictimLine};
use super::super::items::VictimItems;
use super::super::store::{self, Sought, VictimCounts};
use super::super::take_over::{From, take_over};
use super::super::words::{DamageGrade, VictimCertificate, VictimPlace};
use super::{disaster, told};
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Staff, Valid};
use crate::events;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_victims, add_victim))
        .routes(routes!(count_victims))
        .routes(routes!(show_victim))
        .routes(routes!(list_victim_changes))
}

/// Narrow the list to those whom nobody can reach, or whom nobody helped yet; or those taken out of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lacking {
    WithoutContact,
    WithoutAssistance,
    Removed,
}

/// Which entries.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(default)]
pub struct VictimFilter {
    /// Part of a name or reading, however it is written, or the number.
    pub query: Option<String>,
    pub district: Option<Uuid>,
    #[param(inline)]
    pub only: Option<Lacking>,
    #[param(inline)]
    pub certificate: Option<VictimCertificate>,
    /// A place, or `unsaid`: nobody said.
    pub whereabouts: Option<String>,
    /// A degree of damage to the dwelling as reported, or `unsaid`.
    pub dwelling: Option<String>,
}

impl VictimFilter {
    pub fn sought(&self) -> Result<Sought> {
        let known = |pointer: &str, word: &Option<String>, is_known: bool| match word {
            Some(word) if word != "unsaid" && !is_known => Err(Problem::field(
                pointer,
                "この条件は選べません。選び直してください。",
            )),
            _ => Ok(()),
        };
        let of = |word: &Option<String>| word.as_deref().unwrap_or("").to_owned();
        let place = VictimPlace::of(&of(&self.whereabouts));
        known("/whereabouts", &self.whereabouts, place.is_some())?;
        let grade = DamageGrade::of(&of(&self.dwelling));
        known("/dwelling", &self.dwelling, grade.is_some())?;
        Ok(Sought {
            query: self.query.clone(),
            district: self.district,
            certificate: self.certificate.map(|c| c.as_str().to_owned()),
            whereabouts: self.whereabouts.clone(),
            dwelling: self.dwelling.clone(),
            without_contact: self.only == Some(Lacking::WithoutContact),
            without_assistance: self.only == Some(Lacking::WithoutAssistance),
            is_removed: self.only == Some(Lacking::Removed),
            ids: None,
            after: None,
        })
    }
}

#[derive(Debug, Deserialize, IntoParams)]
struct After {
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
#[utoipa::path(get, path = "/events/{id}/victims", operation_id = "list_victims", tag = "victims", params(("id" = Uuid, Path), VictimFilter, After), responses((status = 200, body = VictimPage), Problems))]
async fn list_victims(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Query(filter): Query<VictimFilter>,
    Query(After { after }): Query<After>,
) -> Result<Json<VictimPage>> {
    let sought = Sought {
        after,
        ..filter.sought()?
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
        .detail(json!({"district": sought.district, "only": filter.only}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let next = items.last().filter(|_| has_more).map(|v| v.number);
    Ok(Json(VictimPage { items, next }))
}

/// The registry in figures.
#[utoipa::path(get, path = "/events/{id}/victims/counts", operation_id = "count_victims", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = VictimCounts), Problems))]
async fn count_victims(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<VictimCounts>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    events::store::by_id(&mut tx, id, now).await?;
    let counts = store::counts(&mut tx, id, now).await?;
    tx.commit().await?;
    Ok(Json(counts))
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
    /// Somebody whom nobody knows yet, typed by hand.
    #[garde(dive)]
    by_hand: Option<VictimItems>,
}

/// Make an entry out of what is known already (the roster, a safety result, a check-in), or by hand. Doing it again adds what is new.
#[utoipa::path(post, path = "/events/{id}/victims", operation_id = "add_victim", tag = "victims", params(("id" = Uuid, Path)), request_body = AddVictim, responses((status = 201, body = Victim), Problems))]
async fn add_victim(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<AddVictim>,
) -> Result<(StatusCode, Json<Victim>)> {
    let from = (
        input.person_id.map(From::Person),
        input.member_id.map(From::Member),
        input.evacuee_id.map(From::Evacuee),
        input.by_hand,
    );
    let by = caller.scope.actor_id();
    let mut tx = app.db.begin(&caller.scope).await?;
    let (entry_id, is_new) = match from {
        (Some(from), None, None, None)
        | (None, Some(from), None, None)
        | (None, None, Some(from), None) => {
            disaster(&mut tx, &app, id).await?;
            let taken = take_over(&mut tx, id, input.id, from, by).await?;
            (taken.id, taken.is_new)
        }
        (None, None, None, Some(items)) => {
            let items = items.checked("/by_hand")?;
            disaster(&mut tx, &app, id).await?;
            let is_new = store::edit::insert(&mut tx, &app.keys, id, input.id, &items, by).await?;
            (input.id, is_new)
        }
        _ => {
            return Err(Problem::field(
                "",
                "名簿・安否確認・避難所の受付・手入力のどれか1つから選んでください。",
            ));
        }
    };
    let action = match is_new {
        true => "victims.create",
        false => "victims.add",
    };
    let victim = told(&mut tx, &app, action, entry_id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(victim)))
}

/// One entry: its items, what it was made from, where the person was when, what was done for her, to whom it was given.
#[utoipa::path(get, path = "/victims/{id}", operation_id = "show_victim", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = Victim), Problems))]
async fn show_victim(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Victim>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let victim = told(&mut tx, &app, "victims.show", id).await?;
    tx.commit().await?;
    Ok(Json(victim))
}

/// Who changed which item when, from what to what: the newest first.
#[utoipa::path(get, path = "/victims/{id}/changes", operation_id = "list_victim_changes", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = Items<VictimChange>), Problems))]
async fn list_victim_changes(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Items<VictimChange>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    store::removed(&mut tx, id).await?;
    let items = store::changes(&mut tx, id).await?;
    let entry = Entry::new(
        "victims.read_changes",
        "victim_entry",
        std::slice::from_ref(&id),
    )
    .ground(LegalGround::VictimInternal);
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}
