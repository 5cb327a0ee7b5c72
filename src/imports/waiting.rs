//! `/imports/{id}/waiting`: the rows of a roster that only a human can decide about. Crisis staff see each beside the people it might
//! be and say: this person, somebody new, or leave it out; one by one or all of a sort together. Every decision can be taken back
//! until the list is applied, and is no way round the second person.

use axum::Json;
use axum::extract::{Path, State};
use axum_extra::extract::Query;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Counts, Kind, Status, diff, store};
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Caller, Staff, Valid};
use crate::db::Tx;
use crate::problem::{Problem, Problems, Result};
use crate::support_roster::matching::{self, Decision, Sorts, Together, WaitingRow};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_waiting_rows))
        .routes(routes!(match_import_row, unmatch_import_row))
        .routes(routes!(decide_import_rows))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// `next` of the page before.
    #[serde(default)]
    after: i64,
    #[serde(default = "twenty")]
    limit: i64,
}

fn twenty() -> i64 {
    20
}

/// A page of the rows that wait or waited, with what can be decided together.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingRows {
    pub items: Vec<WaitingRow>,
    pub next: Option<i64>,
    pub sorts: Sorts,
}

/// Rows that wait for a human, each with the people it might be, and those already decided.
#[utoipa::path(get, path = "/imports/{id}/waiting", operation_id = "list_waiting_rows", tag = "imports", params(("id" = Uuid, Path), Page), responses((status = 200, body = WaitingRows), Problems))]
async fn list_waiting_rows(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Query(page): Query<Page>,
) -> Result<Json<WaitingRows>> {
    let limit = page.limit.clamp(1, 100);
    let mut tx = app.db.begin_read(&caller.scope).await?;
    store::by_id(&mut tx, id).await?;
    let items = matching::waiting(&mut tx, id, page.after, limit).await?;
    let sorts = matching::sorts(&mut tx, id).await?;
    let persons: Vec<Uuid> = items
        .iter()
        .flat_map(|row| row.candidates.iter().map(|c| c.person_id))
        .collect();
    let entry = Entry::new("imports.read_waiting", "person", &persons)
        .ground(LegalGround::Internal)
        .detail(json!({ "import": id }));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let is_full = items.len() as i64 == limit;
    let next = items.last().filter(|_| is_full).map(|row| row.seq);
    Ok(Json(WaitingRows { items, next, sorts }))
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
struct MatchRow {
    /// One of the people alike; null: somebody new.
    #[garde(skip)]
    person_id: Option<Uuid>,
    /// Neither: the row is not taken in.
    #[garde(skip)]
    #[serde(default)]
    leave_out: bool,
}

/// Say who a waiting row is: one of the people alike, somebody new, or nobody to be taken in. Replaces an earlier word. Answers how many
/// still wait.
#[utoipa::path(put, path = "/imports/{id}/rows/{seq}/match", operation_id = "match_import_row", tag = "imports", params(("id" = Uuid, Path), ("seq" = i64, Path)), request_body = MatchRow, responses((status = 200, body = Sorts), Problems))]
async fn match_import_row(
    State(app): State<App>,
    Staff(caller): Staff,
    Path((id, seq)): Path<(Uuid, i64)>,
    Valid(input): Valid<MatchRow>,
) -> Result<Json<Sorts>> {
    let decision = match (input.person_id, input.leave_out) {
        (Some(person_id), false) => Decision::Person(person_id),
        (None, false) => Decision::New,
        (None, true) => Decision::LeaveOut,
        (Some(_), true) => {
            return Err(Problem::field(
                "/leave_out",
                "人を選ぶか、取り込まないか、どちらかにしてください。",
            ));
        }
    };
    let mut tx = begin(&app, &caller, id).await?;
    matching::decide(&mut tx, id, seq, decision).await?;
    let persons: Vec<Uuid> = input.person_id.into_iter().collect();
    let detail = json!({ "import": id, "seq": seq, "decision": decision.as_str() });
    finish(&mut tx, id, "imports.match_row", &persons, detail).await?;
    let sorts = matching::sorts(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(sorts))
}

/// Take the word about a row back: it waits again. Answers how many wait.
#[utoipa::path(delete, path = "/imports/{id}/rows/{seq}/match", operation_id = "unmatch_import_row", tag = "imports", params(("id" = Uuid, Path), ("seq" = i64, Path)), responses((status = 200, body = Sorts), Problems))]
async fn unmatch_import_row(
    State(app): State<App>,
    Staff(caller): Staff,
    Path((id, seq)): Path<(Uuid, i64)>,
) -> Result<Json<Sorts>> {
    let mut tx = begin(&app, &caller, id).await?;
    matching::take_back(&mut tx, id, Some(seq)).await?;
    let detail = json!({ "import": id, "seq": seq });
    finish(&mut tx, id, "imports.unmatch_row", &[], detail).await?;
    let sorts = matching::sorts(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(sorts))
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
struct DecideRows {
    #[garde(skip)]
    what: Together,
}

/// How many rows were decided together, and what the list would do now.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecidedRows {
    pub decided: i64,
    pub counts: Counts,
}

/// Decide all waiting rows of a sort in one go, or take all decisions back.
#[utoipa::path(post, path = "/imports/{id}/waiting/decide", operation_id = "decide_import_rows", tag = "imports", params(("id" = Uuid, Path)), request_body = DecideRows, responses((status = 200, body = DecidedRows), Problems))]
async fn decide_import_rows(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<DecideRows>,
) -> Result<Json<DecidedRows>> {
    let mut tx = begin(&app, &caller, id).await?;
    let (decided, persons) = matching::decide_together(&mut tx, id, input.what).await?;
    let detail = json!({ "import": id, "what": input.what, "decided": decided });
    let counts = finish(&mut tx, id, "imports.decide_rows", &persons, detail).await?;
    tx.commit().await?;
    Ok(Json(DecidedRows { decided, counts }))
}

/// Begin a change of the decisions of a staged roster; anything else is refused with words.
async fn begin(app: &App, caller: &Caller, id: Uuid) -> Result<Tx> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let batch = store::lock(&mut tx, id).await?;
    if batch.kind != Kind::Roster || batch.status != Status::Staged {
        return Err(Problem::Conflict(
            "確認待ちの行は、取り込む前の名簿にだけあります。".into(),
        ));
    }
    Ok(tx)
}

/// Count again what the list would do, and note who decided.
async fn finish(
    tx: &mut Tx,
    id: Uuid,
    action: &'static str,
    persons: &[Uuid],
    detail: serde_json::Value,
) -> Result<Counts> {
    let (counts, needs_second) = diff::recount(tx, id, Kind::Roster).await?;
    store::set_decided(tx, id, &counts, needs_second).await?;
    let entry = Entry::new(action, "person", persons)
        .ground(LegalGround::Internal)
        .detail(detail);
    audit::append(tx, entry).await?;
    Ok(counts)
}
