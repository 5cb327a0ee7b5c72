//! Events over HTTP.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{DRILL_LASTS, Event, EventKind, Hazard, LONGEST_DRILL, store};
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Lead, Valid, Viewer};
use crate::closing::Closed;
use crate::db::Principal;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_events, create_event))
        .routes(routes!(end_event))
}

/// All events: running ones first, then planned ones, then those that are over; each the newest first.
#[utoipa::path(get, path = "/events", operation_id = "list_events", tag = "events", responses((status = 200, body = Items<Event>), Problems))]
async fn list_events(State(app): State<App>, Viewer(caller): Viewer) -> Result<Json<Items<Event>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = store::all(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct CreateEvent {
    /// Made by the caller: saying it twice starts one event.
    #[garde(skip)]
    id: Uuid,
    /// Never edited afterwards. When unsure: disaster.
    #[garde(skip)]
    kind: EventKind,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[garde(length(max = 8))]
    #[schema(max_items = 8)]
    #[serde(default)]
    hazards: Vec<Hazard>,
    /// A drill's end, at most 24 hours ahead; four hours when not said. A disaster has none.
    #[garde(skip)]
    planned_end_at: Option<DateTime<Utc>>,
}

impl CreateEvent {
    /// The planned end in force: a drill always has one, a disaster never.
    fn planned_end(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        match (self.kind, self.planned_end_at) {
            (EventKind::Disaster, None) => Ok(None),
            (EventKind::Disaster, Some(_)) => Err(Problem::field(
                "/planned_end_at",
                "災害には終わりの予定を付けません。終わったときに「終了」を押してください。",
            )),
            (EventKind::Drill, None) => Ok(Some(now + DRILL_LASTS)),
            (EventKind::Drill, Some(at)) if at > now && at <= now + LONGEST_DRILL => Ok(Some(at)),
            (EventKind::Drill, Some(_)) => Err(Problem::field(
                "/planned_end_at",
                "訓練の終わりは、いまから24時間以内にしてください。",
            )),
        }
    }
}

/// Start an event. Its kind is never edited.
#[utoipa::path(post, path = "/events", operation_id = "create_event", tag = "events", request_body = CreateEvent, responses((status = 201, body = Event), Problems))]
async fn create_event(
    State(app): State<App>,
    Lead(caller): Lead,
    Valid(input): Valid<CreateEvent>,
) -> Result<(StatusCode, Json<Event>)> {
    let now = app.clock.now();
    let new = store::NewEvent {
        id: input.id,
        kind: input.kind,
        name: input.name.trim(),
        hazards: &input.hazards,
        started_at: now,
        planned_end_at: input.planned_end(now)?,
        created_by: caller.scope.actor_id(),
    };
    let mut tx = app.db.begin(&caller.scope).await?;
    if store::insert(&mut tx, &new).await? {
        let entry = Entry::new("events.create", "event", std::slice::from_ref(&input.id))
            .event(input.id)
            .detail(json!({"kind": input.kind}));
        audit::append(&mut tx, entry).await?;
    }
    let event = store::by_id(&mut tx, input.id, now).await?;
    if event.kind != input.kind {
        return Err(Problem::Conflict(
            "同じ番号の別の災害・訓練があります。画面を開き直してください。".into(),
        ));
    }
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(event)))
}

#[derive(Deserialize, Validate, ToSchema)]
struct EndEvent {
    #[garde(length(chars, min = 2, max = 500))]
    #[schema(min_length = 2, max_length = 500)]
    reason: String,
}

/// End an event. Open rescues stay in its queue; late items are still taken.
#[utoipa::path(post, path = "/events/{id}/end", operation_id = "end_event", tag = "events", params(("id" = Uuid, Path)), request_body = EndEvent, responses((status = 200, body = Event), Problems))]
async fn end_event(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Valid(input): Valid<EndEvent>,
) -> Result<Json<Event>> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let event = store::by_id(&mut tx, id, now).await?;
    if event.is_standing {
        return Err(Problem::Conflict(
            "訓練中の本番の通報を受ける常設の災害は、終わらせられません。".into(),
        ));
    }
    let is_own = store::starter(&mut tx, id).await? == caller.scope.actor_id();
    if caller.scope.principal() == Principal::DistrictLead && !is_own {
        return Err(Problem::Forbidden);
    }
    store::end(&mut tx, id, event.ended_at.unwrap_or(now), &input.reason).await?;
    audit::append(
        &mut tx,
        Entry::new("events.end", "event", &[id])
            .event(id)
            .detail(json!({"reason": input.reason})),
    )
    .await?;
    let event = store::by_id(&mut tx, id, now).await?;
    (app.after_closing)(&app, &mut tx, Closed::Event { event_id: id }).await?;
    tx.commit().await?;
    Ok(Json(event))
}
