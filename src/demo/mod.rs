//! The demo city: a Toyonaka-like city of invented people, for trying everything on.
//!
//! Whoever starts the service for the first time, shows it, or tests it uses this. All of it follows
//! from one seed number: the same seed and the same version of this module give the same city to the
//! byte, of any size. The city has its own day (`TODAY`), so that ages and dates do not move.
//!
//! A demo and real people never share a database: the loader refuses one that holds other people and
//! marks its own (`instance.is_demo`), which every page shows (phones learn it when they enrol and with each list). The loader is the one place that writes
//! the tables of other slices; it stands last in their order.

mod batch;
pub mod city;
pub mod command;
mod consents;
mod contacts;
pub mod dice;
pub mod districts;
pub mod drill;
pub mod files;
pub mod ground;
pub mod households;
pub mod load;
pub mod logins;
pub mod names;
pub mod needs;
mod progress;
pub mod residences;
pub mod sites;
mod store;
pub mod volunteers;
pub mod welcome;

use chrono::NaiveDate;
use uuid::Uuid;

/// The day on which the demo city stands still: ages, lists and consents are as of this day.
pub const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day of the calendar");

/// How the city is called wherever a name is shown.
pub const MUNICIPALITY: &str = "豊中市（デモ）";
/// 全国地方公共団体コード of 豊中市.
pub const LG_CODE: &str = "272035";

/// The number that the demo's phones and papers name: nobody's.
pub const PHONE: &str = "06-0000-0000";

/// The group 「校区未定」, made by the migrations.
pub const UNDECIDED: Uuid = Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000);
