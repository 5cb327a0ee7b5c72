//! Many at once: look, take over, take back.

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

use super::super::batch::{BatchSource, TakeOverVictims};
use super::super::store::batch::{self, VictimBatch, VictimBatchItem};
use super::disaster;
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Staff, Valid};
use crate::db::Tx;
use crate::jobs;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_victim_batches, preview_victim_batch))
        .routes(routes!(show_victim_batch))
        .routes(routes!(list_victim_batch_items))
        .routes(routes!(apply_victim_batch))
        .routes(routes!(undo_victim_batch))
}

async fn one(tx: &mut Tx, id: Uuid) -> Result<VictimBatch> {
    batch::batches(tx, None, Some(id))
        .await?
        .pop()
        .ok_or(Problem::NotFound)
}

/// What was taken over at once so far.
#[utoipa::path(get, path = "/events/{id}/victim-batches", operation_id = "list_victim_batches", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = Items<VictimBatch>), Problems))]
async fn list_victim_batches(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Items<VictimBatch>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = batch::batches(&mut tx, Some(id), None).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct PreviewBatch {
    /// Made by the caller.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    source: BatchSource,
}

/// Look at what taking over all check-ins, or all answers of the rounds, would do. Nothing is changed yet.
#[utoipa::path(post, path = "/events/{id}/victim-batches", operation_id = "preview_victim_batch", tag = "victims", params(("id" = Uuid, Path)), request_body = PreviewBatch, responses((status = 201, body = VictimBatch), Problems))]
async fn preview_victim_batch(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<PreviewBatch>,
) -> Result<(StatusCode, Json<VictimBatch>)> {
    let mut tx = app.db.begin(&caller.scope).await?;
    disaster(&mut tx, &app, id).await?;
    batch::stage(&mut tx, input.id, id, input.source, caller.scope.actor_id()).await?;
    let told = one(&mut tx, input.id).await?;
    if told.event_id != id {
        return Err(Problem::NotFound);
    }
    let entry = Entry::new(
        "victims.preview_batch",
        "victim_batch",
        std::slice::from_ref(&input.id),
    )
    .ground(LegalGround::VictimInternal)
    .event(id)
    .detail(json!({ "source": input.source }));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(told)))
}

/// How far it is.
#[utoipa::path(get, path = "/victim-batches/{id}", operation_id = "show_victim_batch", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = VictimBatch), Problems))]
async fn show_victim_batch(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<VictimBatch>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let told = one(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}

#[derive(Debug, Deserialize, IntoParams)]
struct After {
    /// `next` of the page before.
    #[serde(default)]
    after: i32,
}

/// A page of the people of a batch.
#[derive(Debug, Serialize, ToSchema)]
struct VictimBatchPage {
    items: Vec<VictimBatchItem>,
    next: Option<i32>,
}

const PAGE: i64 = 100;

/// Whom it is about, and what it would do or did to each.
#[utoipa::path(get, path = "/victim-batches/{id}/items", operation_id = "list_victim_batch_items", tag = "victims", params(("id" = Uuid, Path), After), responses((status = 200, body = VictimBatchPage), Problems))]
async fn list_victim_batch_items(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Query(After { after }): Query<After>,
) -> Result<Json<VictimBatchPage>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let told = one(&mut tx, id).await?;
    let mut items = batch::items(&mut tx, id, after, PAGE + 1).await?;
    let has_more = i64::try_from(items.len()).is_ok_and(|n| n > PAGE);
    items.truncate(usize::try_from(PAGE).unwrap_or(0));
    let ids: Vec<Uuid> = items.iter().map(|i| i.entry_id).collect();
    let entry = Entry::new("victims.read_batch", "victim_entry", &ids)
        .ground(LegalGround::VictimInternal)
        .event(told.event_id)
        .detail(json!({ "batch": id }));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let next = items.last().filter(|_| has_more).map(|i| i.seq);
    Ok(Json(VictimBatchPage { items, next }))
}

/// Take them over. Runs in the background; look at `done`.
#[utoipa::path(post, path = "/victim-batches/{id}/apply", operation_id = "apply_victim_batch", tag = "victims", params(("id" = Uuid, Path)), responses((status = 202, body = VictimBatch), Problems))]
async fn apply_victim_batch(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<VictimBatch>)> {
    let actor_id = caller.scope.actor_id();
    let mut tx = app.db.begin(&caller.scope).await?;
    let (event_id, status) = batch::hold(&mut tx, id).await?;
    match status.as_str() {
        "staged" => {
            batch::set_status(&mut tx, id, "applying", actor_id).await?;
            let job = TakeOverVictims {
                batch_id: id,
                actor_id,
            };
            jobs::enqueue(&mut tx, &job, Some(jobs::HEAVY), None).await?;
            let entry = Entry::new(
                "victims.apply_batch",
                "victim_batch",
                std::slice::from_ref(&id),
            )
            .ground(LegalGround::VictimInternal)
            .event(event_id);
            audit::append(&mut tx, entry).await?;
        }
        "undone" => {
            return Err(Problem::Conflict(
                "取り消したものです。もう一度入れるときは、はじめから確かめてください。".into(),
            ));
        }
        _ => {}
    }
    let told = one(&mut tx, id).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(told)))
}

/// Take it back: entries that nobody wrote on since leave the registry, words that it added are withdrawn; the rest is listed.
#[utoipa::path(post, path = "/victim-batches/{id}/undo", operation_id = "undo_victim_batch", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = VictimBatch), Problems))]
async fn undo_victim_batch(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<VictimBatch>> {
    let actor_id = caller.scope.actor_id();
    let mut tx = app.db.begin(&caller.scope).await?;
    let (event_id, status) = batch::hold(&mut tx, id).await?;
    match status.as_str() {
        "applied" => {
            let entries = batch::undo(&mut tx, id, actor_id).await?;
            batch::set_status(&mut tx, id, "undone", actor_id).await?;
            let entry = Entry::new("victims.undo_batch", "victim_entry", &entries)
                .ground(LegalGround::VictimInternal)
                .event(event_id)
                .detail(json!({ "batch": id }));
            audit::append(&mut tx, entry).await?;
        }
        "undone" => {}
        _ => {
            return Err(Problem::Conflict(
                "まだ入れ終わっていないので、取り消せません。終わるまで待ってください。".into(),
            ));
        }
    }
    let told = one(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}
