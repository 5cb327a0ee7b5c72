//! Homes and hospitals that count for themselves, and what they said.

use chrono::{DateTime, NaiveDate, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;
use crate::events::EventName;
use crate::problem::{Problem, Result};

/// What a facility is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FacilityKind {
    /// 高齢者施設
    Elderly,
    /// 障害者施設
    Disability,
    /// 児童施設
    Children,
    /// 医療機関
    Medical,
    Other,
}

impl FacilityKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Elderly => "elderly",
            Self::Disability => "disability",
            Self::Children => "children",
            Self::Medical => "medical",
            Self::Other => "other",
        }
    }
}

/// A facility as it is registered. One that ended stays on record and is in no new round.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Facility {
    pub id: Uuid,
    pub name: String,
    pub name_kana: String,
    pub kind: FacilityKind,
    pub address: String,
    /// `[lon, lat]`
    #[schema(value_type = Option<Vec<f64>>)]
    pub point: Option<[f64; 2]>,
    pub district: DistrictName,
    pub phone: String,
    /// Whom to ask for there.
    pub contact_name: String,
    /// Null: not known.
    pub capacity: Option<i32>,
    pub ended_on: Option<NaiveDate>,
    pub updated_at: DateTime<Utc>,
}

/// What a facility said of its people. Null is 「未確認」, never zero.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate,
)]
#[schema(as = FacilityFigures)]
pub struct Figures {
    /// How many live there now.
    #[garde(inner(range(min = 0, max = 100_000)))]
    #[schema(minimum = 0, maximum = 100_000)]
    pub residents: Option<i32>,
    #[garde(inner(range(min = 0, max = 100_000)))]
    #[schema(minimum = 0, maximum = 100_000)]
    pub safe: Option<i32>,
    #[garde(inner(range(min = 0, max = 100_000)))]
    #[schema(minimum = 0, maximum = 100_000)]
    pub injured: Option<i32>,
    #[garde(inner(range(min = 0, max = 100_000)))]
    #[schema(minimum = 0, maximum = 100_000)]
    pub needs_rescue: Option<i32>,
    /// Not yet accounted for, in the facility's own words.
    #[garde(inner(range(min = 0, max = 100_000)))]
    #[schema(minimum = 0, maximum = 100_000)]
    pub unknown: Option<i32>,
}

impl Figures {
    fn parts(&self) -> [Option<i32>; 4] {
        [self.safe, self.injured, self.needs_rescue, self.unknown]
    }

    /// Refuse a report that says nothing, and parts that are more than the whole.
    pub fn check(&self) -> Result<()> {
        if self.residents.is_none() && self.parts().iter().all(Option::is_none) {
            return Err(Problem::field(
                "/residents",
                "人数を一つ以上入れてください。分からない欄は空けておきます（0とは別です）。",
            ));
        }
        let told: i32 = self.parts().iter().flatten().sum();
        match self.residents {
            Some(residents) if told > residents => Err(Problem::field(
                "/residents",
                format!(
                    "内訳の合計（{told}人）が、いる人の数（{residents}人）より多くなっています。"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// People whom somebody must fetch.
    pub fn calls_for_rescue(&self) -> bool {
        self.needs_rescue.is_some_and(|n| n > 0)
    }
}

/// One report, as recorded; without who told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CountInForce {
    pub id: Uuid,
    #[serde(flatten)]
    pub figures: Figures,
    /// When it was so.
    pub as_of: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
}

/// A facility in a round, and its newest report.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FacilityNow {
    pub member_id: Uuid,
    pub facility_id: Uuid,
    pub name: String,
    pub kind: FacilityKind,
    pub district: DistrictName,
    pub address: String,
    pub phone: String,
    pub capacity: Option<i32>,
    /// Null: has not been heard of.
    pub count: Option<CountInForce>,
    /// Calls for rescue from there that nobody has closed.
    pub open_rescues: i16,
    pub is_late_addition: bool,
}

/// A sum over facilities, with how many said it: the others are not known, and not zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sum {
    /// Null when nobody said it.
    pub people: Option<i64>,
    pub told_by: i64,
}

impl Sum {
    fn of(items: &[FacilityNow], figure: impl Fn(&Figures) -> Option<i32>) -> Self {
        let told: Vec<i64> = items
            .iter()
            .filter_map(|f| f.count.as_ref().and_then(|c| figure(&c.figures)))
            .map(i64::from)
            .collect();
        Self {
            people: (!told.is_empty()).then(|| told.iter().sum()),
            told_by: i64::try_from(told.len()).unwrap_or(i64::MAX),
        }
    }
}

/// All facilities of a round together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct FacilitySums {
    pub facilities: i64,
    /// Those that have reported at all.
    pub reported: i64,
    pub residents: Sum,
    pub safe: Sum,
    pub injured: Sum,
    pub needs_rescue: Sum,
    pub unknown: Sum,
}

impl FacilitySums {
    pub fn of(items: &[FacilityNow]) -> Self {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Self {
            facilities: count(items.len()),
            reported: count(items.iter().filter(|f| f.count.is_some()).count()),
            residents: Sum::of(items, |f| f.residents),
            safe: Sum::of(items, |f| f.safe),
            injured: Sum::of(items, |f| f.injured),
            needs_rescue: Sum::of(items, |f| f.needs_rescue),
            unknown: Sum::of(items, |f| f.unknown),
        }
    }
}

/// The facilities of a round: a block of its own, never added to the residents.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RoundFacilities {
    pub round_id: Uuid,
    pub event: EventName,
    pub as_of: DateTime<Utc>,
    pub totals: FacilitySums,
    pub items: Vec<FacilityNow>,
}

/// One report with who told it, for whoever works with facilities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FacilityReport {
    #[serde(flatten)]
    pub count: CountInForce,
    pub note: String,
    pub told_by: String,
    pub told_phone: String,
    pub recorded_by_name: Option<String>,
    pub corrects: Option<Uuid>,
    /// Another report was put in its place.
    pub is_corrected: bool,
    /// The one that counts now.
    pub is_in_force: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(residents: Option<i32>, safe: Option<i32>, needs_rescue: Option<i32>) -> Figures {
        Figures {
            residents,
            safe,
            needs_rescue,
            ..Figures::default()
        }
    }

    #[test]
    fn a_report_says_at_least_one_figure_and_zero_is_one() {
        assert!(told(None, None, None).check().is_err());
        assert!(told(None, None, Some(0)).check().is_ok());
        assert!(told(Some(40), Some(38), Some(2)).check().is_ok());
        assert!(told(Some(40), Some(39), Some(2)).check().is_err());
        assert!(told(None, Some(39), Some(2)).check().is_ok());
    }

    #[test]
    fn a_sum_of_what_nobody_said_is_unknown_and_not_zero() {
        let facility = |figures: Option<Figures>| FacilityNow {
            member_id: Uuid::nil(),
            facility_id: Uuid::nil(),
            name: String::new(),
            kind: FacilityKind::Elderly,
            district: DistrictName {
                id: Uuid::nil(),
                name: String::new(),
            },
            address: String::new(),
            phone: String::new(),
            capacity: None,
            count: figures.map(|figures| CountInForce {
                id: Uuid::nil(),
                figures,
                as_of: DateTime::UNIX_EPOCH,
                recorded_at: DateTime::UNIX_EPOCH,
            }),
            open_rescues: 0,
            is_late_addition: false,
        };
        let silent = FacilitySums::of(&[facility(None)]);
        assert_eq!((silent.facilities, silent.reported), (1, 0));
        assert_eq!(silent.safe.people, None);
        let some = FacilitySums::of(&[
            facility(Some(told(Some(40), Some(38), None))),
            facility(Some(told(None, Some(0), Some(0)))),
            facility(None),
        ]);
        assert_eq!(
            (some.residents.people, some.residents.told_by),
            (Some(40), 1)
        );
        assert_eq!((some.safe.people, some.safe.told_by), (Some(38), 2));
        assert_eq!(some.needs_rescue.people, Some(0));
        assert_eq!(some.injured.people, None);
    }
}
