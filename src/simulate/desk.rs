//! Headquarters: what it types of what it was told, and what it does about calls.

use anyhow::bail;
use serde_json::json;
use uuid::Uuid;

use super::play::Play;
use super::script::{Answer, By, Say};
use super::walker::Hand;

impl Play<'_> {
    /// Somebody says something.
    pub(super) fn say(&mut self, walker: usize, story: usize, say: usize) -> anyhow::Result<()> {
        let now = self.clock.now();
        let who = &mut self.walkers[walker];
        let said = who.stories[story].says[say].clone();
        let corrects = said.corrects.and_then(|other| who.said[story][other]);
        let id = match (said.by, &mut who.hand) {
            (By::Desk, _) => self.type_at_desk(&said, corrects)?,
            (By::Link, _) => self.answer_by_link(&said, corrects)?,
            (By::Walker, Hand::Phone(phone)) => {
                let payload = json!({"round_id": self.round, "member_id": said.member, "outcome": said.outcome, "attempt": said.attempt,
                    "marker": said.marker, "for_household": said.for_household, "told_by": said.told_by, "needs": [], "note": "",
                    "corrects": corrects, "is_withdrawal": said.is_withdrawal});
                phone.tap("observation", self.event, now, payload)?
            }
            (By::Walker, Hand::Paper(paper)) => paper.write(now, &said, corrects),
            (By::Walker, Hand::Desk) => bail!("the desk goes to nobody"),
        };
        self.walkers[walker].said[story][say] = Some(id);
        self.tally.words += 1;
        Ok(())
    }

    fn type_at_desk(&mut self, say: &Say, corrects: Option<Uuid>) -> anyhow::Result<Uuid> {
        let id = Uuid::now_v7();
        let body = json!({"id": id, "outcome": say.outcome, "attempt": say.attempt, "marker": say.marker, "told_by": say.told_by,
            "for_household": say.for_household, "corrects": corrects, "is_withdrawal": say.is_withdrawal, "observed_at": self.clock.now()});
        let path = format!("/rounds/{}/members/{}/observations", self.round, say.member);
        self.staff.post(&path, &body)?;
        self.tally.heard(1);
        Ok(id)
    }

    /// What a walker holds reaches headquarters.
    pub(super) fn send(&mut self, walker: usize) -> anyhow::Result<()> {
        match &mut self.walkers[walker].hand {
            Hand::Phone(phone) => {
                self.tally.heard(phone.held());
                phone.upload(&self.public, self.clock.now(), &mut self.tally)
            }
            Hand::Paper(_) => self.type_in(walker),
            Hand::Desk => Ok(()),
        }
    }

    /// Headquarters takes a call, gives it to a team, closes it with what was found.
    pub(super) fn answer(&self, walker: usize, story: usize, step: usize) -> anyhow::Result<()> {
        let who = &self.walkers[walker];
        let told = &who.stories[story];
        let (Some(answer), Some(Some(call))) = (told.call, who.said[story].first()) else {
            bail!("an answer to a call that nobody made");
        };
        let path = format!("/rescues/{}", told.says[0].member);
        let id = Uuid::now_v7();
        match (step, answer) {
            (0, _) => self.staff.post(&format!("{path}/steps"), &json!({"id": id, "kind": "acknowledged"})),
            (1, _) => self
                .staff
                .post(&format!("{path}/steps"), &json!({"id": id, "kind": "assigned", "given_to": "救護班"})),
            (_, Answer::Closed) => {
                let found = json!({"id": id, "closes": [call], "outcome": "injured_minor", "how": "救護班が手当てした（シミュレーション）"});
                self.staff.post(&format!("{path}/resolve"), &found)
            }
            (_, Answer::Open) => return Ok(()),
        }
        .map(drop)
    }
}
