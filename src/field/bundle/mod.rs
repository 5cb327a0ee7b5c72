//! The list a phone may hold now: the people assigned to its volunteer whose disclosure is lawful, the help they need, and the
//! evidence from which the phone derives their state with its own unsent items among it.
//!
//! Every query runs in the volunteer's own role, behind row-level security, and filters by itself as well. Never a diagnosis,
//! never a protected person, nobody out of scope.

mod drills;
pub mod gate;
mod stand;
mod store;

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::Caller;
use crate::city;
use crate::db::{Principal, Tx};
use crate::keys::sha256;
use crate::problem::Result;
use crate::safety::derive::{MemberState, derive};
use crate::safety::observation::{Observation, Resolution};
use crate::safety::record;

/// How long a phone may read people shown under an activation (災対法 49-11(3)) without contact, at most.
const EMERGENCY_LEASE: TimeDelta = TimeDelta::hours(72);
/// How long it may read people who consented.
const LEASE: TimeDelta = TimeDelta::days(90);

/// Everything a phone may show.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bundle {
    /// Changes with the scope, the roster and any state.
    pub etag: String,
    pub epoch: Uuid,
    pub server_time: DateTime<Utc>,
    /// After this instant the phone removes the list: 90 days, 72 hours (or the activation's end) when somebody is shown
    /// under an activation.
    pub lease_until: DateTime<Utc>,
    #[serde(flatten)]
    pub list: List,
    pub standby: Option<Standby>,
}

/// The part whose digest is the ETag.
#[derive(Debug, Serialize, ToSchema)]
pub struct List {
    pub device: BundleDevice,
    pub volunteer: Reader,
    /// Invented people only: every page says so.
    pub is_demo: bool,
    /// The number to call when nothing reaches the server: the district's own, else the city's; empty: nobody has stated one.
    pub district_phone: String,
    /// What the placard of households is called here.
    pub marker_label: String,
    pub rounds: Vec<Round>,
    /// At a desk, and on a lead's phone while an event is on.
    pub gate: Option<gate::Gate>,
    /// Drills at whose venues the phone's holder may say that she came.
    pub drills: Vec<drills::BundleDrill>,
    /// Rounds begun on phones that headquarters has bound to its own: no longer worked in on the phone.
    pub bound_rounds: Vec<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BundleDevice {
    pub id: Uuid,
    pub principal: Principal,
}

/// Whose phone this is: the volunteer, or a lead.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reader {
    pub id: Uuid,
    pub name: String,
}

/// A round that is on in the phone's districts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BundleRound)]
pub struct Round {
    pub id: Uuid,
    #[schema(example = "safety")]
    pub kind: String,
    pub name: String,
    pub started_at: DateTime<Utc>,
    pub event: RoundEvent,
    /// Look for the placard of households.
    pub looks_for_marker: bool,
    pub members: Vec<Member>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RoundEvent {
    pub id: Uuid,
    #[schema(example = "drill")]
    pub kind: String,
    pub name: String,
    pub planned_end_at: Option<DateTime<Utc>>,
}

/// Somebody to look after.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BundleMember)]
pub struct Member {
    /// The round's member; in the standby list the person.
    pub id: Uuid,
    #[schema(example = "person")]
    pub kind: String,
    pub household_id: Option<Uuid>,
    pub household_label: String,
    pub name: String,
    pub name_kana: String,
    /// In full years.
    pub age: Option<i32>,
    pub sex: Option<String>,
    pub address: String,
    /// `[lon, lat]`
    #[schema(value_type = Option<Vec<f64>>)]
    pub point: Option<[f64; 2]>,
    pub phones: Vec<PhoneNumber>,
    /// What help is needed, never why.
    pub help_needed: Vec<String>,
    pub help_note: String,
    /// 1: first contact, 2: second.
    pub rank: i16,
    /// Not in the standby list.
    #[serde(flatten)]
    #[schema(value_type = EvidenceIfAny)]
    pub evidence: Option<Evidence>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PhoneNumber {
    pub label: String,
    pub value: String,
}

/// What is known of a member, and from what: all three or none. Only the contract.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read by the contract alone")]
pub struct EvidenceIfAny {
    #[schema(nullable = false)]
    state: Option<MemberState>,
    #[schema(nullable = false, value_type = Option<Vec<Object>>)]
    observations: Option<Vec<Observation>>,
    #[schema(nullable = false, value_type = Option<Vec<Object>>)]
    resolutions: Option<Vec<Resolution>>,
}

/// What is known of a member, and from what.
#[derive(Debug, Clone, Serialize)]
pub struct Evidence {
    pub state: MemberState,
    pub observations: Vec<Observation>,
    pub resolutions: Vec<Resolution>,
}

/// The consenting people in the volunteer's care, or of the lead's districts, for the first minutes of a disaster without network
/// (decisions 23 and 29).
#[derive(Debug, Serialize, ToSchema)]
pub struct Standby {
    pub as_of: DateTime<Utc>,
    pub lease_until: DateTime<Utc>,
    pub members: Vec<Member>,
}

/// Somebody, and on which legal ground she is shown.
struct Shown {
    member: Member,
    person_id: Option<Uuid>,
    /// Set when shown under an activation: its end.
    emergency_until: Option<DateTime<Utc>>,
}

/// The bundle for the caller, or nothing when the phone has it already. Its audit row is durable before this returns.
pub async fn assemble(
    app: &App,
    caller: &Caller,
    device_id: Uuid,
    known_etag: Option<&str>,
) -> Result<(String, Option<Bundle>)> {
    let now = app.clock.now();
    let today = (now + TimeDelta::hours(9)).date_naive();
    let epoch = app.field.epoch(app).await?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let city = city::store::city(&mut tx).await?;
    let phones = city::phones(app, &mut tx, caller.scope.districts()).await?;
    let volunteer = store::reader(&mut tx, &caller.scope).await?;
    let (rounds, standby) = match caller.scope.principal() {
        Principal::Reception => (Vec::new(), None),
        _ => (
            store::rounds(&mut tx, caller.scope.districts(), now).await?,
            standby(app, &mut tx, today).await?,
        ),
    };
    let bound_rounds = store::bound_rounds(&mut tx).await?;
    let round_ids: Vec<Uuid> = rounds.iter().map(|r| r.id).collect();
    let mut shown = match round_ids.is_empty() {
        true => HashMap::new(),
        false => store::members(&mut tx, &round_ids, today).await?,
    };
    let (gate, held) = gate::of(&mut tx, now).await?.unzip();
    let drills = match caller.scope.principal() {
        Principal::Reception => Vec::new(),
        _ => drills::drills(&mut tx, caller.scope.districts(), now).await?,
    };
    // What speaks for a household may be filed on somebody whom the phone may not see: the state counts it all the same.
    tx.continue_as(Principal::Ingest).await?;
    attach_evidence(&mut tx, &mut shown).await?;

    let mut grounds = Grounds::of(shown.values().flatten().chain(standby.iter().flatten()));
    let gate_event = held.as_ref().and_then(|h| h.event_id);
    let received = held.map_or_else(Vec::new, |held| held.join(&mut grounds));
    let list = List {
        device: BundleDevice {
            id: device_id,
            principal: caller.scope.principal(),
        },
        volunteer,
        is_demo: city.is_demo,
        district_phone: phones.on_the_wire(caller.scope.districts()),
        marker_label: app.settings.marker_label.clone(),
        rounds: rounds
            .into_iter()
            .map(|round| Round {
                members: members(shown.remove(&round.id).unwrap_or_default()),
                ..round
            })
            .collect(),
        gate,
        drills,
        bound_rounds,
    };
    let standby = standby.map(members);
    let digest = serde_json::to_vec(&(epoch, &list, &standby)).map_err(anyhow::Error::from)?;
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&sha256(&digest)[..18]));
    super::store::record_bundle(&mut tx, device_id, now, &etag).await?;
    if known_etag == Some(etag.as_str()) {
        tx.commit().await?;
        return Ok((etag, None));
    }
    grounds.record(&mut tx, device_id).await?;
    gate::record(&mut tx, &received, gate_event).await?;
    tx.commit().await?;
    let bundle = Bundle {
        etag: etag.clone(),
        epoch,
        server_time: now,
        lease_until: grounds.lease_until(now),
        list,
        standby: standby.map(|members| Standby {
            as_of: now,
            lease_until: now + LEASE,
            members,
        }),
    };
    Ok((etag, Some(bundle)))
}

async fn standby(app: &App, tx: &mut Tx, today: NaiveDate) -> Result<Option<Vec<Shown>>> {
    match app.settings.standby_bundle {
        true => store::standby(tx, today).await.map(Some),
        false => Ok(None),
    }
}

async fn attach_evidence(tx: &mut Tx, shown: &mut HashMap<Uuid, Vec<Shown>>) -> Result<()> {
    let ids: Vec<Uuid> = shown.values().flatten().map(|s| s.member.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut evidence = record::evidence(tx, &ids).await?;
    // Somebody on no list who was found to be a person of the roster is seen there, not twice.
    for members in shown.values_mut() {
        members.retain(|s| evidence.contains_key(&s.member.id));
    }
    for member in shown.values_mut().flatten().map(|s| &mut s.member) {
        let (mut observations, resolutions) = evidence.remove(&member.id).unwrap_or_default();
        observations.sort_unstable_by_key(|o| o.id);
        member.evidence = Some(Evidence {
            state: derive(&observations, &resolutions),
            observations,
            resolutions,
        });
    }
    Ok(())
}

fn members(shown: Vec<Shown>) -> Vec<Member> {
    shown.into_iter().map(|s| s.member).collect()
}

/// Who is shown on which legal ground.
#[derive(Default)]
struct Grounds {
    consent: Vec<Uuid>,
    emergency: Vec<Uuid>,
    /// The first end among activations and desks.
    until: Option<DateTime<Utc>>,
}

impl Grounds {
    fn of<'a>(shown: impl Iterator<Item = &'a Shown>) -> Self {
        let mut grounds = Self::default();
        for s in shown {
            let Some(person_id) = s.person_id else {
                continue;
            };
            match s.emergency_until {
                Some(until) => {
                    grounds.emergency.push(person_id);
                    grounds.until = Some(grounds.until.map_or(until, |u| u.min(until)));
                }
                None => grounds.consent.push(person_id),
            }
        }
        for ids in [&mut grounds.consent, &mut grounds.emergency] {
            ids.sort_unstable();
            ids.dedup();
        }
        grounds
    }

    async fn record(&self, tx: &mut Tx, device_id: Uuid) -> Result<()> {
        let lines = [
            (LegalGround::Consent, &self.consent),
            (LegalGround::Emergency, &self.emergency),
        ];
        let mut is_recorded = false;
        for (ground, ids) in lines {
            if !ids.is_empty() {
                let entry = Entry::new("field.bundle", "person", ids).ground(ground);
                audit::append(tx, entry).await?;
                is_recorded = true;
            }
        }
        if !is_recorded {
            audit::append(tx, Entry::new("field.bundle", "device", &[device_id])).await?;
        }
        Ok(())
    }

    fn lease_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self.until {
            Some(until) => until.min(now + EMERGENCY_LEASE),
            None => now + LEASE,
        }
    }
}

/// Full years on `today`. Somebody born on 29 February is a year older on 1 March in other years.
fn age_on(today: NaiveDate, birth_on: NaiveDate) -> i32 {
    let had_birthday = (today.month(), today.day()) >= (birth_on.month(), birth_on.day());
    today.year() - birth_on.year() - i32::from(!had_birthday)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birthday_makes_a_year() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(age_on(day("2026-01-17"), day("1940-01-17")), 86);
        assert_eq!(age_on(day("2026-01-16"), day("1940-01-17")), 85);
        assert_eq!(age_on(day("2026-02-28"), day("1940-02-29")), 85);
        assert_eq!(age_on(day("2026-03-01"), day("1940-02-29")), 86);
    }

    #[test]
    fn the_lease_ends_with_the_activation_or_after_three_days_and_else_after_ninety() {
        let now: DateTime<Utc> = "2026-01-17T00:00:00Z".parse().unwrap();
        let lease = |until: Option<DateTime<Utc>>| {
            let grounds = Grounds {
                until,
                ..Grounds::default()
            };
            grounds.lease_until(now) - now
        };
        assert_eq!(lease(None), TimeDelta::days(90));
        assert_eq!(lease(Some(now + TimeDelta::hours(5))), TimeDelta::hours(5));
        assert_eq!(
            lease(Some(now + TimeDelta::hours(100))),
            TimeDelta::hours(72)
        );
    }
}
