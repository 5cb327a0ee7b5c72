//! What happens to one person.

use uuid::Uuid;

use super::{Answer, By, Means, Say, Story, Truth, When, in_need, safe, tried, truth};
use crate::demo::dice::Dice;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Safe,
    SafeAtSecondTry,
    NotAtHome,
    Refused,
    RoadBlocked,
    NobodyCame,
    /// A shaking finger: twice the same.
    DoubleTap,
    /// The wrong button, put right a minute later.
    WrongButton,
    /// Recorded on the neighbour's card, taken back, recorded anew.
    WrongPerson,
    Hurt,
    NeedsHelp,
    Unknown,
    /// Rang headquarters before anybody came, and was met as well: counts once.
    RangAndMet,
    /// A neighbour rings headquarters, and nobody goes there any more.
    NeighbourRang,
    /// A neighbour rings that all is well; who comes finds a wound.
    NeighbourRangButHurt,
    /// Found hurt, and a neighbour rings that all is well: what was seen stands, contradicted.
    HurtButNeighbourRang,
    /// A wrong button, told by telephone and put right at headquarters.
    PutRightAtTheDesk,
    /// The wrong house, taken back at headquarters.
    TakenBackAtTheDesk,
    Rescue,
    RescueClosed,
    /// Called, and a neighbour says that all is well: the call stands.
    RescueContradicted,
}

impl Kind {
    pub(super) fn needs_a_neighbour(self) -> bool {
        self == Self::WrongPerson
    }

    /// Not written down on a paper that comes back hours later.
    fn cannot_wait(self) -> bool {
        matches!(
            self,
            Self::Rescue | Self::RescueClosed | Self::RescueContradicted | Self::DoubleTap
        )
    }
}

const KINDS: [(Kind, u32); 21] = [
    (Kind::Safe, 330),
    (Kind::SafeAtSecondTry, 80),
    (Kind::NotAtHome, 90),
    (Kind::Refused, 15),
    (Kind::RoadBlocked, 15),
    (Kind::NobodyCame, 90),
    (Kind::DoubleTap, 50),
    (Kind::WrongButton, 45),
    (Kind::WrongPerson, 40),
    (Kind::Hurt, 25),
    (Kind::NeedsHelp, 25),
    (Kind::Unknown, 20),
    (Kind::RangAndMet, 30),
    (Kind::NeighbourRang, 30),
    (Kind::NeighbourRangButHurt, 15),
    (Kind::HurtButNeighbourRang, 15),
    (Kind::PutRightAtTheDesk, 25),
    (Kind::TakenBackAtTheDesk, 20),
    (Kind::Rescue, 10),
    (Kind::RescueClosed, 20),
    (Kind::RescueContradicted, 10),
];

pub(super) fn kind(dice: &mut Dice, means: Means) -> Kind {
    let kind = *dice.weighted(&KINDS);
    match means == Means::Paper && kind.cannot_wait() {
        true => Kind::Safe,
        false => kind,
    }
}

pub(super) fn story(kind: Kind, means: Means, member: Uuid, neighbour: Option<Uuid>) -> Story {
    let met = |outcome| Say::walker(member, 0, "met", Some(outcome));
    let only = |says: Vec<Say>, truth: Truth| Story::plain(says, vec![(member, truth)]);
    let seen = ("met", means.channel());
    match kind {
        Kind::Safe => only(vec![met("safe")], safe(seen)),
        Kind::SafeAtSecondTry => {
            let first = Say::walker(member, 0, "no_answer", None);
            let second = Say::walker(member, 25, "met", Some("safe"));
            only(vec![first, second], safe(seen))
        }
        Kind::NotAtHome => in_vain(member, "absent"),
        Kind::Refused => in_vain(member, "refused"),
        Kind::RoadBlocked => in_vain(member, "access_impossible"),
        Kind::NobodyCame => Story::plain(Vec::new(), Vec::new()),
        Kind::DoubleTap => only(vec![met("safe"), met("safe")], safe(seen)),
        Kind::WrongButton => {
            let right = Say::walker(member, 1, "met", Some("safe")).correcting(0);
            only(vec![met("injured_serious"), right], safe(seen))
        }
        Kind::WrongPerson => wrong_person(means, member, neighbour),
        Kind::Hurt => only(vec![met("injured_minor")], in_need("injured_minor", seen)),
        Kind::NeedsHelp => only(vec![met("needs_support")], in_need("needs_support", seen)),
        Kind::Unknown => {
            let unknown = Truth {
                first: Some(seen),
                ..truth("unknown", Some("unknown"))
            };
            only(vec![met("unknown")], unknown)
        }
        Kind::RangAndMet
        | Kind::NeighbourRang
        | Kind::NeighbourRangButHurt
        | Kind::HurtButNeighbourRang => by_telephone(kind, means, member),
        Kind::PutRightAtTheDesk | Kind::TakenBackAtTheDesk => at_the_desk(kind, member),
        Kind::Rescue | Kind::RescueClosed | Kind::RescueContradicted => rescue(kind, means, member),
    }
}

/// Headquarters corrects what was said at a door.
fn at_the_desk(kind: Kind, member: Uuid) -> Story {
    let met = |outcome| Say::walker(member, 0, "met", Some(outcome));
    let desk = Say::desk(member, 0, "phone", "safe").once_heard(0, 10);
    match kind {
        Kind::TakenBackAtTheDesk => {
            Story::plain(vec![met("safe"), desk.taking_back(0)], Vec::new())
        }
        _ => {
            let says = vec![met("injured_serious"), desk.correcting(0)];
            Story::plain(says, vec![(member, safe(("phone", "console")))])
        }
    }
}

fn in_vain(member: Uuid, attempt: &'static str) -> Story {
    let say = Say::walker(member, 0, attempt, None);
    Story::plain(vec![say], vec![(member, tried(attempt))])
}

/// Headquarters hears it as well as whoever walks.
fn by_telephone(kind: Kind, means: Means, member: Uuid) -> Story {
    let met = |after_min, outcome| Say::walker(member, after_min, "met", Some(outcome));
    let neighbour = |after_min| Say::desk(member, after_min, "neighbour", "safe");
    let (says, truth) = match kind {
        Kind::RangAndMet => (
            vec![Say::desk(member, 0, "phone", "safe"), met(12, "safe")],
            safe(("phone", "console")),
        ),
        Kind::NeighbourRangButHurt => (
            vec![neighbour(0), met(9, "injured_minor")],
            in_need("injured_minor", ("neighbour", "console")),
        ),
        Kind::HurtButNeighbourRang => (
            vec![met(0, "injured_minor"), neighbour(9)],
            Truth {
                is_contradicted: true,
                ..in_need("injured_minor", ("met", means.channel()))
            },
        ),
        _ => (vec![neighbour(0)], safe(("neighbour", "console"))),
    };
    Story::plain(says, vec![(member, truth)])
}

fn rescue(kind: Kind, means: Means, member: Uuid) -> Story {
    let seen = ("met", means.channel());
    let open = Truth {
        open_rescues: 1,
        ..in_need("needs_rescue", seen)
    };
    let mut says = vec![Say::walker(member, 0, "met", Some("needs_rescue"))];
    let (answer, truth) = match kind {
        Kind::RescueClosed => (Answer::Closed, in_need("injured_minor", seen)),
        Kind::RescueContradicted => {
            says.push(Say::walker(member, 8, "neighbour", Some("safe")));
            let truth = Truth {
                is_contradicted: true,
                ..open
            };
            (Answer::Open, truth)
        }
        _ => (Answer::Open, open),
    };
    Story::plain(says, vec![(member, truth)]).called(answer)
}

/// Recorded on one, meant for the other; without a neighbour it is only taken back.
fn wrong_person(means: Means, member: Uuid, neighbour: Option<Uuid>) -> Story {
    let wrong = Say::walker(member, 0, "met", Some("safe"));
    let back = Say::walker(member, 1, "met", None).taking_back(0);
    let mut story = Story::plain(vec![wrong, back], Vec::new());
    if let Some(neighbour) = neighbour {
        let right = Say::walker(neighbour, 1, "met", Some("safe"));
        story.says.push(right);
        let seen = ("met", means.channel());
        story.truths.push((neighbour, safe(seen)));
    }
    story
}

/// What headquarters hears by telephone of somebody to whom nobody walks; nothing of every third.
pub(super) fn call(dice: &mut Dice, member: Uuid) -> Option<Story> {
    let (attempt, outcome, truth) = match dice.below(12) {
        0..=3 => ("phone", Some("safe"), safe(("phone", "console"))),
        4 => ("phone", Some("unknown"), {
            Truth {
                first: Some(("phone", "console")),
                ..truth("unknown", Some("unknown"))
            }
        }),
        5 => {
            let first = ("family", "console");
            let outcome = "needs_support";
            ("family", Some(outcome), in_need(outcome, first))
        }
        6 => ("neighbour", Some("safe"), safe(("neighbour", "console"))),
        7 => ("no_answer", None, tried("no_answer")),
        _ => return None,
    };
    let say = Say::of(By::Desk, member, When::After(0), attempt, outcome);
    Some(Story::plain(vec![say], vec![(member, truth)]))
}
