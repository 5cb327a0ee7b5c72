//! Preparing a provision (災対法 art. 90-4): who receives decides on ground and items; the people are chosen, shown as figures, fixed;
//! another person confirms when they are many or a protected one is among them.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::entry::VictimLine;
use super::super::items::refuse_my_number;
use super::super::provision::{
    ALONE_UP_TO, ProvisionField, RecipientKind, lawful_fields, needs_second,
};
use super::super::store::provision::{self, NewProvision, Provision};
use super::super::store::{self, Sought};
use super::disaster;
use super::list::VictimFilter;
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Caller, Staff, Valid};
use crate::db::Tx;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_provision_rules))
        .routes(routes!(preview_provision))
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

/// How it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Means {
    Print,
    Csv,
    Xlsx,
}

impl Means {
    fn as_str(self) -> &'static str {
        match self {
            Self::Print => "print",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// Who is to be given what of whom.
#[derive(Debug, Deserialize, Validate, ToSchema)]
struct AskProvision {
    #[garde(skip)]
    recipient_kind: RecipientKind,
    /// To herself: not needed.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    recipient_name: String,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    recipient_address: String,
    /// Who takes it.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    recipient_person: String,
    /// To herself: how it was made sure that it is she.
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    identity_words: String,
    #[garde(length(chars, min = 2, max = 500))]
    #[schema(min_length = 2, max_length = 500)]
    purpose: String,
    #[garde(skip)]
    applied_on: NaiveDate,
    #[garde(length(min = 1, max = 30))]
    #[schema(min_items = 1, max_items = 30)]
    fields: Vec<ProvisionField>,
    #[garde(skip)]
    means: Means,
    #[garde(skip)]
    return_due_on: Option<NaiveDate>,
    /// Which entries, …
    #[garde(skip)]
    #[serde(default)]
    filter: VictimFilter,
    /// … or these.
    #[garde(length(max = 5000))]
    #[schema(max_items = 5000)]
    entry_ids: Option<Vec<Uuid>>,
    /// Protected people who are given all the same: each one named, with the reason.
    #[garde(length(max = 100))]
    #[schema(max_items = 100)]
    #[serde(default)]
    protected_ids: Vec<Uuid>,
    #[garde(length(chars, max = 500))]
    #[schema(max_length = 500)]
    #[serde(default)]
    protected_why: String,
}

/// Whom it would be, in figures.
#[derive(Debug, Serialize, ToSchema)]
struct ProvisionPreview {
    as_of: chrono::DateTime<chrono::Utc>,
    people: i64,
    /// Chosen, but protected and not named: never given.
    left_protected: i64,
    /// Chosen, but without consent to this recipient.
    left_without_consent: i64,
    /// Chosen, but refused this recipient or took the consent back.
    left_refused: i64,
    needs_second: bool,
    /// Up to so many one person may give alone.
    alone_up_to: i64,
    legal_basis: &'static str,
    basis_words: &'static str,
    note: &'static str,
}

/// Who remains of the chosen, with the consent each rests on.
struct Remaining {
    people: Vec<(Uuid, Option<Uuid>)>,
    protected: usize,
    preview: ProvisionPreview,
}

impl AskProvision {
    /// The recipient as it is written down; an extract to herself names nobody beyond its entry.
    fn recipient(&self) -> &str {
        match self.recipient_kind {
            RecipientKind::Herself => "本人",
            _ => self.recipient_name.trim(),
        }
    }

    fn check(&self) -> Result<Vec<ProvisionField>> {
        let is_self = self.recipient_kind == RecipientKind::Herself;
        if self.recipient().is_empty() {
            return Err(Problem::field(
                "/recipient_name",
                "提供先の名前を入れてください。",
            ));
        }
        if is_self && self.identity_words.trim().is_empty() {
            return Err(Problem::field(
                "/identity_words",
                "ご本人であることを何で確かめたかを入れてください（例：運転免許証）。",
            ));
        }
        if is_self && self.entry_ids.as_ref().map(Vec::len) != Some(1) {
            return Err(Problem::field(
                "/entry_ids",
                "本人への写しは、お一人ずつ作ります。その方の記録の画面から作ってください。",
            ));
        }
        if !is_self && !self.protected_ids.is_empty() && self.protected_why.trim().is_empty() {
            return Err(Problem::field(
                "/protected_why",
                "支援措置の方を含めて提供する理由を入れてください。",
            ));
        }
        refuse_my_number(
            "",
            &[
                ("purpose", &self.purpose),
                ("identity_words", &self.identity_words),
                ("recipient_name", &self.recipient_name),
                ("recipient_person", &self.recipient_person),
            ],
        )?;
        lawful_fields(self.recipient_kind, &self.fields).map_err(|unlawful| {
            Problem::field(
                "/fields",
                format!(
                    "「{}」は「{}」には提供できません。外してください。",
                    unlawful.word(),
                    self.recipient_kind.word()
                ),
            )
        })
    }

    /// The chosen people, without those who may not be given.
    async fn remaining(&self, tx: &mut Tx, app: &App, event: Uuid) -> Result<Remaining> {
        let sought = match &self.entry_ids {
            Some(ids) => Sought {
                ids: Some(ids.clone()),
                ..Sought::default()
            },
            None => Sought {
                is_removed: false,
                ..self.filter.sought()?
            },
        };
        let chosen = store::search(tx, event, &sought, i64::MAX).await?;
        let consents = self.consents(tx, &chosen).await?;
        let mut remaining = Remaining {
            people: Vec::new(),
            protected: 0,
            preview: self.nobody(app),
        };
        for line in chosen {
            self.sort(&line, &consents, &mut remaining);
        }
        let people = remaining.people.len();
        remaining.preview.people = people as i64;
        remaining.preview.needs_second =
            needs_second(self.recipient_kind, people, remaining.protected);
        Ok(remaining)
    }

    fn nobody(&self, app: &App) -> ProvisionPreview {
        ProvisionPreview {
            as_of: app.clock.now(),
            people: 0,
            left_protected: 0,
            left_without_consent: 0,
            left_refused: 0,
            needs_second: false,
            alone_up_to: ALONE_UP_TO as i64,
            legal_basis: self.recipient_kind.ground().as_str().unwrap_or_default(),
            basis_words: self.recipient_kind.basis_words(),
            note: self.recipient_kind.note(),
        }
    }

    async fn consents(
        &self,
        tx: &mut Tx,
        chosen: &[VictimLine],
    ) -> Result<HashMap<Uuid, (Uuid, bool)>> {
        if !self.recipient_kind.asks_consent() {
            return Ok(HashMap::new());
        }
        let ids: Vec<Uuid> = chosen.iter().map(|v| v.id).collect();
        let said = provision::consents_to(tx, &ids, self.recipient_kind, self.recipient()).await?;
        Ok(said
            .into_iter()
            .map(|(entry, consent, is_yes)| (entry, (consent, is_yes)))
            .collect())
    }

    fn sort(
        &self,
        line: &VictimLine,
        consents: &HashMap<Uuid, (Uuid, bool)>,
        into: &mut Remaining,
    ) {
        let is_self = self.recipient_kind == RecipientKind::Herself;
        if line.is_protected && !is_self && !self.protected_ids.contains(&line.id) {
            into.preview.left_protected += 1;
            return;
        }
        let consent = match consents.get(&line.id) {
            Some((_, false)) => {
                into.preview.left_refused += 1;
                return;
            }
            Some((consent, true)) => Some(*consent),
            None if self.recipient_kind.needs_consent() => {
                into.preview.left_without_consent += 1;
                return;
            }
            None => None,
        };
        into.protected += usize::from(line.is_protected);
        into.people.push((line.id, consent));
    }
}

/// Look at whom a provision would be of, and what goes with it. Nothing is prepared yet.
#[utoipa::path(post, path = "/events/{id}/provisions/preview", operation_id = "preview_provision", tag = "victims", params(("id" = Uuid, Path)), request_body = AskProvision, responses((status = 200, body = ProvisionPreview), Problems))]
async fn preview_provision(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(ask): Valid<AskProvision>,
) -> Result<Json<ProvisionPreview>> {
    ask.check()?;
    let mut tx = app.db.begin_read(&caller.scope).await?;
    disaster(&mut tx, &app, id).await?;
    let remaining = ask.remaining(&mut tx, &app, id).await?;
    tx.commit().await?;
    Ok(Json(remaining.preview))
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
