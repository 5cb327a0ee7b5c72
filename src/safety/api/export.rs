//! A round taken away as a table, and only after the audit of it is durable.

use axum::extract::{Path, State};
use axum::response::Response;
use axum_extra::extract::Query;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::store::members::Filter;
use super::super::{sheet, store};
use super::{ground, today};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::Lead;
use crate::problem::{Problems, Result};
use crate::sheet::{SheetFile, SheetFormat};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export_round))
}

#[derive(Debug, Deserialize, IntoParams)]
struct As {
    #[param(inline)]
    format: SheetFormat,
}

/// The members of a round whom the caller may see, as a table. Protected people are not in it. Needs a fresh second factor.
#[utoipa::path(get, path = "/rounds/{id}/export", operation_id = "export_round", tag = "rounds", params(("id" = Uuid, Path), As), responses(SheetFile, Problems))]
async fn export_round(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Query(As { format }): Query<As>,
) -> Result<Response> {
    let now = app.clock.now();
    caller.require_step_up(now)?;
    // Durable: who took what is on disk before the first byte leaves.
    let mut tx = app.db.begin(&caller.scope).await?;
    let round = store::rounds::round(&mut tx, id, now).await?;
    let read =
        store::members::members(&mut tx, id, &Filter::default(), i64::MAX, today(now)).await?;
    let read: Vec<_> = read
        .into_iter()
        .filter(|r| !r.member.is_protected)
        .collect();
    let people: Vec<Uuid> = read.iter().filter_map(|r| r.member.person_id).collect();
    let mut contacts = store::members::contacts(&mut tx, &people).await?;
    let entry = Entry::new("rounds.export", "person", &people)
        .ground(ground(&caller, read.iter().any(|r| !r.is_consented)))
        .event(round.event.id)
        .detail(json!({"round": id, "format": format}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let members: Vec<_> = read
        .into_iter()
        .map(|r| {
            let reach = r.member.person_id.and_then(|p| contacts.remove(&p));
            (r.member, reach.unwrap_or_default())
        })
        .collect();
    sheet::of_round(&round, &members, now)
        .download(format, "round", now)
        .await
}
