//! What a gate holds: the lawful roster of its districts (docs/decisions/0006), who is there, how the place stands. A reception's
//! desk has one place, or a drill's venue; a lead's phone has the places of the own districts while an event is on.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::stand::{Stand, desk, places, running, venue_of};
use super::{Grounds, RoundEvent};
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::db::{Principal, Scope, Tx};
use crate::drills::live;
use crate::drills::totals::AtVenue;
use crate::operations::opening::{Crowding, Status};
use crate::problem::Result;

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
