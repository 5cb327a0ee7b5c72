//! Machimori (まちもり): one chain from the roster of residents who need help, through safety rounds, shelters and evacuation
//! buildings, to the victim registry. Modules in reading order; slices may call only those before them (docs/ARCHITECTURE.md).

// The overrides of sqlx.toml name our types from the crate's root, in the library and in tests alike.
extern crate self as machimori;

pub mod addresses;
pub mod app;
pub mod assets;
pub mod audit;
pub mod audit_trail;
pub mod call;
pub mod cli;
pub mod clock;
pub mod closing;
pub mod config;
pub mod data_keys;
pub mod db;
pub mod door;
pub mod embedded;
pub mod field_words;
pub mod geometry;
pub mod jobs;
pub mod keys;
pub mod live;
pub mod mail;
pub mod metrics;
pub mod migrate;
pub mod problem;
pub mod router;
pub mod serve;
pub mod sheet;
pub mod tables;
pub mod text;
pub mod tiles;

pub mod city;

pub mod accounts;
pub mod disclosure;
pub mod districts;
pub mod drills;
pub mod events;
pub mod imports;
pub mod ogc;
pub mod operations;
pub mod people;
pub mod safety;
pub mod shelters;
pub mod support_roster;

pub mod field;

pub mod coverage;
pub mod victims;

pub mod export;
pub mod reports;

pub mod demo;
pub mod simulate;
