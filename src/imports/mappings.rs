//! `/import-mappings`: ways of reading a list's columns, kept under a name for the next list of the same sender. The console chooses
//! among them; the command line names one with `--profile`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::from_json;
use super::{Kind, Mapping};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Staff, Valid};
use crate::problem::{Problem, Problems, Result};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_import_mappings))
        .routes(routes!(keep_import_mapping, forget_import_mapping))
}

/// A way of reading a list, by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportMapping {
    pub kind: Kind,
    pub name: String,
    pub mapping: Mapping,
    pub updated_at: DateTime<Utc>,
}

/// All of them, by kind and name.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportMappings {
    pub items: Vec<ImportMapping>,
}

/// The ways of reading that were kept.
#[utoipa::path(get, path = "/import-mappings", operation_id = "list_import_mappings", tag = "imports", responses((status = 200, body = ImportMappings), Problems))]
async fn list_import_mappings(
    State(app): State<App>,
    Staff(caller): Staff,
) -> Result<Json<ImportMappings>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = all(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(ImportMappings { items }))
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
struct KeepMapping {
    #[garde(skip)]
    mapping: Mapping,
}

/// Keep a way of reading under a name; one of the same name is replaced.
#[utoipa::path(put, path = "/import-mappings/{kind}/{name}", operation_id = "keep_import_mapping", tag = "imports", params(("kind" = Kind, Path), ("name" = String, Path)), request_body = KeepMapping, responses((status = 204), Problems))]
async fn keep_import_mapping(
    State(app): State<App>,
    Staff(caller): Staff,
    Path((kind, name)): Path<(String, String)>,
    Valid(input): Valid<KeepMapping>,
) -> Result<StatusCode> {
    let kind = Kind::parse(&kind).ok_or(Problem::NotFound)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(Problem::field(
            "/name",
            "名前は1文字から60文字で付けてください。",
        ));
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    keep(&mut tx, kind, name, &input.mapping).await?;
    let entry = Entry::new("imports.keep_mapping", "import", &[])
        .detail(json!({ "kind": kind, "name": name }));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forget a way of reading; imports made with it stay what they are.
#[utoipa::path(delete, path = "/import-mappings/{kind}/{name}", operation_id = "forget_import_mapping", tag = "imports", params(("kind" = Kind, Path), ("name" = String, Path)), responses((status = 204), Problems))]
async fn forget_import_mapping(
    State(app): State<App>,
    Staff(caller): Staff,
    Path((kind, name)): Path<(String, String)>,
) -> Result<StatusCode> {
    let kind = Kind::parse(&kind).ok_or(Problem::NotFound)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    sqlx::query!(
        "delete from import_mapping where kind = $1 and name = $2",
        kind.as_str(),
        name.trim()
    )
    .execute(&mut *tx)
    .await?;
    let entry = Entry::new("imports.forget_mapping", "import", &[])
        .detail(json!({ "kind": kind, "name": name }));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The way of reading kept under this name, if any.
pub async fn named(conn: &mut PgConnection, kind: Kind, name: &str) -> Result<Option<Mapping>> {
    let found = sqlx::query_scalar!(
        "select mapping from import_mapping where kind = $1 and name = $2",
        kind.as_str(),
        name
    )
    .fetch_optional(conn)
    .await?;
    found.map(from_json).transpose()
}

async fn all(conn: &mut PgConnection) -> Result<Vec<ImportMapping>> {
    let rows = sqlx::query!(
        "select kind, name, mapping, updated_at from import_mapping order by kind, name"
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(ImportMapping {
                kind: Kind::parse(&r.kind).ok_or(Problem::NotFound)?,
                name: r.name,
                mapping: from_json(r.mapping)?,
                updated_at: r.updated_at,
            })
        })
        .collect()
}

async fn keep(conn: &mut PgConnection, kind: Kind, name: &str, mapping: &Mapping) -> Result<()> {
    sqlx::query!(
        "insert into import_mapping (kind, name, mapping, updated_by) values ($1, $2, $3, app_uuid('app.actor_id'))
         on conflict (kind, name) do update set mapping = excluded.mapping, updated_by = excluded.updated_by, updated_at = now()",
        kind.as_str(),
        name,
        json!(mapping)
    )
    .execute(conn)
    .await?;
    Ok(())
}
