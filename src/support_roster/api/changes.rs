//! What the applied lists made of the roster since a day.

use axum::Json;
use axum::extract::State;
use axum_extra::extract::Query;
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::changes::Changes;
use super::super::store::changes::{self, Sought};
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::Staff;
use crate::imports::{ChangeClass, Classes, changed_fields};
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_roster_changes))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Since {
    /// From this day on (in Japan); thirty days ago when absent.
    since: Option<NaiveDate>,
    class: Option<ChangeClass>,
    district: Option<Uuid>,
    /// `next` of the page before.
    after: Option<String>,
}

const PAGE: i64 = 100;

/// Who is new, changed, moved, died, returned or left by the lists applied since a day. Of a list older than thirty days only counts.
#[utoipa::path(get, path = "/roster/changes", operation_id = "list_roster_changes", tag = "roster", params(Since), responses((status = 200, body = Changes), Problems))]
async fn list_roster_changes(
    State(app): State<App>,
    Staff(caller): Staff,
    Query(asked): Query<Since>,
) -> Result<Json<Changes>> {
    let since = asked
        .since
        .unwrap_or_else(|| app.clock.today() - TimeDelta::days(30));
    let from = since.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(9);
    let sought = Sought {
        class: asked.class,
        district: asked.district,
        after: asked.after.as_deref().map(cursor).transpose()?,
    };
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let imports = changes::imports_since(&mut tx, from).await?;
    let mut items = changes::changes_since(&mut tx, from, &sought, PAGE + 1).await?;
    let has_more = i64::try_from(items.len()).is_ok_and(|n| n > PAGE);
    items.truncate(usize::try_from(PAGE).unwrap_or(0));
    for item in &mut items {
        item.changed = changed_fields(item.incoming.as_ref(), item.before.as_ref());
    }
    let ids: Vec<Uuid> = items.iter().map(|c| c.person_id).collect();
    let entry = Entry::new("roster.changes", "person", &ids).ground(LegalGround::Internal);
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let next = items
        .last()
        .filter(|_| has_more)
        .map(|c| format!("{}.{}", c.import_id, c.seq));
    let classes = imports
        .iter()
        .fold(Classes::default(), |sum, import| sum.plus(&import.classes));
    Ok(Json(Changes {
        since,
        imports,
        classes,
        items,
        next,
    }))
}

fn cursor(text: &str) -> Result<(Uuid, i64)> {
    let wrong = || Problem::field("/after", "続きの印が読めません。画面を開き直してください。");
    let (import, seq) = text.split_once('.').ok_or_else(wrong)?;
    Ok((
        import.parse().map_err(|_| wrong())?,
        seq.parse().map_err(|_| wrong())?,
    ))
}
