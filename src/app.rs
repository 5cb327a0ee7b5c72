//! Everything a request may need, built once.

use std::net::IpAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::closing::{AfterClosing, AfterStart};
use crate::config::{CrowdingFrom, ServeConfig};
use crate::db::Db;
use crate::drills::live::{self as drill_live, AttendanceHub};
use crate::field::Field;
use crate::keys::Keys;
use crate::mail::MailServer;
use crate::operations;
use crate::reports;
use crate::safety::live::{self, BoardHub};
use crate::safety::self_report::Door;
use crate::shelters::live::LiveIndex;
use crate::tiles;

/// Settings that requests read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Without a trailing slash.
    pub public_url: String,
    pub trusted_proxies: Vec<IpAddr>,
    /// Stands in for a city that has not stated its number.
    pub district_phone: Option<String>,
    pub silent_minutes: i64,
    pub standby_bundle: bool,
    /// What the placard of households is called here.
    pub marker_label: String,
    /// After so long a rescue that nobody handed over rings again.
    pub ring_minutes: i64,
    pub crowding: CrowdingFrom,
    /// Not set: mails wait in the queue.
    pub mail: Option<MailServer>,
    pub var: PathBuf,
    /// The program that parses untrusted tables in a child process: this binary.
    pub program: PathBuf,
}

impl Settings {
    pub fn from_config(config: &ServeConfig) -> anyhow::Result<Self> {
        Ok(Self {
            public_url: config.public_url(),
            trusted_proxies: config.trusted_proxies.clone(),
            district_phone: config.district_phone(),
            silent_minutes: config.silent_minutes,
            standby_bundle: config.standby_bundle,
            marker_label: config.marker_label.clone(),
            ring_minutes: config.ring_minutes,
            crowding: config.crowding,
            mail: MailServer::from_config(&config.mail)?,
            var: config.database.var.clone(),
            program: std::env::current_exe()?,
        })
    }
}

/// The parts that requests share.
pub struct Parts {
    pub settings: Settings,
    pub db: Db,
    pub keys: Keys,
    pub clock: Clock,
    /// The sites in memory: answers whether the database is there or not.
    pub sites: LiveIndex,
    pub field: Field,
    pub tiles: tiles::Kept,
    /// The boards that somebody watches.
    pub boards: Arc<BoardHub>,
    /// The attendance of drills that somebody watches.
    pub attendance: Arc<AttendanceHub>,
    /// What follows in the transaction that closes a round or ends an event.
    pub after_closing: AfterClosing,
    /// What follows in the transaction that starts a round.
    pub after_start: AfterStart,
    /// The door of personal links.
    pub links: Door,
}

/// The application state; cheap to clone.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
}

impl App {
    pub fn new(settings: Settings, keys: Keys) -> Self {
        Self {
            parts: Arc::new(Parts {
                settings,
                db: Db::default(),
                keys,
                clock: Clock::default(),
                sites: LiveIndex::default(),
                field: Field::default(),
                tiles: tiles::Kept::default(),
                boards: Arc::new(live::hub()),
                attendance: Arc::new(drill_live::hub()),
                after_closing: reports::closing::after,
                after_start: operations::rounds::at_start,
                links: Door::default(),
            }),
        }
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}
