//! What auditors read: who looked at or changed what, when, on which legal ground. Reading it is audited as well.

use axum::Json;
use axum::extract::State;
use axum_extra::extract::Query;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::Auditor;
use crate::problem::{Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Which {
    /// A person, round, account … among the subjects.
    subject: Option<Uuid>,
    /// An account or a volunteer.
    actor: Option<Uuid>,
    /// The last line of the page before.
    after: Option<i64>,
}

/// One act.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLine {
    pub id: i64,
    pub at: DateTime<Utc>,
    /// The principal.
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_name: Option<String>,
    pub device_id: Option<Uuid>,
    /// `<slice>.<verb>`.
    pub action: String,
    /// The article of 災対法: `49-11-1`, `49-11-2`, `49-11-3`; null where no resident was shown.
    pub legal_ground: Option<String>,
    pub event_id: Option<Uuid>,
    pub subject_kind: String,
    /// How many were shown or changed.
    pub subjects: i64,
    /// The first hundred of them.
    pub subject_ids: Vec<Uuid>,
    pub detail: Value,
}

/// A page of acts.
#[derive(Debug, Serialize, ToSchema)]
struct AuditPage {
    items: Vec<AuditLine>,
    /// What `after` of the next page is; null on the last.
    next: Option<i64>,
}

const PAGE: i64 = 100;

/// The audit, the newest first.
#[utoipa::path(get, path = "/audit", operation_id = "list_audit", tag = "audit", params(Which), responses((status = 200, body = AuditPage), Problems))]
async fn list_audit(
    State(app): State<App>,
    Auditor(caller): Auditor,
    Query(which): Query<Which>,
) -> Result<Json<AuditPage>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let mut items = lines(&mut tx, &which, PAGE + 1).await?;
    let has_more = i64::try_from(items.len()).is_ok_and(|n| n > PAGE);
    items.truncate(usize::try_from(PAGE).unwrap_or(0));
    let subjects: Vec<Uuid> = which.subject.into_iter().collect();
    let entry = Entry::new("audit.list", "audit", &subjects)
        .detail(json!({"actor": which.actor, "lines": items.len()}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let next = items.last().filter(|_| has_more).map(|line| line.id);
    Ok(Json(AuditPage { items, next }))
}

async fn lines(conn: &mut PgConnection, which: &Which, limit: i64) -> Result<Vec<AuditLine>> {
    Ok(sqlx::query_as!(
        AuditLine,
        r#"select e.id, e.at, e.actor_kind, e.actor_id, a.name as "actor_name?", e.device_id, e.action, e.legal_ground, e.event_id,
                  e.subject_kind, cardinality(e.subject_ids)::bigint as "subjects!", e.subject_ids[1:100] as "subject_ids!", e.detail
           from audit_entry e left join account a on a.id = e.actor_id
           where ($1::uuid is null or e.subject_ids @> array[$1])
             and ($2::uuid is null or e.actor_id = $2)
             and ($3::bigint is null or e.id < $3)
           order by e.id desc limit $4"#,
        which.subject,
        which.actor,
        which.after,
        limit
    )
    .fetch_all(conn)
    .await?)
}
