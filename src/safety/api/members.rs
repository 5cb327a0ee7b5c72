//! Members: who they are, what was seen of them, who looks in on them.

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

use super::super::board::Bucket;
use super::super::derive::MemberState;
use super::super::member::{Member, MemberHistory};
use super::super::observation::{Attempt, Channel, Marker, Outcome, Whereabouts};
use super::super::record::{self, NewObservation};
use super::super::store::members::Filter;
use super::super::store::{self, rounds::require_open};
use super::{ground, today};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Caller, Lead, Valid};
use crate::db::{Principal, Tx};
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_members))
        .routes(routes!(show_member))
        .routes(routes!(record_observation))
        .routes(routes!(set_assignment))
}

/// Narrow a list to members who need a second look.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Only {
    /// Checked by headquarters alone.
    Protected,
    Contradicted,
    /// In scope and nobody's.
    Unassigned,
    NotDisclosable,
}

#[derive(Debug, Deserialize, IntoParams)]
struct Which {
    district: Option<Uuid>,
    #[param(inline)]
    bucket: Option<Bucket>,
    #[param(inline)]
    only: Option<Only>,
    /// The last member of the page before.
    after: Option<Uuid>,
    /// At most 500; 100 when not said.
    limit: Option<i64>,
}

/// A page of members.
#[derive(Debug, Serialize, ToSchema)]
struct MemberPage {
    items: Vec<Member>,
    /// What `after` of the next page is; null on the last.
    next: Option<Uuid>,
}

/// Members of a round whom the caller may see, by reading.
#[utoipa::path(get, path = "/rounds/{id}/members", operation_id = "list_members", tag = "rounds", params(("id" = Uuid, Path), Which), responses((status = 200, body = MemberPage), Problems))]
async fn list_members(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Json<MemberPage>> {
    if let Some(district) = which.district {
        caller.scope.require_district(district)?;
    }
    let limit = which.limit.unwrap_or(100).clamp(1, 500);
    let filter = Filter {
        district: which.district,
        bucket: which.bucket,
        only: which.only.map(|only| match only {
            Only::Protected => "protected",
            Only::Contradicted => "contradicted",
            Only::Unassigned => "unassigned",
            Only::NotDisclosable => "not_disclosable",
        }),
        after: which.after,
    };
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let round = store::rounds::round(&mut tx, id, app.clock.now()).await?;
    let today = today(app.clock.now());
    let read = store::members::members(&mut tx, id, &filter, limit + 1, today).await?;
    let has_more = i64::try_from(read.len()).is_ok_and(|n| n > limit);
    let shown: Vec<_> = read
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(0))
        .collect();
    let people: Vec<Uuid> = shown.iter().filter_map(|r| r.member.person_id).collect();
    let without_consent = shown.iter().any(|r| !r.is_consented);
    let entry = Entry::new("rounds.list_members", "person", &people)
        .ground(ground(&caller, without_consent))
        .event(round.event.id)
        .detail(json!({"round": id}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let items: Vec<Member> = shown.into_iter().map(|r| r.member).collect();
    let next = items.last().filter(|_| has_more).map(|m| m.id);
    Ok(Json(MemberPage { items, next }))
}

/// Everything about one member: state, evidence, how rescues were closed.
#[utoipa::path(get, path = "/rounds/{id}/members/{member_id}", operation_id = "show_member", tag = "rounds", params(("id" = Uuid, Path), ("member_id" = Uuid, Path)), responses((status = 200, body = MemberHistory), Problems))]
async fn show_member(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((id, member_id)): Path<(Uuid, Uuid)>,
) -> Result<Json<MemberHistory>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let round = store::rounds::round(&mut tx, id, app.clock.now()).await?;
    store::members::require_in_round(&mut tx, id, member_id).await?;
    let read = store::members::member(&mut tx, member_id, today(app.clock.now())).await?;
    let people: Vec<Uuid> = read.member.person_id.into_iter().collect();
    let mut contacts = store::members::contacts(&mut tx, &people).await?;
    let mut steps = store::rescues::steps(&mut tx, &[member_id]).await?;
    let history = MemberHistory {
        contacts: contacts.pop_first().map(|(_, c)| c).unwrap_or_default(),
        state: read.state,
        observations: store::members::observations(&mut tx, member_id).await?,
        resolutions: store::members::resolutions(&mut tx, member_id).await?,
        steps: steps.remove(&member_id).unwrap_or_default(),
        member: read.member,
    };
    let entry = Entry::new("rounds.show_member", "person", &people)
        .ground(ground(&caller, !read.is_consented))
        .event(round.event.id)
        .detail(json!({"round": id, "member": member_id}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(history))
}

#[derive(Deserialize, Validate, ToSchema)]
struct RecordObservation {
    /// Made by the caller: saying it twice records it once.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    outcome: Option<Outcome>,
    #[garde(skip)]
    whereabouts: Option<Whereabouts>,
    #[garde(skip)]
    attempt: Attempt,
    #[garde(length(max = 20), inner(length(chars, max = 40)))]
    #[schema(max_items = 20, max_length = 40)]
    #[serde(default)]
    needs: Vec<String>,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    note: String,
    /// Who said so, when it was not seen by oneself; needed for what family or neighbours tell.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    told_by: String,
    /// Where whoever said so can be called back.
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    #[serde(default)]
    told_phone: String,
    /// What hung at the door, with the attempt `marker`; the outcome follows from it.
    #[garde(skip)]
    marker: Option<Marker>,
    #[garde(skip)]
    shelter_id: Option<Uuid>,
    /// Speaks for everyone of the household in this round.
    #[garde(skip)]
    #[serde(default)]
    for_household: bool,
    /// The observation that this one replaces, or takes back.
    #[garde(skip)]
    corrects: Option<Uuid>,
    #[garde(skip)]
    #[serde(default)]
    is_withdrawal: bool,
    /// When it was seen or heard; now when not said.
    #[garde(skip)]
    observed_at: Option<DateTime<Utc>>,
}

impl RecordObservation {
    fn check(&self, caller: &Caller, now: DateTime<Utc>) -> Result<()> {
        if self.outcome == Some(Outcome::Deceased) && caller.scope.principal() != Principal::HqStaff
        {
            return Err(Problem::field(
                "/outcome",
                "死亡は本部だけが記録します。反応がないときは「要救助」を記録し、119番に通報してください。",
            ));
        }
        if self
            .observed_at
            .is_some_and(|at| at > now + TimeDelta::minutes(5))
        {
            return Err(Problem::field(
                "/observed_at",
                "確認した時刻が先の時刻です。直してください。",
            ));
        }
        if self.is_withdrawal && self.corrects.is_none() {
            return Err(Problem::field(
                "/corrects",
                "取り消す記録を選んでください。",
            ));
        }
        if self.is_withdrawal {
            return Ok(());
        }
        require_told_by(self.attempt, self.outcome, &self.told_by)?;
        require_marker(self.attempt, self.marker, self.outcome)
    }
}

/// Whoever tells of somebody else is named: family, a neighbour, a facility. A call for help is never refused for it.
pub(in crate::safety) fn require_told_by(
    attempt: Attempt,
    outcome: Option<Outcome>,
    told_by: &str,
) -> Result<()> {
    let is_told = matches!(
        attempt,
        Attempt::Family | Attempt::Neighbour | Attempt::Facility
    );
    let is_calm = outcome.is_some_and(|o| !o.is_alarm());
    match is_told && is_calm && told_by.trim().is_empty() {
        true => Err(Problem::field(
            "/told_by",
            "だれから聞いたかを入れてください。名前が分からなければ「名乗らず」と入れてください。",
        )),
        false => Ok(()),
    }
}

/// A placard goes with looking for one, and says what it says.
pub(in crate::safety) fn require_marker(
    attempt: Attempt,
    marker: Option<Marker>,
    outcome: Option<Outcome>,
) -> Result<()> {
    match marker {
        Some(_) if attempt != Attempt::Marker => Err(Problem::field(
            "/marker",
            "掲示は「目印（旗・札）を見た」ときだけ入れられます。",
        )),
        Some(marker) if outcome.is_some() && outcome != marker.outcome() => Err(Problem::field(
            "/outcome",
            "掲示と様子が合いません。様子を空けるか、掲示を直してください。",
        )),
        _ => Ok(()),
    }
}

/// What a member's state is after what was just said.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::safety) struct MemberNow {
    pub id: Uuid,
    pub bucket: Bucket,
    pub state: MemberState,
}

/// Record what was learned by telephone, from a colleague, over the counter. Late ones count as well.
#[utoipa::path(post, path = "/rounds/{id}/members/{member_id}/observations", operation_id = "record_observation", tag = "rounds", params(("id" = Uuid, Path), ("member_id" = Uuid, Path)), request_body = RecordObservation, responses((status = 201, body = MemberNow), Problems))]
async fn record_observation(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((id, member_id)): Path<(Uuid, Uuid)>,
    Valid(input): Valid<RecordObservation>,
) -> Result<(StatusCode, Json<MemberNow>)> {
    let now = app.clock.now();
    input.check(&caller, now)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    store::members::require_in_round(&mut tx, id, member_id).await?;
    if let Some(corrected) = input.corrects {
        let strangers = store::rescues::strangers(&mut tx, member_id, &[corrected]).await?;
        if !strangers.is_empty() {
            return Err(Problem::field(
                "/corrects",
                "この方の記録ではありません。画面を開き直してください。",
            ));
        }
    }
    let observation = NewObservation {
        id: input.id,
        round_id: id,
        member_id,
        outcome: input.outcome.or(input.marker.and_then(Marker::outcome)),
        whereabouts: input.whereabouts,
        attempt: input.attempt,
        channel: Channel::Console,
        marker: Marker::behind(input.attempt, input.marker, input.outcome),
        needs: input.needs,
        note: input.note,
        told_by: input.told_by,
        told_phone: input.told_phone,
        shelter_id: input.shelter_id,
        for_household: input.for_household,
        corrects: input.corrects,
        is_withdrawal: input.is_withdrawal,
        observer_kind: caller.scope.principal().as_str(),
        observer_id: caller.scope.actor_id(),
        device_id: None,
        device_seq: None,
        observed_at: input.observed_at.unwrap_or(now),
        clock_offset_ms: 0,
        copy_id: None,
        typed_by: None,
        link_id: None,
        adopted_from: None,
    };
    let is_new = !record::insert_observations(&mut tx, &[observation])
        .await?
        .is_empty();
    if !is_new && !store::members::is_about(&mut tx, input.id, member_id).await? {
        return Err(id_taken());
    }
    let answer = settle(&app, tx, member_id, "rounds.record_observation", is_new).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The id belongs to something else: nothing was recorded, and whoever asked must know.
pub(in crate::safety) fn id_taken() -> Problem {
    Problem::Conflict("同じ番号の別の記録があり、いまの入力は記録されていません。画面を開き直して、もう一度入れてください。".into())
}

/// After evidence was appended: derive, audit, commit, tell the boards.
pub(in crate::safety) async fn settle(
    app: &App,
    mut tx: Tx,
    member_id: Uuid,
    action: &'static str,
    is_new: bool,
) -> Result<MemberNow> {
    tx.continue_as(Principal::Ingest).await?;
    let change = if is_new {
        record::rederive(&mut tx, &[member_id]).await?
    } else {
        record::Change::default()
    };
    let (bucket, state) = record::state(&mut tx, member_id).await?;
    if is_new {
        audit::append(&mut tx, Entry::new(action, "member", &[member_id])).await?;
    }
    tx.commit().await?;
    app.boards.changed(change.rounds);
    Ok(MemberNow {
        id: member_id,
        bucket,
        state,
    })
}

#[derive(Deserialize, Validate, ToSchema)]
struct SetAssignment {
    /// Everyone who is to look in on the member from now on; nobody when empty.
    #[garde(length(max = 10))]
    #[schema(max_items = 10)]
    volunteer_ids: Vec<Uuid>,
}

/// Change by hand who looks in on a member.
#[utoipa::path(put, path = "/rounds/{id}/members/{member_id}/assignment", operation_id = "set_assignment", tag = "rounds", params(("id" = Uuid, Path), ("member_id" = Uuid, Path)), request_body = SetAssignment, responses((status = 200, body = Member), Problems))]
async fn set_assignment(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((id, member_id)): Path<(Uuid, Uuid)>,
    Valid(mut input): Valid<SetAssignment>,
) -> Result<Json<Member>> {
    input.volunteer_ids.sort_unstable();
    input.volunteer_ids.dedup();
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let round = store::rounds::round(&mut tx, id, now).await?;
    require_open(&round)?;
    store::members::require_in_round(&mut tx, id, member_id).await?;
    let member = store::members::member(&mut tx, member_id, today(now))
        .await?
        .member;
    if member.is_protected && !input.volunteer_ids.is_empty() {
        return Err(Problem::Conflict(
            "支援措置の方は、協力者に割り当てません。本部が確認してください。".into(),
        ));
    }
    let by = caller.scope.actor_id();
    store::members::set_assignment(&mut tx, &member, id, &input.volunteer_ids, by, now).await?;
    let read = store::members::member(&mut tx, member_id, today(now)).await?;
    let people: Vec<Uuid> = read.member.person_id.into_iter().collect();
    let entry = Entry::new("rounds.set_assignment", "person", &people)
        .ground(ground(&caller, !read.is_consented))
        .event(round.event.id)
        .detail(json!({"round": id, "member": member_id, "volunteers": input.volunteer_ids}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    app.boards.changed([id]);
    Ok(Json(read.member))
}
