//! Who looked at or changed what, on which legal ground: one row per act, in the act's own transaction.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::db::Tx;
use crate::problem::Result;

/// Why it is lawful to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegalGround {
    /// The city's own departments, within what evacuation support needs (災対法 49-11(1)).
    Internal,
    /// The person consented to the roster's provision, or an ordinance replaces it (災対法 49-11(2)).
    Consent,
    /// Emergency activation (災対法 49-11(3)).
    Emergency,
    /// The victim consented to her record being given (災対法 90-4(1)一).
    VictimConsent,
    /// The registry used inside the city for relief (災対法 90-4(1)二).
    VictimInternal,
    /// The registry given to another local government for relief (災対法 90-4(1)三).
    VictimOtherGovernment,
    /// The registry given to a registered relief organisation.
    VictimRegistered,
    /// An individual evacuation plan given with consent, or by an ordinance (災対法 49-15(2)).
    Plan,
    /// A plan under an emergency activation (災対法 49-15(3)).
    PlanEmergency,
    /// Answering somebody who asks after a victim (災対法 86-15).
    Inquiry,
    /// No personal data of residents is touched.
    None,
}

impl LegalGround {
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Internal => Some("49-11-1"),
            Self::Consent => Some("49-11-2"),
            Self::Emergency => Some("49-11-3"),
            Self::VictimConsent => Some("90-4-1-1"),
            Self::VictimInternal => Some("90-4-1-2"),
            Self::VictimOtherGovernment => Some("90-4-1-3"),
            Self::VictimRegistered => Some("90-4-registered"),
            Self::Plan => Some("49-15-2"),
            Self::PlanEmergency => Some("49-15-3"),
            Self::Inquiry => Some("86-15"),
            Self::None => None,
        }
    }
}

/// One audit line.
#[derive(Debug)]
pub struct Entry<'a> {
    /// `<slice>.<verb>`, for example `people.search`.
    pub action: &'static str,
    pub ground: LegalGround,
    pub event_id: Option<Uuid>,
    /// What the ids are: `person`, `round`, `account` …
    pub subject_kind: &'static str,
    pub subject_ids: &'a [Uuid],
    pub detail: Value,
}

impl<'a> Entry<'a> {
    pub fn new(action: &'static str, subject_kind: &'static str, subject_ids: &'a [Uuid]) -> Self {
        Self {
            action,
            ground: LegalGround::None,
            event_id: None,
            subject_kind,
            subject_ids,
            detail: json!({}),
        }
    }
    pub fn ground(mut self, ground: LegalGround) -> Self {
        self.ground = ground;
        self
    }
    pub fn event(mut self, event_id: Uuid) -> Self {
        self.event_id = Some(event_id);
        self
    }
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

/// Append `entry` as the transaction's principal.
pub async fn append(tx: &mut Tx, entry: Entry<'_>) -> Result<()> {
    let scope = tx.scope().clone();
    sqlx::query!(
        "insert into audit_entry (actor_kind, actor_id, device_id, action, legal_ground, event_id, subject_kind, subject_ids, detail, request_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        scope.principal().as_str(),
        scope.actor_id(),
        scope.device_id(),
        entry.action,
        entry.ground.as_str(),
        entry.event_id,
        entry.subject_kind,
        entry.subject_ids,
        entry.detail,
        crate::door::current_request_id(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// One audit line of work done for somebody without a session: a phone whose signature is its authority.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Line {
    /// The principal for whom it was done.
    pub actor_kind: &'static str,
    pub actor_id: Option<Uuid>,
    pub device_id: Option<Uuid>,
    pub action: &'static str,
    pub event_id: Option<Uuid>,
    pub subject_kind: &'static str,
    pub subject_ids: Vec<Uuid>,
    pub detail: Value,
    pub request_id: Option<String>,
}

/// Append the lines of several requests that share one transaction.
pub async fn append_lines(conn: &mut sqlx::PgConnection, lines: &[Line]) -> Result<()> {
    sqlx::query!(
        "insert into audit_entry (actor_kind, actor_id, device_id, action, event_id, subject_kind, subject_ids, detail, request_id)
         select n.actor_kind, n.actor_id, n.device_id, n.action, n.event_id, n.subject_kind, n.subject_ids, n.detail, n.request_id
         from jsonb_to_recordset($1) as n(actor_kind text, actor_id uuid, device_id uuid, action text, event_id uuid,
              subject_kind text, subject_ids uuid[], detail jsonb, request_id text)",
        sqlx::types::Json(lines) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}
