//! An upload, before the database: parsed item by item, verified, opened; whatever cannot be used is named with its reason.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::signature::ParsedPublicKey;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::Reason;
use super::item::{Envelope, Kind, Said};
use super::seal::{self, Sealed};
use crate::app::App;
use crate::problem::{Problem, Result};
use crate::safety::record::key_of;

/// Items in one upload, at most.
pub const MAX_ITEMS: usize = 200;
/// Bytes of one upload, at most.
pub const MAX_BYTES: usize = 256 * 1024;

/// The body of an upload. Items stay text: each is parsed alone.
#[derive(Deserialize)]
pub struct Upload<'a> {
    #[serde(borrow)]
    pub items: Vec<&'a RawValue>,
    #[serde(default)]
    pub device_id: Option<Uuid>,
    /// How many items the phone holds, these included.
    #[serde(default)]
    pub held: Option<u32>,
}

/// One item, ready to be written.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub index: usize,
    /// The row's key: the item's own id when its signature holds, else a digest of the text, so that nobody can take an id
    /// from somebody else and the same rubbish is kept once.
    pub key: Uuid,
    /// The id that the text names, for the receipt.
    pub named: Option<Uuid>,
    /// The device, once its signature holds.
    pub device: Option<Uuid>,
    pub seq: Option<i64>,
    pub envelope: Option<Envelope>,
    /// Absent: to be set aside as `refused`.
    pub said: Option<Said>,
    pub refused: Option<Reason>,
    pub raw: String,
}

impl Prepared {
    pub fn kind(&self) -> Kind {
        match (&self.said, &self.envelope) {
            (Some(_), Some(envelope)) => envelope.kind,
            _ => Kind::Unreadable,
        }
    }
}

/// Device keys, limits for what nobody vouches for, and the memory that uploads may take.
pub struct Receiver {
    keys: RwLock<HashMap<Uuid, ParsedPublicKey>>,
    /// In KiB: what one address may leave here without a known device's signature …
    per_address: DefaultKeyedRateLimiter<String>,
    /// … and all addresses together, so that a flood cannot fill the disk.
    altogether: DefaultDirectRateLimiter,
    /// In KiB: uploads being worked on.
    memory: Arc<Semaphore>,
    /// Large uploads are verified a few at a time, beside the threads that answer.
    verifying: Semaphore,
}

const MEMORY_KIB: usize = 64 * 1024;
const KEYS_KEPT: usize = 20_000;
/// Up to this many items are verified (0.1 ms each) on the thread that answers.
const FEW: usize = 4;

impl Default for Receiver {
    fn default() -> Self {
        let quota = |burst_kib: u32, kib_per_s: u32| {
            let burst = NonZeroU32::new(burst_kib).unwrap_or(NonZeroU32::MIN);
            Quota::with_period(Duration::from_secs(1) / kib_per_s.max(1))
                .unwrap_or(Quota::per_second(NonZeroU32::MIN))
                .allow_burst(burst)
        };
        Self {
            keys: RwLock::default(),
            per_address: RateLimiter::keyed(quota(512, 1)),
            altogether: RateLimiter::direct(quota(32 * 1024, 8)),
            memory: Arc::new(Semaphore::new(MEMORY_KIB)),
            verifying: Semaphore::new(2),
        }
    }
}

impl Receiver {
    /// Room for an upload of so many bytes, or 503.
    pub fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let kib = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX);
        self.memory
            .clone()
            .try_acquire_many_owned(kib)
            .map_err(|_| Problem::Unavailable { retry_after_s: 2 })
    }

    /// Parse, verify and open the items of an upload.
    pub async fn prepare(&self, app: &App, items: Vec<String>) -> Result<Vec<Prepared>> {
        let parsed: Vec<(String, Option<Sealed>)> = items
            .into_iter()
            .map(|raw| {
                let sealed = serde_json::from_str(&raw).ok();
                (raw, sealed)
            })
            .collect();
        let keys = self.keys_of(app, &parsed).await?;
        let is_few = parsed.len() <= FEW;
        let server = app.keys.clone();
        let work = move || {
            let open = |(index, (raw, sealed))| {
                prepare_one(index, raw, sealed, &keys, server.seal_secret())
            };
            parsed.into_iter().enumerate().map(open).collect()
        };
        if is_few {
            return Ok(work());
        }
        let _turn = self
            .verifying
            .acquire()
            .await
            .map_err(anyhow::Error::from)?;
        Ok(tokio::task::spawn_blocking(work)
            .await
            .map_err(anyhow::Error::from)?)
    }

    /// The keys of the devices named. A device's key never changes, so a known one is not asked for again.
    async fn keys_of(
        &self,
        app: &App,
        parsed: &[(String, Option<Sealed>)],
    ) -> Result<HashMap<Uuid, ParsedPublicKey>> {
        let mut found = HashMap::new();
        let mut missing = Vec::new();
        if let Ok(known) = self.keys.read() {
            for device in parsed.iter().filter_map(|(_, s)| Some(s.as_ref()?.device)) {
                match known.get(&device) {
                    Some(key) => _ = found.insert(device, key.clone()),
                    None => missing.push(device),
                }
            }
        }
        if !missing.is_empty() {
            for (device, spki) in super::store::public_keys(app.db.auth()?, &missing).await? {
                if let Some(key) = seal::device_key(&spki) {
                    found.insert(device, key);
                }
            }
            if let Ok(mut known) = self.keys.write() {
                if known.len() > KEYS_KEPT {
                    known.clear();
                }
                known.extend(found.iter().map(|(device, key)| (*device, key.clone())));
            }
        }
        Ok(found)
    }

    /// Leave out what no known device vouches for once its address (or everybody) has left too much of it. `Err` when
    /// nothing else is in the upload: the phone keeps it and comes back.
    pub fn within_limits(&self, items: Vec<Prepared>, block: &str) -> Result<Vec<Prepared>> {
        let mut wait = Duration::ZERO;
        let all = items.len();
        let kept: Vec<Prepared> = items
            .into_iter()
            .filter(|item| {
                item.device.is_some()
                    || match self.admit(item.raw.len(), block) {
                        Ok(()) => true,
                        Err(longer) => {
                            wait = wait.max(longer);
                            false
                        }
                    }
            })
            .collect();
        if kept.is_empty() && all > 0 {
            let retry_after_s = wait.as_secs().clamp(1, 600);
            return Err(Problem::TooMany { retry_after_s });
        }
        Ok(kept)
    }

    fn admit(&self, bytes: usize, block: &str) -> Result<(), Duration> {
        let kib = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX);
        let kib = NonZeroU32::new(kib).unwrap_or(NonZeroU32::MIN);
        let wait =
            |until: governor::NotUntil<_>| until.wait_time_from(DefaultClock::default().now());
        let too_much = Duration::from_secs(600);
        if self.per_address.len() > 10_000 {
            self.per_address.retain_recent();
        }
        self.per_address
            .check_key_n(&block.to_owned(), kib)
            .map_err(|_| too_much)?
            .map_err(wait)?;
        self.altogether
            .check_n(kib)
            .map_err(|_| too_much)?
            .map_err(wait)
    }
}

fn prepare_one(
    index: usize,
    raw: String,
    sealed: Option<Sealed>,
    keys: &HashMap<Uuid, ParsedPublicKey>,
    secret: &PrivateKey,
) -> Prepared {
    let mut item = Prepared {
        index,
        key: key_of(&raw),
        named: named_id(&raw),
        device: None,
        seq: None,
        envelope: None,
        said: None,
        refused: Some(Reason::Unreadable),
        raw: raw.replace('\0', ""),
    };
    let Some(sealed) = sealed else { return item };
    let Some(key) = keys.get(&sealed.device) else {
        item.refused = Some(Reason::UnknownDevice);
        return item;
    };
    if sealed.verify(key).is_err() {
        item.refused = Some(Reason::BadSignature);
        return item;
    }
    item.key = sealed.id;
    item.device = Some(sealed.device);
    item.seq = Some(sealed.seq);
    item.envelope = sealed
        .open(secret)
        .ok()
        .and_then(|plain| Envelope::parse(&plain, sealed.id, sealed.seq));
    item.said = item.envelope.as_ref().and_then(|e| e.said().ok());
    if item.said.is_some() {
        item.refused = None;
    }
    item
}

/// The id that an item bears, however broken the rest of it is.
fn named_id(raw: &str) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Named {
        id: Uuid,
    }
    serde_json::from_str::<Named>(raw).ok().map(|n| n.id)
}
