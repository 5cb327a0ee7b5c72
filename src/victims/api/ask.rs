//! Who asks for what of whom: checked against what the recipient may have, and shown as figures before anything is fixed.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::entry::VictimLine;
use super::super::items::refuse_my_number;
use super::super::provision::{
    ALONE_UP_TO, ProvisionField, RecipientKind, lawful_fields, needs_second,
};
use super::super::store::{self, Sought, provision};
use super::disaster;
use super::list::VictimFilter;
use crate::app::App;
use crate::call::{Staff, Valid};
use crate::db::Tx;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(preview_provision))
}

/// How it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Means {
    Print,
    Csv,
    Xlsx,
}

impl Means {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Print => "print",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// Who is to be given what of whom.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub(super) struct AskProvision {
    #[garde(skip)]
    pub recipient_kind: RecipientKind,
    /// To herself: not needed.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    recipient_name: String,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub recipient_address: String,
    /// Who takes it.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub recipient_person: String,
    /// To herself: how it was made sure that it is she.
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub identity_words: String,
    #[garde(length(chars, min = 2, max = 500))]
    #[schema(min_length = 2, max_length = 500)]
    pub purpose: String,
    #[garde(skip)]
    pub applied_on: NaiveDate,
    #[garde(length(min = 1, max = 30))]
    #[schema(min_items = 1, max_items = 30)]
    fields: Vec<ProvisionField>,
    #[garde(skip)]
    pub means: Means,
    #[garde(skip)]
    pub return_due_on: Option<NaiveDate>,
    /// Which entries, …
    #[garde(skip)]
    #[serde(default)]
    pub filter: VictimFilter,
    /// … or these.
    #[garde(length(max = 5000))]
    #[schema(max_items = 5000)]
    pub entry_ids: Option<Vec<Uuid>>,
    /// Protected people who are given all the same: each one named, with the reason.
    #[garde(length(max = 100))]
    #[schema(max_items = 100)]
    #[serde(default)]
    protected_ids: Vec<Uuid>,
    #[garde(length(chars, max = 500))]
    #[schema(max_length = 500)]
    #[serde(default)]
    pub protected_why: String,
}

/// Whom it would be, in figures.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProvisionPreview {
    as_of: chrono::DateTime<chrono::Utc>,
    people: i64,
    /// Chosen, but protected and not named: never given.
    left_protected: i64,
    /// Chosen, but without consent to this recipient.
    left_without_consent: i64,
    /// Chosen, but refused this recipient or took the consent back.
    left_refused: i64,
    pub needs_second: bool,
    /// Up to so many one person may give alone.
    alone_up_to: i64,
    legal_basis: &'static str,
    basis_words: &'static str,
    note: &'static str,
}

/// Who remains of the chosen, with the consent each rests on.
pub(super) struct Remaining {
    pub people: Vec<(Uuid, Option<Uuid>)>,
    protected: usize,
    pub preview: ProvisionPreview,
}

impl AskProvision {
    /// The recipient as it is written down; an extract to herself names nobody beyond its entry.
    pub fn recipient(&self) -> &str {
        match self.recipient_kind {
            RecipientKind::Herself => "本人",
            _ => self.recipient_name.trim(),
        }
    }

    pub fn check(&self) -> Result<Vec<ProvisionField>> {
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
    pub async fn remaining(&self, tx: &mut Tx, app: &App, event: Uuid) -> Result<Remaining> {
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
