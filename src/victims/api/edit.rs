//! Changing an entry by hand: its items, its household, out of the registry and back. Whoever works on an old state is told the new.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::entry::Victim;
use super::super::items::VictimItems;
use super::super::store;
use super::told;
use crate::app::App;
use crate::call::{Staff, Valid};
use crate::db::Tx;
use crate::door::current_request_id;
use crate::problem::{ProblemBody, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(change_victim))
        .routes(routes!(move_victim))
        .routes(routes!(remove_victim))
        .routes(routes!(restore_victim))
}

/// Somebody changed the entry meanwhile: the problem, and the entry as it is now.
#[derive(Serialize, ToSchema)]
struct StaleVictim {
    #[serde(flatten)]
    problem: ProblemBody,
    present: Victim,
}

/// The entry after the act; or, when it was changed meanwhile, 409 with what it is now.
async fn answer(
    mut tx: Tx,
    app: &App,
    action: &'static str,
    id: Uuid,
    is_done: bool,
) -> Result<Response> {
    let action = if is_done { action } else { "victims.show" };
    let present = told(&mut tx, app, action, id).await?;
    tx.commit().await?;
    if is_done {
        return Ok(Json(present).into_response());
    }
    let detail = match present.removed_at {
        Some(_) => "この記録は台帳から外されています。先に台帳に戻してください。",
        None => {
            "ほかの人が先に変えました。いまの内容を見て、必要なら、もう一度直してください。あなたの入力はまだ保存されていません。"
        }
    };
    let problem = ProblemBody {
        kind: "/problems/conflict".into(),
        title: "Conflict".into(),
        status: 409,
        detail: detail.into(),
        instance: current_request_id(),
        errors: Vec::new(),
    };
    let mut response =
        (StatusCode::CONFLICT, Json(StaleVictim { problem, present })).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    Ok(response)
}

#[derive(Deserialize, Validate, ToSchema)]
struct ChangeVictim {
    /// As it was read.
    #[garde(skip)]
    version: i32,
    #[garde(dive)]
    items: VictimItems,
}

/// Write the items; every one that changes is kept with who, when, before and after.
#[utoipa::path(put, path = "/victims/{id}", operation_id = "change_victim", tag = "victims", params(("id" = Uuid, Path)), request_body = ChangeVictim, responses(Problems, (status = 200, body = Victim), (status = 409, content_type = "application/problem+json", body = StaleVictim)))]
async fn change_victim(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<ChangeVictim>,
) -> Result<Response> {
    let items = input.items.checked("/items")?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let event_id = store::event_of(&mut tx, id).await?;
    let done = store::edit::update(&mut tx, &app.keys, event_id, id, input.version, &items).await?;
    answer(tx, &app, "victims.change", id, done).await
}

#[derive(Deserialize, Validate, ToSchema)]
struct MoveVictim {
    #[garde(skip)]
    version: i32,
    /// Somebody of the household; null: a household of her own.
    #[garde(skip)]
    with: Option<Uuid>,
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    #[serde(default)]
    relationship: String,
}

/// Move somebody into another household of the registry, or into one of her own.
#[utoipa::path(put, path = "/victims/{id}/household", operation_id = "move_victim", tag = "victims", params(("id" = Uuid, Path)), request_body = MoveVictim, responses(Problems, (status = 200, body = Victim), (status = 409, content_type = "application/problem+json", body = StaleVictim)))]
async fn move_victim(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<MoveVictim>,
) -> Result<Response> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let event_id = store::event_of(&mut tx, id).await?;
    let relationship = input.relationship.trim();
    let done = store::edit::move_household(
        &mut tx,
        event_id,
        id,
        input.version,
        input.with,
        relationship,
    )
    .await?;
    answer(tx, &app, "victims.move", id, done).await
}

#[derive(Deserialize, Validate, ToSchema)]
struct RemoveVictim {
    #[garde(skip)]
    version: i32,
    /// Why she is no victim, or which other entry is hers.
    #[garde(length(chars, min = 2, max = 500))]
    #[schema(min_length = 2, max_length = 500)]
    reason: String,
}

/// Take an entry out of the registry. Nothing is deleted; it can be put back.
#[utoipa::path(post, path = "/victims/{id}/remove", operation_id = "remove_victim", tag = "victims", params(("id" = Uuid, Path)), request_body = RemoveVictim, responses(Problems, (status = 200, body = Victim), (status = 409, content_type = "application/problem+json", body = StaleVictim)))]
async fn remove_victim(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<RemoveVictim>,
) -> Result<Response> {
    let mut tx = app.db.begin(&caller.scope).await?;
    store::event_of(&mut tx, id).await?;
    // Said twice: the same as once.
    let done = store::removed(&mut tx, id).await?.is_some()
        || store::edit::remove(&mut tx, id, input.version, input.reason.trim()).await?;
    answer(tx, &app, "victims.remove", id, done).await
}

/// Put a removed entry back into the registry.
#[utoipa::path(post, path = "/victims/{id}/restore", operation_id = "restore_victim", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = Victim), Problems))]
async fn restore_victim(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Victim>> {
    let mut tx = app.db.begin(&caller.scope).await?;
    store::event_of(&mut tx, id).await?;
    store::edit::restore(&mut tx, id).await?;
    let victim = told(&mut tx, &app, "victims.restore", id).await?;
    tx.commit().await?;
    Ok(Json(victim))
}
