//! The plan: list, show, keep, decide; how far the preparation is.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::readiness::Readiness;
use super::super::{DecisionKind, Drill, DrillLine, DrillState, ProgrammeItem, store};
use super::within;
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Lead, Staff, Valid, Viewer};
use crate::closing::Closed;
use crate::db::{Principal, Tx};
use crate::events::{self, EventKind, Hazard, LONGEST_DRILL};
use crate::problem::{Problem, Problems, Result};
use crate::safety::self_report::{self, DrillNews};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_drills))
        .routes(routes!(show_drill, plan_drill))
        .routes(routes!(decide_drill))
        .routes(routes!(show_readiness))
}

/// All drills: running ones first, then planned ones, then those that are over.
#[utoipa::path(get, path = "/drills", operation_id = "list_drills", tag = "drills", responses((status = 200, body = Items<DrillLine>), Problems))]
async fn list_drills(
    State(app): State<App>,
    Viewer(caller): Viewer,
) -> Result<Json<Items<DrillLine>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    tx.continue_as(Principal::Index).await?;
    let items = store::all(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

/// One drill with its programme, venues, bodies and what was decided.
#[utoipa::path(get, path = "/drills/{event}", operation_id = "show_drill", tag = "drills", params(("event" = Uuid, Path)), responses((status = 200, body = Drill), Problems))]
async fn show_drill(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(event): Path<Uuid>,
) -> Result<Json<Drill>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    tx.continue_as(Principal::Index).await?;
    let drill = store::by_id(&mut tx, event, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(drill))
}

#[derive(Deserialize, Validate, ToSchema)]
struct PlanDrill {
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// In the future when the drill is new. Of a drill that is there: as it is; a decision moves it.
    #[garde(skip)]
    starts_at: DateTime<Utc>,
    /// It ends by itself then, at most 24 hours after its start.
    #[garde(skip)]
    ends_at: DateTime<Utc>,
    #[garde(length(chars, max = 4000))]
    #[schema(max_length = 4000)]
    #[serde(default)]
    scenario: String,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    cancel_rule: String,
    #[garde(length(max = 200))]
    #[schema(max_items = 200)]
    #[serde(default)]
    districts: Vec<Uuid>,
    #[garde(length(max = 8))]
    #[schema(max_items = 8)]
    #[serde(default)]
    hazards: Vec<Hazard>,
    /// The earlier drill that it is measured against.
    #[garde(skip)]
    compare_with: Option<Uuid>,
    #[garde(length(max = 100), dive)]
    #[schema(max_items = 100)]
    #[serde(default)]
    programme: Vec<ProgrammeItem>,
}

/// Keep a drill's plan; a new one makes the event, which starts by itself at its time and ends by itself.
#[utoipa::path(put, path = "/drills/{event}", operation_id = "plan_drill", tag = "drills", params(("event" = Uuid, Path)), request_body = PlanDrill, responses((status = 200, body = Drill), Problems))]
async fn plan_drill(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(event): Path<Uuid>,
    Valid(input): Valid<PlanDrill>,
) -> Result<Json<Drill>> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    match store::event(&mut tx, event, now).await {
        Err(Problem::NotFound) => begin(&mut tx, event, &input, now).await?,
        Ok(there) => {
            if there.is_over() {
                return Err(Problem::Conflict(
                    "この訓練は終わっています。新しい訓練を作ってください。".into(),
                ));
            }
            let moved = |a: DateTime<Utc>, b: DateTime<Utc>| (a - b).abs() >= TimeDelta::minutes(1);
            if moved(there.started_at, input.starts_at)
                || there
                    .planned_end_at
                    .is_some_and(|end| moved(end, input.ends_at))
            {
                return Err(Problem::Conflict(
                    "日時は、ここでは変えられません。「延期する」を使うと、理由といっしょに残ります。".into(),
                ));
            }
            let hazards: Vec<String> = input
                .hazards
                .iter()
                .map(|h| h.as_str().to_owned())
                .collect();
            store::rename(&mut tx, event, input.name.trim(), &hazards).await?;
        }
        Err(problem) => return Err(problem),
    }
    let plan = store::NewPlan {
        event_id: event,
        held_on: store::day_in_japan(input.starts_at),
        scenario: input.scenario.trim(),
        cancel_rule: input.cancel_rule.trim(),
        compare_with: input.compare_with,
        districts: &input.districts,
        programme: &input.programme,
        made_by: caller.scope.actor_id(),
    };
    store::keep(&mut tx, &plan).await?;
    audit::append(
        &mut tx,
        Entry::new("drills.plan", "event", &[event]).event(event),
    )
    .await?;
    tx.continue_as(Principal::Index).await?;
    let drill = store::by_id(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(Json(drill))
}

/// Make the event of a new drill.
async fn begin(tx: &mut Tx, id: Uuid, input: &PlanDrill, now: DateTime<Utc>) -> Result<()> {
    if input.starts_at <= now {
        return Err(Problem::field(
            "/starts_at",
            "始まりは、いまより後にしてください。すぐに始めるときは「訓練・災害を始める」を使ってください。",
        ));
    }
    check_end(input.starts_at, input.ends_at, "/ends_at")?;
    let new = events::store::NewEvent {
        id,
        kind: EventKind::Drill,
        name: input.name.trim(),
        hazards: &input.hazards,
        started_at: input.starts_at,
        planned_end_at: Some(input.ends_at),
        created_by: tx.scope().actor_id(),
    };
    events::store::insert(tx, &new).await?;
    Ok(())
}

fn check_end(start: DateTime<Utc>, end: DateTime<Utc>, pointer: &str) -> Result<()> {
    match end > start && end - start <= LONGEST_DRILL {
        true => Ok(()),
        false => Err(Problem::field(
            pointer,
            "終わりは、始まりより後で、24時間以内にしてください。",
        )),
    }
}

#[derive(Deserialize, Validate, ToSchema)]
struct Decide {
    /// Made by the caller: saying it twice decides once.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    kind: DecisionKind,
    #[garde(length(chars, min = 2, max = 500))]
    #[schema(min_length = 2, max_length = 500)]
    reason: String,
    /// Of a postponed drill.
    #[garde(skip)]
    to_start: Option<DateTime<Utc>>,
    #[garde(skip)]
    to_end: Option<DateTime<Utc>>,
    /// Tell everybody with a mail address on the roster of the drill's districts, with the reason: postponed and cancelled drills.
    #[garde(skip)]
    #[serde(default)]
    tells_by_mail: bool,
}

/// Postpone a drill that has not begun, call it off, or end it early. The decision is kept with its reason.
#[utoipa::path(post, path = "/drills/{event}/decisions", operation_id = "decide_drill", tag = "drills", params(("event" = Uuid, Path)), request_body = Decide, responses((status = 201, body = Drill), Problems))]
async fn decide_drill(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(event): Path<Uuid>,
    Valid(input): Valid<Decide>,
) -> Result<(StatusCode, Json<Drill>)> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    if !store::is_decided(&mut tx, event, input.id).await? {
        let done = carry_out(&mut tx, event, &input, now).await?;
        let mails = match input.tells() {
            true => self_report::tell_about_drill(&app, &mut tx, event, &done.news).await?,
            false => 0,
        };
        let entry = Entry::new("drills.decide", "event", std::slice::from_ref(&event))
            .event(event)
            .detail(json!({"kind": input.kind, "reason": input.reason, "mails": mails}));
        audit::append(&mut tx, entry).await?;
        if done.has_run {
            (app.after_closing)(&app, &mut tx, Closed::Event { event_id: event }).await?;
        }
    }
    tx.continue_as(Principal::Index).await?;
    let drill = store::by_id(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(drill)))
}

impl Decide {
    fn tells(&self) -> bool {
        self.tells_by_mail && self.kind != DecisionKind::EndedEarly
    }
}

/// What a decision changed.
struct Done {
    /// A drill that was running is over by it.
    has_run: bool,
    news: DrillNews,
}

async fn carry_out(tx: &mut Tx, id: Uuid, input: &Decide, now: DateTime<Utc>) -> Result<Done> {
    let decided_by = tx.scope().actor_id().ok_or(Problem::Forbidden)?;
    let drill = store::by_id_as_planned(tx, id, now).await?;
    let to = match (input.kind, drill.state) {
        (_, DrillState::Ended | DrillState::Cancelled) => {
            return Err(Problem::Conflict("この訓練は終わっています。".into()));
        }
        (DecisionKind::Postponed, DrillState::Running) => {
            return Err(Problem::Conflict(
                "始まった訓練は延期できません。「途中で終える」を使い、別の日に新しく作ってください。".into(),
            ));
        }
        (DecisionKind::EndedEarly, DrillState::Planned) => {
            return Err(Problem::Conflict(
                "まだ始まっていません。行わないときは「中止する」を使ってください。".into(),
            ));
        }
        (DecisionKind::Postponed, DrillState::Planned) => Some(new_time(input, now)?),
        _ => None,
    };
    let new = store::NewDecision {
        id: input.id,
        event_id: id,
        kind: input.kind,
        reason: input.reason.trim(),
        from_start: drill.started_at,
        to,
        tells_by_mail: input.tells(),
        decided_by,
        decided_at: now,
    };
    if !store::decide(tx, &new).await? {
        return Err(Problem::Conflict(
            "同じ番号の別の決定があります。画面を開き直してください。".into(),
        ));
    }
    match to {
        Some(to) => store::postpone(tx, id, drill.started_at, to).await?,
        None => events::store::end(tx, id, now, input.reason.trim()).await?,
    }
    Ok(Done {
        has_run: drill.state == DrillState::Running,
        news: DrillNews {
            reason: input.reason.trim().to_owned(),
            from_start: drill.started_at,
            to,
        },
    })
}

fn new_time(input: &Decide, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let start = input.to_start.filter(|at| *at > now).ok_or_else(|| {
        Problem::field(
            "/to_start",
            "新しい始まりの日時を、いまより後で入れてください。",
        )
    })?;
    let end = input
        .to_end
        .ok_or_else(|| Problem::field("/to_end", "新しい終わりの日時を入れてください。"))?;
    check_end(start, end, "/to_end")?;
    Ok((start, end))
}

/// How far the preparation is, by district; a lead's own districts. Volunteers who are not ready are named.
#[utoipa::path(get, path = "/drills/{event}/readiness", operation_id = "show_readiness", tag = "drills", params(("event" = Uuid, Path)), responses((status = 200, body = Items<Readiness>), Problems))]
async fn show_readiness(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(event): Path<Uuid>,
) -> Result<Json<Items<Readiness>>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    store::event(&mut tx, event, now).await?;
    let items = store::readiness::by_district(&mut tx, event, within(&caller), now).await?;
    let named: Vec<Uuid> = items
        .iter()
        .flat_map(|d| d.missing.iter().map(|m| m.volunteer_id))
        .collect();
    audit::append(
        &mut tx,
        Entry::new("drills.readiness", "volunteer", &named).event(event),
    )
    .await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}
