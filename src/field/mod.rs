//! What volunteers' phones bring and take: sealed items in, the list of assigned people out.
//!
//! Invariants: an acknowledged item is stored, once, whatever else is in its upload; what cannot be used is stored set aside
//! (quarantined) with its reason and never refused; the signature is the authority, so anybody may carry items; the bundle
//! holds only people whose disclosure to this phone is lawful now, the help they need and never a diagnosis.

pub mod api;
mod batch;
mod bind;
pub mod bundle;
mod carry;
mod facts;
mod ingest;
pub mod item;
pub mod kinds;
pub mod phone;
mod receive;
pub mod seal;
mod settle;
mod store;
mod work;

pub use facts::{STANDING_EVENT, STANDING_ROUND};

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::db::{Principal, Scope};
use crate::problem::Result;

/// Why an item was set aside. It is kept with its raw text and shown to both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ItemReason)]
pub enum Reason {
    /// Not an item of version 1, not sealed to this server's key, or not of its kind's shape.
    Unreadable,
    /// Not signed by the device it names.
    BadSignature,
    UnknownDevice,
    RevokedDevice,
    UnknownRound,
    UnknownMember,
    /// Its id came before with another body; both are kept.
    IdReused,
    /// Happened after the disaster's event was ended.
    EventEnded,
    /// Happened after the drill's end: 「本番かもしれない」
    MaybeReal,
    /// About somebody outside the device's districts and not assigned to it.
    NotAssigned,
    /// A shelter, venue or desk that is not there.
    UnknownPlace,
    /// Somebody at a gate whom nobody knows.
    UnknownPerson,
    /// Not this device's to say: a volunteer opens no shelter.
    NotEntitled,
    /// Received at one place while staying at another: counted, and shown for settling.
    SecondPlace,
    /// Received at a place that is closed: counted, and shown.
    ClosedPlace,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::BadSignature => "bad_signature",
            Self::UnknownDevice => "unknown_device",
            Self::RevokedDevice => "revoked_device",
            Self::UnknownRound => "unknown_round",
            Self::UnknownMember => "unknown_member",
            Self::IdReused => "id_reused",
            Self::EventEnded => "event_ended",
            Self::MaybeReal => "maybe_real",
            Self::NotAssigned => "not_assigned",
            Self::UnknownPlace => "unknown_place",
            Self::UnknownPerson => "unknown_person",
            Self::NotEntitled => "not_entitled",
            Self::SecondPlace => "second_place",
            Self::ClosedPlace => "closed_place",
        }
    }
}

/// What became of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    Stored,
    /// The same item came before; saying it twice is the same as once.
    AlreadyStored,
    Quarantined,
}

/// The answer about one item. The phone deletes an item only when a receipt names its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipt {
    /// The item's place in the upload.
    pub index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    pub result: Disposition,
    /// Why it was set aside: `unreadable bad_signature unknown_device revoked_device unknown_round unknown_member id_reused
    /// event_ended maybe_real not_assigned unknown_place unknown_person not_entitled second_place closed_place`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the service keeps in memory for phones: their keys, the limits, the writers' queue.
#[derive(Clone, Default)]
pub struct Field {
    receiver: Arc<receive::Receiver>,
    writer: Arc<ingest::Writer>,
    epoch: Arc<OnceCell<Uuid>>,
}

impl Field {
    /// How many uploads were told to come back because too many waited, since the service began.
    pub fn put_off(&self) -> u64 {
        self.writer.put_off()
    }

    /// Which copy of the ledger this is. A restored copy has another and is another process.
    async fn epoch(&self, app: &App) -> Result<Uuid> {
        let read = || async {
            let mut tx = app.db.begin_read(&Scope::of(Principal::Ingest)).await?;
            let epoch = store::epoch(&mut tx).await?;
            tx.commit().await?;
            Ok(epoch)
        };
        self.epoch.get_or_try_init(read).await.copied()
    }
}
