//! What a gate holds: the lawful roster of its districts (docs/decisions/0006), who is there, how the place stands. A reception's
//! desk has one place, or a drill's venue; a lead's phone has the places of the own districts while an event is on.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Grounds, RoundEvent};
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::db::{Principal, Scope, Tx};
use crate::drills::live;
use crate::drills::totals::AtVenue;
use crate::operations::opening::{Crowding, Status};
use crate::problem::Result;
use crate::safety::evidence::word;

/// What a phone at a door holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Gate {
    pub event: RoundEvent,
    /// The desk at which the phone stands; null for a lead.
    pub desk: Option<GateDesk>,
    /// The places of which this phone may say something: the desk's one, a lead's own.
    pub places: Vec<GatePlace>,
    /// The venue at which the desk stands, in a drill.
    pub venue: Option<GateVenue>,
    /// Who may be searched for.
    pub people: Vec<GatePerson>,
    /// Who is received at these places, as of the bundle's time.
    pub here: Vec<GateEvacuee>,
    /// Other places of the event of which something was said: whence somebody moves.
    pub elsewhere: Vec<GateName>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GateDesk {
    pub id: Uuid,
    pub label: String,
    /// Then the list goes.
    pub ends_at: DateTime<Utc>,
    pub gate_list: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GateName {
    pub id: Uuid,
    pub name: String,
}

/// A shelter or an evacuation building, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct GatePlace {
    pub id: Uuid,
    #[schema(example = "shelter")]
    pub kind: String,
    pub name: String,
    /// Null is unknown, not none.
    pub capacity: Option<i32>,
    pub status: Option<Status>,
    pub is_self_opened: bool,
    pub crowding: Option<Crowding>,
    /// By the check-ins that reached the server.
    pub present: i32,
    pub reported_people: Option<i32>,
    pub reported_as_of: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GateVenue {
    pub id: Uuid,
    pub name: String,
    pub bodies: Vec<GateName>,
}

/// Somebody of the roster: to be found and received, never telephoned, never a diagnosis.
#[derive(Debug, Serialize, ToSchema)]
pub struct GatePerson {
    pub id: Uuid,
    pub household_id: Option<Uuid>,
    pub name: String,
    pub name_kana: String,
    pub birth_on: Option<NaiveDate>,
    pub sex: Option<String>,
    pub address: String,
    /// SHA-256 of the codes of this person's cards, hexadecimal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<String>,
}

/// Somebody received.
#[derive(Debug, Serialize, ToSchema)]
pub struct GateEvacuee {
    pub id: Uuid,
    pub person_id: Option<Uuid>,
    /// Empty: of the roster, and not on this phone's list.
    pub name: String,
    pub name_kana: String,
    pub party_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    #[schema(example = "shelter")]
    pub stay_type: Option<String>,
    pub since: Option<DateTime<Utc>>,
    pub is_contested: bool,
}

/// The gate of the caller, if there is one. Asked in the caller's own role.
pub(super) async fn of(tx: &mut Tx, now: DateTime<Utc>) -> Result<Option<(Gate, Held)>> {
    let scope = tx.scope().clone();
    let found = match scope.principal() {
        Principal::Reception => desk(tx).await?,
        Principal::DistrictLead => running(tx, now).await?,
        _ => None,
    };
    let Some(stand) = found else {
        return Ok(None);
    };
    let venue = match stand.venue {
        Some(venue) => Some(venue_of(tx, venue, stand.event.id).await?),
        None => None,
    };
    let places = places(tx, &stand, &scope).await?;
    let ids: Vec<Uuid> = places.iter().map(|p| p.id).collect();
    let here = here(tx, stand.event.id, &ids).await?;
    let elsewhere = elsewhere(tx, &stand, &ids).await?;
    let is_lawful = stand.desk.as_ref().is_none_or(|d| d.gate_list == "lawful");
    let (people, mut held) = match is_lawful {
        true => people(tx, &stand, scope.districts()).await?,
        false => Default::default(),
    };
    held.desk_until = stand.desk.as_ref().map(|d| d.ends_at);
    held.evacuees = here.iter().map(|e| e.id).collect();
    held.event_id = Some(stand.event.id);
    let gate = Gate {
        event: stand.event,
        desk: stand.desk,
        places,
        venue,
        people,
        here,
        elsewhere,
    };
    Ok(Some((gate, held)))
}

/// Whom a gate's phone holds, and on which ground.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub consent: Vec<Uuid>,
    pub emergency: Vec<Uuid>,
    pub emergency_until: Option<DateTime<Utc>>,
    pub desk_until: Option<DateTime<Utc>>,
    pub evacuees: Vec<Uuid>,
    pub event_id: Option<Uuid>,
}

impl Held {
    /// Into the bundle's own grounds: one line each in the audit.
    pub fn join(self, grounds: &mut Grounds) -> Vec<Uuid> {
        grounds.consent.extend(self.consent);
        grounds.emergency.extend(self.emergency);
        for until in [self.emergency_until, self.desk_until]
            .into_iter()
            .flatten()
        {
            grounds.until = Some(grounds.until.map_or(until, |u| u.min(until)));
        }
        for ids in [&mut grounds.consent, &mut grounds.emergency] {
            ids.sort_unstable();
            ids.dedup();
        }
        self.evacuees
    }
}

/// One audit line of the people received who are on the phone.
pub(super) async fn record(tx: &mut Tx, evacuees: &[Uuid], event_id: Option<Uuid>) -> Result<()> {
    if evacuees.is_empty() {
        return Ok(());
    }
    let mut entry = Entry::new("field.gate", "evacuee", evacuees).ground(LegalGround::Internal);
    if let Some(event_id) = event_id {
        entry = entry.event(event_id);
    }
    audit::append(tx, entry).await
}

struct Stand {
    event: RoundEvent,
    desk: Option<GateDesk>,
    site: Option<Uuid>,
    venue: Option<Uuid>,
}

async fn desk(tx: &mut Tx) -> Result<Option<Stand>> {
    let row = sqlx::query!(
        "select k.id, k.label, k.ends_at, k.gate_list, k.site_id, k.venue_id, e.id as event_id, e.kind, e.name, e.planned_end_at
         from desk k join event e on e.id = k.event_id"
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|r| Stand {
        event: RoundEvent {
            id: r.event_id,
            kind: r.kind,
            name: r.name,
            planned_end_at: r.planned_end_at,
        },
        desk: Some(GateDesk {
            id: r.id,
            label: r.label,
            ends_at: r.ends_at,
            gate_list: r.gate_list,
        }),
        site: r.site_id,
        venue: r.venue_id,
    }))
}

/// The event in which a lead speaks of places: a disaster before a drill, the newest first.
async fn running(tx: &mut Tx, now: DateTime<Utc>) -> Result<Option<Stand>> {
    let row = sqlx::query!(
        "select id, kind, name, planned_end_at from event
         where ended_at is null and not is_standing and started_at <= $1 and bound_to is null
           and (kind = 'disaster' or planned_end_at > $1)
         order by kind = 'drill', started_at desc, id limit 1",
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|r| Stand {
        event: RoundEvent {
            id: r.id,
            kind: r.kind,
            name: r.name,
            planned_end_at: r.planned_end_at,
        },
        desk: None,
        site: None,
        venue: None,
    }))
}

async fn venue_of(tx: &mut Tx, id: Uuid, event_id: Uuid) -> Result<GateVenue> {
    let name = sqlx::query_scalar!("select name from venue where id = $1", id)
        .fetch_one(&mut **tx)
        .await?;
    let bodies = sqlx::query_as!(
        GateName,
        "select id, name from drill_body where event_id = $1 and retired_at is null order by name, id",
        event_id
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(GateVenue { id, name, bodies })
}

async fn places(tx: &mut Tx, stand: &Stand, scope: &Scope) -> Result<Vec<GatePlace>> {
    let rows = sqlx::query!(
        r#"select s.id, s.kind, s.name, s.capacity, t.status as "status?", coalesce(t.is_self_opened, false) as "is_self_opened!",
                  t.crowding as "crowding?", coalesce(t.present, 0) as "present!", t.reported_people as "reported_people?",
                  t.reported_as_of as "reported_as_of?"
           from site s left join site_state t on t.site_id = s.id and t.event_id = $1
           where s.kind in ('shelter', 'evacuation_building') and s.revoked_on is null
             and case when $2 then s.id = $3
                 else exists (select from district d where d.id = any($4) and d.valid_to is null and st_contains(d.area, s.point)) end
           order by s.kind desc, s.name_kana, s.name, s.id"#,
        stand.event.id,
        stand.desk.is_some(),
        stand.site,
        scope.districts()
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|r| {
            let status = r.status.filter(|s| s != "not_opened");
            Ok(GatePlace {
                id: r.id,
                kind: r.kind,
                name: r.name,
                capacity: r.capacity,
                status: status.as_deref().map(word).transpose()?,
                is_self_opened: r.is_self_opened,
                crowding: r.crowding.as_deref().map(word).transpose()?,
                present: r.present,
                reported_people: r.reported_people,
                reported_as_of: r.reported_as_of,
            })
        })
        .collect()
}

/// Who is at these places; a lead sees who stays elsewhere in the own districts as well.
async fn here(tx: &mut Tx, event_id: Uuid, places: &[Uuid]) -> Result<Vec<GateEvacuee>> {
    Ok(sqlx::query_as!(
        GateEvacuee,
        r#"select e.id, e.person_id, coalesce(nullif(e.name, ''), p.name, '') as "name!",
                  coalesce(nullif(e.name_kana, ''), p.name_kana, '') as "name_kana!", e.party_id, e.site_id, e.stay_type, e.since,
                  e.is_contested
           from evacuee e left join person p on p.id = e.person_id
           where e.event_id = $1 and e.is_present and (e.site_id = any($2) or e.site_id is null)
           order by e.since desc, e.id"#,
        event_id,
        places
    )
    .fetch_all(&mut **tx)
    .await?)
}

async fn elsewhere(tx: &mut Tx, stand: &Stand, own: &[Uuid]) -> Result<Vec<GateName>> {
    // How another place stands is not a desk's to see; that there is one is on the public list.
    Ok(sqlx::query_as!(
        GateName,
        "select s.id, s.name from site s
         where s.kind in ('shelter', 'evacuation_building') and s.revoked_on is null and s.id <> all($1)
           and (not $2 or exists (select from site o where o.id = $3 and st_dwithin(o.point::geography, s.point::geography, 3000)))
         order by s.name_kana, s.name, s.id limit 60",
        own,
        stand.site.is_some(),
        stand.site
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// Who may be searched for: consenting, or in a disaster under an activation. Row-level security says the same.
async fn people(tx: &mut Tx, stand: &Stand, districts: &[Uuid]) -> Result<(Vec<GatePerson>, Held)> {
    let rows = sqlx::query!(
        r#"select p.id, p.household_id, p.name, p.name_kana, p.birth_on, p.sex, coalesce(lives.address, '') as "address!",
                  p.roster_consent in ('consented', 'not_required_by_ordinance') as "is_consenting!", em.closes_at as "closes_at?"
           from person p
           left join lateral (select r.address from residence r where r.person_id = p.id and r.valid_to is null
                              order by r.kind limit 1) lives on true
           left join lateral (select max(e.closes_at) as closes_at from emergency_district e
                              where e.district_id = p.district_id and $2) em on true
           where p.district_id = any($1) and p.status = 'resident' and not p.is_protected and is_on_roster(p.id)
             and (p.roster_consent in ('consented', 'not_required_by_ordinance') or em.closes_at is not null)
           order by p.kana_key, p.id"#,
        districts,
        stand.event.kind == "disaster"
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut cards = match stand.desk.is_some() {
        true => cards(tx).await?,
        false => HashMap::new(),
    };
    let mut held = Held::default();
    let people = rows
        .into_iter()
        .map(|r| {
            match (r.is_consenting, r.closes_at) {
                (false, Some(until)) => {
                    held.emergency.push(r.id);
                    let first = held.emergency_until.map_or(until, |u| u.min(until));
                    held.emergency_until = Some(first);
                }
                _ => held.consent.push(r.id),
            }
            GatePerson {
                cards: cards.remove(&r.id).unwrap_or_default(),
                id: r.id,
                household_id: r.household_id,
                name: r.name,
                name_kana: r.name_kana,
                birth_on: r.birth_on,
                sex: r.sex,
                address: r.address,
            }
        })
        .collect();
    Ok((people, held))
}

async fn cards(tx: &mut Tx) -> Result<HashMap<Uuid, Vec<String>>> {
    let rows = sqlx::query!(
        r#"select person_id as "person_id!", encode(digest, 'hex') as "digest!" from card where person_id is not null and digest is not null"#
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut cards: HashMap<Uuid, Vec<String>> = HashMap::new();
    for r in rows {
        cards.entry(r.person_id).or_default().push(r.digest);
    }
    Ok(cards)
}

/// A running drill in whose districts a phone's holder serves, and where she may say that she came.
#[derive(Debug, Serialize, ToSchema)]
pub struct BundleDrill {
    pub event: RoundEvent,
    pub venues: Vec<GateName>,
}

/// Drills of these districts that are on, or begin within two hours.
pub(super) async fn drills(
    tx: &mut Tx,
    districts: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Vec<BundleDrill>> {
    let rows = sqlx::query!(
        r#"select e.id, e.kind, e.name, e.planned_end_at, v.id as venue_id, v.name as venue
           from event e join venue v on v.event_id = e.id and v.retired_at is null
           where e.kind = 'drill' and e.ended_at is null and e.planned_end_at > $2 and e.started_at < $2 + interval '2 hours'
             and exists (select from drill_district x where x.event_id = e.id and x.district_id = any($1))
           order by e.started_at, e.id, v.district_id = any($1) desc, v.name, v.id"#,
        districts,
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut drills: Vec<BundleDrill> = Vec::new();
    for r in rows {
        let venue = GateName {
            id: r.venue_id,
            name: r.venue,
        };
        match drills.last_mut().filter(|d| d.event.id == r.id) {
            Some(drill) => drill.venues.push(venue),
            None => drills.push(BundleDrill {
                event: RoundEvent {
                    id: r.id,
                    kind: r.kind,
                    name: r.name,
                    planned_end_at: r.planned_end_at,
                },
                venues: vec![venue],
            }),
        }
    }
    Ok(drills)
}

/// How the places of a gate stand now: counts, asked every half minute while the gate's page is open.
#[derive(Debug, Serialize, ToSchema)]
pub struct GateNow {
    pub as_of: DateTime<Utc>,
    pub places: Vec<GatePlace>,
    /// Who came to the desk's venue, by every gate and phone.
    pub venue: Option<AtVenue>,
}

/// The counts of the caller's gate; empty without one.
pub async fn now(app: &App, scope: &Scope) -> Result<GateNow> {
    let as_of = app.clock.now();
    let mut tx = app.db.begin_read(scope).await?;
    let stand = match scope.principal() {
        Principal::Reception => desk(&mut tx).await?,
        Principal::DistrictLead => running(&mut tx, as_of).await?,
        _ => None,
    };
    let places = match &stand {
        Some(stand) => places(&mut tx, stand, scope).await?,
        None => Vec::new(),
    };
    tx.commit().await?;
    let venue = match stand.and_then(|s| s.venue.map(|v| (s.event.id, v))) {
        Some((event, venue)) => {
            let all = live::now(app, event).await?.totals.by_venue;
            let none = AtVenue {
                venue_id: venue,
                ..AtVenue::default()
            };
            Some(
                all.into_iter()
                    .find(|v| v.venue_id == venue)
                    .unwrap_or(none),
            )
        }
        None => None,
    };
    Ok(GateNow {
        as_of,
        places,
        venue,
    })
}
