//! What is said of a whole home at once: the placard at its door, a call that speaks for everybody.

use uuid::Uuid;

use super::{Answer, By, First, Home, Means, Say, Story, Truth, When, in_need, safe, tried};
use crate::demo::dice::Dice;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing of the home at once: each person has a story.
    Apart,
    PlacardShown,
    /// Looked for, and nothing hung there.
    NoPlacard,
    /// Nothing hung there, and whoever was asked for opened the door.
    NoPlacardButMet,
    /// It says that all are well; one of them is not.
    PlacardShownButHurt,
    /// Looked at the wrong door, and taken back.
    PlacardTakenBack,
    /// Rang headquarters for the whole home, and the placard hung there as well: counts once.
    RangAndPlacard,
    /// The placard hung there; later the daughter rings that her mother is hurt.
    PlacardButFamilyRang,
    /// The daughter rings that her mother is hurt; the placard, seen later, is the weaker word.
    FamilyRangButPlacard,
    Sos,
    /// A team goes there, finds one hurt and the others well.
    SosClosed,
}

const KINDS: [(Kind, u32); 11] = [
    (Kind::Apart, 620),
    (Kind::PlacardShown, 150),
    (Kind::NoPlacard, 50),
    (Kind::NoPlacardButMet, 30),
    (Kind::PlacardShownButHurt, 20),
    (Kind::PlacardTakenBack, 20),
    (Kind::RangAndPlacard, 30),
    (Kind::PlacardButFamilyRang, 20),
    (Kind::FamilyRangButPlacard, 20),
    (Kind::Sos, 15),
    (Kind::SosClosed, 25),
];

/// A story of the whole home; none when each person there has one.
pub(super) fn story(dice: &mut Dice, means: Means, home: &Home) -> Option<Story> {
    let kind = match *dice.weighted(&KINDS) {
        // Nobody waits with a call until the paper comes back.
        Kind::Sos | Kind::SosClosed if means == Means::Paper => Kind::PlacardShown,
        kind => kind,
    };
    let one = *home.hers.first()?;
    if !home.is_whole {
        return None;
    }
    let told = Told { home, one, means };
    match kind {
        Kind::Apart => None,
        Kind::PlacardShown => {
            let says = vec![told.placard(0, "shown")];
            Some(told.all("shown", says, safe(told.seen())))
        }
        Kind::NoPlacard => {
            let says = vec![told.placard(0, "not_shown")];
            Some(told.all("not_shown", says, tried("no_answer")))
        }
        Kind::NoPlacardButMet => {
            let met = Say::walker(one, 10, "met", Some("safe"));
            let says = vec![told.placard(0, "not_shown"), met];
            let truths = (safe(told.met()), tried("no_answer"));
            Some(told.one_and_others("not_shown", says, truths))
        }
        Kind::PlacardTakenBack => {
            let back = told.placard(1, "shown").taking_back(0);
            let says = vec![told.placard(0, "shown"), back];
            Some(Story::plain(says, Vec::new()))
        }
        Kind::Sos | Kind::SosClosed => Some(told.sos(kind)),
        _ => Some(told.twice(kind)),
    }
}

/// A story about a home on its way.
struct Told<'a> {
    home: &'a Home,
    /// On whom it is recorded.
    one: Uuid,
    means: Means,
}

impl Told<'_> {
    fn seen(&self) -> First {
        ("marker", self.means.channel())
    }

    fn met(&self) -> First {
        ("met", self.means.channel())
    }

    fn placard(&self, after_min: u32, marker: &'static str) -> Say {
        let outcome = match marker {
            "shown" => Some("safe"),
            "sos" => Some("needs_rescue"),
            _ => None,
        };
        Say {
            marker: Some(marker),
            for_household: true,
            ..Say::walker(self.one, after_min, "marker", outcome)
        }
    }

    fn all(&self, marker: &'static str, says: Vec<Say>, truth: Truth) -> Story {
        self.one_and_others(marker, says, (truth.clone(), truth))
    }

    fn one_and_others(
        &self,
        marker: &'static str,
        says: Vec<Say>,
        (one, others): (Truth, Truth),
    ) -> Story {
        let truths = self.home.all.iter().map(|id| match *id == self.one {
            true => (*id, one.clone()),
            false => (*id, others.clone()),
        });
        Story {
            placard: Some((self.home.id, marker)),
            ..Story::plain(says, truths.collect())
        }
    }

    /// Heard in two ways.
    fn twice(&self, kind: Kind) -> Story {
        let hurt = "injured_minor";
        let others = safe(self.seen());
        let (says, truths) = match kind {
            Kind::PlacardShownButHurt => {
                let met = Say::walker(self.one, 6, "met", Some(hurt));
                let says = vec![self.placard(0, "shown"), met];
                (says, (in_need(hurt, self.seen()), others))
            }
            Kind::PlacardButFamilyRang => {
                let rang = Say::desk(self.one, 30, "family", hurt);
                let says = vec![self.placard(0, "shown"), rang];
                (says, (in_need(hurt, self.seen()), others))
            }
            Kind::FamilyRangButPlacard => {
                let rang = Say::desk(self.one, 0, "family", hurt);
                let stands = Truth {
                    is_contradicted: true,
                    ..in_need(hurt, ("family", "console"))
                };
                (vec![rang, self.placard(8, "shown")], (stands, others))
            }
            _ => {
                let rang = Say {
                    for_household: true,
                    ..Say::desk(self.one, 0, "phone", "safe")
                };
                let once = safe(("phone", "console"));
                let says = vec![rang, self.placard(8, "shown")];
                (says, (once.clone(), once))
            }
        };
        self.one_and_others("shown", says, truths)
    }

    /// One call for the home, recorded on one of it. Closing it says what was found of her alone: of the others the team rings.
    fn sos(&self, kind: Kind) -> Story {
        let mut says = vec![self.placard(0, "sos")];
        if kind == Kind::Sos {
            let others = in_need("needs_rescue", self.seen());
            let one = Truth {
                open_rescues: 1,
                ..others.clone()
            };
            let told = self.one_and_others("sos", says, (one, others));
            return told.called(Answer::Open);
        }
        let others = self.home.all.iter().filter(|id| **id != self.one);
        says.extend(others.map(|id| {
            let say = Say::of(By::Desk, *id, When::After(0), "phone", Some("safe"));
            let by_team = Say {
                told_by: "救護班",
                ..say
            };
            by_team.once_heard(0, 25)
        }));
        let truths = (in_need("injured_minor", self.seen()), safe(self.seen()));
        let told = self.one_and_others("sos", says, truths);
        told.called(Answer::Closed)
    }
}
