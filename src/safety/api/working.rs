//! Working a round: its rules, escalations, hand-overs, whom to visit next.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use chrono::{DateTime, TimeDelta, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::escalation::{Escalation, EscalationAct, Escalations, Level};
use super::super::hand_over::{HandOverReason, Move};
use super::super::round::{Round, RoundRules};
use super::super::store::escalations::{self, NewStep, Watched};
use super::super::store::hand_overs::{self, HandOver};
use super::super::store::visits::{self, NextVisit, Part};
use super::super::store::{self, rounds::require_open};
use super::super::watch;
use super::ground;
use super::rounds::require_all;
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Lead, Valid};
use crate::db::{Principal, Tx};
use crate::problem::{Problem, Problems, Result};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(set_round_rules))
        .routes(routes!(list_escalations))
        .routes(routes!(add_escalation_step))
        .routes(routes!(show_hand_overs))
        .routes(routes!(hand_over))
        .routes(routes!(undo_hand_over))
        .routes(routes!(list_visits))
}

/// How long what ended is still shown.
const ENDED_SHOWN: TimeDelta = TimeDelta::hours(6);

/// Change a running round's rules: when tries in vain escalate, when uncovered people are given on, and whether by itself.
#[utoipa::path(put, path = "/rounds/{id}/rules", operation_id = "set_round_rules", tag = "rounds", params(("id" = Uuid, Path)), request_body = RoundRules, responses((status = 200, body = Round), Problems))]
async fn set_round_rules(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Valid(rules): Valid<RoundRules>,
) -> Result<Json<Round>> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let before = store::rounds::round(&mut tx, id, now).await?;
    require_all(&caller, &before)?;
    require_open(&before)?;
    escalations::set_rules(&mut tx, id, &rules).await?;
    let entry = Entry::new("rounds.set_rules", "round", std::slice::from_ref(&id))
        .event(before.event.id)
        .detail(json!({"before": before.rules, "after": rules}));
    audit::append(&mut tx, entry).await?;
    let round = store::rounds::round(&mut tx, id, now).await?;
    tx.commit().await?;
    app.boards.changed([id]);
    Ok(Json(round))
}

/// What must not wait any longer in this round, the furthest level first: tried in vain, silent volunteers and districts, uncovered people.
#[utoipa::path(get, path = "/rounds/{id}/escalations", operation_id = "list_escalations", tag = "working", params(("id" = Uuid, Path)), responses((status = 200, body = Escalations), Problems))]
async fn list_escalations(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<Escalations>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let round = store::rounds::round(&mut tx, id, now).await?;
    let (found, without_consent) = escalations::list(&mut tx, id, None, now - ENDED_SHOWN).await?;
    let members: Vec<Uuid> = found
        .iter()
        .filter_map(|e| e.member.as_ref().map(|m| m.id))
        .collect();
    let entry = Entry::new("escalations.list", "member", &members)
        .ground(ground(&caller, without_consent))
        .event(round.event.id)
        .detail(json!({"round": id}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let (items, ended) = found.into_iter().partition(|e| e.ended_at.is_none());
    Ok(Json(Escalations {
        as_of: now,
        event: round.event,
        round_name: round.name,
        is_open: round.closed_at.is_none(),
        rules: round.rules,
        items,
        ended,
    }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct AddEscalationStep {
    /// Made by the caller: saying it twice adds it once.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    kind: EscalationAct,
    /// With `passed_on` only: to whom it goes.
    #[garde(skip)]
    level: Option<Level>,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    given_to: String,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    note: String,
}

impl AddEscalationStep {
    fn check(&self) -> Result<()> {
        match self.kind {
            EscalationAct::PassedOn if self.level.is_none() => {
                Err(Problem::field("/level", "どの段へ渡すかを選んでください。"))
            }
            EscalationAct::Taken | EscalationAct::Ended if self.level.is_some() => {
                Err(Problem::field("/level", "段は、次へ渡すときだけ選びます。"))
            }
            EscalationAct::Ended if self.note.trim().chars().count() < 2 => Err(Problem::field(
                "/note",
                "どう確かめて終わりにするかを書いてください。",
            )),
            _ => Ok(()),
        }
    }
}

/// Take an escalation, pass it on to the next level, or end it with what was made sure of.
#[utoipa::path(post, path = "/escalations/{id}/steps", operation_id = "add_escalation_step", tag = "working", params(("id" = Uuid, Path)), request_body = AddEscalationStep, responses((status = 201, body = Escalation), Problems))]
async fn add_escalation_step(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Valid(input): Valid<AddEscalationStep>,
) -> Result<(StatusCode, Json<Escalation>)> {
    input.check()?;
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let (round_id, is_open, _) = escalations::by_id(&mut tx, id).await?;
    let step = NewStep {
        id: input.id,
        escalation_id: id,
        act: input.kind,
        level: input.level,
        given_to: input.given_to.trim(),
        note: input.note.trim(),
        by: caller.scope.actor_id(),
        by_kind: caller.scope.principal().as_str(),
        at: now,
    };
    if escalations::add_step(&mut tx, &step).await? {
        escalations::require_open(is_open)?;
        let entry = Entry::new("escalations.step", "escalation", std::slice::from_ref(&id))
            .detail(json!({"kind": input.kind, "level": input.level}));
        audit::append(&mut tx, entry).await?;
    }
    let (mut found, _) = escalations::list(&mut tx, round_id, Some(id), now).await?;
    let escalation = found.pop().ok_or(Problem::NotFound)?;
    tx.commit().await?;
    app.boards.changed([round_id]);
    Ok((StatusCode::CREATED, Json(escalation)))
}

/// People who are to go from one volunteer's hands into others'.
#[derive(Debug, Serialize, ToSchema)]
struct HandOverProposal {
    reason: HandOverReason,
    /// Whose people they are now; nobody's when empty.
    from: Vec<String>,
    /// Whom they would be given to; null: there is nobody.
    to: Option<String>,
    /// What they are called.
    members: Vec<String>,
}

/// What is to be given on in a round, and what was.
#[derive(Debug, Serialize, ToSchema)]
struct HandOvers {
    as_of: DateTime<Utc>,
    /// When whoever nobody went to is given to somebody else; null: the round has no such rule.
    cut_off_at: Option<DateTime<Utc>>,
    is_by_itself: bool,
    is_open: bool,
    proposals: Vec<HandOverProposal>,
    done: Vec<HandOver>,
}

/// Whom nobody covers, and whom the service would give them to: at the cut-off, or because a volunteer is silent or cannot come.
#[utoipa::path(get, path = "/rounds/{id}/hand-overs", operation_id = "show_hand_overs", tag = "working", params(("id" = Uuid, Path)), responses((status = 200, body = HandOvers), Problems))]
async fn show_hand_overs(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<HandOvers>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let round = store::rounds::round(&mut tx, id, now).await?;
    let done = hand_overs::list(&mut tx, id).await?;
    let visible = hand_overs::visible(&mut tx, id).await?;
    let mut moves = Vec::new();
    if round.closed_at.is_none() {
        tx.continue_as(Principal::Job).await?;
        moves = plan(&app, &mut tx, &round, now).await?;
        moves.retain(|m| visible.contains_key(&m.member_id));
    }
    let named: Vec<Uuid> = moves
        .iter()
        .flat_map(|m| m.from.iter().copied().chain(m.to))
        .collect();
    let names = hand_overs::names(&mut tx, &named).await?;
    let members: Vec<Uuid> = moves.iter().map(|m| m.member_id).collect();
    let entry = Entry::new("rounds.show_hand_overs", "member", &members)
        .event(round.event.id)
        .detail(json!({"round": id}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(HandOvers {
        as_of: now,
        cut_off_at: round
            .rules
            .hand_over_minutes
            .map(|m| round.started_at + TimeDelta::minutes(m.into())),
        is_by_itself: round.rules.hand_over_by_itself,
        is_open: round.closed_at.is_none(),
        proposals: proposals(&moves, &visible, &names),
        done,
    }))
}

type Names = std::collections::BTreeMap<Uuid, String>;

/// One line per reason, giver and taker.
fn proposals(moves: &[Move], members: &Names, volunteers: &Names) -> Vec<HandOverProposal> {
    let mut lines: std::collections::BTreeMap<_, Vec<String>> = std::collections::BTreeMap::new();
    for m in moves {
        let line = lines.entry((m.reason, &m.from, m.to)).or_default();
        line.extend(members.get(&m.member_id).cloned());
    }
    lines
        .into_iter()
        .map(|((reason, from, to), members)| HandOverProposal {
            reason,
            from: from
                .iter()
                .filter_map(|v| volunteers.get(v).cloned())
                .collect(),
            to: to.and_then(|v| volunteers.get(&v).cloned()),
            members,
        })
        .collect()
}

async fn plan(app: &App, tx: &mut Tx, round: &Round, now: DateTime<Utc>) -> Result<Vec<Move>> {
    let watched = Watched {
        id: round.id,
        event_id: round.event.id,
        started_at: round.started_at,
        rules: round.rules,
    };
    let silent_before = now - TimeDelta::minutes(app.settings.silent_minutes);
    watch::plan(tx, &watched, now, silent_before).await
}

#[derive(Deserialize, Validate, ToSchema)]
struct HandOverNow {
    /// Made by the caller: saying it twice hands over once.
    #[garde(skip)]
    id: Uuid,
}

/// Do what is proposed, for everybody whom the caller may see.
#[utoipa::path(post, path = "/rounds/{id}/hand-overs", operation_id = "hand_over", tag = "working", params(("id" = Uuid, Path)), request_body = HandOverNow, responses((status = 201, body = Items<HandOver>), Problems))]
async fn hand_over(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Valid(input): Valid<HandOverNow>,
) -> Result<(StatusCode, Json<Items<HandOver>>)> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let round = store::rounds::round(&mut tx, id, now).await?;
    require_open(&round)?;
    hand_overs::lock(&mut tx, id).await?;
    let is_done = hand_overs::list(&mut tx, id)
        .await?
        .iter()
        .any(|h| h.id == input.id);
    if !is_done {
        let visible = hand_overs::visible(&mut tx, id).await?;
        tx.continue_as(Principal::Job).await?;
        let mut moves = plan(&app, &mut tx, &round, now).await?;
        moves.retain(|m| visible.contains_key(&m.member_id));
        let by = caller.scope.actor_id();
        let made = watch::give_on(&mut tx, (input.id, id), &moves, by, now).await?;
        hand_overs::require_some(&made)?;
    }
    tx.commit().await?;
    app.boards.changed([id]);
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = hand_overs::list(&mut tx, id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(Items { items })))
}

/// Take a hand-over back: whoever had the people has them again.
#[utoipa::path(post, path = "/hand-overs/{id}/undo", operation_id = "undo_hand_over", tag = "working", params(("id" = Uuid, Path)), responses((status = 200, body = Items<HandOver>), Problems))]
async fn undo_hand_over(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<Items<HandOver>>> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let round_id = hand_overs::round_of(&mut tx, id).await?;
    let round = store::rounds::round(&mut tx, round_id, now).await?;
    require_open(&round)?;
    if hand_overs::undo(&mut tx, id, caller.scope.actor_id(), now).await? {
        let entry = Entry::new(
            "rounds.undo_hand_over",
            "hand_over",
            std::slice::from_ref(&id),
        )
        .event(round.event.id);
        audit::append(&mut tx, entry).await?;
    }
    let items = hand_overs::list(&mut tx, round_id).await?;
    tx.commit().await?;
    app.boards.changed([round_id]);
    Ok(Json(Items { items }))
}

#[derive(Debug, Deserialize, IntoParams)]
struct VisitsOf {
    district: Option<Uuid>,
    /// Those whom one volunteer is to see; distances are from whom she saw last.
    volunteer: Option<Uuid>,
    /// At most 200; 30 when not said.
    limit: Option<usize>,
}

/// Whom to visit next: need × silence × distance, with the reasons.
#[utoipa::path(get, path = "/rounds/{id}/visits", operation_id = "list_visits", tag = "working", params(("id" = Uuid, Path), VisitsOf), responses((status = 200, body = Items<NextVisit>), Problems))]
async fn list_visits(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Query(of): Query<VisitsOf>,
) -> Result<Json<Items<NextVisit>>> {
    if let Some(district) = of.district {
        caller.scope.require_district(district)?;
    }
    let now = app.clock.now();
    let part = Part {
        round_id: id,
        district: of.district,
        volunteer: of.volunteer,
    };
    let limit = of.limit.unwrap_or(30).clamp(1, 200);
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let round = store::rounds::round(&mut tx, id, now).await?;
    let (items, people, without_consent) = visits::next(&mut tx, &part, now, limit).await?;
    let entry = Entry::new("rounds.list_visits", "person", &people)
        .ground(ground(&caller, without_consent))
        .event(round.event.id)
        .detail(json!({"round": id}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}
