//! What the desk sees of the mails of a round. MailCounts run as `m_index`; acts and addresses as `m_hq_staff`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{Problem, Result};

/// MailCounts of people and of mails. One home that shares an address is as many people as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailCounts {
    /// People for whom a link was made.
    pub asked_people: i64,
    /// Of those: a mail that brings the link was taken by its server.
    pub reached_people: i64,
    /// Of those asked: a word came by the link.
    pub answered_people: i64,
    pub queued: i64,
    pub sent: i64,
    /// Of those sent.
    pub reminders_sent: i64,
    /// Their server did not take them.
    pub refused: i64,
    /// Not sent any more: answered meanwhile, stopped, closed, left out.
    pub cancelled: i64,
    /// Their time was over before they could be sent.
    pub expired: i64,
    pub oldest_queued_at: Option<DateTime<Utc>>,
}

/// The counts of a round; with `within`, of members of these districts.
pub async fn counts(
    conn: &mut PgConnection,
    round_id: Uuid,
    within: Option<&[Uuid]>,
) -> Result<MailCounts> {
    let mails = sqlx::query!(
        r#"select count(*) filter (where m.status = 'queued') as "queued!",
                  count(*) filter (where m.status = 'sent') as "sent!",
                  count(*) filter (where m.status = 'sent' and m.kind = 'safety_reminder') as "reminders_sent!",
                  count(*) filter (where m.status = 'refused') as "refused!",
                  count(*) filter (where m.status = 'cancelled') as "cancelled!",
                  count(*) filter (where m.status = 'expired') as "expired!",
                  min(m.queued_at) filter (where m.status = 'queued') as oldest_queued_at
           from mail m join self_report_link l on l.id = m.link_id join round_member t on t.id = l.member_id
           where m.round_id = $1 and ($2::uuid[] is null or t.district_id = any($2))"#,
        round_id,
        within as Option<&[Uuid]>
    )
    .fetch_one(&mut *conn)
    .await?;
    let people = sqlx::query!(
        r#"with asked as (
               select distinct h.id, l.id as link_id
               from self_report_link l
               join round_member t on t.id = l.member_id
               join round_member h on h.id = t.id
                   or (l.for_household and h.round_id = t.round_id and h.household_id = t.household_id and h.out_of_scope_reason is null)
               where l.round_id = $1 and ($2::uuid[] is null or h.district_id = any($2)))
           select count(distinct a.id) as "asked!",
                  count(distinct a.id) filter (where exists (
                      select from mail m where m.link_id = a.link_id and m.status = 'sent')) as "reached!",
                  count(distinct a.id) filter (where exists (
                      select from observation o where o.link_id = a.link_id and o.round_id = $1)) as "answered!"
           from asked a"#,
        round_id,
        within as Option<&[Uuid]>
    )
    .fetch_one(conn)
    .await?;
    Ok(MailCounts {
        asked_people: people.asked,
        reached_people: people.reached,
        answered_people: people.answered,
        queued: mails.queued,
        sent: mails.sent,
        reminders_sent: mails.reminders_sent,
        refused: mails.refused,
        cancelled: mails.cancelled,
        expired: mails.expired,
        oldest_queued_at: mails.oldest_queued_at,
    })
}

/// How a round asks by mail.
pub struct Rules {
    pub asks_by_mail: bool,
    pub remind_minutes: Option<i32>,
    pub reminders: i16,
}

/// The rules of a round.
pub async fn rules(conn: &mut PgConnection, round_id: Uuid) -> Result<Rules> {
    Ok(sqlx::query_as!(
        Rules,
        "select asks_by_mail, remind_minutes, reminders from safety_round where id = $1",
        round_id
    )
    .fetch_one(conn)
    .await?)
}

/// Since when the mail server has not been usable, and what it said last: the first of the failures that nothing followed.
pub async fn unreachable(conn: &mut PgConnection) -> Result<Option<(DateTime<Utc>, String)>> {
    let row = sqlx::query!(
        r#"with since as (
               select coalesce((select max(id) from mail_attempt where result <> 'unreachable'), 0) as id)
           select min(a.at) as since, (array_agg(concat_ws(' ', a.code, a.words) order by a.id desc))[1] as words
           from mail_attempt a, since where a.id > since.id"#
    )
    .fetch_one(conn)
    .await?;
    Ok(row.since.map(|at| (at, row.words.unwrap_or_default())))
}

/// Mails that wait in the whole service, and since when the oldest does.
pub async fn depth(conn: &mut PgConnection) -> Result<(i64, Option<DateTime<Utc>>)> {
    let row = sqlx::query!(
        r#"select count(*) as "queued!", min(queued_at) as oldest from mail where status = 'queued'"#
    )
    .fetch_one(conn)
    .await?;
    Ok((row.queued, row.oldest))
}

/// Ask by mail in this round, or stop.
pub async fn set_asks(conn: &mut PgConnection, round_id: Uuid, asks: bool) -> Result<()> {
    sqlx::query!(
        "update safety_round set asks_by_mail = $2 where id = $1",
        round_id,
        asks
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What waits and is in no instance's hands is not sent any more.
pub async fn cancel_queued(
    conn: &mut PgConnection,
    round_id: Uuid,
    now: DateTime<Utc>,
) -> Result<i64> {
    let done = sqlx::query!(
        "update mail set status = 'cancelled', done_why = 'stopped', done_at = $2
         where round_id = $1 and status = 'queued' and (lease_until is null or lease_until <= $2)",
        round_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
}

/// Somebody whose address came back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BouncedPerson {
    pub id: Uuid,
    pub name: String,
    pub district_name: String,
}

/// An address that came back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Bounce {
    pub id: Uuid,
    pub address: String,
    /// `hard`: it does not exist, and is not written to. `soft`: not this time.
    pub kind: String,
    pub code: String,
    pub words: String,
    pub at: DateTime<Utc>,
    /// Who has it on record now.
    pub people: Vec<BouncedPerson>,
}

/// The newest thousand that nobody lifted.
pub async fn bounces(conn: &mut PgConnection) -> Result<Vec<Bounce>> {
    Ok(sqlx::query!(
        r#"select b.id, b.address_key, b.kind, b.code, b.words, b.at,
                  coalesce((select jsonb_agg(distinct jsonb_build_object('id', p.id, 'name', p.name, 'district_name', d.name))
                            from mail m join person p on p.id = m.person_id join district d on d.id = p.district_id
                            where m.address_key = b.address_key), '[]') as "people!: Json<Vec<BouncedPerson>>"
           from mail_bounce b where b.lifted_at is null order by b.kind, b.at desc limit 1000"#
    )
    .map(|r| Bounce {
        id: r.id,
        address: r.address_key,
        kind: r.kind,
        code: r.code,
        words: r.words,
        at: r.at,
        people: r.people.0,
    })
    .fetch_all(conn)
    .await?)
}

/// Lift what came back from an address: every entry of it. Saying it again changes nothing.
pub async fn lift(
    conn: &mut PgConnection,
    id: Uuid,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let key = sqlx::query_scalar!("select address_key from mail_bounce where id = $1", id)
        .fetch_optional(&mut *conn)
        .await?
        .ok_or(Problem::NotFound)?;
    sqlx::query!(
        "update mail_bounce set lifted_at = $2, lifted_by = $3 where address_key = $1 and lifted_at is null",
        key,
        now,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}
