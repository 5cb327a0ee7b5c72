//! A member's state, derived from the evidence: one pure function, the same on server and phone.
//!
//! Independent of the order in which evidence arrives and of how often it is repeated. A rescue
//! call (and a serious injury) is ended only by a resolution that names it, never by silence or
//! another's word. `web/src/safety/derive.ts` is the same function; both answer to
//! `tests/vectors/derive/states.json`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use super::corrections::{Standing, standings};
use super::observation::{Attempt, Observation, Outcome, Resolution, STRONGEST, Whereabouts};

/// What is known of one member of a round. Instants are UTC in milliseconds, by corrected clocks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct MemberState {
    /// `null`: unchecked, or tried in vain (`attempts_count`).
    pub outcome: Option<Outcome>,
    /// The observation or resolution that said it last.
    pub outcome_id: Option<Uuid>,
    #[serde(serialize_with = "in_milliseconds")]
    pub outcome_at: Option<DateTime<Utc>>,
    /// The strongest way in which this outcome was said; `null` when a resolution said it.
    pub source: Option<Attempt>,
    /// 5 met, check_in, resolution · 4 self_report, family, facility · 3 phone · 2 neighbour · 1
    /// marker · 0 none.
    pub strength: u8,
    /// The latest place named; `unknown` only when none ever was.
    pub whereabouts: Option<Whereabouts>,
    pub shelter_id: Option<Uuid>,
    /// Later words that the outcome withstood: for a human to settle.
    pub contradicted_by: Vec<Uuid>,
    /// Calls for rescue that nobody has closed.
    pub open_rescue: Vec<Uuid>,
    /// Those of `open_rescue` made for the whole household: one rescue, however many members share
    /// it.
    pub household_rescue: Vec<Uuid>,
    /// Calls for rescue taken back by the observer, queued until a lead or headquarters closes
    /// them.
    pub withdrawn_rescue: Vec<Uuid>,
    /// Serious injuries that nobody has closed.
    pub open_injury: Vec<Uuid>,
    /// When the oldest open call (or, without one, the oldest withdrawn call) was made.
    #[serde(serialize_with = "in_milliseconds")]
    pub rescue_since: Option<DateTime<Utc>>,
    /// How many entries of the rescue queue this member accounts for; a household's call counts
    /// where it was filed.
    pub queued_rescues: u32,
    /// Tries in vain: nobody was reached, or the placard was not out. A word that leaves the outcome open is none.
    pub attempts_count: u32,
    pub last_attempt: Option<Attempt>,
    #[serde(serialize_with = "in_milliseconds")]
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// Help or contact was refused, and no outcome was found since.
    pub is_refused: bool,
    /// When anybody last learned something of the person; tries in vain do not count.
    #[serde(serialize_with = "in_milliseconds")]
    pub last_heard_at: Option<DateTime<Utc>>,
    /// What was asked for since the person was last safe, and not closed.
    pub needs: BTreeSet<String>,
    /// Something that counts arrived after the round was closed.
    pub has_late: bool,
    /// Kept, shown, not counted.
    pub quarantined: Vec<Uuid>,
}

impl MemberState {
    pub fn is_contradicted(&self) -> bool {
        !self.contradicted_by.is_empty()
    }

    /// Nobody answers, as far as is known: the last thing was a try in vain, or contact was refused.
    pub fn is_tried(&self) -> bool {
        self.attempts_count > 0 && (self.is_refused || self.last_heard_at < self.last_attempt_at)
    }
}

/// Derives the state of one member from everything that was recorded about her in one round.
///
/// `observations` holds her own and those that speak for her household, corrections and withdrawals
/// included, in any order; ids are unique (a repeat is the same row). Leave out the late ones to
/// get the state at the round's close.
pub fn derive(observations: &[Observation], resolutions: &[Resolution]) -> MemberState {
    let mut state = MemberState::default();
    let mut distinct: BTreeMap<Uuid, &Observation> = BTreeMap::new();
    for o in observations {
        if o.is_quarantined {
            state.quarantined.push(o.id);
        } else {
            distinct.entry(o.id).or_insert(o);
        }
    }
    state.quarantined.sort_unstable();
    state.quarantined.dedup();
    // A finding that the person still needs rescue is no closing.
    let findings: BTreeMap<Uuid, &Resolution> = resolutions
        .iter()
        .filter(|r| r.outcome != Some(Outcome::NeedsRescue))
        .map(|r| (r.id, r))
        .collect();
    let closed: BTreeSet<Uuid> = findings
        .values()
        .flat_map(|r| r.closes.iter().copied())
        .collect();

    let counted: Vec<&Observation> = distinct.into_values().collect();
    let standing = standings(&counted);
    let moments = moments(&counted);
    let mut entries: Vec<(Moment, Entry)> = Vec::with_capacity(counted.len() + findings.len());
    for o in counted.iter().copied().filter(|o| !o.is_withdrawal) {
        let is_closed = closed.contains(&o.id);
        match standing[&o.id] {
            Standing::InForce => entries.push((moments[&o.id], Entry::Seen { o, is_closed })),
            Standing::Superseded
                if !is_closed && o.stated_outcome() == Some(Outcome::NeedsRescue) =>
            {
                entries.push((moments[&o.id], Entry::TakenBack(o)));
            }
            Standing::Superseded | Standing::CarriedOn => {}
        }
    }
    entries.extend(findings.values().map(|r| {
        (
            (r.resolved_at.timestamp_millis(), r.id, 0, r.id),
            Entry::Found(r),
        )
    }));
    entries.sort_unstable_by_key(|(moment, _)| *moment);

    let mut fold = Fold {
        state,
        ..Fold::default()
    };
    for ((at, ..), entry) in entries {
        match entry {
            Entry::Seen { o, is_closed } => fold.see(o, at, is_closed),
            Entry::TakenBack(o) => fold.take_back(o, at),
            Entry::Found(r) => fold.find(r, at),
        }
    }
    fold.finish()
}

enum Entry<'a> {
    Seen { o: &'a Observation, is_closed: bool },
    TakenBack(&'a Observation),
    Found(&'a Resolution),
}

/// Corrected time in milliseconds, then id; of those that share both along one device's sequence, the
/// sequence and, should a device have counted twice, their own ids.
type Moment = (i64, Uuid, i64, Uuid);

/// Corrected times, never running backwards along one device's sequence even when its clock was set
/// back.
fn moments(observations: &[&Observation]) -> HashMap<Uuid, Moment> {
    let mut by_device: BTreeMap<Uuid, Vec<(i64, Uuid, i64)>> = BTreeMap::new();
    let mut moments = HashMap::with_capacity(observations.len());
    for o in observations {
        let at = corrected_ms(o.observed_at, o.clock_offset_ms);
        match (o.device_id, o.device_seq) {
            (Some(device), Some(seq)) => by_device.entry(device).or_default().push((seq, o.id, at)),
            _ => _ = moments.insert(o.id, (at, o.id, 0, o.id)),
        }
    }
    for mut items in by_device.into_values() {
        items.sort_unstable();
        let mut floor = (i64::MIN, Uuid::nil());
        for (seq, id, at) in items {
            // The id goes along with the time: of two items held at one instant the later in
            // sequence stays the later.
            floor = floor.max((at, id));
            moments.insert(id, (floor.0, floor.1, seq, id));
        }
    }
    moments
}

/// When it was observed, by the server's clock as far as the device knew it. Any offset gives an instant that can be written.
pub fn corrected(observed_at: DateTime<Utc>, clock_offset_ms: i64) -> DateTime<Utc> {
    instant(corrected_ms(observed_at, clock_offset_ms)).unwrap_or(observed_at)
}

fn corrected_ms(observed_at: DateTime<Utc>, clock_offset_ms: i64) -> i64 {
    let at = observed_at
        .timestamp_millis()
        .saturating_add(clock_offset_ms);
    at.clamp(EARLIEST_MS, LATEST_MS)
}

/// Years 1 to 9999: no clock offset can push an instant out of what RFC 3339 writes.
const EARLIEST_MS: i64 = -62_135_596_800_000;
const LATEST_MS: i64 = 253_402_300_799_999;

#[derive(Default)]
struct Fold {
    state: MemberState,
    /// The standing outcome is an observed call for help that is still open.
    is_held: bool,
    /// When the oldest withdrawn call was made.
    withdrawn_since: Option<i64>,
}

/// One word about the outcome.
struct Word {
    outcome: Outcome,
    id: Uuid,
    at: i64,
    source: Option<Attempt>,
    strength: u8,
    is_open_alarm: bool,
    is_from_headquarters: bool,
    is_finding: bool,
}

impl Fold {
    fn see(&mut self, o: &Observation, at: i64, is_closed: bool) {
        let stated = o.stated_outcome();
        let state = &mut self.state;
        state.has_late |= o.is_late;
        let is_in_vain = o.is_in_vain();
        if is_in_vain {
            state.attempts_count += 1;
            state.last_attempt = Some(o.attempt);
            state.last_attempt_at = instant(at);
        }
        if stated.is_some() {
            state.is_refused = false;
        }
        state.is_refused |= o.attempt == Attempt::Refused;
        if stated.is_some() || !is_in_vain {
            state.last_heard_at = instant(at);
        }
        self.place(o.whereabouts, o.shelter_id);
        if is_closed {
            return;
        }
        let is_open_alarm = stated.is_some_and(Outcome::is_alarm);
        if is_open_alarm {
            self.open_alarm(o, stated, at);
        }
        let stands = stated.is_some_and(|outcome| {
            self.hear(Word {
                outcome,
                id: o.id,
                at,
                source: Some(o.attempt),
                strength: o.attempt.strength(),
                is_open_alarm,
                is_from_headquarters: o.is_from_headquarters(),
                is_finding: false,
            })
        });
        if stands && stated.is_some_and(is_end_of_needs) {
            self.state.needs.clear();
        }
        self.state.needs.extend(o.needs.iter().cloned());
    }

    fn open_alarm(&mut self, o: &Observation, stated: Option<Outcome>, at: i64) {
        if stated == Some(Outcome::InjuredSerious) {
            self.state.open_injury.push(o.id);
            return;
        }
        self.state.open_rescue.push(o.id);
        if o.for_household {
            self.state.household_rescue.push(o.id);
        }
        self.state.queued_rescues += u32::from(!o.via_household);
        self.state.rescue_since = self.state.rescue_since.or(instant(at));
    }

    fn take_back(&mut self, o: &Observation, at: i64) {
        self.state.withdrawn_rescue.push(o.id);
        self.state.queued_rescues += u32::from(!o.via_household);
        self.withdrawn_since = self.withdrawn_since.or(Some(at));
    }

    fn find(&mut self, r: &Resolution, at: i64) {
        if r.outcome.is_some() || r.whereabouts.is_some() {
            self.state.last_heard_at = instant(at);
        }
        self.place(r.whereabouts, r.shelter_id);
        let Some(outcome) = r.outcome else { return };
        self.state.is_refused = false;
        let stands = self.hear(Word {
            outcome,
            id: r.id,
            at,
            source: None,
            strength: STRONGEST,
            is_open_alarm: false,
            is_from_headquarters: true,
            is_finding: true,
        });
        if stands && is_end_of_needs(outcome) {
            self.state.needs.clear();
        }
    }

    /// The rule of replacement: whether the word becomes the outcome. If not, the standing one
    /// withstood it.
    fn hear(&mut self, word: Word) -> bool {
        let state = &mut self.state;
        let Some(standing) = state.outcome else {
            self.stand(word);
            return true;
        };
        if word.outcome == standing {
            // Said again by a weaker source, what stands is not weaker for it.
            if word.strength >= state.strength {
                state.source = word.source;
                state.strength = word.strength;
            }
            state.outcome_id = Some(word.id);
            state.outcome_at = instant(word.at);
            self.is_held |= word.is_open_alarm;
            return true;
        }
        let is_milder = word.outcome.severity() < standing.severity();
        let withstands = if self.is_held {
            // Not even death ends an open call: headquarters says it by resolving the call.
            is_milder || word.outcome == Outcome::Deceased
        } else if word.is_finding {
            false
        } else if standing == Outcome::Deceased {
            !word.is_from_headquarters && !word.is_open_alarm
        } else {
            is_milder && word.strength < state.strength
        };
        if withstands {
            // A serious injury beside a rescue is no contradiction.
            if !word.is_open_alarm {
                state.contradicted_by.push(word.id);
            }
            return false;
        }
        let overruled_death = state
            .outcome_id
            .filter(|_| standing == Outcome::Deceased && !word.is_from_headquarters);
        self.stand(word);
        self.state.contradicted_by.extend(overruled_death);
        true
    }

    fn stand(&mut self, word: Word) {
        let state = &mut self.state;
        state.outcome = Some(word.outcome);
        state.outcome_id = Some(word.id);
        state.outcome_at = instant(word.at);
        state.source = word.source;
        state.strength = word.strength;
        state.contradicted_by.clear();
        self.is_held = word.is_open_alarm;
    }

    fn place(&mut self, whereabouts: Option<Whereabouts>, shelter_id: Option<Uuid>) {
        let state = &mut self.state;
        match whereabouts {
            None => {}
            Some(Whereabouts::Unknown) => {
                state.whereabouts = state.whereabouts.or(Some(Whereabouts::Unknown));
            }
            Some(named) => {
                state.whereabouts = Some(named);
                state.shelter_id = shelter_id.filter(|_| named == Whereabouts::Shelter);
            }
        }
    }

    fn finish(mut self) -> MemberState {
        let state = &mut self.state;
        state.rescue_since = state
            .rescue_since
            .or(self.withdrawn_since.and_then(instant));
        for ids in [
            &mut state.contradicted_by,
            &mut state.open_rescue,
            &mut state.household_rescue,
            &mut state.withdrawn_rescue,
            &mut state.open_injury,
        ] {
            ids.sort_unstable();
        }
        self.state
    }
}

fn is_end_of_needs(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Safe | Outcome::Deceased)
}

fn instant(ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms)
}

/// Written as ECMAScript's `toISOString` does, so that phone and server write the same text.
fn in_milliseconds<S: Serializer>(at: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
        .serialize(to)
}

#[cfg(test)]
mod tests;
