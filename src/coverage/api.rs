//! PLAN over HTTP: for planners and headquarters. Counts of at least five, never names; making a gathering, saving a what-if and
//! taking figures away are in the audit.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::export::{self, Format, What};
use super::figures::CoverageFigures;
use super::scenario::{self, Asked, Comparison, Ground, Scenario};
use super::{Snapshot, snapshot, store};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Planning, Valid};
use crate::db::Tx;
use crate::problem::{Problem, Problems, Result};
use crate::shelters::index::HazardOrAny;
use crate::shelters::site::SiteKind;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_coverage_snapshot, make_coverage_snapshot))
        .routes(routes!(show_coverage))
        .routes(routes!(try_coverage))
        .routes(routes!(list_scenarios, save_scenario))
        .routes(routes!(show_scenario))
        .routes(routes!(retire_scenario))
        .routes(routes!(export_coverage))
}

/// The gathering in force; null before the first.
#[derive(Debug, Serialize, ToSchema)]
struct InForce {
    snapshot: Option<Snapshot>,
}

/// The gathering of the roster that figures are made from.
#[utoipa::path(get, path = "/coverage/snapshot", operation_id = "show_coverage_snapshot", tag = "coverage", responses((status = 200, body = InForce), Problems))]
async fn show_coverage_snapshot(
    State(app): State<App>,
    Planning(caller): Planning,
) -> Result<Json<InForce>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let snapshot = store::in_force(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(InForce { snapshot }))
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
struct MakeSnapshot {
    /// Made by the caller: saying it twice is saying it once.
    #[garde(skip)]
    id: Uuid,
}

/// Look at the roster again. The gathering in force is answered when fewer than five people moved in each of its cells.
#[utoipa::path(post, path = "/coverage/snapshot", operation_id = "make_coverage_snapshot", tag = "coverage", request_body = MakeSnapshot, responses((status = 201, body = Snapshot), Problems))]
async fn make_coverage_snapshot(
    State(app): State<App>,
    Planning(caller): Planning,
    Valid(input): Valid<MakeSnapshot>,
) -> Result<(StatusCode, Json<Snapshot>)> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let made = snapshot::make(&mut tx, input.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// The hazard first.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Base {
    /// One of the eight hazards; `any` must be said. Not applied to shelters.
    #[param(inline)]
    hazard: HazardOrAny,
    /// `evacuation_site` when not said.
    #[param(inline)]
    kind: Option<SiteKind>,
    /// 100 to 20,000; 1,000 when not said. 直線.
    far_m: Option<i32>,
}

impl Base {
    fn asked(self) -> Result<Asked> {
        let asked = Asked {
            hazard: self.hazard,
            kind: self.kind.unwrap_or(SiteKind::EvacuationSite),
            far_m: self.far_m.unwrap_or(1_000),
            changes: Vec::new(),
        };
        match (100..=20_000).contains(&asked.far_m) {
            true => Ok(asked),
            false => Err(Problem::field(
                "/far_m",
                "距離は100〜20000メートルで指定してください。",
            )),
        }
    }
}

type BaseQuery = Result<Query<Base>, QueryRejection>;

/// The query, or words for what it lacks.
fn asked(query: BaseQuery) -> Result<Asked> {
    let Query(base) = query.map_err(|rejection| {
        Problem::field(
            "",
            format!(
                "hazard（flood などの8種類か any）を指定してください：{}",
                rejection.body_text()
            ),
        )
    })?;
    base.asked()
}

/// CoverageFigures of the city as it is: districts, cells, suitable sites.
#[utoipa::path(get, path = "/coverage/figures", operation_id = "show_coverage", tag = "coverage", params(Base), responses((status = 200, body = CoverageFigures), Problems))]
async fn show_coverage(
    State(app): State<App>,
    Planning(caller): Planning,
    query: BaseQuery,
) -> Result<Json<CoverageFigures>> {
    let asked = asked(query)?;
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let ground = Ground::read(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    computed(move || ground.base(&asked)).await.map(Json)
}

/// Beside the threads that answer: a prefecture has tens of thousands of cells.
async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    Ok(tokio::task::spawn_blocking(work)
        .await
        .map_err(anyhow::Error::from)?)
}

/// A what-if beside its base; nothing is kept.
#[utoipa::path(post, path = "/coverage/compare", operation_id = "try_coverage", tag = "coverage", request_body = Asked, responses((status = 200, body = Comparison), Problems))]
async fn try_coverage(
    State(app): State<App>,
    Planning(caller): Planning,
    Valid(asked): Valid<Asked>,
) -> Result<Json<Comparison>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let ground = Ground::read(&mut tx, app.clock.now()).await?;
    let comparison = ground.compare(&mut tx, &asked).await?;
    tx.commit().await?;
    Ok(Json(comparison))
}

/// Saved what-ifs, the newest first, at most 200.
#[derive(Debug, Serialize, ToSchema)]
struct Scenarios {
    items: Vec<Scenario>,
}

/// Saved what-ifs that were not put aside.
#[utoipa::path(get, path = "/coverage/scenarios", operation_id = "list_scenarios", tag = "coverage", responses((status = 200, body = Scenarios), Problems))]
async fn list_scenarios(
    State(app): State<App>,
    Planning(caller): Planning,
) -> Result<Json<Scenarios>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = store::scenarios(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Scenarios { items }))
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
struct SaveScenario {
    /// Made by the caller: saying it twice is saying it once.
    #[garde(skip)]
    id: Uuid,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[garde(dive)]
    #[serde(flatten)]
    asked: Asked,
}

/// Keep a what-if with what comes out of it now.
#[utoipa::path(post, path = "/coverage/scenarios", operation_id = "save_scenario", tag = "coverage", request_body = SaveScenario, responses((status = 201, body = Scenario), Problems))]
async fn save_scenario(
    State(app): State<App>,
    Planning(caller): Planning,
    Valid(input): Valid<SaveScenario>,
) -> Result<(StatusCode, Json<Scenario>)> {
    let name = input.name.trim();
    if name.is_empty() {
        return Err(Problem::field("/name", "名前を入れてください。"));
    }
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let ground = Ground::read(&mut tx, now).await?;
    let comparison = ground.compare(&mut tx, &input.asked).await?;
    let new = Scenario {
        id: input.id,
        snapshot_id: ground.snapshot().id,
        name: name.to_owned(),
        asked: input.asked,
        made_by: caller.scope.actor_id(),
        made_at: now,
        retired_at: None,
    };
    if store::insert_scenario(&mut tx, &new, &scenario::kept(&comparison)).await? {
        log(&mut tx, "coverage.save", input.id).await?;
    }
    let kept = store::scenario(&mut tx, input.id).await?;
    if kept.name != new.name || kept.asked != new.asked {
        return Err(Problem::Conflict(
            "この番号では別の試算が保存されています。画面を開き直してください。".into(),
        ));
    }
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(kept)))
}

async fn log(tx: &mut Tx, action: &'static str, id: Uuid) -> Result<()> {
    let entry = Entry::new(action, "coverage_scenario", std::slice::from_ref(&id));
    audit::append(tx, entry).await
}

/// A saved what-if: what came out when it was saved, and what comes out now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedAndNow {
    pub scenario: Scenario,
    /// `{as_of, snapshot_id, base, with, change}` of the city.
    pub saved: Value,
    /// Null when it can no longer be computed: a site that it closes is gone by itself.
    pub now: Option<Comparison>,
    /// Why it cannot.
    pub stands_no_more: Option<String>,
}

/// A saved what-if with its figures, as saved and now.
#[utoipa::path(get, path = "/coverage/scenarios/{id}", operation_id = "show_scenario", tag = "coverage", params(("id" = Uuid, Path)), responses((status = 200, body = SavedAndNow), Problems))]
async fn show_scenario(
    State(app): State<App>,
    Planning(caller): Planning,
    Path(id): Path<Uuid>,
) -> Result<Json<SavedAndNow>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let shown = saved_and_now(&mut tx, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(shown))
}

/// The same for the screen and the command line.
pub async fn saved_and_now(
    conn: &mut sqlx::PgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<SavedAndNow> {
    let scenario = store::scenario(conn, id).await?;
    let saved = store::saved_result(conn, id).await?;
    let ground = Ground::read(conn, now).await?;
    let (now, stands_no_more) = match ground.compare(conn, &scenario.asked).await {
        Ok(comparison) => (Some(comparison), None),
        Err(Problem::Invalid(errors)) => {
            let words = errors.into_iter().map(|e| e.detail).collect::<Vec<_>>();
            (None, Some(words.join(" ")))
        }
        Err(other) => return Err(other),
    };
    Ok(SavedAndNow {
        scenario,
        saved,
        now,
        stands_no_more,
    })
}

/// Put a what-if aside; it stays readable by its id.
#[utoipa::path(post, path = "/coverage/scenarios/{id}/retire", operation_id = "retire_scenario", tag = "coverage", params(("id" = Uuid, Path)), responses((status = 200, body = Scenario), Problems))]
async fn retire_scenario(
    State(app): State<App>,
    Planning(caller): Planning,
    Path(id): Path<Uuid>,
) -> Result<Json<Scenario>> {
    let mut tx = app.db.begin(&caller.scope).await?;
    if !store::retire_scenario(&mut tx, id, app.clock.now()).await? {
        return Err(Problem::NotFound);
    }
    log(&mut tx, "coverage.retire", id).await?;
    let scenario = store::scenario(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(scenario))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TakeAway {
    /// One of the eight hazards, or `any`; not with `scenario`.
    #[param(inline)]
    hazard: Option<HazardOrAny>,
    #[param(inline)]
    kind: Option<SiteKind>,
    far_m: Option<i32>,
    /// A saved what-if: its figures instead of the base's.
    scenario: Option<Uuid>,
    /// `districts` when not said.
    #[param(inline)]
    what: Option<What>,
    #[param(inline)]
    format: Format,
}

impl TakeAway {
    /// Of the saved what-if, or of the base.
    async fn figures(&self, tx: &mut Tx, ground: &Ground) -> Result<CoverageFigures> {
        let Some(id) = self.scenario else {
            let hazard = self.hazard.ok_or_else(|| {
                let detail = "災害の種類（hazard）か、保存した試算（scenario）を指定してください。";
                Problem::field("/hazard", detail)
            })?;
            let base = Base {
                hazard,
                kind: self.kind,
                far_m: self.far_m,
            };
            return Ok(ground.base(&base.asked()?));
        };
        let saved = store::scenario(tx, id).await?;
        Ok(ground.compare(tx, &saved.asked).await?.with)
    }
}

/// Districts or cells as CSV, XLSX or GeoJSON.
#[utoipa::path(
    get,
    path = "/coverage/export",
    operation_id = "export_coverage",
    tag = "coverage",
    params(TakeAway),
    responses(export::CoverageFile, Problems)
)]
async fn export_coverage(
    State(app): State<App>,
    Planning(caller): Planning,
    query: Result<Query<TakeAway>, QueryRejection>,
) -> Result<Response> {
    let Query(query) = query.map_err(|rejection| {
        Problem::field(
            "",
            format!(
                "format（csv・xlsx・geojson）を指定してください：{}",
                rejection.body_text()
            ),
        )
    })?;
    let now = app.clock.now();
    // Durable: who took what is on disk before the first byte leaves.
    let mut tx = app.db.begin(&caller.scope).await?;
    let ground = Ground::read(&mut tx, now).await?;
    let figures = query.figures(&mut tx, &ground).await?;
    let what = query.what.unwrap_or(What::Districts);
    let snapshot = ground.snapshot().id;
    let detail = json!({"what": what, "format": query.format, "scenario": query.scenario, "asked": figures.asked});
    let entry = Entry::new(
        "coverage.export",
        "coverage_snapshot",
        std::slice::from_ref(&snapshot),
    )
    .detail(detail);
    audit::append(&mut tx, entry).await?;
    let areas = match query.format {
        Format::Geojson => Some(export::areas(&mut tx, &figures, what).await?),
        _ => None,
    };
    tx.commit().await?;
    export::download(figures, what, query.format, areas).await
}
