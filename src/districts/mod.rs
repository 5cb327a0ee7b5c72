//! School districts (小学校区): the unit of rounds, volunteers and walls. They come from an imported map; towns never decide a
//! district silently, and whoever cannot be placed belongs to 「校区未定」, which has its own lead.
//!
//! A district that a new map no longer names ends (`valid_to`), it is never deleted.

pub mod api;
pub mod import;
pub mod store;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::{Uuid, uuid};

/// The group 「校区未定」, made by the migrations.
pub const UNDECIDED: Uuid = uuid!("00000000-0000-7000-8000-000000000000");

/// A district in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct District {
    pub id: Uuid,
    /// 学校コード, or what the map calls it.
    pub code: String,
    pub name: String,
    /// `school`, or `undecided` for 「校区未定」.
    pub kind: String,
    /// Drawn by us, nobody's real border: pages say so.
    pub is_synthetic: bool,
    /// People kept here; null for those who see no residents.
    pub residents: Option<i64>,
}
