//! The key-encryption key and what is derived from it: HMAC keys for invites, the seal key that phones encrypt to, and envelope
//! encryption for the few columns that SQL never needs (TOTP seeds, medical free text).

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use anyhow::{Context, anyhow, bail};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What an HMAC is for; each purpose has its own key.
#[derive(Debug, Clone, Copy)]
pub enum HmacPurpose {
    InviteToken,
    InviteCode,
    DutyCode,
    RecoveryCode,
    /// A resident's personal link.
    LinkToken,
    /// A venue's poster.
    PosterToken,
    /// A card that is read at a gate.
    CardCode,
    /// Log-in names and addresses in the try counters: counted without being kept readable.
    RateKey,
}

/// Which column an envelope belongs to; bound into the ciphertext so that values cannot be swapped.
#[derive(Debug, Clone, Copy)]
pub enum SealPurpose {
    Totp,
    Medical,
    /// A personal link's token, kept so that a reminder bears the same link.
    LinkToken,
    /// A venue's poster, kept so that it can be printed again.
    PosterToken,
    /// The medical part of an individual evacuation plan.
    Plan,
    /// Another key ([`Keys::new_data_key`]).
    DataKey,
}

/// Keys derived from `MACHIMORI_KEY_FILE`; cheap to clone.
#[derive(Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    master: [u8; 32],
    seal_secret: PrivateKey,
    seal_public: Vec<u8>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Read the key file, or make one (0600) where none is. Refuses a file that others may read.
    pub fn load_or_create(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            if let Some(dir) = path.parent() {
                fs::create_dir_all(dir)
                    .with_context(|| format!("cannot make {}", dir.display()))?;
            }
            let mut key = [0u8; 32];
            rand::fill(&mut key);
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .with_context(|| format!("cannot write the key file {}", path.display()))?;
            writeln!(file, "{}", STANDARD.encode(key))?;
            file.sync_all()?;
        }
        let mode = fs::metadata(path)?.permissions().mode();
        if mode & 0o077 != 0 {
            bail!(
                "the key file {} may be read by others (mode {:o}); run: chmod 600 {0}",
                path.display(),
                mode & 0o777
            );
        }
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the key file {}", path.display()))?;
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| anyhow!("the key file {} is not base64", path.display()))?;
        let master: [u8; 32] = bytes
            .try_into()
            .map_err(|_| anyhow!("the key file {} does not hold 32 bytes", path.display()))?;
        Self::from_master(master)
    }

    /// Keys from 32 known bytes (tests).
    pub fn from_master(master: [u8; 32]) -> anyhow::Result<Self> {
        // A P-256 scalar is out of range about once in 2^32; take the next counter then.
        let seal_secret = (0u8..=255)
            .find_map(|n| {
                let bytes = derive(&master, &[b"seal-p256".as_slice(), &[n]].concat());
                PrivateKey::from_private_key(&ECDH_P256, &bytes).ok()
            })
            .context("no seal key could be derived")?;
        let seal_public = seal_secret
            .compute_public_key()
            .context("the seal key has no public point")?
            .as_ref()
            .to_vec();
        Ok(Self {
            inner: Arc::new(Inner {
                master,
                seal_secret,
                seal_public,
            }),
        })
    }

    /// The secret that opens sealed items of phones.
    pub(crate) fn seal_secret(&self) -> &PrivateKey {
        &self.inner.seal_secret
    }

    /// The public point that phones seal to: raw uncompressed P-256 (65 bytes), base64url.
    pub fn seal_public_base64(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.inner.seal_public)
    }

    /// HMAC-SHA-256 of `value` under the purpose's key.
    pub fn hmac(&self, purpose: HmacPurpose, value: &[u8]) -> Vec<u8> {
        let key = derive(&self.inner.master, format!("hmac:{purpose:?}").as_bytes());
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&key)
            .expect("HMAC takes keys of any length");
        mac.update(value);
        mac.finalize().into_bytes().to_vec()
    }

    /// Encrypt a column's value for the row `id` (AES-256-GCM; nonce in front).
    pub fn seal(&self, purpose: SealPurpose, id: Uuid, plain: &[u8]) -> anyhow::Result<Vec<u8>> {
        encrypt(&self.cipher(purpose), id, plain)
    }

    /// Decrypt what [`Keys::seal`] made for the same purpose and row.
    pub fn open(&self, purpose: SealPurpose, id: Uuid, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        decrypt(&self.cipher(purpose), id, sealed)
    }

    /// A fresh data key, and itself wrapped for the row `id`: destroying the row destroys what the key sealed.
    pub fn new_data_key(&self, id: Uuid) -> anyhow::Result<(DataKey, Vec<u8>)> {
        let mut key = [0u8; 32];
        rand::fill(&mut key);
        let wrapped = self.seal(SealPurpose::DataKey, id, &key)?;
        Ok((DataKey(cipher(key)), wrapped))
    }

    /// The data key that [`Keys::new_data_key`] wrapped for the row `id`.
    pub fn unwrap_data_key(&self, id: Uuid, wrapped: &[u8]) -> anyhow::Result<DataKey> {
        let key: [u8; 32] = self
            .open(SealPurpose::DataKey, id, wrapped)?
            .try_into()
            .map_err(|_| anyhow!("a data key does not hold 32 bytes"))?;
        Ok(DataKey(cipher(key)))
    }

    fn cipher(&self, purpose: SealPurpose) -> Aes256Gcm {
        cipher(derive(
            &self.inner.master,
            format!("column:{purpose:?}").as_bytes(),
        ))
    }
}

/// A key of its own for what may have to become unreadable for ever: one per purpose and event (`data_key`).
pub struct DataKey(Aes256Gcm);

impl DataKey {
    /// Encrypt a column's value for the row `id`.
    pub fn seal(&self, id: Uuid, plain: &[u8]) -> anyhow::Result<Vec<u8>> {
        encrypt(&self.0, id, plain)
    }

    /// Decrypt what [`DataKey::seal`] made for the same row.
    pub fn open(&self, id: Uuid, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        decrypt(&self.0, id, sealed)
    }
}

fn cipher(key: [u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(key))
}

/// AES-256-GCM with the row's id bound in; nonce in front.
fn encrypt(cipher: &Aes256Gcm, id: Uuid, plain: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut nonce = [0u8; 12];
    rand::fill(&mut nonce);
    let payload = Payload {
        msg: plain,
        aad: id.as_bytes(),
    };
    let ct = cipher
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|_| anyhow!("sealing failed"))?;
    Ok([nonce.as_slice(), &ct].concat())
}

fn decrypt(cipher: &Aes256Gcm, id: Uuid, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (nonce, ct) = sealed
        .split_at_checked(12)
        .context("sealed value is too short")?;
    let nonce: [u8; 12] = nonce.try_into()?;
    cipher
        .decrypt(
            &Nonce::from(nonce),
            Payload {
                msg: ct,
                aad: id.as_bytes(),
            },
        )
        .map_err(|_| {
            anyhow!(
                "a sealed column cannot be opened: another key file, or a value moved between rows"
            )
        })
}

fn derive(master: &[u8; 32], info: &[u8]) -> [u8; 32] {
    let mut out = [0u8; 32];
    Hkdf::<Sha256>::new(None, master)
        .expand(info, &mut out)
        .expect("32 bytes are a valid HKDF length");
    out
}

/// SHA-256, for tokens that are random enough to need no more.
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// An id that follows from others: whoever derives it, on whichever copy of the ledger, derives the same.
pub(crate) fn derived_id(text: &str) -> Uuid {
    let digest = Sha256::digest(text.as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// A fresh random token: 256 bits, base64url.
pub fn random_token() -> String {
    let mut bytes = [0u8; 32];
    rand::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::from_master([7; 32]).expect("keys")
    }

    #[test]
    fn a_sealed_value_opens_only_for_its_own_row_and_purpose() {
        let (row, other) = (Uuid::now_v7(), Uuid::now_v7());
        let sealed = keys()
            .seal(SealPurpose::Medical, row, "人工呼吸器".as_bytes())
            .expect("seals");
        assert_eq!(
            keys()
                .open(SealPurpose::Medical, row, &sealed)
                .expect("opens"),
            "人工呼吸器".as_bytes()
        );
        assert!(keys().open(SealPurpose::Medical, other, &sealed).is_err());
        assert!(keys().open(SealPurpose::Totp, row, &sealed).is_err());
    }

    #[test]
    fn what_a_data_key_sealed_opens_with_that_key_and_no_other() {
        let (key_row, row) = (Uuid::now_v7(), Uuid::now_v7());
        let (key, wrapped) = keys().new_data_key(key_row).expect("makes one");
        let sealed = key.seal(row, "床上浸水".as_bytes()).expect("seals");
        let again = keys().unwrap_data_key(key_row, &wrapped).expect("unwraps");
        assert_eq!(
            again.open(row, &sealed).expect("opens"),
            "床上浸水".as_bytes()
        );
        let (other, _) = keys().new_data_key(key_row).expect("makes another");
        assert!(other.open(row, &sealed).is_err());
        assert!(keys().unwrap_data_key(row, &wrapped).is_err());
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("k");
        let first = Keys::load_or_create(&path).expect("makes one");
        assert_eq!(
            first.seal_public_base64(),
            Keys::load_or_create(&path)
                .expect("reads it")
                .seal_public_base64()
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        let refusal = Keys::load_or_create(&path)
            .expect_err("refuses")
            .to_string();
        assert!(refusal.contains("chmod 600"), "{refusal}");
    }
}
