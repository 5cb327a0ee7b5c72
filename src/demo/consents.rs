//! Consent of the demo's residents to being named to those who help: asked by letter or on a visit,
//! given, refused, never answered, or given and taken back.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

use super::dice::{Dice, Part, Seed};
use super::needs::before_today;

/// One row of evidence, purpose `roster`.
#[derive(Debug, Clone)]
pub struct Consent {
    pub id: Uuid,
    pub recipient_class: &'static str,
    pub status: &'static str,
    pub obtained_on: NaiveDate,
    pub means: &'static str,
    pub recorded_at: DateTime<Utc>,
}

const ANSWERS: &[(&str, u32)] = &[
    ("consented", 70),
    ("refused", 12),
    ("unanswered", 15),
    ("withdrawn", 3),
];
const MEANS: &[(&str, u32)] = &[("郵送", 64), ("民生委員の訪問", 26), ("窓口", 10)];

/// What consent says now, and the rows that say so. Silence leaves no row.
pub fn draw(seed: Seed, dice: &mut Dice, person: u64) -> (&'static str, Vec<Consent>) {
    let answer = *dice.weighted(ANSWERS);
    let mut rows = Vec::new();
    let mut add = |class, status, obtained_on: NaiveDate, means| {
        rows.push(Consent {
            id: seed.id(Part::Consent, person * 4 + rows.len() as u64),
            recipient_class: class,
            status,
            obtained_on,
            means,
            // Noon in Japan.
            recorded_at: obtained_on.and_time(NaiveTime::MIN).and_utc()
                + chrono::TimeDelta::hours(3),
        });
    };
    let asked_on = before_today(dice, 200..=1_500);
    let means = *dice.weighted(MEANS);
    match answer {
        "unanswered" => {}
        "withdrawn" => {
            add("support_organisation", "consented", asked_on, means);
            let later = asked_on + Days::new(30 + u64::from(dice.below(160)));
            add("support_organisation", "withdrawn", later, "電話のあと書面");
        }
        status => {
            add("support_organisation", status, asked_on, means);
            if status == "consented" && dice.chance(300) {
                add("fire_service", status, asked_on, means);
            }
        }
    }
    (answer, rows)
}
