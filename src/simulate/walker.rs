//! Who goes from door to door: most with a phone, some with a numbered paper; and whom nobody goes to.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use super::handset::Handset;
use super::mailbox::MailBox;
use super::paper::Paper;
use super::play::{Play, uuid};
use super::script::{self, Home, Means, OUT_OF_SCOPE, Story, untouched};

/// A simulated volunteer; or the desk, for those to whom nobody goes.
pub(super) struct Walker {
    pub hand: Hand,
    pub stories: Vec<Story>,
    /// The ids of each story's words so far.
    pub said: Vec<Vec<Option<Uuid>>>,
}

/// With what she goes.
pub(super) enum Hand {
    Phone(Handset),
    Paper(Paper),
    Desk,
}

impl Walker {
    fn new(hand: Hand, stories: Vec<Story>) -> Self {
        Self {
            hand,
            said: stories.iter().map(|s| vec![None; s.says.len()]).collect(),
            stories,
        }
    }
}

/// Everybody of the round, as headquarters sees them.
#[derive(Default)]
struct People {
    home_of: BTreeMap<Uuid, Uuid>,
    /// Those to be confirmed, by home.
    homes: BTreeMap<Uuid, Vec<Uuid>>,
    /// Homes with somebody out of scope.
    partial: BTreeSet<Uuid>,
    /// Whoever looks in on somebody, and the districts of those she may be shown.
    hands: BTreeMap<Uuid, BTreeSet<Uuid>>,
}

/// Every fourth goes with paper.
fn means(n: usize) -> Means {
    match n % 4 {
        3 => Means::Paper,
        _ => Means::Phone,
    }
}

impl Play<'_> {
    /// Enrol phones, print papers, and write every member's truth.
    pub(super) fn enrol(&mut self, mail_box: Option<&MailBox>) -> anyhow::Result<()> {
        let people = self.people()?;
        self.homes = people.homes.len();
        let mut out = Vec::new();
        for (n, (volunteer, districts)) in people.hands.iter().take(self.day.phones).enumerate() {
            out.push(match means(n) {
                Means::Phone => self.phone(*volunteer, u64::try_from(n)?)?,
                Means::Paper => self.paper(*volunteer, districts)?,
            });
        }
        // After the printing, for which the log-in must be fresh: mails may take long.
        if let Some(mail_box) = mail_box {
            let all: Vec<Uuid> = people.homes.values().flatten().copied().collect();
            self.receive_mails(mail_box, &all)?;
        }
        let mut claimed = BTreeSet::new();
        for (n, (hand, list)) in out.into_iter().enumerate() {
            let mut homes = people.homes_on(&list, &mut claimed);
            for home in &mut homes {
                let held = |id: &Uuid| self.links.get(id).map(|held| (*id, held.link));
                home.link = home.hers.iter().find_map(held);
            }
            let stories = script::stories(self.day.seed, u64::try_from(n)?, means(n), &homes);
            self.walkers.push(Walker::new(hand, stories));
        }
        ensure!(
            !self.walkers.is_empty(),
            "nobody is assigned to anybody in this round"
        );
        let left = people.homes.iter().filter(|(id, _)| !claimed.contains(id));
        let left: Vec<Uuid> = left.flat_map(|(_, all)| all.iter().copied()).collect();
        let calls = script::calls(self.day.seed, &left);
        self.walkers.push(Walker::new(Hand::Desk, calls));
        for story in self.walkers.iter().flat_map(|w| &w.stories) {
            self.truths.extend(script::truths([story]));
            self.placards.extend(story.placard);
        }
        Ok(())
    }

    fn people(&mut self) -> anyhow::Result<People> {
        let mut people = People::default();
        for m in self.members()? {
            let id = uuid(&m["id"]).context("a member without an id")?;
            let home = uuid(&m["household_id"]).unwrap_or(id);
            people.home_of.insert(id, home);
            if !m["out_of_scope_reason"].is_null() {
                people.partial.insert(home);
                self.truths.insert(id, OUT_OF_SCOPE);
                continue;
            }
            people.homes.entry(home).or_default().push(id);
            let assigned = m["assigned"].as_array().into_iter().flatten();
            let assigned: Vec<Uuid> = assigned.filter_map(|a| uuid(&a["volunteer_id"])).collect();
            let may_be_shown = m["is_disclosable"] == true;
            let why = match (may_be_shown, assigned.is_empty()) {
                (false, _) => "not_disclosable",
                (true, true) => "nobody_assigned",
                (true, false) => "not_visited",
            };
            self.truths.insert(id, untouched(why));
            if let Some(district) = uuid(&m["district"]["id"]).filter(|_| may_be_shown) {
                for volunteer in assigned {
                    people.hands.entry(volunteer).or_default().insert(district);
                }
            }
        }
        Ok(people)
    }

    /// Invite a phone, redeem the invite, read its list.
    fn phone(&self, volunteer: Uuid, n: u64) -> anyhow::Result<(Hand, Vec<Uuid>)> {
        let until = self.clock.now() + TimeDelta::hours(1);
        let invite = self.staff.post(
            &format!("/volunteers/{volunteer}/invites"),
            &json!({"expires_at": until}),
        )?;
        let way = script::way(self.day.seed, n, self.day.minutes);
        let (handset, session) = Handset::enrol(&self.public, &invite, way)?;
        let bundle = session.get("/field/bundle")?;
        let rounds = bundle["rounds"].as_array().into_iter().flatten();
        let list = rounds
            .filter(|r| uuid(&r["id"]) == Some(self.round))
            .flat_map(|r| r["members"].as_array().into_iter().flatten())
            .filter_map(|m: &Value| uuid(&m["id"]))
            .collect();
        Ok((Hand::Phone(handset), list))
    }
}

impl People {
    /// The homes on somebody's list that nobody else goes to, in her order.
    fn homes_on(&self, list: &[Uuid], claimed: &mut BTreeSet<Uuid>) -> Vec<Home> {
        let mut homes: Vec<Home> = Vec::new();
        for member in list {
            let Some(id) = self.home_of.get(member) else {
                continue;
            };
            if let Some(home) = homes.iter_mut().find(|h| h.id == *id) {
                home.hers.push(*member);
            } else if claimed.insert(*id) {
                homes.push(Home {
                    id: *id,
                    hers: vec![*member],
                    all: self.homes.get(id).cloned().unwrap_or_default(),
                    is_whole: !self.partial.contains(id),
                    link: None,
                });
            }
        }
        homes
    }
}
