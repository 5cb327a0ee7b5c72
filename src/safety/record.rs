//! Evidence into the database, and the state that follows from it. The one place that writes what is derived: phones' items,
//! staff's words and resolutions all end here.
//!
//! The order within a transaction is fixed: append the evidence, then [`rederive`] once, with every member concerned. It locks
//! the members in the order of their ids, reads *all* their evidence after the lock and writes the derived columns, so that two
//! writers about one household wait for each other and the last one has seen everything.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::board::{Bucket, bucket};
use super::derive::{MemberState, derive};
pub use super::evidence::evidence;
pub(crate) use super::evidence::word;
use super::evidence::{Evidence, Links, Member};
use super::observation::{Attempt, Channel, Marker, Outcome, Whereabouts};
use crate::problem::Result;

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
    pub channel: Channel,
    /// With the attempt `marker` only.
    pub marker: Option<Marker>,
    pub needs: Vec<String>,
    pub note: String,
    /// Who said so, when it was not seen by the observer.
    pub told_by: String,
    /// Where whoever said so can be called back.
    pub told_phone: String,
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
    /// The numbered sheet it was typed in from, and by whom; the observer is whoever walked.
    pub copy_id: Option<Uuid>,
    pub typed_by: Option<Uuid>,
    /// The personal link it came by.
    pub link_id: Option<Uuid>,
    /// The item set aside that a human took up.
    pub adopted_from: Option<Uuid>,
}

/// Append observations, each once: answers the ids that were new. Ids that exist are left alone, whatever their body.
///
/// Round and member must exist (ingest quarantines an item that names others). Call [`rederive`] for the members afterwards,
/// in the same transaction.
pub async fn insert_observations(
    conn: &mut PgConnection,
    observations: &[NewObservation],
) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "insert into observation (id, round_id, member_id, outcome, whereabouts, attempt, channel, marker, needs, note, told_by,
                                  told_phone, shelter_id, for_household, corrects, is_withdrawal, observer_kind, observer_id,
                                  device_id, device_seq, observed_at, clock_offset_ms, copy_id, typed_by, link_id, adopted_from,
                                  is_late, epoch)
         select n.id, n.round_id, n.member_id, n.outcome, n.whereabouts, n.attempt, n.channel, n.marker, n.needs, n.note, n.told_by,
                n.told_phone, n.shelter_id, n.for_household, n.corrects, n.is_withdrawal, n.observer_kind, n.observer_id,
                n.device_id, n.device_seq, n.observed_at, n.clock_offset_ms, n.copy_id, n.typed_by, n.link_id, n.adopted_from,
                exists (select from safety_round r join event e on e.id = r.event_id
                        where r.id = n.round_id and (r.closed_at is not null or e.ended_at is not null)),
                (select epoch from instance)
         from jsonb_to_recordset($1) as n(id uuid, round_id uuid, member_id uuid, outcome text, whereabouts text, attempt text,
              channel text, marker text, needs text[], note text, told_by text, told_phone text, shelter_id uuid,
              for_household boolean, corrects uuid, is_withdrawal boolean, observer_kind text, observer_id uuid, device_id uuid,
              device_seq bigint, observed_at timestamptz, clock_offset_ms bigint, copy_id uuid, typed_by uuid, link_id uuid,
              adopted_from uuid)
         order by n.member_id, n.id
         on conflict (id) do nothing
         returning id",
        Json(observations) as _
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

/// Derive the state of `member_ids`, and of whoever shares a household with them in the round, from all evidence.
///
/// Runs as a principal that sees the whole household (`Ingest`, `HqStaff`, `Job`, `Cli`): a lead's transaction continues as
/// `Ingest` first ([`crate::db::Tx::continue_as`]). At most once per transaction: a second call would lock out of order.
pub async fn rederive(conn: &mut PgConnection, member_ids: &[Uuid]) -> Result<Change> {
    let members = lock_circle(conn, member_ids).await?;
    derive_locked(conn, member_ids, members).await
}

/// Append observations and derive what follows, in one round trip less than [`insert_observations`] and [`rederive`].
pub async fn append_and_derive(
    conn: &mut PgConnection,
    observations: &[NewObservation],
    member_ids: &[Uuid],
) -> Result<Change> {
    let members = append_rows_and_lock(conn, observations, member_ids).await?;
    derive_locked(conn, member_ids, members).await
}

async fn derive_locked(
    conn: &mut PgConnection,
    member_ids: &[Uuid],
    members: Vec<Member>,
) -> Result<Change> {
    let (members, evidence, links) = widen(conn, member_ids, members).await?;
    let mut change = Change::default();
    let mut derived = Vec::with_capacity(members.len());
    for member in &members {
        let (observations, resolutions) = evidence.about(member, &members, &links);
        let state = derive(&observations, &resolutions);
        change.rounds.insert(member.round_id);
        change.has_new_rescue |=
            state.queued_rescues > u32::from(member.open_rescues.unsigned_abs());
        derived.push(Derived::new(member, links.is_linked_away(member.id), state));
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

/// The evidence under the lock. The links are read with it: one that was made or undone meanwhile makes the circle wider, and it
/// is locked anew.
async fn widen(
    conn: &mut PgConnection,
    member_ids: &[Uuid],
    mut members: Vec<Member>,
) -> Result<(Vec<Member>, Evidence, Links)> {
    let mut asked: BTreeSet<Uuid> = member_ids.iter().copied().collect();
    loop {
        let ids: Vec<Uuid> = members.iter().map(|m| m.id).collect();
        let (evidence, links) = Evidence::of(conn, &ids).await?;
        let locked: BTreeSet<Uuid> = ids.into_iter().collect();
        let missing: Vec<Uuid> = links.ends().filter(|id| !locked.contains(id)).collect();
        if missing.iter().all(|id| asked.contains(id)) {
            return Ok((members, evidence, links));
        }
        asked.extend(missing);
        let circle: Vec<Uuid> = asked.iter().copied().collect();
        members = lock_circle(conn, &circle).await?;
    }
}

/// Lock the members, whom they are linked with, and all their households. Not `for update`: inserting evidence holds a key share
/// on its member, and two writers about one member would wait for each other for ever.
async fn lock_circle(conn: &mut PgConnection, member_ids: &[Uuid]) -> Result<Vec<Member>> {
    append_rows_and_lock(conn, &[], member_ids).await
}

async fn append_rows_and_lock(
    conn: &mut PgConnection,
    observations: &[NewObservation],
    member_ids: &[Uuid],
) -> Result<Vec<Member>> {
    Ok(sqlx::query_file_as!(
        Member,
        "src/safety/append_and_lock.sql",
        member_ids,
        Json(observations) as _
    )
    .fetch_all(conn)
    .await?)
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
    /// Whoever is linked away counts where the link leads, and nowhere else.
    fn new(member: &Member, is_linked_away: bool, state: MemberState) -> Self {
        Self {
            id: member.id,
            bucket: bucket(&state, member.is_out_of_scope || is_linked_away).as_str(),
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
    sqlx::query!(
        "update round_member m
         set bucket = n.bucket, outcome = n.outcome, whereabouts = n.whereabouts, is_contradicted = n.is_contradicted,
             open_rescues = n.open_rescues, attempts_count = n.attempts_count, last_attempt_at = n.last_attempt_at,
             last_heard_at = n.last_heard_at, rescue_since = n.rescue_since, state = n.state, derived_at = now()
         from jsonb_to_recordset($1) as n(id uuid, bucket text, outcome text, whereabouts text, is_contradicted boolean,
              open_rescues smallint, attempts_count integer, last_attempt_at timestamptz, last_heard_at timestamptz,
              rescue_since timestamptz, state jsonb)
         where m.id = n.id",
        Json(derived) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The derived state of a member, as written.
pub async fn state(conn: &mut PgConnection, member_id: Uuid) -> Result<(Bucket, MemberState)> {
    let row = sqlx::query!(
        r#"select bucket, state as "state: Json<MemberState>" from round_member where id = $1"#,
        member_id
    )
    .fetch_one(conn)
    .await?;
    Ok((word(&row.bucket)?, row.state.0))
}

/// The member of `round_id` who stands for `member_id` of another round: the same person; made under `key` when absent.
pub async fn member_in(
    conn: &mut PgConnection,
    round_id: Uuid,
    member_id: Uuid,
    key: Uuid,
) -> Result<Uuid> {
    sqlx::query!(
        "insert into round_member (id, round_id, kind, person_id, household_id, account_id, subject, district_id, is_late_addition)
         select $2, $3, kind, person_id, household_id, account_id, subject, district_id, true from round_member where id = $1
         on conflict do nothing",
        member_id,
        key,
        round_id,
    )
    .execute(&mut *conn)
    .await?;
    Ok(sqlx::query_scalar!(
        "select s.id from round_member s join round_member m on m.id = $1
         where s.round_id = $3 and (s.id = $2 or s.person_id = m.person_id) order by s.id = $2 limit 1",
        member_id,
        key,
        round_id,
    )
    .fetch_one(conn)
    .await?)
}

/// A key that depends on the text alone.
pub fn key_of(raw: &str) -> Uuid {
    let digest = crate::keys::sha256(raw.as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
