//! Evidence into the database, and the state that follows from it. The one place that writes what is derived: phones' items,
//! staff's words and resolutions all end here.
//!
//! The order within a transaction is fixed: append the evidence, then [`rederive`] once, with every member concerned. It locks
//! the members in the order of their ids, reads *all* their evidence after the lock and writes the derived columns, so that two
//! writers about one household wait for each other and the last one has seen everything.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::de::IntoDeserializer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::board::bucket;
use super::derive::{MemberState, derive};
use super::observation::{Attempt, Observation, Outcome, Resolution, Whereabouts};
use crate::problem::{Problem, Result};

/// The channel on which instances tell each other that a round changed; the payload is the round's id.
pub const CHANNEL: &str = "round_changed";

/// An observation to be appended. Whether it is late is the round's to say, not the writer's.
#[derive(Debug, Clone, Serialize)]
pub struct NewObservation {
    pub id: Uuid,
    pub round_id: Uuid,
    pub member_id: Uuid,
    pub outcome: Option<Outcome>,
    pub whereabouts: Option<Whereabouts>,
    pub attempt: Attempt,
    pub needs: Vec<String>,
    pub note: String,
    /// Who said so, when it was not seen by the observer.
    pub told_by: String,
    pub shelter_id: Option<Uuid>,
    pub for_household: bool,
    pub corrects: Option<Uuid>,
    pub is_withdrawal: bool,
    /// The observer's principal, as [`crate::db::Principal::as_str`] writes it.
    pub observer_kind: &'static str,
    pub observer_id: Option<Uuid>,
    pub device_id: Option<Uuid>,
    pub device_seq: Option<i64>,
    pub observed_at: DateTime<Utc>,
    pub clock_offset_ms: i64,
}

/// Append observations, each once: answers the ids that were new. Ids that exist are left alone, whatever their body.
///
/// Round and member must exist (ingest quarantines an item that names others). Call [`rederive`] for the members afterwards,
/// in the same transaction.
pub async fn insert_observations(
    conn: &mut PgConnection,
    observations: &[NewObservation],
) -> Result<Vec<Uuid>> {
    let rows = serde_json::to_value(observations).map_err(anyhow::Error::from)?;
    Ok(sqlx::query_scalar!(
        "insert into observation (id, round_id, member_id, outcome, whereabouts, attempt, needs, note, told_by, shelter_id,
                                  for_household, corrects, is_withdrawal, observer_kind, observer_id, device_id, device_seq,
                                  observed_at, clock_offset_ms, is_late)
         select n.id, n.round_id, n.member_id, n.outcome, n.whereabouts, n.attempt, n.needs, n.note, n.told_by, n.shelter_id,
                n.for_household, n.corrects, n.is_withdrawal, n.observer_kind, n.observer_id, n.device_id, n.device_seq,
                n.observed_at, n.clock_offset_ms,
                exists (select from safety_round r where r.id = n.round_id and r.closed_at is not null)
         from jsonb_to_recordset($1) as n(id uuid, round_id uuid, member_id uuid, outcome text, whereabouts text, attempt text,
              needs text[], note text, told_by text, shelter_id uuid, for_household boolean, corrects uuid, is_withdrawal boolean,
              observer_kind text, observer_id uuid, device_id uuid, device_seq bigint, observed_at timestamptz,
              clock_offset_ms bigint)
         order by n.member_id, n.id
         on conflict (id) do nothing
         returning id",
        rows
    )
    .fetch_all(conn)
    .await?)
}

/// Someone who is on no list, met on the spot: place and need suffice; matched with a person later, by a human.
#[derive(Debug, Clone, Serialize)]
pub struct NewUnlisted {
    /// Made on the phone; becomes the member's id.
    pub id: Uuid,
    pub round_id: Uuid,
    pub district_id: Uuid,
    /// `{label, place, need, lon?, lat?}`.
    pub subject: Value,
    /// The volunteer who met the subject keeps seeing it on her phone.
    pub volunteer_id: Option<Uuid>,
}

/// Add unlisted subjects to their rounds, each once.
pub async fn insert_unlisted(conn: &mut PgConnection, unlisted: &[NewUnlisted]) -> Result<()> {
    let rows = serde_json::to_value(unlisted).map_err(anyhow::Error::from)?;
    sqlx::query!(
        "insert into round_member (id, round_id, kind, subject, district_id)
         select n.id, n.round_id, 'unlisted', n.subject, n.district_id
         from jsonb_to_recordset($1) as n(id uuid, round_id uuid, district_id uuid, subject jsonb)
         order by n.id
         on conflict (id) do nothing",
        rows
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into assignment (id, round_id, member_id, volunteer_id, basis)
         select gen_random_uuid(), n.round_id, n.id, n.volunteer_id, 'automatic'
         from jsonb_to_recordset($1) as n(id uuid, round_id uuid, volunteer_id uuid)
         where n.volunteer_id is not null
         on conflict do nothing",
        rows
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a derivation changed, to be told to the boards after the commit.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Change {
    pub rounds: BTreeSet<Uuid>,
    /// A call for rescue was not there before. The other instances were already notified within the transaction.
    pub has_new_rescue: bool,
}

/// All evidence about each of `member_ids`, what speaks for their households included: what [`derive`] takes.
pub async fn evidence(
    conn: &mut PgConnection,
    member_ids: &[Uuid],
) -> Result<HashMap<Uuid, (Vec<Observation>, Vec<Resolution>)>> {
    let members = sqlx::query_as!(
        Member,
        r#"select m.id, m.round_id, m.household_id, m.out_of_scope_reason is not null as "is_out_of_scope!", m.open_rescues
           from round_member m
           where m.id in (
               select unnest($1::uuid[])
               union
               select o.id from round_member t join round_member o on o.round_id = t.round_id and o.household_id = t.household_id
               where t.id = any($1))"#,
        member_ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = members.iter().map(|m| m.id).collect();
    let evidence = Evidence::of(conn, &ids).await?;
    let asked: BTreeSet<Uuid> = member_ids.iter().copied().collect();
    Ok(members
        .iter()
        .filter(|m| asked.contains(&m.id))
        .map(|m| (m.id, evidence.about(m, &members)))
        .collect())
}

struct Member {
    id: Uuid,
    round_id: Uuid,
    household_id: Option<Uuid>,
    is_out_of_scope: bool,
    open_rescues: i16,
}

/// Derive the state of `member_ids`, and of whoever shares a household with them in the round, from all evidence.
///
/// Runs as a principal that sees the whole household (`Ingest`, `HqStaff`, `Job`, `Cli`): a lead's transaction continues as
/// `Ingest` first ([`crate::db::Tx::continue_as`]). At most once per transaction: a second call would lock out of order.
pub async fn rederive(conn: &mut PgConnection, member_ids: &[Uuid]) -> Result<Change> {
    let members = lock(conn, member_ids).await?;
    let ids: Vec<Uuid> = members.iter().map(|m| m.id).collect();
    let evidence = Evidence::of(conn, &ids).await?;
    let mut change = Change::default();
    let mut derived = Vec::with_capacity(members.len());
    for member in &members {
        let (observations, resolutions) = evidence.about(member, &members);
        let state = derive(&observations, &resolutions);
        change.rounds.insert(member.round_id);
        change.has_new_rescue |=
            state.queued_rescues > u32::from(member.open_rescues.unsigned_abs());
        derived.push(Derived::new(member, state));
    }
    write(conn, &derived).await?;
    if change.has_new_rescue {
        for round_id in &change.rounds {
            sqlx::query!("select pg_notify($1, $2)", CHANNEL, round_id.to_string())
                .execute(&mut *conn)
                .await?;
        }
    }
    Ok(change)
}

/// Lock the members and their households. Not `for update`: inserting evidence holds a key share on its member, and two
/// writers about one member would wait for each other for ever.
async fn lock(conn: &mut PgConnection, member_ids: &[Uuid]) -> Result<Vec<Member>> {
    Ok(sqlx::query_as!(
        Member,
        r#"select m.id, m.round_id, m.household_id, m.out_of_scope_reason is not null as "is_out_of_scope!", m.open_rescues
           from round_member m
           where m.id in (
               select unnest($1::uuid[])
               union
               select o.id from round_member t join round_member o on o.round_id = t.round_id and o.household_id = t.household_id
               where t.id = any($1))
           order by m.id
           for no key update of m"#,
        member_ids
    )
    .fetch_all(conn)
    .await?)
}

/// Everything recorded about some members.
struct Evidence {
    observations: HashMap<Uuid, Vec<Observation>>,
    resolutions: HashMap<Uuid, Vec<Resolution>>,
}

impl Evidence {
    async fn of(conn: &mut PgConnection, member_ids: &[Uuid]) -> Result<Self> {
        let mut evidence = Self {
            observations: HashMap::new(),
            resolutions: HashMap::new(),
        };
        let rows = sqlx::query!(
            "select id, member_id, outcome, whereabouts, shelter_id, attempt, needs, for_household, corrects, is_withdrawal,
                    observer_kind, device_id, device_seq, observed_at, clock_offset_ms, is_late
             from observation where member_id = any($1)",
            member_ids
        )
        .fetch_all(&mut *conn)
        .await?;
        for r in rows {
            evidence
                .observations
                .entry(r.member_id)
                .or_default()
                .push(Observation {
                    id: r.id,
                    outcome: r.outcome.as_deref().map(word).transpose()?,
                    whereabouts: r.whereabouts.as_deref().map(word).transpose()?,
                    shelter_id: r.shelter_id,
                    attempt: word(&r.attempt)?,
                    needs: r.needs,
                    for_household: r.for_household,
                    via_household: false,
                    corrects: r.corrects,
                    is_withdrawal: r.is_withdrawal,
                    observer_kind: r.observer_kind,
                    device_id: r.device_id,
                    device_seq: r.device_seq,
                    observed_at: r.observed_at,
                    clock_offset_ms: r.clock_offset_ms,
                    is_late: r.is_late,
                    is_quarantined: false,
                });
        }
        let rows = sqlx::query!(
            "select id, member_id, closes, outcome, whereabouts, resolved_at from resolution where member_id = any($1)",
            member_ids
        )
        .fetch_all(conn)
        .await?;
        for r in rows {
            evidence
                .resolutions
                .entry(r.member_id)
                .or_default()
                .push(Resolution {
                    id: r.id,
                    closes: r.closes,
                    outcome: Some(word(&r.outcome)?),
                    whereabouts: r.whereabouts.as_deref().map(word).transpose()?,
                    shelter_id: None,
                    resolved_at: r.resolved_at,
                });
        }
        Ok(evidence)
    }

    /// The member's own evidence, and what was said of the household on another's: a resolution there closes the household's
    /// call here too, but what was found there is not said of this member.
    fn about(&self, member: &Member, members: &[Member]) -> (Vec<Observation>, Vec<Resolution>) {
        let mut observations = self
            .observations
            .get(&member.id)
            .cloned()
            .unwrap_or_default();
        let mut resolutions = self
            .resolutions
            .get(&member.id)
            .cloned()
            .unwrap_or_default();
        let household = members.iter().filter(|other| {
            other.id != member.id
                && member.household_id.is_some()
                && other.household_id == member.household_id
                && other.round_id == member.round_id
        });
        for other in household {
            let theirs = self
                .observations
                .get(&other.id)
                .map_or(&[][..], Vec::as_slice);
            observations.extend(spoken_for_household(theirs));
            let closings = self
                .resolutions
                .get(&other.id)
                .map_or(&[][..], Vec::as_slice);
            resolutions.extend(closings.iter().map(|r| Resolution {
                outcome: r.outcome.filter(|o| *o == Outcome::NeedsRescue),
                whereabouts: None,
                ..r.clone()
            }));
        }
        (observations, resolutions)
    }
}

/// What speaks for the household, with the corrections and withdrawals that hang on it. A correction that speaks for one person
/// only takes the word back from the others.
fn spoken_for_household(observations: &[Observation]) -> Vec<Observation> {
    let mut spoken: BTreeSet<Uuid> = observations
        .iter()
        .filter(|o| o.for_household)
        .map(|o| o.id)
        .collect();
    loop {
        let hanging: Vec<Uuid> = observations
            .iter()
            .filter(|o| !spoken.contains(&o.id) && o.corrects.is_some_and(|c| spoken.contains(&c)))
            .map(|o| o.id)
            .collect();
        if hanging.is_empty() {
            break;
        }
        spoken.extend(hanging);
    }
    observations
        .iter()
        .filter(|o| spoken.contains(&o.id))
        .map(|o| Observation {
            via_household: true,
            is_withdrawal: o.is_withdrawal || !o.for_household,
            ..o.clone()
        })
        .collect()
}

/// The derived columns of one member, named as the table names them.
#[derive(Serialize)]
struct Derived {
    id: Uuid,
    bucket: &'static str,
    outcome: Option<&'static str>,
    whereabouts: Option<&'static str>,
    is_contradicted: bool,
    open_rescues: u32,
    attempts_count: u32,
    last_attempt_at: Option<DateTime<Utc>>,
    last_heard_at: Option<DateTime<Utc>>,
    rescue_since: Option<DateTime<Utc>>,
    state: MemberState,
}

impl Derived {
    fn new(member: &Member, state: MemberState) -> Self {
        Self {
            id: member.id,
            bucket: bucket(&state, member.is_out_of_scope).as_str(),
            outcome: state.outcome.map(Outcome::as_str),
            whereabouts: state.whereabouts.map(Whereabouts::as_str),
            is_contradicted: state.is_contradicted(),
            open_rescues: state.queued_rescues,
            attempts_count: state.attempts_count,
            last_attempt_at: state.last_attempt_at,
            last_heard_at: state.last_heard_at,
            rescue_since: state.rescue_since,
            state,
        }
    }
}

async fn write(conn: &mut PgConnection, derived: &[Derived]) -> Result<()> {
    let rows = serde_json::to_value(derived).map_err(anyhow::Error::from)?;
    sqlx::query!(
        "update round_member m
         set bucket = n.bucket, outcome = n.outcome, whereabouts = n.whereabouts, is_contradicted = n.is_contradicted,
             open_rescues = n.open_rescues, attempts_count = n.attempts_count, last_attempt_at = n.last_attempt_at,
             last_heard_at = n.last_heard_at, rescue_since = n.rescue_since, state = n.state, derived_at = now()
         from jsonb_to_recordset($1) as n(id uuid, bucket text, outcome text, whereabouts text, is_contradicted boolean,
              open_rescues smallint, attempts_count integer, last_attempt_at timestamptz, last_heard_at timestamptz,
              rescue_since timestamptz, state jsonb)
         where m.id = n.id",
        rows
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A word that the database's checks admit, as its type.
pub(crate) fn word<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    T::deserialize(IntoDeserializer::<serde::de::value::Error>::into_deserializer(text))
        .map_err(|error| Problem::Internal(error.into()))
}
