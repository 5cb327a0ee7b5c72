//! Whole-process faults on a private database that keeps every promise (fsync on): what is killed, left over or wrong at
//! the start. Other tests use a quick cluster; these have one each.
#![allow(clippy::unwrap_used)]

mod embedded;
mod external;
mod ground;
mod logins;
mod receipts;
mod service;
