//! How far the roster covers a district: who is listed, who said what, for whom there is a plan, a standing contact, a number.
//!
//! Headquarters and leads see the figures as they are. A planner sees them in fives and nothing below five, and totals are sums of what
//! is shown: whatever is subtracted from whatever, no single person comes out (decisions.md 36).

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::DistrictName;

/// Counts of one district. Null to a planner: fewer than five, which may be none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RosterFigures)]
pub struct Figures {
    /// On the roster and living here; who died or moved away and is not taken off yet is not counted.
    pub listed: Option<i64>,
    pub consented: Option<i64>,
    pub by_ordinance: Option<i64>,
    pub refused: Option<i64>,
    pub withdrawn: Option<i64>,
    /// Nobody has answered yet: neither consent nor refusal.
    pub unanswered: Option<i64>,
    pub plan_in_force: Option<i64>,
    /// Of these, whose day of review has come.
    pub plan_review_due: Option<i64>,
    /// Being drafted, none in force.
    pub plan_draft: Option<i64>,
    pub with_standing_contact: Option<i64>,
    pub with_phone: Option<i64>,
    pub with_mail: Option<i64>,
}

/// Below this a planner is told nothing.
const LEAST: i64 = 5;

impl Figures {
    fn each<'a>(&'a self, other: &'a Self) -> [(Option<i64>, Option<i64>); 12] {
        [
            (self.listed, other.listed),
            (self.consented, other.consented),
            (self.by_ordinance, other.by_ordinance),
            (self.refused, other.refused),
            (self.withdrawn, other.withdrawn),
            (self.unanswered, other.unanswered),
            (self.plan_in_force, other.plan_in_force),
            (self.plan_review_due, other.plan_review_due),
            (self.plan_draft, other.plan_draft),
            (self.with_standing_contact, other.with_standing_contact),
            (self.with_phone, other.with_phone),
            (self.with_mail, other.with_mail),
        ]
    }

    fn from_cells(cells: [Option<i64>; 12]) -> Self {
        let [
            listed,
            consented,
            by_ordinance,
            refused,
            withdrawn,
            unanswered,
            plan_in_force,
            plan_review_due,
            plan_draft,
            with_standing_contact,
            with_phone,
            with_mail,
        ] = cells;
        Self {
            listed,
            consented,
            by_ordinance,
            refused,
            withdrawn,
            unanswered,
            plan_in_force,
            plan_review_due,
            plan_draft,
            with_standing_contact,
            with_phone,
            with_mail,
        }
    }

    /// In the order of the columns.
    pub fn cells(&self) -> [Option<i64>; 12] {
        self.each(self).map(|(cell, _)| cell)
    }

    /// As a planner sees them: in fives, rounded down, nothing below five. In a district of fewer than five nothing is said at all.
    pub fn suppressed(&self) -> Self {
        if self.listed.unwrap_or(0) < LEAST {
            return Self::default();
        }
        let shown = |n: i64| n / LEAST * LEAST;
        Self::from_cells(
            self.cells()
                .map(|cell| cell.map(shown).filter(|n| *n >= LEAST)),
        )
    }

    /// The sum of what is shown; null where nothing is.
    fn plus(&self, other: &Self) -> Self {
        Self::from_cells(self.each(other).map(|cells| match cells {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        }))
    }
}

/// A district's line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DistrictFigures {
    pub district: DistrictName,
    #[serde(flatten)]
    pub figures: Figures,
}

/// The figures of the caller's districts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RosterCoverage)]
pub struct Coverage {
    pub as_of: DateTime<Utc>,
    /// In fives, nothing below five, totals of what is shown: the caller plans.
    pub is_suppressed: bool,
    pub items: Vec<DistrictFigures>,
    pub total: Figures,
}

impl Coverage {
    pub fn of(mut items: Vec<DistrictFigures>, as_of: DateTime<Utc>, is_suppressed: bool) -> Self {
        if is_suppressed {
            for item in &mut items {
                item.figures = item.figures.suppressed();
            }
        }
        let total = items
            .iter()
            .fold(Figures::default(), |sum, item| sum.plus(&item.figures));
        Self {
            as_of,
            is_suppressed,
            items,
            total,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn district(counts: [i64; 12]) -> DistrictFigures {
        DistrictFigures {
            district: DistrictName {
                id: Uuid::nil(),
                name: "東".into(),
            },
            figures: Figures::from_cells(counts.map(Some)),
        }
    }

    #[test]
    fn a_planner_sees_fives_and_nothing_of_a_district_of_four() {
        let now = DateTime::UNIX_EPOCH;
        let items = vec![
            district([23, 14, 0, 4, 0, 5, 9, 5, 1, 19, 22, 3]),
            district([4, 4, 0, 0, 0, 0, 4, 0, 0, 4, 4, 4]),
        ];
        let seen = Coverage::of(items, now, true);
        assert_eq!(
            seen.items[0].figures.cells(),
            [
                Some(20),
                Some(10),
                None,
                None,
                None,
                Some(5),
                Some(5),
                Some(5),
                None,
                Some(15),
                Some(20),
                None
            ]
        );
        assert_eq!(seen.items[1].figures, Figures::default());
        assert_eq!(seen.total.listed, Some(20));
    }

    #[test]
    fn headquarters_sees_the_counts_and_their_sum() {
        let items = vec![district([3; 12]), district([4; 12])];
        let seen = Coverage::of(items, DateTime::UNIX_EPOCH, false);
        assert_eq!(seen.items[0].figures.refused, Some(3));
        assert_eq!(seen.total.listed, Some(7));
    }

    proptest! {
        /// One person more or less is seen in no difference: every figure and every total is a multiple of five, and none is above the truth.
        #[test]
        fn no_subtraction_of_what_a_planner_sees_yields_a_single_person(
            counts in proptest::collection::vec(proptest::array::uniform12(0i64..40), 1..6)
        ) {
            let truth: i64 = counts.iter().map(|c| c[0]).sum();
            let seen = Coverage::of(counts.iter().copied().map(district).collect(), DateTime::UNIX_EPOCH, true);
            for (item, real) in seen.items.iter().zip(&counts) {
                for (cell, real) in item.figures.cells().into_iter().zip(real) {
                    prop_assert!(cell.is_none_or(|n| n % 5 == 0 && n >= 5 && n <= *real));
                }
            }
            for cell in seen.total.cells() {
                prop_assert!(cell.is_none_or(|n| n % 5 == 0 && n >= 5));
            }
            prop_assert!(seen.total.listed.unwrap_or(0) <= truth);
        }
    }
}
