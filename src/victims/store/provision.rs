//! SQL of provisions: prepared, confirmed, handed over once, listed for ever.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::provision::RecipientKind;
use crate::events::{EventKind, EventName};
use crate::problem::{Problem, Result};

/// The newest word of each of these people to one recipient: entry, consent, whether it is a yes.
pub async fn consents_to(
    conn: &mut PgConnection,
    entries: &[Uuid],
    kind: RecipientKind,
    name: &str,
) -> Result<Vec<(Uuid, Uuid, bool)>> {
    let rows = sqlx::query!(
        "select distinct on (entry_id) entry_id, id, status from victim_consent
         where entry_id = any($1) and recipient_kind = $2 and recipient_name = $3
         order by entry_id, recorded_at desc, id desc",
        entries,
        kind.as_str(),
        name
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| (r.entry_id, r.id, r.status == "consented"))
        .collect())
}

/// Recipients that somebody's consent names, for choosing.
pub async fn named_recipients(
    conn: &mut PgConnection,
    event_id: Uuid,
    kind: RecipientKind,
) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select distinct c.recipient_name from victim_consent c join victim_entry v on v.id = c.entry_id
         where v.event_id = $1 and c.recipient_kind = $2 and c.recipient_name <> '' order by 1 limit 200",
        event_id,
        kind.as_str()
    )
    .fetch_all(conn)
    .await?)
}

/// A provision as it is prepared.
#[derive(Debug)]
pub struct NewProvision<'a> {
    pub id: Uuid,
    pub event_id: Uuid,
    pub recipient_kind: RecipientKind,
    pub recipient_name: &'a str,
    pub recipient_address: &'a str,
    pub recipient_person: &'a str,
    pub identity_words: &'a str,
    pub purpose: &'a str,
    pub applied_on: NaiveDate,
    pub fields: Vec<String>,
    pub means: &'a str,
    pub return_due_on: Option<NaiveDate>,
    pub chosen_by: Value,
    pub protected_why: &'a str,
    pub needs_second: bool,
    pub prepared_by: Uuid,
    /// Entry and the consent it rests on.
    pub people: &'a [(Uuid, Option<Uuid>)],
}

/// Prepare it; false when it was prepared before.
pub async fn insert(conn: &mut PgConnection, new: &NewProvision<'_>) -> Result<bool> {
    let done = sqlx::query!(
        "insert into victim_provision (id, event_id, recipient_kind, recipient_name, recipient_address, recipient_person, identity_words,
             legal_basis, purpose, applied_on, fields, means, note, return_due_on, chosen_by, protected_why, needs_second, prepared_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) on conflict (id) do nothing",
        new.id,
        new.event_id,
        new.recipient_kind.as_str(),
        new.recipient_name,
        new.recipient_address,
        new.recipient_person,
        new.identity_words,
        new.recipient_kind.ground().as_str().unwrap_or_default(),
        new.purpose,
        new.applied_on,
        &new.fields,
        new.means,
        new.recipient_kind.note(),
        new.return_due_on,
        new.chosen_by,
        new.protected_why,
        new.needs_second,
        new.prepared_by
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let (entries, consents): (Vec<Uuid>, Vec<Option<Uuid>>) = new.people.iter().copied().unzip();
    sqlx::query!(
        "insert into victim_provision_entry (provision_id, event_id, entry_id, consent_id)
         select $1, $2, n.entry, n.consent from unnest($3::uuid[], $4::uuid[]) as n(entry, consent)",
        new.id,
        new.event_id,
        &entries,
        &consents as &[Option<Uuid>]
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// A provision as headquarters see it: everything but the people.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Provision {
    pub id: Uuid,
    pub event: EventName,
    pub recipient_kind: String,
    pub recipient_name: String,
    pub recipient_address: String,
    pub recipient_person: String,
    pub identity_words: String,
    pub legal_basis: String,
    pub purpose: String,
    pub applied_on: NaiveDate,
    pub fields: Vec<String>,
    /// `print`, `csv` or `xlsx`
    pub means: String,
    pub note: String,
    pub return_due_on: Option<NaiveDate>,
    pub protected_why: String,
    pub people: i64,
    pub needs_second: bool,
    pub prepared_by: Option<String>,
    /// The one who asks prepared it: another person has to confirm.
    pub is_mine: bool,
    pub prepared_at: DateTime<Utc>,
    pub confirmed_by: Option<String>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub issued_at: Option<DateTime<Utc>>,
    /// 提供番号
    pub serial: Option<i64>,
}

/// The provisions of a disaster, the newest first; or the one.
pub async fn provisions(
    conn: &mut PgConnection,
    event_id: Option<Uuid>,
    id: Option<Uuid>,
    asks: Option<Uuid>,
) -> Result<Vec<Provision>> {
    Ok(sqlx::query!(
        r#"select p.id, p.event_id, p.recipient_kind, p.recipient_name, p.recipient_address, p.recipient_person, p.identity_words,
                  p.legal_basis, p.purpose, p.applied_on, p.fields, p.means, p.note, p.return_due_on, p.protected_why, p.needs_second,
                  p.prepared_by, p.prepared_at, p.confirmed_at, p.cancelled_at, p.issued_at, e.name as event_name, e.kind as event_kind_now, a.name as "preparer?", b.name as "confirmer?", c.serial as "serial?",
                  (select count(*) from victim_provision_entry n where n.provision_id = p.id) as "people!"
           from victim_provision p join event e on e.id = p.event_id
           left join account a on a.id = p.prepared_by left join account b on b.id = p.confirmed_by
           left join victim_disclosure d on d.id = p.id left join print_copy c on c.id = d.copy_id
           where ($1::uuid is null or p.event_id = $1) and ($2::uuid is null or p.id = $2)
           order by p.prepared_at desc, p.id desc limit 500"#,
        event_id,
        id
    )
    .map(|r| Provision {
        id: r.id,
        event: EventName {
            id: r.event_id,
            kind: EventKind::of(&r.event_kind_now),
            name: r.event_name,
        },
        recipient_kind: r.recipient_kind,
        recipient_name: r.recipient_name,
        recipient_address: r.recipient_address,
        recipient_person: r.recipient_person,
        identity_words: r.identity_words,
        legal_basis: r.legal_basis,
        purpose: r.purpose,
        applied_on: r.applied_on,
        fields: r.fields,
        means: r.means,
        note: r.note,
        return_due_on: r.return_due_on,
        protected_why: r.protected_why,
        people: r.people,
        needs_second: r.needs_second,
        prepared_by: r.preparer,
        is_mine: Some(r.prepared_by) == asks,
        prepared_at: r.prepared_at,
        confirmed_by: r.confirmer,
        confirmed_at: r.confirmed_at,
        cancelled_at: r.cancelled_at,
        issued_at: r.issued_at,
        serial: r.serial,
    })
    .fetch_all(conn)
    .await?)
}

/// A provision while it is worked on, locked until the transaction ends.
pub struct Held {
    pub event_id: Uuid,
    pub recipient_kind: RecipientKind,
    pub recipient_name: String,
    pub purpose: String,
    pub fields: Vec<String>,
    pub means: String,
    pub return_due_on: Option<NaiveDate>,
    pub protected_why: String,
    pub needs_second: bool,
    pub prepared_by: Uuid,
    pub confirmed_by: Option<Uuid>,
    pub is_cancelled: bool,
    pub is_issued: bool,
    pub file_sealed: Option<Vec<u8>>,
}

pub async fn hold(conn: &mut PgConnection, id: Uuid) -> Result<Held> {
    let r = sqlx::query!(
        "select * from victim_provision where id = $1 for update",
        id
    )
    .fetch_one(conn)
    .await?;
    Ok(Held {
        event_id: r.event_id,
        recipient_kind: RecipientKind::of(&r.recipient_kind).ok_or(Problem::NotFound)?,
        recipient_name: r.recipient_name,
        purpose: r.purpose,
        fields: r.fields,
        means: r.means,
        return_due_on: r.return_due_on,
        protected_why: r.protected_why,
        needs_second: r.needs_second,
        prepared_by: r.prepared_by,
        confirmed_by: r.confirmed_by,
        is_cancelled: r.cancelled_at.is_some(),
        is_issued: r.issued_at.is_some(),
        file_sealed: r.file_sealed,
    })
}

pub async fn set_confirmed(conn: &mut PgConnection, id: Uuid, by: Uuid) -> Result<()> {
    sqlx::query!(
        "update victim_provision set confirmed_by = $2, confirmed_at = now() where id = $1",
        id,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_cancelled(conn: &mut PgConnection, id: Uuid, by: Option<Uuid>) -> Result<()> {
    sqlx::query!(
        "update victim_provision set cancelled_by = $2, cancelled_at = now() where id = $1",
        id,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}
