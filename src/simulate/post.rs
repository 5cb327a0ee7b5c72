//! Residents who are asked by mail: whose the links are, and what they answer by them.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;
use uuid::Uuid;

use super::mailbox::MailBox;
use super::play::Play;
use super::script::{Link, Say};

/// A link in somebody's hand.
pub(super) struct Held {
    token: String,
    pub link: Link,
}

/// So long may mails wait without one of them leaving.
const PATIENCE: Duration = Duration::from_secs(120);

impl Play<'_> {
    /// Wait until every mail of the round has left, and see whom they reach.
    pub(super) fn receive_mails(
        &mut self,
        mail_box: &MailBox,
        members: &[Uuid],
    ) -> anyhow::Result<()> {
        self.wait_for_mails()?;
        let mut of_address: BTreeMap<String, (String, bool, Vec<Uuid>)> = BTreeMap::new();
        for member in members {
            let path = format!("/rounds/{}/members/{member}", self.round);
            let shown = self.staff.get(&path)?;
            let contacts = shown["contacts"].as_array().into_iter().flatten();
            for contact in contacts.filter(|c| c["kind"] == "mail") {
                let address = contact["value"].as_str().unwrap_or_default().to_lowercase();
                if let Some(token) = mail_box.token_of(&address) {
                    let held = of_address.entry(address);
                    let held = held.or_insert((token, false, Vec::new()));
                    held.1 |= contact["holder"] != "";
                    held.2.push(*member);
                }
            }
        }
        ensure!(
            !of_address.is_empty(),
            "no mail came: either nobody of these districts has a mail address, or the service sends its mails elsewhere (MACHIMORI_SMTP_URL)"
        );
        for (token, is_family, members) in of_address.into_values() {
            let link = Link {
                is_family,
                for_household: members.len() > 1,
            };
            self.links.entry(members[0]).or_insert(Held { token, link });
        }
        Ok(())
    }

    fn wait_for_mails(&self) -> anyhow::Result<()> {
        let mut waited = Duration::ZERO;
        let mut before = None;
        loop {
            let mails = self.staff.get(&format!("/rounds/{}/mails", self.round))?;
            ensure!(
                mails["has_mail_server"] == true,
                "the service knows no mail server: MACHIMORI_SMTP_URL=smtp://<the address of --mail-listen>"
            );
            let queued = mails["queued"].as_u64();
            if queued == Some(0) {
                return Ok(());
            }
            waited = if before == queued {
                waited
            } else {
                Duration::ZERO
            };
            ensure!(
                waited < PATIENCE,
                "mails wait and do not leave: {}",
                mails["unreachable_words"]
            );
            before = queued;
            std::thread::sleep(Duration::from_millis(500));
            waited += Duration::from_millis(500);
        }
    }

    /// As a resident's page does it: look what it is about, then answer.
    pub(super) fn answer_by_link(
        &mut self,
        say: &Say,
        corrects: Option<Uuid>,
    ) -> anyhow::Result<Uuid> {
        let held = self.links.get(&say.member);
        let Held { token, link } = held.context("an answer by a link that nobody has")?;
        let opened = self
            .public
            .post("/answers/open", &json!({"token": token}))?;
        let speaks_as = if link.is_family { "family" } else { "self" };
        if opened["speaks_as"] != speaks_as || opened["for_household"] != link.for_household {
            let told = format!("link of {}: {opened}, true is {link:?}", say.member);
            self.tally.differences.push(told);
        }
        let id = Uuid::now_v7();
        let body = json!({"token": token, "id": id, "outcome": say.outcome, "corrects": corrects});
        self.public.post("/answers", &body)?;
        self.tally.heard(1);
        Ok(id)
    }
}
