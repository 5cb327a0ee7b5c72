//! Places: how they stand, opening and closing them, counting heads.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::head_count::Figures;
use super::super::opening::{Crowding, Status};
use super::super::place::{PlaceNow, Shelters};
use super::super::store::places::{self, NewHeadCount, NewOpening, Site};
use super::super::store::state::{self, Of};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Lead, Overview, Valid};
use crate::db::{Principal, Tx};
use crate::events::{self, Event, EventKind, EventName};
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_shelters))
        .routes(routes!(say_opening))
        .routes(routes!(add_head_count))
}

/// Shelters and evacuation buildings of an event: how they stand, the census beside the reported head-count. Counts only.
#[utoipa::path(get, path = "/events/{id}/shelters", operation_id = "list_shelters", tag = "shelters", params(("id" = Uuid, Path)), responses((status = 200, body = Shelters), Problems))]
async fn list_shelters(
    State(app): State<App>,
    Overview(caller): Overview,
    Path(id): Path<Uuid>,
) -> Result<Json<Shelters>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let event = events::store::by_id(&mut tx, id, now).await?;
    let items = places::shelters(&mut tx, id, &caller.scope).await?;
    tx.continue_as(Principal::Index).await?;
    let elsewhere = places::elsewhere(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(Shelters {
        event: EventName {
            id,
            kind: event.kind,
            name: event.name,
        },
        as_of: now,
        items,
        elsewhere,
    }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct SayOpening {
    /// Made by the caller: saying it twice is saying it once.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    status: Status,
    /// 自主開設: by whoever was there, before headquarters asked.
    #[garde(skip)]
    #[serde(default)]
    is_self_opened: bool,
    /// As somebody there sees it, until the next word; by the census when not said.
    #[garde(skip)]
    crowding: Option<Crowding>,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    reason: String,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    note: String,
    /// When it was so; now when not said.
    #[garde(skip)]
    observed_at: Option<DateTime<Utc>>,
    /// The earlier word about this place that this one replaces.
    #[garde(skip)]
    corrects: Option<Uuid>,
}

impl SayOpening {
    fn check(&self, now: DateTime<Utc>) -> Result<()> {
        if self.is_self_opened && self.status != Status::Open {
            return Err(Problem::field(
                "/is_self_opened",
                "自主開設は「開設」のときだけ付けられます。",
            ));
        }
        if self.crowding.is_some() && self.status != Status::Open {
            return Err(Problem::field(
                "/crowding",
                "混み具合は「開設」のときだけ付けられます。",
            ));
        }
        not_ahead("/observed_at", self.observed_at, now)
    }
}

/// Say how far a place is: asked to open, being prepared, open, closed. People inside are no reason to refuse; they stay counted.
#[utoipa::path(post, path = "/events/{id}/sites/{site_id}/openings", operation_id = "say_opening", tag = "shelters", params(("id" = Uuid, Path), ("site_id" = Uuid, Path)), request_body = SayOpening, responses((status = 201, body = PlaceNow), Problems))]
async fn say_opening(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((id, site_id)): Path<(Uuid, Uuid)>,
    Valid(input): Valid<SayOpening>,
) -> Result<(StatusCode, Json<PlaceNow>)> {
    let now = app.clock.now();
    input.check(now)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let (site, of) = place(&mut tx, id, site_id, now).await?;
    if let Some(earlier) = input.corrects
        && !places::is_opening_of(&mut tx, earlier, of, site_id).await?
    {
        return Err(Problem::field(
            "/corrects",
            "この場所の記録ではありません。画面を開き直してください。",
        ));
    }
    let new = NewOpening {
        id: input.id,
        of,
        site_id,
        status: input.status,
        is_self_opened: input.is_self_opened,
        crowding: input.crowding,
        reason: input.reason.trim(),
        note: input.note.trim(),
        said_by: caller.scope.actor_id(),
        said_by_kind: caller.scope.principal().as_str(),
        device_id: caller.scope.device_id(),
        device_seq: None,
        observed_at: input.observed_at.unwrap_or(now),
        clock_offset_ms: 0,
        corrects: input.corrects,
        is_withdrawal: false,
    };
    let is_new = places::insert_opening(&mut tx, &new).await?;
    if !is_new && !places::is_opening_of(&mut tx, input.id, of, site_id).await? {
        return Err(id_taken());
    }
    let detail = json!({"status": input.status, "self_opened": input.is_self_opened});
    let answer = settle(&app, tx, of, &site, "shelters.opening", is_new, detail).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Deserialize, Validate, ToSchema)]
struct AddHeadCount {
    /// Made by the caller: saying it twice counts once.
    #[garde(skip)]
    id: Uuid,
    /// When the heads were counted.
    #[garde(skip)]
    as_of: DateTime<Utc>,
    #[garde(dive)]
    #[serde(flatten)]
    figures: Figures,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    note: String,
    /// Who reported it.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    reported_by: String,
    #[garde(skip)]
    corrects: Option<Uuid>,
}

/// Report how many are at a place, as of when. It never changes the census of check-ins: both are shown.
#[utoipa::path(post, path = "/events/{id}/sites/{site_id}/head-counts", operation_id = "add_head_count", tag = "shelters", params(("id" = Uuid, Path), ("site_id" = Uuid, Path)), request_body = AddHeadCount, responses((status = 201, body = PlaceNow), Problems))]
async fn add_head_count(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((id, site_id)): Path<(Uuid, Uuid)>,
    Valid(input): Valid<AddHeadCount>,
) -> Result<(StatusCode, Json<PlaceNow>)> {
    let now = app.clock.now();
    not_ahead("/as_of", Some(input.as_of), now)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let (site, of) = place(&mut tx, id, site_id, now).await?;
    if let Some(earlier) = input.corrects
        && !places::is_count_of(&mut tx, earlier, of, site_id).await?
    {
        return Err(Problem::field(
            "/corrects",
            "この場所の人数報告ではありません。画面を開き直してください。",
        ));
    }
    let new = NewHeadCount {
        id: input.id,
        of,
        site_id,
        as_of: input.as_of,
        figures: &input.figures,
        note: input.note.trim(),
        reported_by: input.reported_by.trim(),
        observer_kind: caller.scope.principal().as_str(),
        observer_id: caller.scope.actor_id(),
        device_id: caller.scope.device_id(),
        device_seq: None,
        clock_offset_ms: 0,
        corrects: input.corrects,
        is_withdrawal: false,
    };
    let is_new = places::insert_head_count(&mut tx, &new).await?;
    if !is_new && !places::is_count_of(&mut tx, input.id, of, site_id).await? {
        return Err(id_taken());
    }
    let detail = json!({"people": input.figures.people, "as_of": input.as_of});
    let answer = settle(&app, tx, of, &site, "shelters.head_count", is_new, detail).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The place and the running event; a lead's own place only.
async fn place(tx: &mut Tx, id: Uuid, site_id: Uuid, now: DateTime<Utc>) -> Result<(Site, Of)> {
    let event = running(tx, id, now).await?;
    let site = places::site(tx, site_id).await?;
    site.require_own(tx.scope())?;
    let of = Of {
        event_id: id,
        kind: event.kind,
    };
    Ok((site, of))
}

/// The event, when something can be said in it.
pub(super) async fn running(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<Event> {
    let event = events::store::by_id(tx, id, now).await?;
    let why = match event.kind {
        _ if event.is_standing => {
            "訓練中の本番の通報を受ける常設の災害です。災害を始めてから、避難所を開いてください。"
        }
        EventKind::Drill if event.is_over() => {
            "この訓練は終わっています。新しい記録は入れられません。"
        }
        EventKind::Disaster if event.is_over() => {
            "この災害は終了しています。続けるときは、新しい災害を始めてください。"
        }
        _ if event.is_planned => "この訓練はまだ始まっていません。開始の時刻になると使えます。",
        _ => return Ok(event),
    };
    Err(Problem::Conflict(why.into()))
}

pub(super) fn not_ahead(
    pointer: &str,
    at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<()> {
    match at {
        Some(at) if at > now + TimeDelta::minutes(5) => Err(Problem::field(
            pointer,
            "時刻が、いまより先になっています。直してください。",
        )),
        _ => Ok(()),
    }
}

fn id_taken() -> Problem {
    Problem::Conflict("同じ番号の別の記録があり、いまの入力は記録されていません。画面を開き直して、もう一度入れてください。".into())
}

/// After something was said of a place: derive, audit, commit.
async fn settle(
    app: &App,
    mut tx: Tx,
    of: Of,
    site: &Site,
    action: &'static str,
    is_new: bool,
    detail: serde_json::Value,
) -> Result<PlaceNow> {
    tx.continue_as(Principal::Ingest).await?;
    if is_new {
        let now = app.clock.now();
        let sites = [site.id].into();
        state::refresh(&mut tx, of, &sites, now, app.settings.crowding).await?;
        let entry = Entry::new(action, "site", std::slice::from_ref(&site.id))
            .event(of.event_id)
            .detail(detail);
        audit::append(&mut tx, entry).await?;
    }
    let answer = places::now(&mut tx, of.event_id, site.id).await?;
    tx.commit().await?;
    Ok(answer)
}
