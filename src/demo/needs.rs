//! Why someone is on the roster and what help is needed: the seven categories of 豊中市 (避難支援等を
//! 必要とする事由), with a basis and, apart from it, the help that volunteers may know.

use chrono::{Days, NaiveDate};

use super::TODAY;
use super::dice::Dice;

/// What the roster says about one resident.
#[derive(Debug, Clone)]
pub struct Support {
    pub listed_on: NaiveDate,
    pub delisted: Option<(NaiveDate, &'static str)>,
    pub reasons: Vec<Reason>,
    /// Codes of `support_resident.help_needed`.
    pub help_needed: Vec<&'static str>,
    pub help_note: String,
    /// First and second standing contact (担当), as indexes of the city's volunteers.
    pub contacts: Vec<usize>,
}

#[derive(Debug, Clone)]
pub struct Reason {
    pub category: &'static str,
    pub basis: &'static str,
    pub since: NaiveDate,
}

/// One way to need help: category, basis, and the help that goes with it.
struct Case {
    category: &'static str,
    basis: &'static str,
    help: &'static [&'static str],
}

const fn case(category: &'static str, basis: &'static str, help: &'static [&'static str]) -> Case {
    Case {
        category,
        basis,
        help,
    }
}

const ALONE: &[(Case, u32)] = &[
    (case("elderly_alone_care", "要支援1", &["walking_aid"]), 24),
    (
        case(
            "elderly_alone_care",
            "要支援2",
            &["walking_aid", "medicine"],
        ),
        22,
    ),
    (
        case(
            "elderly_alone_care",
            "要介護1",
            &["walking_aid", "speak_slowly"],
        ),
        20,
    ),
    (
        case("elderly_alone_care", "要介護2", &["wheelchair", "medicine"]),
        14,
    ),
    (
        case(
            "care_level_3_5",
            "要介護3",
            &["wheelchair", "carry_down_stairs"],
        ),
        9,
    ),
    (
        case("physical_1_2", "身体障害者手帳2級（下肢）", &["wheelchair"]),
        5,
    ),
    (
        case(
            "physical_1_2",
            "身体障害者手帳1級（視覚）",
            &["guide_by_hand"],
        ),
        3,
    ),
    (case("mayor_recognised", "市長が認める者", &["medicine"]), 3),
];

const TOGETHER: &[(Case, u32)] = &[
    (case("care_level_3_5", "要介護3", &["wheelchair"]), 34),
    (
        case(
            "care_level_3_5",
            "要介護4",
            &["wheelchair", "two_helpers", "medicine"],
        ),
        24,
    ),
    (
        case(
            "care_level_3_5",
            "要介護5",
            &["stretcher", "two_helpers", "carry_down_stairs"],
        ),
        14,
    ),
    (
        case(
            "physical_1_2",
            "身体障害者手帳1級（体幹）",
            &["wheelchair", "two_helpers"],
        ),
        8,
    ),
    (
        case(
            "physical_1_2",
            "身体障害者手帳2級（聴覚）",
            &["writing", "sign_language"],
        ),
        7,
    ),
    (
        case(
            "physical_1_2",
            "身体障害者手帳1級（視覚）",
            &["guide_by_hand"],
        ),
        5,
    ),
    (
        case(
            "physical_1_2",
            "身体障害者手帳2級（下肢）",
            &["walking_aid"],
        ),
        4,
    ),
    (
        case(
            "intractable_ventilator",
            "難病（常時人工呼吸器）",
            &["power_supply", "oxygen", "two_helpers"],
        ),
        2,
    ),
    (
        case("mayor_recognised", "市長が認める者", &["speak_slowly"]),
        2,
    ),
];

const WORKING_AGE_ALONE: &[(Case, u32)] = &[
    (
        case(
            "mental_1_alone",
            "精神障害者保健福祉手帳1級・単身",
            &["stay_calm", "medicine"],
        ),
        40,
    ),
    (
        case(
            "intellectual_a_alone",
            "療育手帳A・単身",
            &["speak_slowly", "stay_calm"],
        ),
        25,
    ),
    (
        case(
            "physical_1_2",
            "身体障害者手帳1級（下肢）",
            &["wheelchair", "carry_down_stairs"],
        ),
        25,
    ),
    (
        case("physical_1_2", "身体障害者手帳2級（聴覚）", &["writing"]),
        10,
    ),
];

const YOUNG: &[(Case, u32)] = &[
    (
        case(
            "intractable_ventilator",
            "難病（常時人工呼吸器）",
            &["power_supply", "oxygen", "stretcher"],
        ),
        30,
    ),
    (
        case(
            "physical_1_2",
            "身体障害者手帳1級（体幹）",
            &["wheelchair", "two_helpers"],
        ),
        50,
    ),
    (
        case("mayor_recognised", "市長が認める者", &["stay_calm"]),
        20,
    ),
];

const NOTES: &[(&str, u32)] = &[
    ("", 62),
    ("耳が遠いので、正面からゆっくり話してください。", 8),
    (
        "呼び鈴が聞こえにくいので、窓をたたいて名前を呼んでください。",
        6,
    ),
    ("日中はデイサービスに出かけています（月・水・金）。", 6),
    ("鍵は隣の家に預けています。", 4),
    ("玄関に段差があります。車いすは裏口からです。", 4),
    ("夜は1階の奥の部屋で寝ています。", 4),
    ("犬がいます。つないでありますが、よくほえます。", 2),
    ("電源が切れると2時間しかもちません。", 1),
    ("一人では靴がはけません。上着と薬の袋は玄関にあります。", 3),
];

/// Chance of being cared for by a volunteer in ordinary times, and of having a second one.
const FIRST_CONTACT_PERMILLE: u32 = 850;
const SECOND_CONTACT_PERMILLE: u32 = 750;

/// Draws what the roster says about someone of `age` who lives alone or not; `nearby` are the
/// volunteers of the person's town, best first.
pub fn draw(
    dice: &mut Dice,
    age: i32,
    is_alone: bool,
    is_foreign: bool,
    nearby: &[usize],
) -> Support {
    let cases = match age {
        ..=17 => YOUNG,
        18..=64 if is_alone => WORKING_AGE_ALONE,
        18..=64 => TOGETHER,
        _ if is_alone => ALONE,
        _ => TOGETHER,
    };
    let listed_on = before_today(dice, 60..=3_000);
    let first = dice.weighted(cases);
    let mut reasons = vec![reason(first, listed_on)];
    let mut help_needed = first.help.to_vec();
    if dice.chance(130) {
        let second = dice.weighted(cases);
        if second.category != first.category {
            reasons.push(reason(second, before_today(dice, 30..=900)));
            help_needed.extend(second.help);
        }
    }
    if age <= 5 {
        help_needed.push("infant");
    }
    if is_foreign {
        help_needed.push("interpreter");
    }
    let help_note = *dice.weighted(NOTES);
    if help_note.contains("鍵") {
        help_needed.push("key_holder");
    }
    help_needed.sort_unstable();
    help_needed.dedup();
    let delisted = dice
        .chance(6)
        .then(|| (before_today(dice, 10..=50), "要件に当たらなくなったため"));
    let contacts = if dice.chance(FIRST_CONTACT_PERMILLE) {
        let both = dice.chance(SECOND_CONTACT_PERMILLE);
        nearby
            .iter()
            .copied()
            .take(if both { 2 } else { 1 })
            .collect()
    } else {
        Vec::new()
    };
    Support {
        listed_on,
        delisted,
        reasons,
        help_needed,
        help_note: help_note.to_owned(),
        contacts,
    }
}

fn reason(case: &Case, since: NaiveDate) -> Reason {
    Reason {
        category: case.category,
        basis: case.basis,
        since,
    }
}

/// A day `days` before the demo's today.
pub fn before_today(dice: &mut Dice, days: std::ops::RangeInclusive<i32>) -> NaiveDate {
    TODAY - Days::new(dice.within(days).unsigned_abs().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::dice::{Part, Seed};

    #[test]
    fn categories_for_people_living_alone_go_only_to_them() {
        for index in 0..3_000 {
            let mut dice = Seed(3).dice(Part::Person, index);
            let age = dice.within(0..=104);
            let is_alone = dice.chance(500) && age >= 18;
            let support = draw(&mut dice, age, is_alone, false, &[4, 9]);
            for reason in &support.reasons {
                let needs_alone =
                    reason.category.ends_with("_alone") || reason.category == "elderly_alone_care";
                assert!(is_alone || !needs_alone, "{age} {}", reason.category);
                if reason.category == "elderly_alone_care" {
                    assert!(age >= 65);
                }
                assert!(reason.since <= TODAY);
            }
            assert!(!support.help_needed.is_empty());
            assert!(support.contacts.is_empty() || support.contacts[0] == 4);
        }
    }
}
