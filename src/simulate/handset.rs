//! A device that seals: a volunteer's phone or a gate's. Enrolled by its invite like any other, it holds what is tapped until it has a
//! signal.

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::door::Door;
use super::play::{Tally, uuid};
use super::script::Way;
use crate::field::phone::{Phone, Tap, random_key, spki};
use crate::field::seal::{Sealed, server_key};

pub(super) struct Handset {
    phone: Phone,
    pub way: Way,
    held: Vec<Sealed>,
    uploads: u32,
}

impl Handset {
    /// Redeem an invite; answers the device's own session as well.
    pub fn enrol(public: &Door, invite: &Value, way: Way) -> anyhow::Result<(Self, Door)> {
        let link = invite["link"].as_str().unwrap_or_default();
        let token = link.split("#i=").nth(1);
        let token = token.context("an invite without a token")?;
        let key = random_key();
        let redeem = json!({"token": token, "public_key": URL_SAFE_NO_PAD.encode(spki(&key)?), "label": "シミュレーション"});
        let (session, enrolled) = public.enter("/field/redeem", &redeem)?;
        let device = uuid(&enrolled["device_id"]).context("a phone without an id")?;
        let server = server_key(enrolled["seal_public_key"].as_str().unwrap_or_default())
            .context("the server's key cannot be read")?;
        let handset = Self {
            phone: Phone::new(device, key, server),
            way,
            held: Vec::new(),
            uploads: 0,
        };
        Ok((handset, session))
    }

    pub fn device(&self) -> Uuid {
        self.phone.device
    }

    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Seal what is tapped now; answers its id.
    pub fn tap(
        &mut self,
        kind: &'static str,
        event: Uuid,
        now: DateTime<Utc>,
        payload: Value,
    ) -> anyhow::Result<Uuid> {
        let off = TimeDelta::minutes(self.way.clock_off_min);
        self.phone.clock_offset_ms = -off.num_milliseconds();
        let tap = Tap {
            id: Uuid::now_v7(),
            kind,
            event: Some(event),
            observed_at: now + off,
            payload,
        };
        let sealed = self.phone.seal(&tap);
        self.held
            .push(sealed.map_err(|e| anyhow::anyhow!("{e:?}"))?);
        Ok(tap.id)
    }

    /// Send what is held. Sometimes the answer is lost, and all of it is sent again.
    pub fn upload(
        &mut self,
        public: &Door,
        now: DateTime<Utc>,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        self.uploads += 1;
        let is_lost = self.way.loses_every > 0 && self.uploads.is_multiple_of(self.way.loses_every);
        for items in self.held.chunks(200) {
            let body = json!({"items": items, "device_id": self.phone.device, "held": items.len(), "device_time": now});
            for _ in 0..=usize::from(is_lost) {
                let answer = public.post("/field/sync", &body)?;
                tally.uploads += 1;
                tally.check_receipts(items.len(), &answer);
            }
        }
        self.held.clear();
        Ok(())
    }
}

impl Tally {
    /// Each item has its own receipt.
    fn check_receipts(&mut self, sent: usize, answer: &Value) {
        let results = answer["results"].as_array().cloned().unwrap_or_default();
        if results.len() != sent {
            self.differences
                .push(format!("upload: {sent} items, {} answers", results.len()));
        }
        for result in &results {
            if !matches!(result["result"].as_str(), Some("stored" | "already_stored")) {
                self.differences
                    .push(format!("item {}: {result}", result["id"]));
            }
        }
    }
}
