//! The city's last 全市一斉防災訓練, finished: two districts confirmed the safety of their residents. Something
//! to look at, and to compare the next round with.
//!
//! Answers come in as they do in a real one: many in the first hour, few at the end; door placards for
//! whole households, people not at home who are met later, some calls for rescue that were part of
//! the exercise and are closed, a few words that arrived after the close.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::city::City;
use super::dice::{Dice, Part};
use super::households::Person;
use crate::safety::observation::{Attempt, Outcome, Whereabouts};

/// 17 January 2026, the day of the drill.
pub const DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 17).expect("a day of the calendar");
pub const NAME: &str = "令和7年度 豊中市一斉防災訓練（デモ）";
pub const ROUND_NAME: &str = "安否確認訓練";
/// The schools whose districts took part.
pub const DISTRICTS: [&str; 2] = ["少路小学校", "上野小学校"];

/// Minutes from the start (8:45 in Japan) to the close of the round and to the end of the drill.
const CLOSE_MIN: i64 = 185;
const END_MIN: i64 = 195;

/// A resident who was on the roster of the two districts on that day.
pub struct Resident {
    number: u64,
    person_id: Uuid,
    household_id: Uuid,
    district: usize,
    /// Consent in force on that day, and not protected: a volunteer may be shown this person.
    is_visible: bool,
    /// Standing contacts, else a volunteer of the district.
    volunteers: Vec<usize>,
    has_standing: bool,
}

/// Districts of the drill as indexes of the city's.
pub fn districts(city: &City) -> Vec<usize> {
    (0..city.districts.len())
        .filter(|&at| DISTRICTS.contains(&city.districts[at].name.as_str()))
        .collect()
}

pub fn started_at() -> DateTime<Utc> {
    // 8:45 in Japan is 23:45 UTC of the day before.
    DAY.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::minutes(15)
}
pub fn closed_at() -> DateTime<Utc> {
    started_at() + TimeDelta::minutes(CLOSE_MIN)
}
pub fn ended_at() -> DateTime<Utc> {
    started_at() + TimeDelta::minutes(END_MIN)
}

impl Resident {
    /// The person as a member of the drill's round, if listed then and living in one of its districts.
    pub fn of(city: &City, among: &[usize], household_id: Uuid, person: &Person) -> Option<Self> {
        let support = person
            .support
            .as_ref()
            .filter(|support| support.listed_on <= DAY)?;
        let district = person
            .district
            .filter(|district| among.contains(district))?;
        let consent = person
            .consents
            .iter()
            .filter(|c| c.recipient_class == "support_organisation" && c.obtained_on <= DAY)
            .max_by_key(|c| c.obtained_on)
            .map(|c| c.status);
        let has_standing = !support.contacts.is_empty();
        let own = &city.by_district[district];
        Some(Self {
            number: person.number,
            person_id: person.id,
            household_id,
            district,
            is_visible: consent == Some("consented") && !person.is_protected,
            volunteers: if has_standing {
                support.contacts.clone()
            } else {
                vec![own[person.number as usize % own.len()]]
            },
            has_standing,
        })
    }
}

/// A resident's part in the round.
pub struct Member {
    pub id: Uuid,
    pub person_id: Uuid,
    pub household_id: Uuid,
    pub district_id: Uuid,
    pub out_of_scope_reason: Option<&'static str>,
    pub assignments: Vec<Assignment>,
    pub observations: Vec<Seen>,
    pub rescue: Option<Rescue>,
}

pub struct Assignment {
    pub id: Uuid,
    pub volunteer_id: Uuid,
    pub basis: &'static str,
}

/// One word of a volunteer.
pub struct Seen {
    pub id: Uuid,
    pub volunteer_id: Uuid,
    pub outcome: Option<Outcome>,
    pub whereabouts: Option<Whereabouts>,
    pub attempt: Attempt,
    pub needs: Vec<&'static str>,
    pub note: &'static str,
    pub told_by: &'static str,
    pub for_household: bool,
    pub observed_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
}

/// A call for rescue of the exercise, worked to its end.
pub struct Rescue {
    pub resolution_id: Uuid,
    pub closes: Uuid,
    pub step_ids: [Uuid; 2],
    pub called_at: DateTime<Utc>,
    pub resolved_at: DateTime<Utc>,
}

/// What happened about one resident on that day.
pub fn member(city: &City, resident: &Resident) -> Member {
    let mut dice = city.seed.dice(Part::Drill, resident.number);
    let id = |part, turn| city.seed.id(part, resident.number * 4 + turn);
    let mut member = Member {
        id: id(Part::Member, 0),
        person_id: resident.person_id,
        household_id: resident.household_id,
        district_id: city.districts[resident.district].id,
        out_of_scope_reason: dice.chance(15).then_some("hospitalised"),
        assignments: Vec::new(),
        observations: Vec::new(),
        rescue: None,
    };
    if !resident.is_visible || member.out_of_scope_reason.is_some() {
        return member;
    }
    member.assignments = (0..)
        .zip(&resident.volunteers)
        .map(|(turn, &volunteer)| Assignment {
            id: id(Part::Assignment, turn),
            volunteer_id: city.volunteers[volunteer].id,
            basis: if resident.has_standing {
                "standing"
            } else {
                "automatic"
            },
        })
        .collect();
    let visitor = city.volunteers[*dice.pick(&resident.volunteers)].id;
    let mut at_min = 6 + reply_minutes(&mut dice);
    let mut story = story(&mut dice);
    for (turn, seen) in (0..).zip(&mut story) {
        seen.id = id(Part::Observation, turn);
        seen.volunteer_id = visitor;
        let second = i64::from(dice.below(60));
        seen.observed_at = started_at() + TimeDelta::seconds(at_min * 60 + second);
        // Most are sent at once; some phones were without network, a few until after the close.
        let delay_s = match dice.below(100) {
            0..=84 => i64::from(1 + dice.below(20)),
            85..=97 => i64::from(300 + dice.below(2_400)),
            _ => (CLOSE_MIN - at_min) * 60 + i64::from(dice.below(5_400)),
        };
        seen.recorded_at = seen.observed_at + TimeDelta::seconds(delay_s);
        at_min = (at_min + 25 + i64::from(dice.below(35))).min(CLOSE_MIN - 2);
    }
    if let Some(call) = story
        .iter()
        .find(|seen| seen.outcome == Some(Outcome::NeedsRescue))
    {
        member.rescue = Some(Rescue {
            resolution_id: id(Part::Resolution, 0),
            closes: call.id,
            step_ids: [id(Part::RescueStep, 0), id(Part::RescueStep, 1)],
            called_at: call.recorded_at,
            resolved_at: call.recorded_at + TimeDelta::minutes(i64::from(18 + dice.below(20))),
        });
    }
    member.observations = story;
    member
}

/// Minutes from the start to the visit: most within the hour, the last near the end.
fn reply_minutes(dice: &mut Dice) -> i64 {
    (165.0 * dice.unit() * dice.unit()) as i64
}

/// What was seen of one resident, in order; times and ids come later.
fn story(dice: &mut Dice) -> Vec<Seen> {
    use Attempt::{Absent, Family, Marker, Met, Neighbour, NoAnswer, Phone, Refused};
    let safe = |attempt, whereabouts| seen(Some(Outcome::Safe), Some(whereabouts), attempt);
    match dice.below(1_000) {
        0..=34 => vec![],
        35..=294 => vec![Seen {
            for_household: true,
            ..safe(Marker, Whereabouts::Home)
        }],
        295..=584 => vec![safe(Met, Whereabouts::Home)],
        585..=664 => vec![safe(Met, Whereabouts::Shelter)],
        665..=734 => vec![safe(Phone, Whereabouts::Home)],
        735..=784 => {
            vec![Seen {
                told_by: "家族",
                ..safe(Family, Whereabouts::Relatives)
            }]
        }
        785..=809 => {
            vec![Seen {
                told_by: "隣の人",
                ..safe(Neighbour, Whereabouts::Away)
            }]
        }
        810..=829 => vec![seen(
            Some(Outcome::InjuredMinor),
            Some(Whereabouts::Home),
            Met,
        )],
        830..=849 => {
            let needs = vec!["medicine"];
            let note = "薬があと1日分しかない（訓練の想定）";
            vec![Seen {
                needs,
                note,
                ..seen(Some(Outcome::NeedsSupport), Some(Whereabouts::Home), Met)
            }]
        }
        850..=861 => {
            let note = "家具の下敷きになっている（訓練の想定）";
            vec![Seen {
                note,
                ..seen(Some(Outcome::NeedsRescue), Some(Whereabouts::Home), Met)
            }]
        }
        862..=866 => vec![seen(None, None, Refused)],
        867..=899 => vec![seen(None, None, Absent)],
        900..=939 => vec![seen(None, None, NoAnswer)],
        _ => vec![seen(None, None, NoAnswer), safe(Met, Whereabouts::Home)],
    }
}

fn seen(outcome: Option<Outcome>, whereabouts: Option<Whereabouts>, attempt: Attempt) -> Seen {
    Seen {
        id: Uuid::nil(),
        volunteer_id: Uuid::nil(),
        outcome,
        whereabouts,
        attempt,
        needs: Vec::new(),
        note: "",
        told_by: "",
        for_household: false,
        observed_at: started_at(),
        recorded_at: started_at(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::dice::Seed;

    fn members() -> Vec<Member> {
        let city = City::new(Seed(1), 8_000);
        let among = districts(&city);
        assert_eq!(among.len(), 2);
        let mut found = Vec::new();
        for household in city.households() {
            for person in &household.people {
                found.extend(Resident::of(&city, &among, household.id, person));
            }
        }
        found
            .iter()
            .map(|resident| member(&city, resident))
            .collect()
    }

    #[test]
    fn answers_fall_within_the_drill_and_thin_out_towards_its_end() {
        let members = members();
        assert!(members.len() > 200, "{}", members.len());
        let half = started_at() + TimeDelta::minutes(CLOSE_MIN / 2);
        let (mut early, mut late) = (0, 0);
        for seen in members.iter().flat_map(|m| &m.observations) {
            assert!(seen.observed_at >= started_at() && seen.observed_at < closed_at());
            assert!(seen.recorded_at >= seen.observed_at);
            *(if seen.observed_at < half {
                &mut early
            } else {
                &mut late
            }) += 1;
        }
        assert!(early > 3 * late, "{early} {late}");
    }

    #[test]
    fn nobody_was_shown_to_a_volunteer_without_consent_and_every_call_was_closed() {
        let members = members();
        assert!(members.iter().any(|m| m.assignments.is_empty()));
        for member in &members {
            assert!(member.observations.is_empty() || !member.assignments.is_empty());
            let calls = member
                .observations
                .iter()
                .filter(|s| s.outcome == Some(Outcome::NeedsRescue));
            let closed = member.rescue.as_ref().map(|rescue| rescue.closes);
            assert_eq!(calls.map(|call| call.id).next(), closed);
        }
        assert!(members.iter().any(|m| m.rescue.is_some()));
    }
}
