//! `/imports`: bring a file, look at what it would change, apply it, take it back.

use axum::Json;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum_extra::extract::Query;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::store::{self, NewBatch};
use super::{
    Action, ApplyImport, ChangeClass, Import, ImportRow, Kind, Mapping, StageImport, Status,
    Undone, apply, undo, upload,
};
use super::{headings, mappings, rows, waiting};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::Staff;
use crate::jobs;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_import, list_imports))
        .routes(routes!(show_import))
        .routes(routes!(list_import_rows))
        .routes(routes!(apply_import))
        .routes(routes!(undo_import))
        .routes(routes!(discard_import))
        .merge(waiting::routes())
        .merge(headings::routes())
        .merge(mappings::routes())
        // The file is streamed to disk and counted there.
        .layer(DefaultBodyLimit::disable())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct NewImport {
    kind: Kind,
    /// A name for the way of reading (`標準` when absent), kept with the import. Without `mapping` the one kept under this name is used.
    #[serde(default)]
    profile: String,
    #[serde(default)]
    file_name: String,
    /// [`Mapping`] as JSON.
    mapping: Option<String>,
}

/// What was taken in; the reading goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    pub id: Uuid,
    pub status: Status,
}

/// Bring a file. It is read and compared in the background; nothing changes before it is applied.
#[utoipa::path(post, path = "/imports", operation_id = "create_import", tag = "imports", params(NewImport),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 202, body = Accepted), Problems))]
async fn create_import(
    State(app): State<App>,
    Staff(caller): Staff,
    Query(new): Query<NewImport>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Accepted>)> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    if !content_type.is_some_and(|t| t.starts_with("application/octet-stream")) {
        return Err(Problem::Unsupported(
            "ファイルはそのまま（application/octet-stream）送ってください。".into(),
        ));
    }
    let given: Option<Mapping> = match &new.mapping {
        None => None,
        Some(text) => serde_json::from_str(text)
            .map_err(|e| Problem::field("/mapping", format!("列の対応が読めません：{e}")))?,
    };
    let id = Uuid::now_v7();
    let stored = upload::store(&app, id, body).await?;
    let accept = async {
        let mut tx = app.db.begin(&caller.scope).await?;
        let actor_id = caller.scope.actor_id();
        let mapping = match given {
            Some(mapping) => mapping,
            None => mappings::named(&mut tx, new.kind, &new.profile)
                .await?
                .unwrap_or_default(),
        };
        let batch = NewBatch {
            id,
            kind: new.kind,
            profile: if new.profile.is_empty() {
                "標準"
            } else {
                &new.profile
            },
            file_name: &new.file_name,
            file_sha256: &stored.sha256,
            file_bytes: stored.bytes,
            mapping: &mapping,
            created_by: actor_id,
            created_by_kind: caller.scope.principal().as_str(),
        };
        store::insert(&mut tx, batch).await?;
        let job = StageImport {
            import_id: id,
            actor_id,
        };
        jobs::enqueue(&mut tx, &job, Some(jobs::HEAVY), None).await?;
        let entry = Entry::new("imports.create", "import", std::slice::from_ref(&id))
            .detail(json!({ "kind": new.kind }));
        audit::append(&mut tx, entry).await?;
        tx.commit().await
    };
    if let Err(problem) = accept.await {
        upload::forget(&app, id).await;
        return Err(problem);
    }
    let accepted = Accepted {
        id,
        status: Status::Staging,
    };
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

/// The last hundred imports, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Imports {
    pub items: Vec<Import>,
}

/// The imports so far.
#[utoipa::path(get, path = "/imports", operation_id = "list_imports", tag = "imports", responses((status = 200, body = Imports), Problems))]
async fn list_imports(State(app): State<App>, Staff(caller): Staff) -> Result<Json<Imports>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = store::list(&mut tx, 100).await?;
    tx.commit().await?;
    Ok(Json(Imports { items }))
}

/// One import: how far it is, what it would change.
#[utoipa::path(get, path = "/imports/{id}", operation_id = "show_import", tag = "imports", params(("id" = Uuid, Path)), responses((status = 200, body = Import), Problems))]
async fn show_import(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Import>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let import = store::by_id(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(import))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    action: Option<Action>,
    /// Of a roster: rows that make this of a person.
    class: Option<ChangeClass>,
    /// `next` of the page before.
    #[serde(default)]
    after: i64,
    #[serde(default = "fifty")]
    limit: i64,
}

fn fifty() -> i64 {
    50
}

/// A page of an import's rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportRows {
    pub items: Vec<ImportRow>,
    pub next: Option<i64>,
}

/// What each row would do, with every complaint.
#[utoipa::path(get, path = "/imports/{id}/rows", operation_id = "list_import_rows", tag = "imports", params(("id" = Uuid, Path), Page), responses((status = 200, body = ImportRows), Problems))]
async fn list_import_rows(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Query(page): Query<Page>,
) -> Result<Json<ImportRows>> {
    let limit = page.limit.clamp(1, 500);
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let import = store::by_id(&mut tx, id).await?;
    let rows = rows::page(&mut tx, id, page.action, page.class, page.after, limit).await?;
    if let Some(subject) = match import.kind {
        Kind::Roster => Some("person"),
        Kind::Victims => Some("victim_entry"),
        Kind::Sites | Kind::Districts => None,
    } {
        let people: Vec<Uuid> = rows.iter().filter_map(|(person, _)| *person).collect();
        let entry = Entry::new("imports.read_rows", subject, &people)
            .ground(import.kind.ground())
            .detail(json!({ "import": id }));
        audit::append(&mut tx, entry).await?;
    }
    tx.commit().await?;
    let is_full = rows.len() as i64 == limit;
    let items: Vec<ImportRow> = rows.into_iter().map(|(_, row)| row).collect();
    let next = items.last().filter(|_| is_full).map(|row| row.seq);
    Ok(Json(ImportRows { items, next }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HowToApply {
    /// Leave out the rows with errors; nothing that the file no longer names is ended then.
    #[serde(default)]
    except_errors: bool,
}

/// Make the list the version in force: all of it or nothing. Runs in the background; look at `status`.
#[utoipa::path(post, path = "/imports/{id}/apply", operation_id = "apply_import", tag = "imports", params(("id" = Uuid, Path), HowToApply), responses((status = 202, body = Accepted), Problems))]
async fn apply_import(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Query(how): Query<HowToApply>,
) -> Result<(StatusCode, Json<Accepted>)> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let batch = store::lock(&mut tx, id).await?;
    if let Err(problem) = apply::check(&batch, &caller.scope, how.except_errors) {
        drop(tx);
        if matches!(problem, Problem::SecondPerson(_)) {
            let (_, rounds) = apply::apply_urgent(&app.db, &caller.scope, id).await?;
            app.boards.changed(rounds);
        }
        return Err(problem);
    }
    store::set_status(&mut tx, id, Status::Applying).await?;
    let job = ApplyImport {
        import_id: id,
        actor_id: caller.scope.actor_id(),
        except_errors: how.except_errors,
    };
    jobs::enqueue(&mut tx, &job, Some(jobs::HEAVY), None).await?;
    tx.commit().await?;
    let accepted = Accepted {
        id,
        status: Status::Applying,
    };
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

/// Take an applied import back: what nobody touched since becomes what it was; the rest is listed.
#[utoipa::path(post, path = "/imports/{id}/undo", operation_id = "undo_import", tag = "imports", params(("id" = Uuid, Path)), responses((status = 200, body = Undone), Problems))]
async fn undo_import(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Undone>> {
    let (undone, rounds) = undo(&app.db, &caller.scope, &app.clock, id).await?;
    app.boards.changed(rounds);
    Ok(Json(undone))
}

/// Put a file aside without applying it; its rows are forgotten.
#[utoipa::path(post, path = "/imports/{id}/discard", operation_id = "discard_import", tag = "imports", params(("id" = Uuid, Path)), responses((status = 204), Problems))]
async fn discard_import(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let batch = store::lock(&mut tx, id).await?;
    match batch.status {
        Status::Staging | Status::Staged | Status::Refused => {}
        Status::Discarded => return Ok(StatusCode::NO_CONTENT),
        Status::Applying | Status::Applied | Status::Undone => {
            return Err(Problem::Conflict(
                "取り込んだものは、取消しで戻してください。".into(),
            ));
        }
    }
    rows::clear(&mut tx, id).await?;
    store::set_status(&mut tx, id, Status::Discarded).await?;
    let entry = Entry::new("imports.discard", "import", std::slice::from_ref(&id));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    upload::forget(&app, id).await;
    Ok(StatusCode::NO_CONTENT)
}
