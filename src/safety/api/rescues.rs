//! The rescue queue: every open call of an event, worked on and closed by people.

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

use super::super::member::{Rescue, RescueCounts, RescueStep, StepKind};
use super::super::observation::{Outcome, Whereabouts};
use super::super::slip::{Slip, SlipFacts};
use super::super::store;
use super::super::store::rescues::{NewResolution, NewSlip, NewStep, ResolutionKind};
use super::members::{MemberNow, id_taken, settle};
use super::{ground, today};
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Lead, Valid};
use crate::city;
use crate::db::Principal;
use crate::events::EventKind;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_rescues))
        .routes(routes!(count_rescues))
        .routes(routes!(make_slip))
        .routes(routes!(add_rescue_step))
        .routes(routes!(resolve_rescue))
}

/// The event's rescue queue: open calls of all its rounds, also of closed ones, and calls taken back until somebody closes them.
#[utoipa::path(get, path = "/events/{id}/rescues", operation_id = "list_rescues", tag = "rescues", params(("id" = Uuid, Path)), responses((status = 200, body = Items<Rescue>), Problems))]
async fn list_rescues(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<Items<Rescue>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let (items, without_consent) =
        store::rescues::queue(&mut tx, id, today(app.clock.now()), wait(&app)).await?;
    let people: Vec<Uuid> = items.iter().filter_map(|r| r.member.person_id).collect();
    let entry = Entry::new("rescues.list", "person", &people)
        .ground(ground(&caller, without_consent))
        .event(id);
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

/// How many calls are open, nobody's, ringing, among those whom the caller may see. Numbers only: nobody is shown.
#[utoipa::path(get, path = "/events/{id}/rescue-counts", operation_id = "count_rescues", tag = "rescues", params(("id" = Uuid, Path)), responses((status = 200, body = RescueCounts), Problems))]
async fn count_rescues(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<RescueCounts>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let counts = store::rescues::counts(&mut tx, id, wait(&app), now).await?;
    tx.commit().await?;
    Ok(Json(counts))
}

/// How long a rescue waits before it rings (again).
fn wait(app: &App) -> TimeDelta {
    TimeDelta::minutes(app.settings.ring_minutes)
}

#[derive(Deserialize, Validate, ToSchema)]
struct MakeSlip {
    /// Made by the caller: saying it twice makes one slip.
    #[garde(skip)]
    id: Uuid,
}

/// Make a numbered slip of a rescue: the same words for 119 on the telephone and on paper, kept as they were said.
#[utoipa::path(post, path = "/rescues/{member_id}/slip", operation_id = "make_slip", tag = "rescues", params(("member_id" = Uuid, Path)), request_body = MakeSlip, responses((status = 201, body = Slip), Problems))]
async fn make_slip(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(member_id): Path<Uuid>,
    Valid(input): Valid<MakeSlip>,
) -> Result<(StatusCode, Json<Slip>)> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let round_id = store::rounds::of_member(&mut tx, member_id).await?;
    if let Some(made) = store::rescues::slip(&mut tx, input.id, member_id).await? {
        return Ok((StatusCode::CREATED, Json(made)));
    }
    let round = store::rounds::round(&mut tx, round_id, now).await?;
    let (rescue, without_consent) =
        store::rescues::rescue(&mut tx, member_id, today(now), wait(&app)).await?;
    let municipality = city::store::name(&mut tx).await?;
    let facts = SlipFacts::of(&rescue, round.event.kind == EventKind::Drill, municipality);
    let legal = ground(&caller, without_consent);
    let new = NewSlip {
        id: input.id,
        rescue: &rescue,
        event_id: round.event.id,
        facts: &facts,
        ground: legal.as_str().unwrap_or_default(),
        by: caller.scope.actor_id(),
        by_kind: caller.scope.principal().as_str(),
        at: now,
    };
    store::rescues::insert_slip(&mut tx, &new).await?;
    let people: Vec<Uuid> = rescue.member.person_id.into_iter().collect();
    let entry = Entry::new("rescues.slip", "person", &people)
        .ground(legal)
        .event(round.event.id)
        .detail(json!({"member": member_id, "slip": input.id}));
    audit::append(&mut tx, entry).await?;
    let made = store::rescues::slip(&mut tx, input.id, member_id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made.ok_or(Problem::NotFound)?)))
}

#[derive(Deserialize, Validate, ToSchema)]
struct AddStep {
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    kind: StepKind,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    given_to: String,
    /// The other side's number.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    reference: String,
    /// Who said it on our side, when it was not whoever types it.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    said_by: String,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    note: String,
    /// The slip that was read out.
    #[garde(skip)]
    slip_id: Option<Uuid>,
    #[garde(skip)]
    promised_at: Option<DateTime<Utc>>,
}

/// Say what is done about a rescue. No step closes it.
#[utoipa::path(post, path = "/rescues/{member_id}/steps", operation_id = "add_rescue_step", tag = "rescues", params(("member_id" = Uuid, Path)), request_body = AddStep, responses((status = 201, body = Items<RescueStep>), Problems))]
async fn add_rescue_step(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(member_id): Path<Uuid>,
    Valid(input): Valid<AddStep>,
) -> Result<(StatusCode, Json<Items<RescueStep>>)> {
    if matches!(input.kind, StepKind::Assigned | StepKind::HandedOver)
        && input.given_to.trim().is_empty()
    {
        return Err(Problem::field(
            "/given_to",
            "だれに頼んだか（消防・警察・班の名前など）を入れてください。",
        ));
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    let round_id = store::rounds::of_member(&mut tx, member_id).await?;
    if let Some(slip) = input.slip_id
        && store::rescues::slip(&mut tx, slip, member_id)
            .await?
            .is_none()
    {
        return Err(Problem::field(
            "/slip_id",
            "この方の伝達票ではありません。画面を開き直してください。",
        ));
    }
    let step = NewStep {
        id: input.id,
        member_id,
        kind: input.kind,
        given_to: &input.given_to,
        reference: &input.reference,
        said_by: &input.said_by,
        note: &input.note,
        promised_at: input.promised_at,
        slip_id: input.slip_id,
        by: caller.scope.actor_id(),
        by_kind: caller.scope.principal().as_str(),
        at: app.clock.now(),
    };
    store::rescues::insert_step(&mut tx, &step).await?;
    let entry = Entry::new(
        "rescues.add_step",
        "member",
        std::slice::from_ref(&member_id),
    )
    .detail(json!({"kind": input.kind}));
    audit::append(&mut tx, entry).await?;
    let mut steps = store::rescues::steps(&mut tx, &[member_id]).await?;
    tx.commit().await?;
    app.boards.changed([round_id]);
    let items = steps.remove(&member_id).unwrap_or_default();
    Ok((StatusCode::CREATED, Json(Items { items })))
}

#[derive(Deserialize, Validate, ToSchema)]
struct Resolve {
    #[garde(skip)]
    id: Uuid,
    /// The calls that this closes. One that is not named stays open, whenever it arrives.
    #[garde(length(min = 1, max = 200))]
    #[schema(min_items = 1, max_items = 200)]
    closes: Vec<Uuid>,
    /// What was found.
    #[garde(skip)]
    outcome: Outcome,
    #[garde(skip)]
    whereabouts: Option<Whereabouts>,
    /// Who found out, and how.
    #[garde(length(chars, min = 2, max = 1000))]
    #[schema(min_length = 2, max_length = 1000)]
    how: String,
}

/// Close named calls with what was found. Nothing else ever closes them.
#[utoipa::path(post, path = "/rescues/{member_id}/resolve", operation_id = "resolve_rescue", tag = "rescues", params(("member_id" = Uuid, Path)), request_body = Resolve, responses((status = 201, body = MemberNow), Problems))]
async fn resolve_rescue(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(member_id): Path<Uuid>,
    Valid(input): Valid<Resolve>,
) -> Result<(StatusCode, Json<MemberNow>)> {
    match input.outcome {
        Outcome::NeedsRescue => {
            return Err(Problem::field(
                "/outcome",
                "まだ救助が必要なら、解決にはできません。「手配」や「引継」を記録してください。",
            ));
        }
        Outcome::Deceased if caller.scope.principal() != Principal::HqStaff => {
            return Err(Problem::field("/outcome", "死亡は本部だけが記録します。"));
        }
        _ => {}
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    store::rounds::of_member(&mut tx, member_id).await?;
    let strangers = store::rescues::strangers(&mut tx, member_id, &input.closes).await?;
    if !strangers.is_empty() {
        return Err(Problem::field(
            "/closes",
            "この方の通報ではないものがあります。画面を開き直して、閉じる通報を選び直してください。",
        ));
    }
    let resolution = NewResolution {
        id: input.id,
        kind: ResolutionKind::Rescue,
        member_id,
        closes: &input.closes,
        outcome: input.outcome,
        whereabouts: input.whereabouts,
        shelter_id: None,
        how: &input.how,
        by: caller.scope.actor_id(),
        by_kind: caller.scope.principal().as_str(),
        at: app.clock.now(),
    };
    let is_new = store::rescues::insert_resolution(&mut tx, &resolution).await?;
    if !is_new && !store::rescues::is_resolution_of(&mut tx, input.id, member_id).await? {
        return Err(id_taken());
    }
    let answer = settle(&app, tx, member_id, "rescues.resolve", is_new).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}
