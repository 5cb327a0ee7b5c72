//! The rescue queue: entries stay until a human resolves them, also after the round and the event are over.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::evidence::word;
use super::super::member::{Rescue, RescueCounts, RescueStep, StepKind};
use super::super::observation::{Outcome, Whereabouts};
use super::super::ring;
use super::super::slip::{Slip, SlipFacts};
use super::members::{Read, contacts, in_rescue_queue};
use crate::problem::{Problem, Result};

/// The queue of an event: nobody's own first, then the longest waiting. Answers also whether anybody is shown without consent.
pub async fn queue(
    conn: &mut PgConnection,
    event_id: Uuid,
    today: NaiveDate,
    wait: TimeDelta,
) -> Result<(Vec<Rescue>, bool)> {
    let reads = in_rescue_queue(conn, event_id, today).await?;
    let without_consent = reads.iter().any(|r| !r.is_consented);
    let mut queue = with_calls(conn, reads, wait).await?;
    queue.sort_by_key(|r| {
        (
            ring::last(&r.steps).map(|s| s.kind != StepKind::Returned),
            r.member.rescue_since,
        )
    });
    Ok((queue, without_consent))
}

/// How many stand in the queue of an event, as of `now`.
pub async fn counts(
    conn: &mut PgConnection,
    event_id: Uuid,
    wait: TimeDelta,
    now: DateTime<Utc>,
) -> Result<RescueCounts> {
    let calls = sqlx::query!(
        r#"select m.id, m.rescue_since as "since!", m.state -> 'open_rescue' <> '[]' as "is_open!"
           from round_member m join safety_round r on r.id = m.round_id
           where r.event_id = $1 and m.open_rescues > 0 and m.rescue_since is not null
             and not exists (select from member_link l where l.from_member_id = m.id and l.undone_at is null)"#,
        event_id
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = calls.iter().map(|c| c.id).collect();
    let steps = steps(conn, &ids).await?;
    let mut counts = RescueCounts::default();
    for call in calls {
        let steps = steps.get(&call.id).map_or(&[][..], Vec::as_slice);
        let ring = ring::next(call.since, steps, wait).filter(|_| call.is_open);
        let is_taken = ring::last(steps).is_some_and(|s| s.kind != StepKind::Returned);
        counts.open += 1;
        if call.is_open && !is_taken {
            counts.nobodys += 1;
            counts.newest_at = counts.newest_at.max(Some(call.since));
        }
        counts.ringing += u32::from(ring.is_some_and(|ring| ring.at <= now));
    }
    Ok(counts)
}

/// One member's rescue, whether it is open or not.
pub async fn rescue(
    conn: &mut PgConnection,
    member_id: Uuid,
    today: NaiveDate,
    wait: TimeDelta,
) -> Result<(Rescue, bool)> {
    let read = super::members::member(conn, member_id, today).await?;
    let without_consent = !read.is_consented;
    let mut found = with_calls(conn, vec![read], wait).await?;
    let rescue = found.pop().ok_or(Problem::NotFound)?;
    Ok((rescue, without_consent))
}

async fn with_calls(
    conn: &mut PgConnection,
    reads: Vec<Read>,
    wait: TimeDelta,
) -> Result<Vec<Rescue>> {
    let people: Vec<Uuid> = reads.iter().filter_map(|r| r.member.person_id).collect();
    let ids: Vec<Uuid> = reads.iter().map(|r| r.member.id).collect();
    let mut contacts = contacts(conn, &people).await?;
    let mut steps = steps(conn, &ids).await?;
    let mut calls = calls(conn, &ids).await?;
    Ok(reads
        .into_iter()
        .map(|Read { member, state, .. }| {
            let call = calls.remove(&member.id).unwrap_or_default();
            let steps = steps.remove(&member.id).unwrap_or_default();
            let is_open = !state.open_rescue.is_empty();
            let since = member.rescue_since.filter(|_| is_open);
            Rescue {
                ring: since.and_then(|since| ring::next(since, &steps, wait)),
                round_id: call.round_id,
                round_name: call.round_name,
                is_round_closed: call.is_round_closed,
                contacts: member
                    .person_id
                    .and_then(|p| contacts.remove(&p))
                    .unwrap_or_default(),
                open_calls: state.open_rescue,
                withdrawn_calls: state.withdrawn_rescue,
                is_household: !state.household_rescue.is_empty(),
                contradicted_by: state.contradicted_by,
                needs: state.needs.into_iter().collect(),
                notes: call.notes,
                steps,
                member,
            }
        })
        .collect())
}

#[derive(Default)]
struct Call {
    round_id: Uuid,
    round_name: String,
    is_round_closed: bool,
    notes: Vec<String>,
}

async fn calls(conn: &mut PgConnection, members: &[Uuid]) -> Result<BTreeMap<Uuid, Call>> {
    let rows = sqlx::query!(
        r#"select m.id, m.round_id, r.name, r.closed_at is not null as "is_closed!",
                  coalesce((select array_agg(o.note order by o.observed_at) from observation o
                            where o.member_id = m.id and o.outcome = 'needs_rescue' and o.note <> ''), '{}') as "notes!"
           from round_member m join safety_round r on r.id = m.round_id where m.id = any($1)"#,
        members
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let call = Call {
                round_id: r.round_id,
                round_name: r.name,
                is_round_closed: r.is_closed,
                notes: r.notes,
            };
            (r.id, call)
        })
        .collect())
}

/// The steps taken about these members, the oldest first. A call about her, or about her household, that was closed by what was found
/// ends what was done until then.
pub async fn steps(
    conn: &mut PgConnection,
    members: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<RescueStep>>> {
    let rows = sqlx::query!(
        r#"select s.id, s.member_id, s.kind, s.given_to, s.reference, s.said_by, s.note, s.promised_at, s.slip_id,
                  a.name as "by_name?", s.at, coalesce(s.at <= closed.at, false) as "is_earlier!"
           from unnest($1::uuid[]) as asked(id) join rescue_step s on s.member_id = asked.id
           left join account a on a.id = s.by_id
           left join lateral (
               select max(x.resolved_at) as at
               from round_member m join round_member h on h.round_id = m.round_id and (h.id = m.id or h.household_id = m.household_id)
               join resolution x on x.member_id = h.id and x.kind = 'rescue'
               where m.id = asked.id and (h.id = m.id or exists (
                   select from observation o where o.member_id = m.id and o.id = any(x.closes)))) closed on true
           order by s.member_id, s.at, s.id"#,
        members
    )
    .fetch_all(conn)
    .await?;
    let mut found: BTreeMap<Uuid, Vec<RescueStep>> = BTreeMap::new();
    for r in rows {
        found.entry(r.member_id).or_default().push(RescueStep {
            id: r.id,
            kind: word(&r.kind)?,
            given_to: r.given_to,
            reference: r.reference,
            said_by: r.said_by,
            note: r.note,
            promised_at: r.promised_at,
            slip_id: r.slip_id,
            by_name: r.by_name,
            at: r.at,
            is_earlier: r.is_earlier,
        });
    }
    Ok(found)
}

/// A step to be appended.
pub struct NewStep<'a> {
    pub id: Uuid,
    pub member_id: Uuid,
    pub kind: StepKind,
    pub given_to: &'a str,
    pub reference: &'a str,
    pub said_by: &'a str,
    pub note: &'a str,
    pub promised_at: Option<DateTime<Utc>>,
    pub slip_id: Option<Uuid>,
    pub by: Option<Uuid>,
    pub by_kind: &'static str,
    pub at: DateTime<Utc>,
}

/// Append a step, once.
pub async fn insert_step(conn: &mut PgConnection, new: &NewStep<'_>) -> Result<()> {
    sqlx::query!(
        "insert into rescue_step (id, member_id, kind, given_to, reference, note, promised_at, by_id, by_kind, at, said_by, slip_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (id) do nothing",
        new.id,
        new.member_id,
        new.kind.as_str(),
        new.given_to,
        new.reference,
        new.note,
        new.promised_at,
        new.by,
        new.by_kind,
        new.at,
        new.said_by,
        new.slip_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a resolution settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResolutionKind {
    Rescue,
    Contradiction,
}

impl ResolutionKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Rescue => "rescue",
            Self::Contradiction => "contradiction",
        }
    }
}

/// A resolution to be appended.
pub struct NewResolution<'a> {
    pub id: Uuid,
    pub kind: ResolutionKind,
    pub member_id: Uuid,
    pub closes: &'a [Uuid],
    pub outcome: Outcome,
    pub whereabouts: Option<Whereabouts>,
    pub shelter_id: Option<Uuid>,
    pub how: &'a str,
    pub by: Option<Uuid>,
    pub by_kind: &'static str,
    pub at: DateTime<Utc>,
}

/// Append a resolution, once; false when it is there already. `super::super::record::rederive` follows.
pub async fn insert_resolution(conn: &mut PgConnection, new: &NewResolution<'_>) -> Result<bool> {
    let done = sqlx::query!(
        "insert into resolution (id, member_id, closes, outcome, whereabouts, how, resolved_by, resolved_by_kind, resolved_at, kind,
                                 shelter_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing",
        new.id,
        new.member_id,
        new.closes,
        new.outcome.as_str(),
        new.whereabouts.map(Whereabouts::as_str),
        new.how,
        new.by,
        new.by_kind,
        new.at,
        new.kind.as_str(),
        new.shelter_id,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether this resolution is of this member's calls.
pub async fn is_resolution_of(conn: &mut PgConnection, id: Uuid, member_id: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from resolution where id = $1 and member_id = $2) as "yes!""#,
        id,
        member_id
    )
    .fetch_one(conn)
    .await?)
}

/// Of `closes`, those that are no evidence about this member, whoever is linked to her, or her household in this round.
pub async fn strangers(
    conn: &mut PgConnection,
    member_id: Uuid,
    closes: &[Uuid],
) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        r#"select c.id as "id!" from unnest($2::uuid[]) as c(id)
           where not exists (
               select from observation o join round_member t on t.id = $1
               where o.id = c.id and (o.member_id = t.id or o.member_id in (
                   select h.id from round_member h where h.round_id = t.round_id and h.household_id = t.household_id)
                   or o.member_id in (
                   select l.from_member_id from member_link l join round_member h on h.id = l.to_member_id
                   where l.undone_at is null and (h.id = t.id or (h.round_id = t.round_id and h.household_id = t.household_id)))))"#,
        member_id,
        closes
    )
    .fetch_all(conn)
    .await?)
}

/// What makes a slip.
pub struct NewSlip<'a> {
    pub id: Uuid,
    pub rescue: &'a Rescue,
    pub event_id: Uuid,
    pub facts: &'a SlipFacts,
    pub ground: &'static str,
    pub by: Option<Uuid>,
    pub by_kind: &'static str,
    pub at: DateTime<Utc>,
}

/// Keep a slip as it is said, with the numbered copy that it is on paper.
pub async fn insert_slip(conn: &mut PgConnection, new: &NewSlip<'_>) -> Result<()> {
    sqlx::query!(
        "with copy as (
             insert into print_copy (id, kind, event_id, round_id, district_id, recipient_name, purpose, legal_ground, people, as_of,
                                     printed_by, printed_by_kind, printed_at)
             values ($1, 'rescue_slip', $3, $4, $5, '119番・救助にあたる機関', '救助の引継ぎ', $6, 1, $9, $7, $8, $9))
         insert into rescue_slip (id, member_id, facts, spoken, copy_id, made_by, made_by_kind, made_at)
         values ($1, $2, $10, $11, $1, $7, $8, $9)",
        new.id,
        new.rescue.member.id,
        new.event_id,
        new.rescue.round_id,
        new.rescue.member.district.id,
        new.ground,
        new.by,
        new.by_kind,
        new.at,
        Json(new.facts) as _,
        new.facts.spoken()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A slip of this member.
pub async fn slip(conn: &mut PgConnection, id: Uuid, member_id: Uuid) -> Result<Option<Slip>> {
    Ok(sqlx::query!(
        r#"select id, serial, made_at, spoken, facts as "facts: Json<SlipFacts>" from rescue_slip where id = $1 and member_id = $2"#,
        id,
        member_id
    )
    .map(|r| Slip {
        id: r.id,
        serial: r.serial,
        made_at: r.made_at,
        spoken: r.spoken,
        facts: r.facts.0,
    })
    .fetch_optional(conn)
    .await?)
}
