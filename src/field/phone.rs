//! A phone in Rust: keys, envelopes, seals. What stories, simulators and measurements send instead of a browser.

use chrono::{DateTime, Utc};
use p256::ecdsa::SigningKey;
use p256::pkcs8::EncodePublicKey;
use p256::{PublicKey, SecretKey};
use serde_json::{Value, json};
use uuid::Uuid;

use super::seal::{SealError, Sealed};

/// An enrolled device that seals items.
pub struct Phone {
    pub device: Uuid,
    key: SigningKey,
    server: PublicKey,
    /// The sequence number of the last item.
    pub seq: i64,
    /// What the phone believes to be server time minus its own.
    pub clock_offset_ms: i64,
}

/// What a tap says.
#[derive(Debug, Clone)]
pub struct Tap {
    pub id: Uuid,
    pub kind: &'static str,
    pub event: Option<Uuid>,
    pub observed_at: DateTime<Utc>,
    pub payload: Value,
}

impl Phone {
    pub fn new(device: Uuid, key: SigningKey, server: PublicKey) -> Self {
        Self {
            device,
            key,
            server,
            seq: 0,
            clock_offset_ms: 0,
        }
    }

    /// The envelope of a tap, with the next number of this phone.
    pub fn envelope(&mut self, tap: &Tap) -> Value {
        self.seq += 1;
        json!({
            "id": tap.id, "kind": tap.kind, "event": tap.event, "device_seq": self.seq,
            "observed_at": tap.observed_at, "clock_offset_ms": self.clock_offset_ms, "payload": tap.payload,
        })
    }

    /// Seal and sign a tap.
    pub fn seal(&mut self, tap: &Tap) -> Result<Sealed, SealError> {
        let envelope = self.envelope(tap).to_string();
        self.seal_text(tap.id, self.seq, &envelope)
    }

    /// Seal and sign any text under a header of one's choice.
    pub fn seal_text(&self, id: Uuid, seq: i64, plain: &str) -> Result<Sealed, SealError> {
        let mut iv = [0u8; 12];
        rand::fill(&mut iv);
        let header = (id, self.device, seq);
        Sealed::with(
            header,
            plain.as_bytes(),
            &self.server,
            &self.key,
            &random_secret(),
            iv,
        )
    }
}

/// A fresh signing key.
pub fn random_key() -> SigningKey {
    SigningKey::from(random_secret())
}

/// The public half as a phone enrols it (SPKI, DER).
///
/// # Errors
/// Never for a P-256 key.
pub fn spki(key: &SigningKey) -> anyhow::Result<Vec<u8>> {
    Ok(PublicKey::from(key.verifying_key())
        .to_public_key_der()
        .map_err(|e| anyhow::anyhow!("{e}"))?
        .as_bytes()
        .to_vec())
}

fn random_secret() -> SecretKey {
    loop {
        let mut bytes = [0u8; 32];
        rand::fill(&mut bytes);
        // Fails for numbers outside the curve's order: once in 2^32.
        if let Ok(secret) = SecretKey::from_slice(&bytes) {
            return secret;
        }
    }
}
