//! Preview, start, list, close.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use chrono::TimeDelta;
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::round::{Preview, Round, RoundKind, RoundRules, Started};
use super::super::store::volunteers::WorkingVolunteer;
use super::super::{assign, channels, live, self_report, store};
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Caller, Lead, Valid, Viewer};
use crate::closing::Closed;
use crate::db::{Principal, Tx};
use crate::events::{self, Event, EventKind};
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(preview_round))
        .routes(routes!(start_round))
        .routes(routes!(list_rounds))
        .routes(routes!(show_round))
        .routes(routes!(close_round))
        .routes(routes!(list_round_volunteers))
}

#[derive(Debug, Deserialize, IntoParams)]
struct PreviewOf {
    /// Drill or disaster: an activation counts only in a disaster. Not said: as for a drill.
    event_id: Option<Uuid>,
    /// One or more districts, separated by commas.
    districts: String,
}

/// Who will be in a round over these districts, and everyone who will be left out, and why.
#[utoipa::path(get, path = "/rounds/preview", operation_id = "preview_round", tag = "rounds", params(PreviewOf), responses((status = 200, body = Items<Preview>), Problems))]
async fn preview_round(
    State(app): State<App>,
    Lead(caller): Lead,
    Query(of): Query<PreviewOf>,
) -> Result<Json<Items<Preview>>> {
    let districts = of
        .districts
        .split(',')
        .filter(|part| !part.is_empty())
        .map(|part| part.trim().parse())
        .collect::<Result<Vec<Uuid>, _>>()
        .map_err(|_| Problem::field("/districts", "校区の番号が読めません。"))?;
    for district in &districts {
        caller.scope.require_district(*district)?;
    }
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let is_disaster = match of.event_id {
        Some(id) => {
            let event = events::store::by_id(&mut tx, id, app.clock.now()).await?;
            event.kind == EventKind::Disaster
        }
        None => false,
    };
    tx.continue_as(Principal::Job).await?;
    let items = store::start::preview(&mut tx, &districts, is_disaster).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct StartRound {
    /// Made by the caller: saying it twice starts one round.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    kind: RoundKind,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[garde(length(min = 1, max = 200))]
    #[schema(min_items = 1, max_items = 200)]
    districts: Vec<Uuid>,
    /// Whether volunteers look for the placard of households.
    #[garde(skip)]
    #[serde(default = "yes")]
    looks_for_marker: bool,
    /// Ask those with a mail address by mail as well, with a personal link.
    #[garde(skip)]
    #[serde(default = "yes")]
    asks_by_mail: bool,
    /// The round's own rules; the usual ones when not said.
    #[garde(dive)]
    #[serde(default)]
    rules: RoundRules,
}

fn yes() -> bool {
    true
}

/// Start a round: the roster of the districts is frozen, standing contacts are assigned, gaps are filled. One transaction.
#[utoipa::path(post, path = "/events/{id}/rounds", operation_id = "start_round", tag = "rounds", params(("id" = Uuid, Path, description = "the event")), request_body = StartRound, responses((status = 201, body = Started), Problems))]
async fn start_round(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(event_id): Path<Uuid>,
    Valid(input): Valid<StartRound>,
) -> Result<(StatusCode, Json<Started>)> {
    for district in &input.districts {
        caller.scope.require_district(*district)?;
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    let event = events::store::by_id(&mut tx, event_id, app.clock.now()).await?;
    if event.is_planned {
        return Err(Problem::Conflict(
            "この訓練はまだ始まっていません。始まってから、安否確認を始めてください。".into(),
        ));
    }
    if event.is_over() || event.is_standing {
        return Err(Problem::Conflict(
            "この災害・訓練では始められません。続いているものを選ぶか、新しく開始してください。"
                .into(),
        ));
    }
    tx.continue_as(Principal::Job).await?;
    let started = freeze_and_assign(&app, &mut tx, &caller, &event, &input).await?;
    tx.commit().await?;
    app.boards.changed([input.id]);
    Ok((StatusCode::CREATED, Json(started)))
}

async fn freeze_and_assign(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    event: &Event,
    input: &StartRound,
) -> Result<Started> {
    let now = app.clock.now();
    let by = caller.scope.actor_id();
    let new = store::start::NewRound {
        id: input.id,
        event_id: event.id,
        kind: input.kind,
        name: input.name.trim(),
        districts: &input.districts,
        rules: input.rules,
        started_at: now,
        started_by: by,
        looks_for_marker: input.looks_for_marker,
    };
    if store::start::insert(tx, &new).await? {
        store::start::freeze(tx, input.id, now).await?;
        channels::store::facilities::freeze(tx, input.id, now).await?;
        store::start::assign_standing_contacts(tx, input.id, by, now).await?;
        let gaps = store::start::gaps(tx, input.id).await?;
        let hands = store::start::hands(tx, input.id).await?;
        let pairs = assign::fill(&gaps, &hands);
        store::start::assign(tx, input.id, &pairs, by, now).await?;
        (app.after_start)(tx, event.id, input.id).await?;
        let entry = Entry::new("rounds.start", "round", std::slice::from_ref(&input.id))
            .ground(LegalGround::Internal)
            .event(event.id)
            .detail(json!({"districts": input.districts, "filled": pairs.len()}));
        audit::append(tx, entry).await?;
        match input.asks_by_mail && input.kind == RoundKind::Safety {
            true => _ = self_report::ask(app, tx, input.id, event).await?,
            false => self_report::store::panel::set_asks(tx, input.id, false).await?,
        }
    }
    let round = store::rounds::round(tx, input.id, now).await?;
    require_touched(caller, &round)?;
    if round.event.id != event.id {
        return Err(Problem::Conflict(
            "同じ番号の安否確認が、別の災害・訓練にあります。画面を開き直してください。".into(),
        ));
    }
    store::start::summary(tx, round).await
}

#[derive(Debug, Deserialize, IntoParams)]
struct OfEvent {
    event_id: Option<Uuid>,
}

/// Rounds, the newest first; a lead's are those that touch the lead's districts.
#[utoipa::path(get, path = "/rounds", operation_id = "list_rounds", tag = "rounds", params(OfEvent), responses((status = 200, body = Items<Round>), Problems))]
async fn list_rounds(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Query(of): Query<OfEvent>,
) -> Result<Json<Items<Round>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    tx.continue_as(Principal::Index).await?;
    let items =
        store::rounds::rounds(&mut tx, of.event_id, within(&caller), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

/// A lead's districts; everybody else who may look sees them all.
pub(in crate::safety) fn within(caller: &Caller) -> Option<&[Uuid]> {
    (caller.scope.principal() == Principal::DistrictLead).then(|| caller.scope.districts())
}

/// Refuse a lead a round that does not touch the lead's districts.
pub(in crate::safety) fn require_touched(caller: &Caller, round: &Round) -> Result<()> {
    match within(caller) {
        Some(own) if !round.districts.iter().any(|d| own.contains(&d.id)) => Err(Problem::NotFound),
        _ => Ok(()),
    }
}

/// Refuse a lead what concerns a whole round that reaches beyond the lead's districts.
pub(super) fn require_all(caller: &Caller, round: &Round) -> Result<()> {
    require_touched(caller, round)?;
    for district in &round.districts {
        caller.scope.require_district(district.id)?;
    }
    Ok(())
}

/// One round, with its board at the close.
#[utoipa::path(get, path = "/rounds/{id}", operation_id = "show_round", tag = "rounds", params(("id" = Uuid, Path)), responses((status = 200, body = Round), Problems))]
async fn show_round(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<Uuid>,
) -> Result<Json<Round>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    tx.continue_as(Principal::Index).await?;
    let mut round = store::rounds::round(&mut tx, id, app.clock.now()).await?;
    tx.commit().await?;
    require_touched(&caller, &round)?;
    if let Some(own) = within(&caller) {
        round.close_board = round.close_board.map(|board| board.only(own));
    }
    Ok(Json(round))
}

/// Close a round: its board is kept as it is now. No new assignments; late items still count, open rescues stay in the queue.
#[utoipa::path(post, path = "/rounds/{id}/close", operation_id = "close_round", tag = "rounds", params(("id" = Uuid, Path)), responses((status = 200, body = Round), Problems))]
async fn close_round(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<Round>> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    tx.continue_as(Principal::Index).await?;
    let round = store::rounds::round(&mut tx, id, now).await?;
    require_all(&caller, &round)?;
    if round.event.id == events::STANDING_EVENT {
        return Err(Problem::Conflict(
            "訓練中の本番の通報を受ける常設の記録は、閉じられません。".into(),
        ));
    }
    if live::close(&app, &mut tx, id, now, caller.scope.actor_id()).await? {
        let entry =
            Entry::new("rounds.close", "round", std::slice::from_ref(&id)).event(round.event.id);
        audit::append(&mut tx, entry).await?;
        let (event_id, round_id) = (round.event.id, id);
        (app.after_closing)(&app, &mut tx, Closed::Round { event_id, round_id }).await?;
    }
    let round = store::rounds::round(&mut tx, id, now).await?;
    tx.commit().await?;
    app.boards.changed([id]);
    Ok(Json(round))
}

/// The round's volunteers: done, last contact, what their phones still hold; silent ones first.
#[utoipa::path(get, path = "/rounds/{id}/volunteers", operation_id = "list_round_volunteers", tag = "rounds", params(("id" = Uuid, Path)), responses((status = 200, body = Items<WorkingVolunteer>), Problems))]
async fn list_round_volunteers(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<Items<WorkingVolunteer>>> {
    let silent_after = TimeDelta::minutes(app.settings.silent_minutes);
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = store::volunteers::working(&mut tx, id, app.clock.now(), silent_after).await?;
    let ids: Vec<Uuid> = items.iter().map(|v| v.id).collect();
    audit::append(
        &mut tx,
        Entry::new("rounds.list_volunteers", "volunteer", &ids),
    )
    .await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}
