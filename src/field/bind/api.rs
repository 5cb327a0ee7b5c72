//! Rounds begun on the spot over HTTP.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize as _, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::starts::{self, Listed};
use super::store::{self, Binding, Provisional};
use super::take_up::take_up;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Lead, Staff, Valid};
use crate::db::Principal;
use crate::events::{EventKind, EventName};
use crate::field::kinds::round_start::RoundStart;
use crate::problem::{Problem, Problems, Result};
use crate::safety::record;
use crate::safety::review::RoundName;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_round_starts))
        .routes(routes!(bind_round))
        .routes(routes!(undo_binding))
        .routes(routes!(put_start_away))
}

/// The round that a start is bound to.
#[derive(Debug, Serialize, ToSchema)]
struct BoundTo {
    binding_id: Uuid,
    round_id: Uuid,
    round_name: String,
    event_name: String,
    bound_by_name: Option<String>,
    bound_at: DateTime<Utc>,
}

/// A round that was begun on a phone.
#[derive(Debug, Serialize, ToSchema)]
struct BegunRound {
    /// The phone's item.
    id: Uuid,
    round_id: Uuid,
    event_kind: EventKind,
    name: String,
    started_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    by_name: Option<String>,
    phone: Option<String>,
    /// The districts of whoever began it.
    districts: Vec<String>,
    /// Words that came in it so far, and calls for rescue among them.
    said: i64,
    rescues: i64,
    bound_to: Option<BoundTo>,
    /// Somebody found that nothing need be done: a button pressed by mistake.
    is_put_away: bool,
}

/// Rounds begun on phones, and headquarters' own that they can be bound to.
#[derive(Debug, Serialize, ToSchema)]
struct BegunRounds {
    as_of: DateTime<Utc>,
    items: Vec<BegunRound>,
    bind_into: Vec<RoundName>,
}

fn begun(r: Listed, (said, rescues): (i64, i64)) -> BegunRound {
    let bound_to = match (r.binding_id, r.to_round_id, r.bound_at) {
        (Some(binding_id), Some(round_id), Some(bound_at)) => Some(BoundTo {
            binding_id,
            round_id,
            round_name: r.to_round_name.unwrap_or_default(),
            event_name: r.to_event_name.unwrap_or_default(),
            bound_by_name: r.bound_by_name,
            bound_at,
        }),
        _ => None,
    };
    BegunRound {
        id: r.item_id,
        round_id: r.round_id,
        event_kind: EventKind::of(&r.kind),
        name: r.name,
        started_at: r.started_at,
        recorded_at: r.recorded_at,
        by_name: r.by_name,
        phone: r.phone,
        districts: r.districts,
        said,
        rescues,
        bound_to,
        is_put_away: r.is_put_away,
    }
}

/// Rounds that volunteers and leads began without headquarters, those not bound yet first.
#[utoipa::path(get, path = "/round-starts", operation_id = "list_round_starts", tag = "working", responses((status = 200, body = BegunRounds), Problems))]
async fn list_round_starts(
    State(app): State<App>,
    Lead(caller): Lead,
) -> Result<Json<BegunRounds>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let listed = starts::list(&mut tx).await?;
    let bind_into = match caller.scope.principal() {
        Principal::HqStaff => starts::targets(&mut tx).await?,
        _ => Vec::new(),
    };
    let ids: Vec<Uuid> = listed.iter().map(|i| i.item_id).collect();
    audit::append(&mut tx, Entry::new("round_starts.list", "sync_item", &ids)).await?;
    tx.continue_as(Principal::Ingest).await?;
    let rounds: Vec<Uuid> = listed.iter().map(|i| i.round_id).collect();
    let said = starts::said(&mut tx, &rounds).await?;
    tx.commit().await?;
    let of = |r: Listed| {
        let said = said.get(&r.round_id).copied().unwrap_or_default();
        begun(r, said)
    };
    Ok(Json(BegunRounds {
        as_of: app.clock.now(),
        items: listed.into_iter().map(of).collect(),
        bind_into: bind_into
            .into_iter()
            .map(|(id, name, event_id, kind, event_name)| RoundName {
                id,
                name,
                event: EventName {
                    id: event_id,
                    kind: EventKind::of(&kind),
                    name: event_name,
                },
                is_standing: false,
            })
            .collect(),
    }))
}

#[derive(serde::Deserialize, Validate, ToSchema)]
struct BindRound {
    /// Made by the caller: saying it twice binds once.
    #[garde(skip)]
    id: Uuid,
    /// Headquarters' round, of the same kind.
    #[garde(skip)]
    to_round_id: Uuid,
}

/// What was bound.
#[derive(Debug, Serialize, ToSchema)]
struct RoundBound {
    id: Uuid,
    from_round_id: Uuid,
    to_round_id: Uuid,
}

/// Bind a round begun on the spot to headquarters' own: what was said in it speaks there from now on.
#[utoipa::path(post, path = "/round-starts/{id}/bind", operation_id = "bind_round", tag = "working", params(("id" = Uuid, Path, description = "the phone's item")), request_body = BindRound, responses((status = 201, body = RoundBound), Problems))]
async fn bind_round(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(item_id): Path<Uuid>,
    Valid(input): Valid<BindRound>,
) -> Result<(StatusCode, Json<RoundBound>)> {
    let by = caller.scope.actor_id();
    let mut tx = app.db.begin(&caller.scope).await?;
    let item = store::start_item(&mut tx, item_id).await?;
    let said = RoundStart::deserialize(&item.payload).map_err(anyhow::Error::from)?;
    let missing = || {
        Problem::field(
            "/to_round_id",
            "どの安否確認に結びつけるかを選んでください。",
        )
    };
    let (to_event_id, kind) = store::target(&mut tx, input.to_round_id)
        .await?
        .ok_or_else(missing)?;
    if kind != said.event_kind {
        return Err(Problem::Conflict(
            "訓練と災害は結びつけられません。同じ種類の安否確認を選ぶか、新しく始めてください。"
                .into(),
        ));
    }
    let new = Provisional {
        event_id: said.event_id,
        round_id: said.round_id,
        kind,
        name: match said.name.trim() {
            "" => "現地で始めた安否確認",
            name => name,
        },
        started_at: item.observed_at.min(app.clock.now()),
        device_id: item.device_id,
    };
    store::make_real(&mut tx, &new, to_event_id).await?;
    let to = (input.to_round_id, to_event_id);
    let is_new = store::insert_binding(&mut tx, input.id, &new, to, by).await?;
    let mut change = record::Change::default();
    if is_new {
        let ids = [said.round_id, input.to_round_id];
        let entry = Entry::new("rounds.bind", "round", &ids)
            .event(to_event_id)
            .detail(json!({"item": item_id, "binding": input.id}));
        audit::append(&mut tx, entry).await?;
        tx.continue_as(Principal::Ingest).await?;
        let binding = Binding {
            id: input.id,
            from_round_id: said.round_id,
            to_round_id: input.to_round_id,
            bound_by: by.unwrap_or_default(),
        };
        change = take_up(&mut tx, &binding).await?;
    }
    tx.commit().await?;
    app.boards.changed(change.rounds);
    let bound = RoundBound {
        id: input.id,
        from_round_id: said.round_id,
        to_round_id: input.to_round_id,
    };
    Ok((StatusCode::CREATED, Json(bound)))
}

/// Take a binding back: both rounds are as if it had never been.
#[utoipa::path(post, path = "/round-bindings/{id}/undo", operation_id = "undo_binding", tag = "working", params(("id" = Uuid, Path)), responses((status = 204), Problems))]
async fn undo_binding(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    let mut tx = app.db.begin(&caller.scope).await?;
    store::exists(&mut tx, id).await?;
    let mut change = record::Change::default();
    let now = app.clock.now();
    if let Some(binding) = store::undo(&mut tx, id, caller.scope.actor_id(), now).await? {
        let ids = [binding.from_round_id, binding.to_round_id];
        let entry = Entry::new("rounds.undo_binding", "round", &ids).detail(json!({"binding": id}));
        audit::append(&mut tx, entry).await?;
        tx.continue_as(Principal::Ingest).await?;
        let touched = store::touched(&mut tx, &binding).await?;
        if !touched.is_empty() {
            change = record::rederive(&mut tx, &touched).await?;
        }
    }
    tx.commit().await?;
    app.boards.changed(change.rounds);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(serde::Deserialize, Validate, ToSchema)]
struct PutAway {
    /// Made by the caller: saying it twice records it once.
    #[garde(skip)]
    id: Uuid,
    /// False: it waits again.
    #[garde(skip)]
    is_put_away: bool,
    /// Why, or how it was made sure of.
    #[garde(length(chars, min = 2, max = 1000))]
    #[schema(min_length = 2, max_length = 1000)]
    reason: String,
}

/// Put a round begun by mistake away, or have it wait again. What was said in it stays set aside.
#[utoipa::path(post, path = "/round-starts/{id}/put-away", operation_id = "put_start_away", tag = "working", params(("id" = Uuid, Path, description = "the phone's item")), request_body = PutAway, responses((status = 204), Problems))]
async fn put_start_away(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(item_id): Path<Uuid>,
    Valid(input): Valid<PutAway>,
) -> Result<StatusCode> {
    let mut tx = app.db.begin(&caller.scope).await?;
    store::start_item(&mut tx, item_id).await?;
    let said = (input.is_put_away, input.reason.as_str());
    let by = caller.scope.actor_id();
    starts::settle(&mut tx, input.id, item_id, said, by, app.clock.now()).await?;
    let entry = Entry::new(
        "round_starts.put_away",
        "sync_item",
        std::slice::from_ref(&item_id),
    )
    .detail(json!({"is_put_away": input.is_put_away}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
