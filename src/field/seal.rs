//! The sealed form in which an item leaves a phone's screen: encrypted to the server's key and signed by the device's, so that
//! it may rest, be carried and be uploaded by anyone (docs/api.md, "Sync protocol"). `web/src/offline/seal.ts` is the same
//! form; both answer to `tests/vectors/seal.json`.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::pkcs8::DecodePublicKey;
use p256::{PublicKey, SecretKey};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

const INFO: &str = "machimori-item-v1";

/// One sealed item as it is stored in an outbox and uploaded. Bytes are base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sealed {
    /// The form's version: 1.
    pub v: u8,
    /// The envelope's UUIDv7.
    pub id: Uuid,
    /// The device that signed it.
    pub device: Uuid,
    /// The device's own count, rising by one with each tap.
    pub seq: i64,
    /// A fresh P-256 point, raw uncompressed (65 bytes).
    pub epk: String,
    /// 12 bytes.
    pub iv: String,
    /// AES-256-GCM ciphertext with its tag.
    pub ct: String,
    /// ECDSA P-256 with SHA-256, r‖s (64 bytes).
    pub sig: String,
}

/// Why an item cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("the signature is not the device's over this item")]
    Signature,
    #[error("the item is not sealed to this server's key in the form of version 1")]
    Sealed,
}

/// The key that a device signs with, from its SPKI (DER); `None` when it is no P-256 key.
pub fn device_key(spki: &[u8]) -> Option<ParsedPublicKey> {
    let point = PublicKey::from_public_key_der(spki)
        .ok()?
        .to_sec1_point(false);
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.as_bytes()).ok()
}

/// A server's seal key as phones receive it: raw P-256 point in base64url.
pub fn server_key(base64url: &str) -> Option<PublicKey> {
    PublicKey::from_sec1_bytes(&URL_SAFE_NO_PAD.decode(base64url).ok()?).ok()
}

impl Sealed {
    /// Seal `plain` with a given ephemeral key and nonce. Phones draw both anew for every item ([`super::phone::Phone`]).
    pub fn with(
        header: (Uuid, Uuid, i64),
        plain: &[u8],
        server: &PublicKey,
        device_key: &SigningKey,
        ephemeral: &SecretKey,
        iv: [u8; 12],
    ) -> Result<Self, SealError> {
        let (id, device, seq) = header;
        let mut item = Self {
            v: 1,
            id,
            device,
            seq,
            epk: URL_SAFE_NO_PAD.encode(ephemeral.public_key().to_sec1_point(false)),
            iv: URL_SAFE_NO_PAD.encode(iv),
            ct: String::new(),
            sig: String::new(),
        };
        let aad = item.bound();
        let ct = cipher(ephemeral.diffie_hellman(server).raw_secret_bytes())
            .encrypt(
                &Nonce::from(iv),
                Payload {
                    msg: plain,
                    aad: aad.as_bytes(),
                },
            )
            .map_err(|_| SealError::Sealed)?;
        item.ct = URL_SAFE_NO_PAD.encode(ct);
        let sig: Signature = device_key.sign(item.signed_text().as_bytes());
        item.sig = URL_SAFE_NO_PAD.encode(sig.to_bytes());
        Ok(item)
    }

    /// Check that `key` signed exactly this item.
    pub fn verify(&self, key: &ParsedPublicKey) -> Result<(), SealError> {
        let sig = decode(&self.sig).map_err(|_| SealError::Signature)?;
        key.verify_sig(self.signed_text().as_bytes(), &sig)
            .map_err(|_| SealError::Signature)
    }

    /// The plain envelope, with the server's secret.
    pub fn open(&self, secret: &PrivateKey) -> Result<Vec<u8>, SealError> {
        if self.v != 1 {
            return Err(SealError::Sealed);
        }
        let point = UnparsedPublicKey::new(&ECDH_P256, decode(&self.epk)?);
        let iv: [u8; 12] = decode(&self.iv)?
            .try_into()
            .map_err(|_| SealError::Sealed)?;
        let ct = decode(&self.ct)?;
        let aad = self.bound();
        agree(secret, point, SealError::Sealed, |shared| {
            Ok(cipher(shared))
        })?
        .decrypt(
            &Nonce::from(iv),
            Payload {
                msg: &ct,
                aad: aad.as_bytes(),
            },
        )
        .map_err(|_| SealError::Sealed)
    }

    /// What the ciphertext is bound to.
    fn bound(&self) -> String {
        format!("{}\n{}\n{}", self.id, self.device, self.seq)
    }

    /// What the device signs.
    fn signed_text(&self) -> String {
        let Self { epk, iv, ct, .. } = self;
        format!("{INFO}\n{}\n{epk}\n{iv}\n{ct}", self.bound())
    }
}

fn decode(text: &str) -> Result<Vec<u8>, SealError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Sealed)
}

/// AES-256-GCM under HKDF-SHA-256 of the shared x-coordinate.
fn cipher(shared: &[u8]) -> Aes256Gcm {
    let mut key = [0u8; 32];
    Hkdf::<Sha256>::new(None, shared)
        .expand(INFO.as_bytes(), &mut key)
        .expect("32 bytes are a valid HKDF length");
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(key))
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
