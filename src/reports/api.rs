//! Reports over HTTP.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Query;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::changes::{Change, changes};
use super::{Against, Earlier, Figures, Kept, Remark, Section, closing, sheet, store};
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Caller, Staff, Valid, Viewer};
use crate::db::{Principal, Tx};
use crate::events::{self, Event};
use crate::problem::{Problem, Problems, Result};
use crate::sheet::{WorkbookFile, workbook};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_report))
        .routes(routes!(export_report))
        .routes(routes!(write_remark))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Of {
    /// Only this round of the event.
    round: Option<Uuid>,
    /// The earlier drill to measure against. Not said: the one its plan names, else the last one of its districts.
    against: Option<Uuid>,
}

/// A report as it is read: at the close, now, what changed in between, and an earlier drill.
#[derive(Debug, Serialize, ToSchema)]
pub struct Report {
    pub event: Event,
    /// Null: not closed yet, or its report is being made.
    pub at_close: Option<Kept>,
    pub now: Figures,
    /// What came after the close.
    pub changes: Vec<Change>,
    pub against: Option<Against>,
    /// Those that may be chosen for `against`.
    pub earlier: Vec<Earlier>,
    pub remarks: Vec<Remark>,
}

/// The report of an event, or of one of its rounds: counts, never names. A lead reads those that the lead's districts took part in.
#[utoipa::path(get, path = "/events/{id}/report", operation_id = "show_report", tag = "reports", params(("id" = Uuid, Path, description = "the event"), Of), responses((status = 200, body = Report), Problems))]
async fn show_report(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<Uuid>,
    Query(of): Query<Of>,
) -> Result<Json<Report>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let report = report(&app, &mut tx, &caller, id, &of).await?;
    tx.commit().await?;
    Ok(Json(report))
}

async fn report(app: &App, tx: &mut Tx, caller: &Caller, id: Uuid, of: &Of) -> Result<Report> {
    let now = app.clock.now();
    let event = events::store::by_id(tx, id, now).await?;
    if event.is_standing {
        return Err(Problem::Conflict(
            "訓練中の本番の通報を受ける常設の記録には、報告はありません。".into(),
        ));
    }
    if caller.scope.principal() == Principal::DistrictLead
        && !store::touches(tx, id, caller.scope.districts()).await?
    {
        return Err(Problem::NotFound);
    }
    let at_close = store::kept(tx, id, of.round).await?;
    let remarks = store::remarks(tx, id).await?;
    tx.continue_as(Principal::Index).await?;
    let figures = closing::figures(app, tx, id, of.round).await?;
    let earlier = store::earlier(tx, &event, now).await?;
    let chosen = match of.against {
        Some(chosen) => Some(chosen),
        None => store::against(tx, &event, &earlier).await?,
    };
    let against = match chosen {
        None => None,
        Some(chosen) => {
            let found = earlier.iter().find(|e| e.event_id == chosen).cloned();
            let earlier = found.ok_or_else(|| {
                Problem::field(
                    "/against",
                    "比べる訓練が見つかりません。終わった訓練の一覧から選び直してください。",
                )
            })?;
            let figures = closing::figures(app, tx, chosen, None).await?;
            Some(Against { earlier, figures })
        }
    };
    Ok(Report {
        changes: at_close
            .as_ref()
            .map(|kept| changes(&kept.figures, &figures))
            .unwrap_or_default(),
        event,
        at_close,
        now: figures,
        against,
        earlier,
        remarks,
    })
}

/// The report as a workbook of several sheets.
#[utoipa::path(get, path = "/events/{id}/report/export", operation_id = "export_report", tag = "reports", params(("id" = Uuid, Path, description = "the event"), Of), responses(WorkbookFile, Problems))]
async fn export_report(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<Uuid>,
    Query(of): Query<Of>,
) -> Result<Response> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let entry = Entry::new("reports.export", "event", std::slice::from_ref(&id))
        .event(id)
        .detail(json!({"round": of.round, "against": of.against}));
    audit::append(&mut tx, entry).await?;
    let report = report(&app, &mut tx, &caller, id, &of).await?;
    tx.commit().await?;
    workbook(sheet::of_report(&report), "report", report.now.as_of).await
}

#[derive(Deserialize, Validate, ToSchema)]
struct WriteRemark {
    /// Made by the caller: saying it twice writes once.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    section: Section,
    /// Empty: the section is left out.
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    words: String,
}

/// Write a section of the report; the newest words hold, earlier ones are kept.
#[utoipa::path(post, path = "/events/{id}/report/remarks", operation_id = "write_remark", tag = "reports", params(("id" = Uuid, Path, description = "the event")), request_body = WriteRemark, responses((status = 201, body = Items<Remark>), Problems))]
async fn write_remark(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<WriteRemark>,
) -> Result<(StatusCode, Json<Items<Remark>>)> {
    let now = app.clock.now();
    let by = caller.scope.actor_id().ok_or(Problem::Forbidden)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let words = input.words.trim();
    if store::write(&mut tx, input.id, id, input.section, words, by, now).await? {
        let entry = Entry::new("reports.remark", "event", std::slice::from_ref(&id))
            .event(id)
            .detail(json!({"section": input.section}));
        audit::append(&mut tx, entry).await?;
    }
    let items = store::remarks(&mut tx, id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(Items { items })))
}
