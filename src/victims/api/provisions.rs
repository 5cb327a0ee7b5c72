//! Preparing a provision (災対法 art. 90-4): who receives decides on ground and items; the people are chosen, shown as figures (`ask`),
//! fixed; another person confirms when they are many or a protected one is among them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::provision::{ProvisionField, RecipientKind};
use super::super::store::provision::{self, NewProvision, Provision};
use super::ask::AskProvision;
use super::disaster;
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Caller, Staff, Valid};
use crate::db::Tx;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_provision_rules))
        .routes(routes!(list_provisions, prepare_provision))
        .routes(routes!(show_provision))
        .routes(routes!(confirm_provision))
        .routes(routes!(cancel_provision))
}

/// What follows from who receives.
#[derive(Debug, Serialize, ToSchema)]
struct ProvisionRule {
    recipient_kind: RecipientKind,
    label: &'static str,
    /// As it is logged.
    legal_basis: &'static str,
    basis_words: &'static str,
    /// The items that may be given.
    fields: &'static [ProvisionField],
    /// Only people who consented to this very recipient.
    needs_consent: bool,
    /// What is printed on what leaves.
    note: &'static str,
    /// Recipients that somebody's consent names.
    named: Vec<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
struct OfEvent {
    event: Option<Uuid>,
}

/// What follows from each kind of recipient: ground, items, note.
#[utoipa::path(get, path = "/provision-rules", operation_id = "list_provision_rules", tag = "victims", params(OfEvent), responses((status = 200, body = Items<ProvisionRule>), Problems))]
async fn list_provision_rules(
    State(app): State<App>,
    Staff(caller): Staff,
    Query(of): Query<OfEvent>,
) -> Result<Json<Items<ProvisionRule>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let mut items = Vec::new();
    for kind in RecipientKind::ALL {
        let named = match of.event {
            Some(event) if kind.asks_consent() => {
                provision::named_recipients(&mut tx, event, kind).await?
            }
            _ => Vec::new(),
        };
        items.push(ProvisionRule {
            recipient_kind: kind,
            label: kind.word(),
            legal_basis: kind.ground().as_str().unwrap_or_default(),
            basis_words: kind.basis_words(),
            fields: kind.lawful(),
            needs_consent: kind.needs_consent(),
            note: kind.note(),
            named,
        });
    }
    tx.commit().await?;
    Ok(Json(Items { items }))
}

/// The provisions of a disaster: prepared, confirmed, handed over, given up.
#[utoipa::path(get, path = "/events/{id}/provisions", operation_id = "list_provisions", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = Items<Provision>), Problems))]
async fn list_provisions(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Items<Provision>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = provision::provisions(&mut tx, Some(id), None, caller.scope.actor_id()).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
struct PrepareProvision {
    /// Made by the caller.
    #[garde(skip)]
    id: Uuid,
    /// How many people the preview said: another number is told instead of given.
    #[garde(skip)]
    expected_people: i64,
    #[garde(dive)]
    #[serde(flatten)]
    ask: AskProvision,
}

/// Fix whom and what; nothing leaves yet. Needs a fresh second factor.
#[utoipa::path(post, path = "/events/{id}/provisions", operation_id = "prepare_provision", tag = "victims", params(("id" = Uuid, Path)), request_body = PrepareProvision, responses((status = 201, body = Provision), Problems))]
async fn prepare_provision(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<PrepareProvision>,
) -> Result<(StatusCode, Json<Provision>)> {
    caller.require_step_up(app.clock.now())?;
    let ask = &input.ask;
    let fields = ask.check()?;
    let prepared_by = caller.scope.actor_id().ok_or(Problem::Forbidden)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    disaster(&mut tx, &app, id).await?;
    let remaining = ask.remaining(&mut tx, &app, id).await?;
    let people = remaining.people.len() as i64;
    if people == 0 {
        return Err(Problem::field(
            "",
            "提供できる方がいません。選び方や、同意・支援措置の記録を確かめてください。",
        ));
    }
    if people != input.expected_people {
        return Err(Problem::Conflict(format!(
            "確かめたあとに人数が変わり、{people}人になりました。もう一度内容を確かめてください。"
        )));
    }
    let new = NewProvision {
        id: input.id,
        event_id: id,
        recipient_kind: ask.recipient_kind,
        recipient_name: ask.recipient(),
        recipient_address: ask.recipient_address.trim(),
        recipient_person: ask.recipient_person.trim(),
        identity_words: ask.identity_words.trim(),
        purpose: ask.purpose.trim(),
        applied_on: ask.applied_on,
        fields: fields.iter().map(|f| f.as_str().to_owned()).collect(),
        means: ask.means.as_str(),
        return_due_on: ask.return_due_on,
        chosen_by: json!({ "filter": ask.filter, "one_by_one": ask.entry_ids.is_some() }),
        protected_why: ask.protected_why.trim(),
        needs_second: remaining.preview.needs_second,
        prepared_by,
        people: &remaining.people,
    };
    if provision::insert(&mut tx, &new).await? {
        let entries: Vec<Uuid> = remaining.people.iter().map(|(entry, _)| *entry).collect();
        let entry = Entry::new("victims.prepare_provision", "victim_entry", &entries)
            .ground(ask.recipient_kind.ground())
            .event(id)
            .detail(json!({ "provision": input.id, "fields": fields }));
        audit::append(&mut tx, entry).await?;
    }
    let told = one(&mut tx, &caller, input.id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(told)))
}

pub(super) async fn one(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<Provision> {
    provision::provisions(tx, None, Some(id), caller.scope.actor_id())
        .await?
        .pop()
        .ok_or(Problem::NotFound)
}

/// One provision: to whom, what, how far. The people are not named.
#[utoipa::path(get, path = "/provisions/{id}", operation_id = "show_provision", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = Provision), Problems))]
async fn show_provision(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Provision>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let told = one(&mut tx, &caller, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// A provision that an act can still change.
async fn held(tx: &mut Tx, id: Uuid) -> Result<provision::Held> {
    let held = provision::hold(tx, id).await?;
    match (held.is_cancelled, held.is_issued) {
        (true, _) => Err(Problem::Conflict(
            "取りやめた提供です。必要なら、もう一度準備してください。".into(),
        )),
        (_, true) => Err(Problem::Conflict("すでに提供した記録です。".into())),
        _ => Ok(held),
    }
}

/// Another person looked and agrees. Needs a fresh second factor.
#[utoipa::path(post, path = "/provisions/{id}/confirm", operation_id = "confirm_provision", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = Provision), Problems))]
async fn confirm_provision(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Provision>> {
    let by = caller.scope.actor_id().ok_or(Problem::Forbidden)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let held = held(&mut tx, id).await?;
    caller.require_step_up(app.clock.now())?;
    if held.prepared_by == by {
        return Err(Problem::SecondPerson(
            "準備した人とは別の人が、内容を確かめて確認してください。".into(),
        ));
    }
    if held.confirmed_by.is_none() {
        provision::set_confirmed(&mut tx, id, by).await?;
        let entry = Entry::new(
            "victims.confirm_provision",
            "provision",
            std::slice::from_ref(&id),
        )
        .ground(held.recipient_kind.ground())
        .event(held.event_id);
        audit::append(&mut tx, entry).await?;
    }
    let told = one(&mut tx, &caller, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Give a provision up before it leaves.
#[utoipa::path(post, path = "/provisions/{id}/cancel", operation_id = "cancel_provision", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = Provision), Problems))]
async fn cancel_provision(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Provision>> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let held = held(&mut tx, id).await?;
    provision::set_cancelled(&mut tx, id, caller.scope.actor_id()).await?;
    let entry = Entry::new(
        "victims.cancel_provision",
        "provision",
        std::slice::from_ref(&id),
    )
    .event(held.event_id);
    audit::append(&mut tx, entry).await?;
    let told = one(&mut tx, &caller, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}
