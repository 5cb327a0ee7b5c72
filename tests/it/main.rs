//! Stories over the real door (HTTP, command line) on a real PostGIS: one module per slice, one database per test.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod accounts;
mod addresses;
mod channels;
mod contract;
mod coverage;
mod data_keys;
mod demo;
mod disclosure;
mod drills;
mod events;
mod field;
mod gate;
mod harness;
mod imports;
mod lawful;
mod mails;
mod matrix;
mod ogc;
mod operations;
mod oracle;
mod people;
mod reports;
mod review;
mod rounds;
mod sessions;
mod shelters;
mod simulate;
mod support_roster;
mod tables;
mod users;
mod victims;
mod walls;
mod walls_second;
mod working;
