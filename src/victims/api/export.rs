//! The registry taken away as a list in the city's own columns, for its own system (被災者支援システム).

use axum::extract::{Path, State};
use axum::response::Response;
use axum_extra::extract::Query;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::store::{self, disclosure};
use super::super::{listing, store::Sought};
use super::list::VictimFilter;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::Staff;
use crate::db::Tx;
use crate::events;
use crate::imports::{self, Mapping};
use crate::problem::{Problem, Problems, Result};
use crate::sheet::{SheetFile, SheetFormat, Table, local};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export_victims))
}

#[derive(Debug, Deserialize, IntoParams)]
struct As {
    #[param(inline)]
    format: SheetFormat,
    /// Name of a kept way of reading lists of victims: its headings are written. Ours when absent.
    mapping: Option<String>,
    /// With the protected people, marked. For the city's own system only.
    #[serde(default)]
    with_protected: bool,
}

/// The registry, or a part of it, as a list. Protected people are not in it unless that is asked for. Needs a fresh second factor.
#[utoipa::path(get, path = "/events/{id}/victims/export", operation_id = "export_victims", tag = "victims", params(("id" = Uuid, Path), VictimFilter, As), responses(SheetFile, Problems))]
async fn export_victims(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Query(filter): Query<VictimFilter>,
    Query(how): Query<As>,
) -> Result<Response> {
    let now = app.clock.now();
    let sought = filter.sought()?;
    // Durable: who took what is on disk before the first byte leaves.
    let mut tx = app.db.begin(&caller.scope).await?;
    let event = events::store::by_id(&mut tx, id, now).await?;
    caller.require_step_up(now)?;
    let mapping = match how.mapping.as_deref().filter(|n| !n.is_empty()) {
        None => Mapping::default(),
        Some(name) => imports::mapping_named(&mut tx, imports::Kind::Victims, name)
            .await?
            .ok_or_else(|| {
                Problem::field(
                    "/mapping",
                    format!("「{name}」という列の対応はありません。選び直してください。"),
                )
            })?,
    };
    let title = format!("{}　被災者台帳　{}現在", event.name, local(now));
    let table = taken(&mut tx, id, &sought, how.with_protected, &mapping, title).await?;
    tx.commit().await?;
    table.download(how.format, "victims", now).await
}

/// The list, with the audit of it appended.
pub(crate) async fn taken(
    tx: &mut Tx,
    event: Uuid,
    sought: &Sought,
    with_protected: bool,
    mapping: &Mapping,
    title: String,
) -> Result<Table> {
    let lines = store::search(tx, event, sought, i64::MAX).await?;
    let ids: Vec<Uuid> = lines
        .iter()
        .filter(|v| with_protected || !v.is_protected)
        .map(|v| v.id)
        .collect();
    let people = disclosure::leaving(tx, &ids).await?;
    let entry = Entry::new("victims.export", "victim_entry", &ids)
        .ground(LegalGround::VictimInternal)
        .event(event)
        .detail(json!({ "with_protected": with_protected }));
    audit::append(tx, entry).await?;
    Ok(listing::table(&people, mapping, title))
}
