//! What has to be settled by somebody: contradictions, items set aside, people on no list. One screen over HTTP.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::observation::{Outcome, Whereabouts};
use super::super::record;
use super::super::review::{MatchCandidate, Review};
use super::super::store::links::{self, NewMatch};
use super::super::store::rescues::{NewResolution, ResolutionKind};
use super::super::store::{self, review};
use super::members::{MemberNow, id_taken, settle};
use super::{ground, today};
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Lead, Valid};
use crate::db::{Principal, Tx};
use crate::problem::{Problem, Problems, Result};
use crate::text::kana;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_review))
        .routes(routes!(settle_contradiction))
        .routes(routes!(list_candidates))
        .routes(routes!(match_member))
        .routes(routes!(undo_match))
}

/// Everything of an event that waits for a decision: contradictions, items set aside (headquarters), people on no list.
#[utoipa::path(get, path = "/events/{id}/review", operation_id = "show_review", tag = "review", params(("id" = Uuid, Path)), responses((status = 200, body = Review), Problems))]
async fn show_review(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<Review>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let event = review::event(&mut tx, id).await?;
    let (contradictions, without_consent) = review::contradictions(&mut tx, id, today(now)).await?;
    let unlisted = review::unlisted(&mut tx, id, today(now)).await?;
    let matches = links::matches(&mut tx, id).await?;
    let (items, adopt_into) = match caller.scope.principal() {
        Principal::HqStaff => (
            review::set_aside(&mut tx, id).await?,
            review::adopt_into(&mut tx, id).await?,
        ),
        _ => (Vec::new(), Vec::new()),
    };
    let members: Vec<Uuid> = contradictions
        .iter()
        .map(|c| c.member.id)
        .chain(unlisted.iter().map(|u| u.member.id))
        .chain(matches.iter().map(|m| m.to_member_id))
        .chain(
            items
                .iter()
                .filter_map(|i| i.about.as_ref().map(|a| a.member_id)),
        )
        .collect();
    let item_ids: Vec<Uuid> = items.iter().map(|i| i.id).collect();
    let entry = Entry::new("review.list", "member", &members)
        .ground(ground(&caller, without_consent))
        .event(id)
        .detail(json!({"items": item_ids}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(Review {
        event,
        as_of: now,
        contradictions,
        items,
        adopt_into,
        unlisted,
        matches,
    }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct SettleContradiction {
    /// Made by the caller: saying it twice settles it once.
    #[garde(skip)]
    id: Uuid,
    /// The words that this settles: those that contradict each other.
    #[garde(length(min = 1, max = 200))]
    #[schema(min_items = 1, max_items = 200)]
    closes: Vec<Uuid>,
    /// What was found.
    #[garde(skip)]
    outcome: Outcome,
    #[garde(skip)]
    whereabouts: Option<Whereabouts>,
    #[garde(skip)]
    shelter_id: Option<Uuid>,
    /// Who found out, and how.
    #[garde(length(chars, min = 2, max = 1000))]
    #[schema(min_length = 2, max_length = 1000)]
    how: String,
}

/// Settle a contradiction by what was found. A later word that does not fit opens it again; no call for rescue ends by it.
#[utoipa::path(post, path = "/rounds/{id}/members/{member_id}/settle", operation_id = "settle_contradiction", tag = "review", params(("id" = Uuid, Path), ("member_id" = Uuid, Path)), request_body = SettleContradiction, responses((status = 201, body = MemberNow), Problems))]
async fn settle_contradiction(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((id, member_id)): Path<(Uuid, Uuid)>,
    Valid(input): Valid<SettleContradiction>,
) -> Result<(StatusCode, Json<MemberNow>)> {
    match input.outcome {
        Outcome::NeedsRescue => {
            return Err(Problem::field(
                "/outcome",
                "救助が必要なら、その方のページで「要救助」を記録してください。すぐに救助の一覧に出ます。",
            ));
        }
        Outcome::Deceased if caller.scope.principal() != Principal::HqStaff => {
            return Err(Problem::field("/outcome", "死亡は本部だけが記録します。"));
        }
        _ => {}
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    store::members::require_in_round(&mut tx, id, member_id).await?;
    let strangers = store::rescues::strangers(&mut tx, member_id, &input.closes).await?;
    if !strangers.is_empty() {
        return Err(Problem::field(
            "/closes",
            "この方の記録ではないものがあります。画面を開き直してください。",
        ));
    }
    let (_, state) = record::state(&mut tx, member_id).await?;
    let calls = [state.open_rescue, state.withdrawn_rescue, state.open_injury].concat();
    if !calls.is_empty() {
        return Err(Problem::Conflict(
            "救助や重傷の知らせが開いています。先に救助の一覧で、見つかったようすを記録してください。".into(),
        ));
    }
    let resolution = NewResolution {
        id: input.id,
        kind: ResolutionKind::Contradiction,
        member_id,
        closes: &input.closes,
        outcome: input.outcome,
        whereabouts: input.whereabouts,
        shelter_id: input.shelter_id,
        how: &input.how,
        by: caller.scope.actor_id(),
        by_kind: caller.scope.principal().as_str(),
        at: app.clock.now(),
    };
    let is_new = store::rescues::insert_resolution(&mut tx, &resolution).await?;
    if !is_new && !store::rescues::is_resolution_of(&mut tx, input.id, member_id).await? {
        return Err(id_taken());
    }
    let answer = settle(&app, tx, member_id, "rounds.settle", is_new).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Sought {
    /// A name or its reading; without it, whoever is named in what the phone wrote or lives nearby.
    query: Option<String>,
}

/// Who of the same round somebody on no list may be.
#[utoipa::path(get, path = "/members/{id}/candidates", operation_id = "list_candidates", tag = "review", params(("id" = Uuid, Path), Sought), responses((status = 200, body = Items<MatchCandidate>), Problems))]
async fn list_candidates(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Query(sought): Query<Sought>,
) -> Result<Json<Items<MatchCandidate>>> {
    let (pattern, _) = kana::like_patterns(sought.query.as_deref());
    let mut tx = app.db.begin_read(&caller.scope).await?;
    store::rounds::of_member(&mut tx, id).await?;
    let items = links::candidates(&mut tx, id, pattern.as_deref(), today(app.clock.now())).await?;
    let members: Vec<Uuid> = items.iter().map(|c| c.member_id).collect();
    // A lead's candidates are members whom she sees on her lists anyway, by whichever ground that is.
    let entry = Entry::new("members.list_candidates", "member", &members)
        .ground(ground(&caller, false))
        .detail(json!({"for": id}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct MatchMember {
    #[garde(skip)]
    id: Uuid,
    /// Who she is: a person of the same round.
    #[garde(skip)]
    to_member_id: Uuid,
    /// How it is known.
    #[garde(length(chars, min = 2, max = 500))]
    #[schema(min_length = 2, max_length = 500)]
    reason: String,
}

/// Say that somebody on no list is this person of the roster. What was seen of her counts there from now on; it can be undone.
#[utoipa::path(post, path = "/members/{id}/match", operation_id = "match_member", tag = "review", params(("id" = Uuid, Path)), request_body = MatchMember, responses((status = 201, body = MemberNow), Problems))]
async fn match_member(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(from): Path<Uuid>,
    Valid(input): Valid<MatchMember>,
) -> Result<(StatusCode, Json<MemberNow>)> {
    let now = app.clock.now();
    let to = input.to_member_id;
    let mut tx = app.db.begin(&caller.scope).await?;
    let round_id = store::rounds::of_member(&mut tx, from).await?;
    let met = store::members::member(&mut tx, from, today(now))
        .await?
        .member;
    let is_same_round = store::rounds::of_member(&mut tx, to)
        .await
        .is_ok_and(|round| round == round_id);
    let is_person = is_same_round
        && store::members::member(&mut tx, to, today(now))
            .await?
            .member
            .person_id
            .is_some();
    if !is_person {
        return Err(Problem::field(
            "/to_member_id",
            "同じ安否確認の名簿から選んでください。",
        ));
    }
    if met.kind != "unlisted" {
        return Err(Problem::Conflict(
            "名簿にある方です。照合できるのは、名簿にない方だけです。".into(),
        ));
    }
    let new = NewMatch {
        id: input.id,
        from,
        to,
        reason: &input.reason,
        by: caller.scope.actor_id(),
        at: now,
    };
    if !links::insert_match(&mut tx, &new).await? {
        let ends = links::ends(&mut tx, input.id)
            .await
            .map_err(|_| id_taken())?;
        if (ends.from, ends.to) != (from, to) {
            return Err(id_taken());
        }
    }
    let answer = relink(&app, tx, "members.match", [from, to]).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Take a match back: both members are again as if it had never been.
#[utoipa::path(post, path = "/member-links/{id}/undo", operation_id = "undo_match", tag = "review", params(("id" = Uuid, Path)), responses((status = 200, body = MemberNow), Problems))]
async fn undo_match(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<MemberNow>> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let ends = links::ends(&mut tx, id).await?;
    if !ends.is_undone {
        links::undo(&mut tx, id, caller.scope.actor_id(), app.clock.now()).await?;
    }
    let answer = relink(&app, tx, "members.unmatch", [ends.from, ends.to]).await?;
    Ok(Json(answer))
}

/// After a link was made or undone: derive both ends, audit, commit, tell the boards. Answers how the person stands now.
async fn relink(app: &App, mut tx: Tx, action: &'static str, ends: [Uuid; 2]) -> Result<MemberNow> {
    tx.continue_as(Principal::Ingest).await?;
    let change = record::rederive(&mut tx, &ends).await?;
    let (bucket, state) = record::state(&mut tx, ends[1]).await?;
    audit::append(&mut tx, Entry::new(action, "member", &ends)).await?;
    tx.commit().await?;
    app.boards.changed(change.rounds);
    Ok(MemberNow {
        id: ends[1],
        bucket,
        state,
    })
}
