//! What residents, or their families, answer by their personal links.

use uuid::Uuid;

use super::{Answer, By, First, Home, Say, Story, Truth, When, in_need, safe};
use crate::demo::dice::Dice;

/// Whose word a link is, and of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub is_family: bool,
    pub for_household: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nobody taps: whatever else is heard of the home.
    NeverAnswers,
    /// And nobody needs to come.
    Answers,
    /// Met as well, by whoever had not seen the answer: counts once.
    AnswersAndIsMet,
    /// Safe; then, by the same link, hurt.
    AnswersAnew,
    /// Put right by telephone.
    PutRightAtTheDesk,
    /// The family fears the worst; who comes finds her well.
    HurtButMetWell,
    CallsAndIsFound,
}

const KINDS: [(Kind, u32); 7] = [
    (Kind::NeverAnswers, 400),
    (Kind::Answers, 300),
    (Kind::AnswersAndIsMet, 120),
    (Kind::AnswersAnew, 60),
    (Kind::PutRightAtTheDesk, 50),
    (Kind::HurtButMetWell, 40),
    (Kind::CallsAndIsFound, 30),
];

/// What is answered by the home's link; none when nobody taps.
pub(super) fn story(dice: &mut Dice, home: &Home) -> Option<Story> {
    let (member, link) = home.link?;
    let kind = match *dice.weighted(&KINDS) {
        Kind::NeverAnswers => return None,
        // What is put right is put right for one.
        Kind::PutRightAtTheDesk | Kind::HurtButMetWell | Kind::CallsAndIsFound
            if link.for_household =>
        {
            Kind::Answers
        }
        kind => kind,
    };
    if link.for_household && !home.is_whole {
        return None;
    }
    let (says, truth) = told(kind, member, link);
    let story = Story::plain(says, of(home, member, link, truth));
    Some(match kind {
        Kind::CallsAndIsFound => story.called(Answer::Closed),
        _ => story,
    })
}

fn told(kind: Kind, member: Uuid, link: Link) -> (Vec<Say>, Truth) {
    let attempt = match link.is_family {
        true => "family",
        false => "self_report",
    };
    let first: First = (attempt, "link");
    let taps = |after_min, outcome| {
        let when = When::After(after_min);
        Say::of(By::Link, member, when, attempt, Some(outcome))
    };
    let met = Say::walker(member, 12, "met", Some("safe"));
    let hurt = "injured_minor";
    match kind {
        Kind::AnswersAndIsMet => (vec![taps(0, "safe"), met], safe(first)),
        Kind::AnswersAnew => {
            let anew = taps(4, hurt).correcting(0);
            (vec![taps(0, "safe"), anew], in_need(hurt, first))
        }
        Kind::PutRightAtTheDesk => {
            let right = Say::desk(member, 0, "phone", "needs_support");
            let says = vec![taps(0, "safe"), right.correcting(0).once_heard(0, 10)];
            (says, in_need("needs_support", ("phone", "console")))
        }
        Kind::HurtButMetWell => (vec![taps(0, hurt), met], safe(first)),
        Kind::CallsAndIsFound => (vec![taps(0, "needs_rescue")], in_need(hurt, first)),
        Kind::NeverAnswers | Kind::Answers => (vec![taps(0, "safe")], safe(first)),
    }
}

fn of(home: &Home, member: Uuid, link: Link, truth: Truth) -> Vec<(Uuid, Truth)> {
    match link.for_household {
        true => home.all.iter().map(|id| (*id, truth.clone())).collect(),
        false => vec![(member, truth)],
    }
}
