//! All SQL of arriving items. Runs as `m_ingest`; the device look-up as `m_auth`.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::facts::{DeviceFacts, Facts, MemberFacts, RoundFacts};
use crate::db::Principal;
use crate::problem::Result;

/// The public keys (SPKI) of devices, revoked ones included: what they signed is still theirs.
pub async fn public_keys(pool: &PgPool, devices: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>> {
    let rows = sqlx::query!(
        "select id, public_key from device where id = any($1)",
        devices
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.public_key)).collect())
}

/// Which copy of the ledger this is.
pub async fn epoch(conn: &mut PgConnection) -> Result<Uuid> {
    Ok(sqlx::query_scalar!("select epoch from instance")
        .fetch_one(conn)
        .await?)
}

/// What an item asks about.
#[derive(Debug, Default)]
pub struct Questions {
    pub items: Vec<Uuid>,
    pub devices: Vec<Option<Uuid>>,
    pub rounds: Vec<Option<Uuid>>,
    pub members: Vec<Option<Uuid>>,
    pub corrects: Vec<Option<Uuid>>,
}

/// What stands about an item before it is written.
pub struct Answer {
    /// Nothing without a known device.
    pub facts: Option<Facts>,
    /// An observation bears this id although no item did: it came by another door.
    pub is_taken: bool,
    pub corrected_member: Option<Uuid>,
}

/// The facts about all items of a batch, in their order: one question to the database. Each inner question is of one item and says
/// `limit 1`: an `exists` or a plain join may be planned as a pass over the whole table, which is then read anew for each batch, and
/// the ledger grows while the plan stays [measured].
pub async fn facts(conn: &mut PgConnection, ask: &Questions) -> Result<Vec<Answer>> {
    let rows = sqlx::query!(
        r#"select d.principal as "principal?", d.volunteer_id as "volunteer_id?", d.account_id as "account_id?",
                  d.revoked_at is not null as "is_revoked!", d.last_contact_at as "last_contact_at?", d.held_items as "held_items?",
                  coalesce((select array_agg(vd.district_id) from volunteer_district vd where vd.volunteer_id = d.volunteer_id),
                           (select array_agg(ad.district_id) from account_district ad where ad.account_id = d.account_id),
                           (select array_agg(k.district_id) from desk_device x join desk_district k using (desk_id)
                            where x.device_id = d.id and x.ended_at is null), '{}') as "districts!",
                  r.id as "round_id?", r.event_id as "event_id?", r.kind as "event_kind?", r.ended_at as "ended_at?",
                  r.planned_end_at as "planned_end_at?",
                  m.id as "member_id?", m.round_id as "member_round_id?", m.district_id as "member_district_id?",
                  coalesce(
                      (select true from assignment a where a.member_id = m.id and a.volunteer_id = d.volunteer_id limit 1),
                      (select true from standing_contact s where s.person_id = m.person_id and s.volunteer_id = d.volunteer_id limit 1),
                      false) as "is_assigned!",
                  coalesce((select s.id is null from observation o left join sync_item s on s.id = o.id where o.id = i.item_id limit 1),
                      false) as "is_taken!",
                  c.round_id as "corrected_in?", c.member_id as "corrected_member?"
           from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[])
                with ordinality as i(item_id, device_id, round_id, member_id, corrects, n)
           left join lateral (select * from device where id = i.device_id limit 1) d on true
           left join lateral (select r.id, e.id as event_id, e.kind, e.ended_at, e.planned_end_at
                              from safety_round r join event e on e.id = r.event_id where r.id = i.round_id limit 1) r on true
           left join lateral (select * from round_member where id = i.member_id limit 1) m on true
           left join lateral (select round_id, member_id from observation where id = i.corrects limit 1) c on true
           order by i.n"#,
        &ask.items,
        &ask.devices as &[Option<Uuid>],
        &ask.rounds as &[Option<Uuid>],
        &ask.members as &[Option<Uuid>],
        &ask.corrects as &[Option<Uuid>],
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Answer {
            is_taken: r.is_taken,
            corrected_member: r.corrected_member,
            facts: r.principal.as_deref().map(|principal| Facts {
                device: DeviceFacts {
                    principal: device_principal(principal),
                    actor_id: r.volunteer_id.or(r.account_id),
                    volunteer_id: r.volunteer_id,
                    is_revoked: r.is_revoked,
                    districts: r.districts.clone(),
                    last_contact_at: r.last_contact_at,
                    held_items: r.held_items.unwrap_or_default(),
                },
                round: r.round_id.zip(r.event_id).map(|(id, event_id)| RoundFacts {
                    id,
                    event_id,
                    is_drill: r.event_kind.as_deref() == Some("drill"),
                    ended_at: r.ended_at,
                    planned_end_at: r.planned_end_at,
                }),
                member: match (r.member_id, r.member_round_id, r.member_district_id) {
                    (Some(id), Some(round_id), Some(district_id)) => Some(MemberFacts {
                        id,
                        round_id,
                        district_id,
                        is_assigned: r.is_assigned,
                    }),
                    _ => None,
                },
                corrected_in: r.corrected_in,
            }),
        })
        .collect())
}

pub(super) fn device_principal(word: &str) -> Principal {
    match word {
        "district_lead" => Principal::DistrictLead,
        "reception" => Principal::Reception,
        _ => Principal::Volunteer,
    }
}

/// One row of `sync_item`.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: Uuid,
    pub kind: &'static str,
    pub event_id: Option<Uuid>,
    pub device_id: Option<Uuid>,
    pub device_seq: Option<i64>,
    pub observed_at: Option<DateTime<Utc>>,
    pub clock_offset_ms: i64,
    pub payload: Option<Value>,
    pub raw: Option<String>,
    pub carried_by: &'static str,
    pub reason: Option<&'static str>,
}

/// Append items, each id once: answers the ids that were new.
pub async fn insert_items(
    conn: &mut PgConnection,
    rows: &[Row],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    macro_rules! column {
        ($field:ident) => {
            rows.iter().map(|r| r.$field.clone()).collect::<Vec<_>>()
        };
    }
    let kinds: Vec<String> = rows.iter().map(|r| r.kind.to_owned()).collect();
    let carried: Vec<String> = rows.iter().map(|r| r.carried_by.to_owned()).collect();
    let reasons: Vec<Option<String>> = rows.iter().map(|r| r.reason.map(str::to_owned)).collect();
    Ok(sqlx::query_scalar!(
        "insert into sync_item (id, kind, event_id, device_id, device_seq, observed_at, clock_offset_ms, payload, raw, carried_by,
                                disposition, reason, recorded_at, epoch)
         select n.id, n.kind, n.event_id, n.device_id, n.device_seq, n.observed_at, n.clock_offset_ms, n.payload, n.raw, n.carried_by,
                case when n.reason is null then 'stored' else 'quarantined' end, n.reason, $12,
                (select epoch from instance)
         from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::bigint[], $6::timestamptz[], $7::bigint[], $8::jsonb[],
                     $9::text[], $10::text[], $11::text[])
              as n(id, kind, event_id, device_id, device_seq, observed_at, clock_offset_ms, payload, raw, carried_by, reason)
         order by n.id
         on conflict (id) do nothing
         returning id",
        &column!(id),
        &kinds,
        &column!(event_id) as &[Option<Uuid>],
        &column!(device_id) as &[Option<Uuid>],
        &column!(device_seq) as &[Option<i64>],
        &column!(observed_at) as &[Option<DateTime<Utc>>],
        &column!(clock_offset_ms),
        &column!(payload) as &[Option<Value>],
        &column!(raw) as &[Option<String>],
        &carried,
        &reasons as &[Option<String>],
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// An item that was there before.
pub struct Earlier {
    pub id: Uuid,
    /// Why it was set aside, unless it was stored or has been taken up since.
    pub reason: Option<String>,
    /// The same words of the same device.
    pub is_same: bool,
}

/// Compare items with those that bear their ids already.
pub async fn compare(conn: &mut PgConnection, rows: &[(&Row, &str)]) -> Result<Vec<Earlier>> {
    let raws: Vec<String> = rows.iter().map(|(_, raw)| (*raw).to_owned()).collect();
    let rows: Vec<&Row> = rows.iter().map(|(row, _)| *row).collect();
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let devices: Vec<Option<Uuid>> = rows.iter().map(|r| r.device_id).collect();
    let seqs: Vec<Option<i64>> = rows.iter().map(|r| r.device_seq).collect();
    let times: Vec<Option<DateTime<Utc>>> = rows.iter().map(|r| r.observed_at).collect();
    let payloads: Vec<Option<Value>> = rows.iter().map(|r| r.payload.clone()).collect();
    Ok(sqlx::query!(
        r#"select s.id,
                  case when exists (select from observation o where o.id = s.id)
                         or (s.reason = 'unknown_person' and exists (select from stay_entry y where y.id = s.id))
                       then null else s.reason end as reason,
                  (s.device_id is not distinct from n.device_id and s.device_seq is not distinct from n.device_seq
                   and s.observed_at is not distinct from n.observed_at and s.payload is not distinct from n.payload)
                  or s.raw is not distinct from n.raw as "is_same!"
           from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::jsonb[], $6::text[])
                as n(id, device_id, device_seq, observed_at, payload, raw)
           join sync_item s on s.id = n.id"#,
        &ids,
        &devices as &[Option<Uuid>],
        &seqs as &[Option<i64>],
        &times as &[Option<DateTime<Utc>>],
        &payloads as &[Option<Value>],
        &raws,
    )
    .map(|r| Earlier {
        id: r.id,
        reason: r.reason,
        is_same: r.is_same,
    })
    .fetch_all(conn)
    .await?)
}

/// The district of a place, among those of the round first; else the observer's, else undecided.
pub async fn district_of(
    conn: &mut PgConnection,
    point: Option<(f64, f64)>,
    round_id: Uuid,
    near: &[Uuid],
) -> Result<Uuid> {
    let (lon, lat) = point.unzip();
    Ok(sqlx::query_scalar!(
        r#"select d.id from district d
           left join round_district rd on rd.round_id = $3 and rd.district_id = d.id
           where d.valid_to is null
             and (d.kind = 'undecided' or d.id = any($4)
                  or st_contains(d.area, st_setsrid(st_makepoint($1, $2), 4326)))
           order by d.kind = 'undecided', coalesce(st_contains(d.area, st_setsrid(st_makepoint($1, $2), 4326)), false) desc,
                    rd.round_id is null, array_position($4, d.id)
           limit 1"#,
        lon,
        lat,
        round_id,
        near,
    )
    .fetch_one(conn)
    .await?)
}

/// An observation that was set aside because nobody knew its member.
pub struct Waiting {
    pub id: Uuid,
    pub device_id: Uuid,
    pub device_seq: Option<i64>,
    pub observed_at: DateTime<Utc>,
    pub clock_offset_ms: i64,
    pub payload: Value,
    pub device: DeviceFacts,
}

/// Observations that waited for these members to become known.
pub async fn waiting_for(conn: &mut PgConnection, member_ids: &[Uuid]) -> Result<Vec<Waiting>> {
    let texts: Vec<String> = member_ids.iter().map(Uuid::to_string).collect();
    let rows = sqlx::query!(
        r#"select s.id, d.id as device_id, s.device_seq, s.observed_at as "observed_at!", s.clock_offset_ms, s.payload as "payload!",
                  d.principal, d.volunteer_id, d.account_id
           from sync_item s join device d on d.id = s.device_id
           where s.reason = 'unknown_member' and s.kind = 'observation' and s.payload ->> 'member_id' = any($1)
             and d.revoked_at is null and not exists (select from observation o where o.id = s.id)"#,
        &texts
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Waiting {
            id: r.id,
            device_id: r.device_id,
            device_seq: r.device_seq,
            observed_at: r.observed_at,
            clock_offset_ms: r.clock_offset_ms,
            payload: r.payload,
            device: DeviceFacts {
                principal: device_principal(&r.principal),
                actor_id: r.volunteer_id.or(r.account_id),
                volunteer_id: r.volunteer_id,
                is_revoked: false,
                districts: Vec::new(),
                last_contact_at: None,
                held_items: 0,
            },
        })
        .collect())
}

/// Ring for rounds in which a call for help was set aside.
pub async fn ring(conn: &mut PgConnection, rounds: &[Uuid]) -> Result<()> {
    let payloads: Vec<String> = rounds.iter().map(Uuid::to_string).collect();
    sqlx::query!(
        r#"select pg_notify($1, r) as "done" from unnest($2::text[]) r"#,
        crate::safety::record::CHANNEL,
        &payloads
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// A device was heard from: when, and how many items it says it holds still.
#[derive(Debug, Clone, Copy)]
pub struct Contact {
    pub device_id: Uuid,
    pub at: DateTime<Utc>,
    pub held: Option<u32>,
}

/// How exactly contacts are noted while nothing else changes: a write for each upload would cost as much as the upload.
const CONTACT_EVERY: TimeDelta = TimeDelta::seconds(10);

impl Contact {
    /// Whether the device's row says it already.
    pub fn is_noted(&self, device: &DeviceFacts) -> bool {
        let held = self.held.map(|n| i32::try_from(n).unwrap_or(i32::MAX));
        held.is_none_or(|n| n == device.held_items)
            && device
                .last_contact_at
                .is_some_and(|last| self.at - last < CONTACT_EVERY)
    }
}

/// Note the contacts.
pub async fn record_contacts(conn: &mut PgConnection, contacts: &[Contact]) -> Result<()> {
    let ids: Vec<Uuid> = contacts.iter().map(|c| c.device_id).collect();
    let times: Vec<DateTime<Utc>> = contacts.iter().map(|c| c.at).collect();
    let held: Vec<Option<i32>> = contacts
        .iter()
        .map(|c| c.held.map(|n| i32::try_from(n).unwrap_or(i32::MAX)))
        .collect();
    sqlx::query!(
        "with n as (select distinct on (id) id, at, held
                    from unnest($1::uuid[], $2::timestamptz[], $3::integer[]) as u(id, at, held) order by id, at desc),
              locked as materialized (select id from device where id = any($1) order by id for no key update)
         update device d set last_contact_at = greatest(d.last_contact_at, n.at), held_items = coalesce(n.held, d.held_items)
         from locked join n using (id) where d.id = locked.id",
        &ids,
        &times,
        &held as &[Option<i32>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A device asked for its bundle, and which one it then has.
pub async fn record_bundle(
    conn: &mut PgConnection,
    device_id: Uuid,
    at: DateTime<Utc>,
    etag: &str,
) -> Result<()> {
    sqlx::query!(
        "update device set last_contact_at = greatest(last_contact_at, $2), bundle_etag = $3 where id = $1",
        device_id,
        at,
        etag,
    )
    .execute(conn)
    .await?;
    Ok(())
}
