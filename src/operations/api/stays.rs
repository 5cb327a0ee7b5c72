//! Who is where: coming, leaving, moving, settling a second place.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::evacuee::Evacuee;
use super::super::record::{self, NewStay, Recorded, Who};
use super::super::said::{CheckIn, CheckOut};
use super::super::stay::{Act, StayType};
use super::super::store::evacuees::{self, Sought};
use super::super::store::places;
use super::super::store::state::Of;
use super::places::{not_ahead, running};
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Caller, Lead, Valid};
use crate::db::{Principal, Tx};
use crate::events;
use crate::problem::{FieldError, Problem, Problems, Result};
use crate::safety;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_evacuees))
        .routes(routes!(record_stays))
        .routes(routes!(settle_stay))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Search {
    /// Part of a name or reading.
    query: Option<String>,
    /// At this place.
    site: Option<Uuid>,
    /// Only those who are there now (`true`), or who left (`false`).
    present: Option<bool>,
    /// Only those counted at two places.
    #[serde(default)]
    contested: bool,
    /// The last of the page before.
    after: Option<Uuid>,
}

/// A page of people received.
#[derive(Debug, Serialize, ToSchema)]
struct EvacueePage {
    items: Vec<Evacuee>,
    /// What `after` of the next page is; null on the last.
    next: Option<Uuid>,
}

const PAGE: i64 = 200;

/// People received in an event whom the caller may see.
#[utoipa::path(get, path = "/events/{id}/evacuees", operation_id = "search_evacuees", tag = "shelters", params(("id" = Uuid, Path), Search), responses((status = 200, body = EvacueePage), Problems))]
async fn search_evacuees(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Query(search): Query<Search>,
) -> Result<Json<EvacueePage>> {
    let sought = Sought {
        query: search.query,
        site: search.site,
        is_present: search.present,
        is_contested: search.contested,
        ids: None,
        after: search.after,
    };
    let mut tx = app.db.begin_read(&caller.scope).await?;
    events::store::by_id(&mut tx, id, app.clock.now()).await?;
    let mut items = evacuees::search(&mut tx, id, &sought, PAGE + 1).await?;
    let has_more = i64::try_from(items.len()).is_ok_and(|n| n > PAGE);
    items.truncate(usize::try_from(PAGE).unwrap_or(0));
    let ids: Vec<Uuid> = items.iter().map(|e| e.id).collect();
    let entry = Entry::new("evacuees.search", "evacuee", &ids)
        .ground(LegalGround::Internal)
        .event(id)
        .detail(json!({"site": sought.site, "contested": sought.is_contested}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let next = items.last().filter(|_| has_more).map(|e| e.id);
    Ok(Json(EvacueePage { items, next }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct RecordStays {
    /// One a person; a household is several with one `party_id`.
    #[garde(length(min = 1, max = 50), dive)]
    #[schema(min_items = 1, max_items = 50)]
    items: Vec<StayItem>,
}

/// Somebody came or left: exactly one of the two is said.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
struct StayItem {
    /// Made by the caller: saying it twice is saying it once.
    id: Uuid,
    /// When it was; now when not said.
    observed_at: Option<DateTime<Utc>>,
    #[garde(dive)]
    check_in: Option<CheckIn>,
    #[garde(dive)]
    check_out: Option<CheckOut>,
}

/// What became of one item.
#[derive(Debug, Serialize, ToSchema)]
struct StayResult {
    id: Uuid,
    /// `second_place` or `closed_place`: it counts, and is shown for settling.
    flag: Option<&'static str>,
    /// Where she is now, as far as the caller may see her.
    evacuee: Option<Evacuee>,
}

#[derive(Debug, Serialize, ToSchema)]
struct StayResults {
    items: Vec<StayResult>,
}

/// Receive people, let them leave, move them. A second place and a closed one are taken, counted, and shown for settling.
#[utoipa::path(post, path = "/events/{id}/stays", operation_id = "record_stays", tag = "shelters", params(("id" = Uuid, Path)), request_body = RecordStays, responses((status = 201, body = StayResults), Problems))]
async fn record_stays(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Valid(input): Valid<RecordStays>,
) -> Result<(StatusCode, Json<StayResults>)> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let event = running(&mut tx, id, now).await?;
    let of = Of {
        event_id: id,
        kind: event.kind,
    };
    let entries = admit(&mut tx, &caller, of, input.items, now).await?;
    let answer = file(&app, tx, of, &entries, "stays.record").await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Check what is said against what the caller may see and say.
async fn admit(
    tx: &mut Tx,
    caller: &Caller,
    of: Of,
    items: Vec<StayItem>,
    now: DateTime<Utc>,
) -> Result<Vec<NewStay>> {
    let mut sites: BTreeMap<Uuid, Option<Uuid>> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut entries = Vec::with_capacity(items.len());
    for (n, item) in items.into_iter().enumerate() {
        not_ahead(&format!("/items/{n}/observed_at"), item.observed_at, now)?;
        let Some(mut entry) = new_stay(caller, &item, now) else {
            wrong.push(FieldError::new(
                format!("/items/{n}"),
                "だれが、どこに来た（どこを出た）のかを、1人ずつ入れてください。",
            ));
            continue;
        };
        for site in [entry.site_id, entry.moved_from].into_iter().flatten() {
            if let std::collections::btree_map::Entry::Vacant(slot) = sites.entry(site) {
                slot.insert(places::site(tx, site).await?.district_id);
            }
        }
        // A lead receives people at the own places; whence somebody moved may be anywhere.
        let district = entry.site_id.and_then(|s| sites.get(&s).copied().flatten());
        if entry.site_id.is_some() && !caller.scope.is_city_wide() {
            caller
                .scope
                .require_district(district.unwrap_or_default())?;
        }
        entry.district_id = district.or(caller.scope.districts().first().copied());
        entries.push(entry);
    }
    if wrong.is_empty() {
        wrong = out_of_sight(tx, of, &entries).await?;
    }
    match wrong.is_empty() {
        true => Ok(entries),
        false => Err(Problem::Invalid(wrong)),
    }
}

/// Whom the caller cannot see, the caller cannot receive: a lead types in a short form instead.
async fn out_of_sight(tx: &mut Tx, of: Of, entries: &[NewStay]) -> Result<Vec<FieldError>> {
    let ids = |pick: fn(&Who) -> Option<Uuid>| -> Vec<Uuid> {
        entries.iter().filter_map(|e| pick(&e.who)).collect()
    };
    let person = |who: &Who| match who {
        Who::Person(id) => Some(*id),
        _ => None,
    };
    let evacuee = |who: &Who| match who {
        Who::Evacuee(id) => Some(*id),
        _ => None,
    };
    let mut seen = evacuees::people_in_sight(tx, &ids(person)).await?;
    seen.extend(evacuees::evacuees_in_sight(tx, of.event_id, &ids(evacuee)).await?);
    Ok(entries
        .iter()
        .enumerate()
        .filter(|(_, e)| {
            person(&e.who)
                .or(evacuee(&e.who))
                .is_some_and(|id| !seen.contains(&id))
        })
        .map(|(n, _)| {
            FieldError::new(
                format!("/items/{n}"),
                "この方が見つかりません。名簿にない方として、名前を入れて受け付けてください。",
            )
        })
        .collect())
}

/// The entry that an item makes; nothing when its parts do not agree.
fn new_stay(caller: &Caller, item: &StayItem, now: DateTime<Utc>) -> Option<NewStay> {
    let mut entry = match (&item.check_in, &item.check_out) {
        (Some(said), None) if said.is_whole() => NewStay::came(item.id, said)?,
        (None, Some(said)) if said.is_whole() => NewStay::left(item.id, said)?,
        _ => return None,
    };
    entry.observer_kind = caller.scope.principal().as_str();
    entry.observer_id = caller.scope.actor_id();
    entry.device_id = caller.scope.device_id();
    entry.observed_at = item.observed_at.unwrap_or(now);
    Some(entry)
}

#[derive(Deserialize, Validate, ToSchema)]
struct SettleStay {
    #[garde(skip)]
    id: Uuid,
    /// Where she is; null: at none of the city's places.
    #[garde(skip)]
    site_id: Option<Uuid>,
    /// How she stays there; null with `site_id` null: she left.
    #[garde(skip)]
    stay_type: Option<StayType>,
    /// How it is known.
    #[garde(length(chars, min = 2, max = 500))]
    #[schema(min_length = 2, max_length = 500)]
    reason: String,
}

/// Say where somebody counted at two places really is. Both entries stay as they were said.
#[utoipa::path(post, path = "/evacuees/{id}/settle", operation_id = "settle_stay", tag = "shelters", params(("id" = Uuid, Path)), request_body = SettleStay, responses((status = 201, body = Evacuee), Problems))]
async fn settle_stay(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Valid(input): Valid<SettleStay>,
) -> Result<(StatusCode, Json<Evacuee>)> {
    let now = app.clock.now();
    if input.site_id.is_some() != input.stay_type.is_some_and(StayType::has_a_site) {
        return Err(Problem::field(
            "/stay_type",
            "避難所・避難ビルのときは場所を、そのほかのときは過ごし方だけを選んでください。",
        ));
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    let event_id = evacuees::event_of(&mut tx, id).await?;
    let event = running(&mut tx, event_id, now).await?;
    if let Some(site) = input.site_id {
        places::site(&mut tx, site).await?;
    }
    let entry = NewStay {
        site_id: input.site_id,
        stay_type: input.stay_type,
        note: input.reason,
        observer_kind: caller.scope.principal().as_str(),
        observer_id: caller.scope.actor_id(),
        device_id: caller.scope.device_id(),
        observed_at: now,
        ..NewStay::blank(input.id, Who::Evacuee(id), Act::Settle)
    };
    let of = Of {
        event_id,
        kind: event.kind,
    };
    let mut answer = file(&app, tx, of, &[entry], "stays.settle").await?;
    match answer.items.pop() {
        Some(StayResult {
            evacuee: Some(evacuee),
            ..
        }) => Ok((StatusCode::CREATED, Json(evacuee))),
        _ => Err(Problem::NotFound),
    }
}

/// Append, derive, audit, commit, tell the boards; answers where everybody is now.
async fn file(
    app: &App,
    mut tx: Tx,
    of: Of,
    entries: &[NewStay],
    action: &'static str,
) -> Result<StayResults> {
    tx.continue_as(Principal::Ingest).await?;
    let now = app.clock.now();
    let done = record::record(&mut tx, of, entries, now, app.settings.crowding).await?;
    let members: Vec<Uuid> = done.members.iter().copied().collect();
    let change = match members.is_empty() {
        true => safety::record::Change::default(),
        false => safety::record::rederive(&mut tx, &members).await?,
    };
    let mut about: Vec<Uuid> = done.entries.iter().filter_map(|e| e.evacuee_id).collect();
    about.sort_unstable();
    about.dedup();
    if done.entries.iter().any(|e| e.is_new) {
        let entry = Entry::new(action, "evacuee", &about)
            .ground(LegalGround::Internal)
            .event(of.event_id)
            .detail(json!({"entries": entries.iter().map(|e| e.id).collect::<Vec<_>>()}));
        audit::append(&mut tx, entry).await?;
    }
    let scope = tx.scope().clone();
    tx.commit().await?;
    app.boards.changed(change.rounds);
    let sought = Sought {
        ids: Some(about),
        ..Sought::default()
    };
    let mut tx = app.db.begin_read(&scope).await?;
    let now_at: BTreeMap<Uuid, Evacuee> = evacuees::search(&mut tx, of.event_id, &sought, 100)
        .await?
        .into_iter()
        .map(|e| (e.id, e))
        .collect();
    tx.commit().await?;
    let items = entries
        .iter()
        .zip(done.entries)
        .map(
            |(
                entry,
                Recorded {
                    evacuee_id, flag, ..
                },
            )| StayResult {
                id: entry.id,
                flag: flag.map(record::Flag::as_str),
                evacuee: evacuee_id.and_then(|id| now_at.get(&id).cloned()),
            },
        )
        .collect();
    Ok(StayResults { items })
}
