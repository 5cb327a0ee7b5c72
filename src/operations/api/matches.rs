//! Strangers received at a door who are on the roster after all: found and undone by headquarters.

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

use super::super::evacuee::{EvacueeMatch, PersonCandidate};
use super::super::record::place_anew;
use super::super::rounds;
use super::super::store::evacuees;
use super::super::store::matches::{self, Ends, NewMatch};
use super::super::store::rounds::entries_of;
use super::super::store::state::Of;
use super::super::store::stays;
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Staff, Valid};
use crate::db::{Principal, Tx};
use crate::events;
use crate::problem::{Problem, Problems, Result};
use crate::safety::record::{Change, rederive};
use crate::text::kana;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_evacuee_candidates))
        .routes(routes!(match_evacuee))
        .routes(routes!(list_evacuee_matches))
        .routes(routes!(undo_evacuee_match))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Sought {
    /// A name or its reading; without it, whoever agrees in name, birth date or telephone.
    query: Option<String>,
}

/// Who of the roster a stranger received at a door may be.
#[utoipa::path(get, path = "/evacuees/{id}/candidates", operation_id = "list_evacuee_candidates", tag = "shelters", params(("id" = Uuid, Path), Sought), responses((status = 200, body = Items<PersonCandidate>), Problems))]
async fn list_evacuee_candidates(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Query(sought): Query<Sought>,
) -> Result<Json<Items<PersonCandidate>>> {
    let patterns = kana::like_patterns(sought.query.as_deref());
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let event_id = evacuees::event_of(&mut tx, id).await?;
    let items = matches::candidates(&mut tx, id, patterns, app.clock.today()).await?;
    let people: Vec<Uuid> = items.iter().map(|c| c.person_id).collect();
    let entry = Entry::new("evacuees.list_candidates", "person", &people)
        .ground(LegalGround::Internal)
        .event(event_id)
        .detail(json!({"for": id}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct MatchEvacuee {
    /// Made by the caller: saying it twice is saying it once.
    #[garde(skip)]
    id: Uuid,
    /// Who she is, of the roster.
    #[garde(skip)]
    person_id: Uuid,
    /// How it is known.
    #[garde(length(chars, min = 2, max = 500))]
    #[schema(min_length = 2, max_length = 500)]
    reason: String,
}

/// Say that somebody received as a stranger is this person of the roster. Where she is counts for her from now on, and she is met in the
/// rounds of the event; it can be undone.
#[utoipa::path(post, path = "/evacuees/{id}/match", operation_id = "match_evacuee", tag = "shelters", params(("id" = Uuid, Path)), request_body = MatchEvacuee, responses((status = 201, body = EvacueeMatch), Problems))]
async fn match_evacuee(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<MatchEvacuee>,
) -> Result<(StatusCode, Json<EvacueeMatch>)> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let event_id = evacuees::event_of(&mut tx, id).await?;
    if !matches::is_stranger(&mut tx, id).await? {
        return Err(Problem::Conflict(
            "名簿から受け付けた方です。照合できるのは、名簿にない方として受け付けた方だけです。"
                .into(),
        ));
    }
    if !matches::lock_person(&mut tx, input.person_id).await? {
        return Err(Problem::field("/person_id", "名簿の方を選んでください。"));
    }
    let new = NewMatch {
        id: input.id,
        evacuee_id: id,
        person_id: input.person_id,
        reason: input.reason.trim(),
        by: caller.scope.actor_id(),
        at: now,
    };
    if !matches::insert(&mut tx, &new).await? {
        let ends = matches::ends(&mut tx, input.id).await?;
        if (ends.evacuee_id, ends.person_id, ends.is_undone) != (id, input.person_id, false) {
            return Err(Problem::Conflict(
                "同じ番号の照合が、別にあります。画面を開き直してください。".into(),
            ));
        }
    }
    let made = matches::matches(&mut tx, event_id).await?;
    let made = made
        .into_iter()
        .find(|m| m.id == input.id)
        .ok_or(Problem::NotFound)?;
    let of = of_event(&app, &mut tx, event_id).await?;
    let known = stays::lock_circle(&mut tx, event_id, &[id].into()).await?;
    // Read under the lock: what a gate is saying of her just now is said.
    let entries = entries_of(&mut tx, id).await?;
    place_anew(&mut tx, of, &known, now, app.settings.crowding).await?;
    let members = rounds::file(&mut tx, event_id, &entries).await?;
    finish(
        &app,
        tx,
        "evacuees.match",
        (id, input.person_id),
        event_id,
        members,
    )
    .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// The matches of an event that stand.
#[utoipa::path(get, path = "/events/{id}/evacuee-matches", operation_id = "list_evacuee_matches", tag = "shelters", params(("id" = Uuid, Path)), responses((status = 200, body = Items<EvacueeMatch>), Problems))]
async fn list_evacuee_matches(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Items<EvacueeMatch>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    events::store::by_id(&mut tx, id, app.clock.now()).await?;
    let items = matches::matches(&mut tx, id).await?;
    let people: Vec<Uuid> = items.iter().map(|m| m.person_id).collect();
    let entry = Entry::new("evacuees.list_matches", "person", &people)
        .ground(LegalGround::Internal)
        .event(id);
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

/// Take a match back: the stranger is a stranger again, and what was filed about the person with it is taken back.
#[utoipa::path(post, path = "/evacuee-matches/{id}/undo", operation_id = "undo_evacuee_match", tag = "shelters", params(("id" = Uuid, Path)), responses((status = 204), Problems))]
async fn undo_evacuee_match(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let Ends {
        event_id,
        evacuee_id,
        person_id,
        is_undone,
    } = matches::ends(&mut tx, id).await?;
    if is_undone {
        return Ok(StatusCode::NO_CONTENT);
    }
    let of = of_event(&app, &mut tx, event_id).await?;
    let both = stays::lock_circle(&mut tx, event_id, &[evacuee_id].into()).await?;
    let entries = entries_of(&mut tx, evacuee_id).await?;
    let by = (caller.scope.principal(), caller.scope.actor_id());
    let members = rounds::take_back(&mut tx, id, event_id, &entries, by).await?;
    matches::undo(&mut tx, id, caller.scope.actor_id(), now).await?;
    let ids = both.keys().copied().collect();
    let apart = stays::lock_circle(&mut tx, event_id, &ids).await?;
    place_anew(&mut tx, of, &apart, now, app.settings.crowding).await?;
    finish(
        &app,
        tx,
        "evacuees.unmatch",
        (evacuee_id, person_id),
        event_id,
        members,
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn of_event(app: &App, tx: &mut Tx, event_id: Uuid) -> Result<Of> {
    let event = events::store::by_id(tx, event_id, app.clock.now()).await?;
    Ok(Of {
        event_id,
        kind: event.kind,
    })
}

/// Derive the members concerned, audit, commit, tell the boards.
async fn finish(
    app: &App,
    mut tx: Tx,
    action: &'static str,
    (evacuee_id, person_id): (Uuid, Uuid),
    event_id: Uuid,
    members: std::collections::BTreeSet<Uuid>,
) -> Result<()> {
    tx.continue_as(Principal::Ingest).await?;
    let change = match members.is_empty() {
        true => Change::default(),
        false => rederive(&mut tx, &members.into_iter().collect::<Vec<_>>()).await?,
    };
    let entry = Entry::new(action, "evacuee", std::slice::from_ref(&evacuee_id))
        .ground(LegalGround::Internal)
        .event(event_id)
        .detail(json!({"person": person_id}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    app.boards.changed(change.rounds);
    Ok(())
}
