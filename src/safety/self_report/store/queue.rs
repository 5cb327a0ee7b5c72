//! The outbox: mails queued, taken by one instance at a time, and what became of them. Runs as `m_job` (queueing also as
//! `m_hq_staff`).

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::choose::Asked;
use super::super::due::Due;
use super::super::{Lang, SpeaksAs};
use super::links::NewLink;
use crate::events::{EventKind, end_of};
use crate::problem::Result;

/// Which of these addresses do not exist, as far as is known and not lifted.
pub async fn hard_bounced(conn: &mut PgConnection, keys: &[String]) -> Result<HashSet<String>> {
    Ok(sqlx::query_scalar!(
        "select distinct address_key from mail_bounce where kind = 'hard' and lifted_at is null and address_key = any($1)",
        keys
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .collect())
}

/// What the mails of one insert have in common.
pub struct About {
    pub event_id: Uuid,
    pub event_kind: &'static str,
    pub round_id: Option<Uuid>,
    pub queued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// A mail to be queued.
pub struct NewMail<'a> {
    pub id: Uuid,
    pub message_id: String,
    pub kind: &'static str,
    pub link_id: Option<Uuid>,
    pub asked: &'a Asked,
    pub params: Value,
}

impl<'a> NewMail<'a> {
    /// The first mail that brings a link.
    pub fn request(link: &NewLink<'a>, domain: &str) -> Self {
        Self {
            link_id: Some(link.id),
            ..Self::notice("safety_request", link.asked, domain, json!({}))
        }
    }

    /// News without a link.
    pub fn notice(kind: &'static str, asked: &'a Asked, domain: &str, params: Value) -> Self {
        let id = Uuid::now_v7();
        Self {
            id,
            message_id: format!("{id}@{domain}"),
            kind,
            link_id: None,
            asked,
            params,
        }
    }
}

/// Queue mails: one statement, whatever their number.
pub async fn insert(conn: &mut PgConnection, about: &About, mails: &[NewMail<'_>]) -> Result<()> {
    macro_rules! column {
        ($mail:ident => $value:expr) => {
            &mails.iter().map(|$mail| $value).collect::<Vec<_>>()
        };
    }
    sqlx::query!(
        "insert into mail (id, message_id, kind, event_id, event_kind, round_id, link_id, person_id, contact_id, address, address_key,
                           lang, params, queued_at, next_at, expires_at)
         select n.id, n.message_id, n.kind, $1, $2, $3, n.link_id, n.person_id, n.contact_id, n.address, n.address_key,
                n.lang, n.params, $4, $4, $5
         from unnest($6::uuid[], $7::text[], $8::text[], $9::uuid[], $10::uuid[], $11::uuid[], $12::text[], $13::text[], $14::text[],
                     $15::jsonb[])
              as n(id, message_id, kind, link_id, person_id, contact_id, address, address_key, lang, params)",
        about.event_id,
        about.event_kind,
        about.round_id,
        about.queued_at,
        about.expires_at,
        column!(m => m.id),
        column!(m => m.message_id.clone()),
        column!(m => m.kind.to_owned()),
        column!(m => m.link_id) as &[Option<Uuid>],
        column!(m => m.asked.person_id),
        column!(m => m.asked.contact_id),
        column!(m => m.asked.address.clone()),
        column!(m => m.asked.address_key.clone()),
        column!(m => m.asked.lang.as_str().to_owned()),
        column!(m => m.params.clone()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Take up to `most` mails that are due, as far as the rate of all instances allows, until `until`. Instances take turns.
pub async fn take(
    conn: &mut PgConnection,
    rate: u32,
    most: i64,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('machimori mail')::bigint)")
        .execute(&mut *conn)
        .await?;
    let busy = sqlx::query_scalar!(
        r#"select (select count(*) from mail_attempt where at > $1) + (select count(*) from mail where lease_until > $2) as "n!""#,
        now - TimeDelta::minutes(1),
        now
    )
    .fetch_one(&mut *conn)
    .await?;
    let room = most.min(i64::from(rate) - busy);
    if room <= 0 {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar!(
        "with due as (
             select id from mail
             where status = 'queued' and next_at <= $1 and (lease_until is null or lease_until <= $1)
             order by next_at, id limit $2 for update skip locked)
         update mail m set lease_until = $3 from due where m.id = due.id returning m.id",
        now,
        room,
        until
    )
    .fetch_all(conn)
    .await?)
}

/// Everything that decides about mails that were taken, and what they are written from.
pub async fn due(conn: &mut PgConnection, ids: &[Uuid], now: DateTime<Utc>) -> Result<Vec<Due>> {
    let rows = sqlx::query!(
        r#"select m.id, m.message_id, m.kind, m.address, m.address_key, m.lang, m.tries, m.params, m.queued_at,
                  m.expires_at, e.kind as event_kind, e.name as event_name, e.planned_end_at, e.ended_at,
                  r.closed_at as "closed_at?", coalesce(r.asks_by_mail, true) as "asks_by_mail!",
                  l.id as "link_id?", l.token_sealed as "token_sealed?", l.speaks_as as "speaks_as?",
                  coalesce(l.for_household, false) as "for_household!",
                  coalesce(l.revoked_at is not null or l.expires_at <= $2, false) as "is_link_void!",
                  (select count(*) from mail s where s.link_id = m.link_id and s.status = 'sent') as "sent_before!",
                  l.id is null or exists (
                      select from round_member t join round_member h
                          on h.id = t.id or (l.for_household and h.round_id = t.round_id and h.household_id = t.household_id)
                      where t.id = l.member_id and h.out_of_scope_reason is null and h.bucket in ('unchecked', 'tried', 'unknown')
                        and not coalesce((h.state ->> 'is_refused')::boolean, false)) as "is_unanswered!",
                  exists (select from mail_bounce b where b.address_key = m.address_key and b.kind = 'hard' and b.lifted_at is null)
                      as "is_bounced!",
                  (p.id is null or p.is_protected or p.status <> 'resident' or c.id is null or c.ended_on is not null)
                      as "is_left_out!",
                  coalesce((select t.district_id from round_member t where t.id = l.member_id), p.district_id) as "district_id?"
           from mail m
           join event e on e.id = m.event_id
           left join safety_round r on r.id = m.round_id
           left join self_report_link l on l.id = m.link_id
           left join person p on p.id = m.person_id
           left join contact c on c.id = m.contact_id
           where m.id = any($1) order by m.next_at, m.id"#,
        ids,
        now
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let event_kind = EventKind::of(&r.event_kind);
            Due {
                id: r.id,
                message_id: r.message_id,
                kind: r.kind,
                address: r.address,
                address_key: r.address_key,
                lang: Lang::of(&r.lang),
                sent_before: r.sent_before,
                tries: u16::try_from(r.tries).unwrap_or_default(),
                params: r.params,
                queued_at: r.queued_at,
                expires_at: r.expires_at,
                event_kind,
                event_name: r.event_name,
                is_over: r.closed_at.is_some()
                    || end_of(event_kind, r.planned_end_at, r.ended_at, now).is_some(),
                asks_by_mail: r.asks_by_mail,
                link: r.link_id.zip(r.token_sealed),
                speaks_as: SpeaksAs::of(r.speaks_as.as_deref().unwrap_or_default()),
                for_household: r.for_household,
                is_link_void: r.is_link_void,
                is_unanswered: r.is_unanswered,
                is_bounced: r.is_bounced,
                is_left_out: r.is_left_out,
                district_id: r.district_id,
            }
        })
        .collect())
}

/// A try, as it is kept.
pub struct Tried<'a> {
    pub result: &'static str,
    pub code: Option<u16>,
    pub words: &'a str,
    pub at: DateTime<Utc>,
}

/// Append a try.
pub async fn tried(conn: &mut PgConnection, mail_id: Uuid, tried: &Tried<'_>) -> Result<()> {
    sqlx::query!(
        "insert into mail_attempt (mail_id, at, result, code, words) values ($1, $2, $3, $4, $5)",
        mail_id,
        tried.at,
        tried.result,
        tried.code.and_then(|c| i16::try_from(c).ok()),
        tried.words
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A mail is done: sent, refused, expired or not wanted any more.
pub async fn done(
    conn: &mut PgConnection,
    id: Uuid,
    status: &str,
    why: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update mail set status = $2, done_why = $3, done_at = $4, lease_until = null where id = $1 and status = 'queued'",
        id,
        status,
        why,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Give back what was not sent. `counts`: it was the recipient's try.
pub async fn give_back(
    conn: &mut PgConnection,
    ids: &[Uuid],
    counts: bool,
    next_at: Option<DateTime<Utc>>,
) -> Result<()> {
    sqlx::query!(
        "update mail set lease_until = null, tries = tries + $2::boolean::integer, next_at = coalesce($3, next_at)
         where id = any($1) and status = 'queued'",
        ids,
        counts,
        next_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keep what came back, for the recipient.
pub async fn bounced(
    conn: &mut PgConnection,
    mail: &Due,
    kind: &str,
    code: Option<u16>,
    words: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into mail_bounce (id, address_key, mail_id, kind, code, words, at) values ($1, $2, $3, $4, $5, $6, $7)",
        Uuid::now_v7(),
        mail.address_key,
        mail.id,
        kind,
        code.map_or(String::new(), |c| c.to_string()),
        words,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ask again whoever has not answered. By itself: `remind_minutes` after the last mail left, as often as the round says. By hand
/// (`of_round`): at once, to everybody of the round who has no mail waiting. Answers how many were queued.
pub async fn remind(
    conn: &mut PgConnection,
    of_round: Option<Uuid>,
    domain: &str,
    now: DateTime<Utc>,
) -> Result<u64> {
    let done = sqlx::query!(
        "with last as materialized (
             select distinct on (m.link_id) m.*, r.reminders, r.remind_minutes, gen_random_uuid() as new_id,
                    case when e.kind = 'drill' then coalesce(e.planned_end_at, e.started_at + interval '4 hours')
                         else $1::timestamptz + interval '7 days' end as until
             from mail m
             join safety_round r on r.id = m.round_id
             join event e on e.id = r.event_id
             where m.link_id is not null and r.closed_at is null and r.asks_by_mail and e.ended_at is null
               and (e.kind <> 'drill' or e.planned_end_at is null or e.planned_end_at > $1)
               and ($2::uuid is null or m.round_id = $2)
             order by m.link_id, m.reminder_no desc, m.queued_at desc)
         insert into mail (id, message_id, kind, event_id, event_kind, round_id, link_id, person_id, contact_id, address, address_key,
                           lang, reminder_no, queued_at, next_at, expires_at)
         select n.new_id, n.new_id || '@' || $3::text, 'safety_reminder', n.event_id, n.event_kind, n.round_id, n.link_id, n.person_id,
                n.contact_id, n.address, n.address_key, n.lang, n.reminder_no + 1, $1, $1, n.until
         from last n
         join self_report_link l on l.id = n.link_id and l.revoked_at is null and l.expires_at > $1
         where n.status <> 'queued' and n.until > $1
           and ($2::uuid is not null or (n.status = 'sent' and n.reminder_no < n.reminders
                and n.done_at + make_interval(mins => n.remind_minutes) <= $1))
           and not exists (select from mail_bounce b where b.address_key = n.address_key and b.kind = 'hard' and b.lifted_at is null)
           and exists (
               select from round_member t join round_member h
                   on h.id = t.id or (l.for_household and h.round_id = t.round_id and h.household_id = t.household_id)
               where t.id = l.member_id and h.out_of_scope_reason is null and h.bucket in ('unchecked', 'tried', 'unknown')
                 and not coalesce((h.state ->> 'is_refused')::boolean, false))
         on conflict do nothing",
        now,
        of_round,
        domain,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
