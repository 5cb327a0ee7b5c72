//! Volunteers with phones: enrolled, walking from door to door, sending what they hold when there is a signal.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::play::{Play, uuid};
use super::script::{self, OUT_OF_SCOPE, Story, Truth, UNTOUCHED, Way};
use crate::field::phone::{Phone, Tap, random_key, spki};
use crate::field::seal::{Sealed, server_key};

/// A simulated volunteer.
pub(super) struct Walker {
    pub phone: Phone,
    pub way: Way,
    pub stories: Vec<Story>,
    /// The ids of each story's taps so far.
    pub said: Vec<Vec<Uuid>>,
    held: Vec<Sealed>,
    uploads: u32,
}

impl Play<'_> {
    /// Enrol the phones of those who have people, and write every member's truth.
    pub(super) fn enrol(&mut self) -> anyhow::Result<BTreeMap<Uuid, Truth>> {
        let mut truths = BTreeMap::new();
        let mut hands = BTreeSet::new();
        for m in self.members()? {
            let id = uuid(&m["id"]).context("a member without an id")?;
            let is_out = !m["out_of_scope_reason"].is_null();
            truths.insert(id, if is_out { OUT_OF_SCOPE } else { UNTOUCHED });
            let assigned = m["assigned"].as_array().into_iter().flatten();
            hands.extend(assigned.filter_map(|a| uuid(&a["volunteer_id"])));
        }
        let mut taken = BTreeSet::new();
        for volunteer in hands.into_iter().take(self.day.phones) {
            let n = u64::try_from(self.walkers.len())?;
            let (phone, members) = self.phone(volunteer)?;
            let own: Vec<Uuid> = members.into_iter().filter(|m| taken.insert(*m)).collect();
            let stories = script::stories(self.day.seed, n, &own);
            truths.extend(script::truths(&stories));
            self.walkers.push(Walker {
                phone,
                way: script::way(self.day.seed, n, self.day.minutes),
                said: vec![Vec::new(); stories.len()],
                stories,
                held: Vec::new(),
                uploads: 0,
            });
        }
        ensure!(
            !self.walkers.is_empty(),
            "nobody is assigned to anybody in this round"
        );
        Ok(truths)
    }

    /// Invite a phone, redeem the invite, read its list.
    fn phone(&self, volunteer: Uuid) -> anyhow::Result<(Phone, Vec<Uuid>)> {
        let until = self.clock.now() + TimeDelta::hours(1);
        let invite = self.staff.post(
            &format!("/volunteers/{volunteer}/invites"),
            &json!({"expires_at": until}),
        )?;
        let link = invite["link"].as_str().unwrap_or_default();
        let token = link
            .split("#i=")
            .nth(1)
            .context("an invite without a token")?;
        let key = random_key();
        let redeem = json!({"token": token, "public_key": URL_SAFE_NO_PAD.encode(spki(&key)?), "label": "シミュレーション"});
        let (session, enrolled) = self.public.enter("/field/redeem", &redeem)?;
        let device = uuid(&enrolled["device_id"]).context("a phone without an id")?;
        let server = server_key(enrolled["seal_public_key"].as_str().unwrap_or_default())
            .context("the server's key cannot be read")?;
        let bundle = session.get("/field/bundle")?;
        let rounds = bundle["rounds"].as_array().into_iter().flatten();
        let members = rounds
            .filter(|r| uuid(&r["id"]) == Some(self.round))
            .flat_map(|r| r["members"].as_array().into_iter().flatten())
            .filter_map(|m| uuid(&m["id"]))
            .collect();
        Ok((Phone::new(device, key, server), members))
    }

    pub(super) fn tap(&mut self, phone: usize, story: usize, say: usize) -> anyhow::Result<()> {
        let walker = &mut self.walkers[phone];
        let said = &walker.stories[story].says[say];
        let corrects = said.corrects.map(|back| walker.said[story][say - back]);
        let payload = json!({"round_id": self.round, "member_id": said.member, "outcome": said.outcome, "attempt": said.attempt,
            "needs": [], "note": "", "corrects": corrects, "is_withdrawal": said.is_withdrawal});
        let off = TimeDelta::minutes(walker.way.clock_off_min);
        walker.phone.clock_offset_ms = -off.num_milliseconds();
        let tap = Tap {
            id: Uuid::now_v7(),
            kind: "observation",
            event: Some(self.event),
            observed_at: self.clock.now() + off,
            payload,
        };
        walker.said[story].push(tap.id);
        walker.held.push(
            walker
                .phone
                .seal(&tap)
                .map_err(|e| anyhow::anyhow!("{e:?}"))?,
        );
        self.taps += 1;
        Ok(())
    }

    /// Send what the phone holds. Sometimes the answer is lost, and all of it is sent again.
    pub(super) fn upload(&mut self, phone: usize) -> anyhow::Result<()> {
        let walker = &mut self.walkers[phone];
        if walker.held.is_empty() {
            return Ok(());
        }
        walker.uploads += 1;
        let is_lost =
            walker.way.loses_every > 0 && walker.uploads.is_multiple_of(walker.way.loses_every);
        for items in walker.held.chunks(200) {
            let body = json!({"items": items, "device_id": walker.phone.device, "held": items.len(), "device_time": self.clock.now()});
            for _ in 0..=usize::from(is_lost) {
                let answer = self.public.post("/field/sync", &body)?;
                self.uploads += 1;
                let results = answer["results"].as_array().cloned().unwrap_or_default();
                if results.len() != items.len() {
                    self.differences.push(format!(
                        "upload: {} items, {} answers",
                        items.len(),
                        results.len()
                    ));
                }
                for result in &results {
                    if !matches!(result["result"].as_str(), Some("stored" | "already_stored")) {
                        self.differences
                            .push(format!("item {}: {result}", result["id"]));
                    }
                }
            }
        }
        walker.held.clear();
        Ok(())
    }
}

impl Way {
    /// When what is tapped at a minute can leave.
    pub(super) fn heard_at(&self, minute: u32) -> u32 {
        match self.dead {
            Some((from, until)) if (from..until).contains(&minute) => until,
            _ => minute,
        }
    }
}
