//! What is said of a shelter: that it opens or closes, and how many are there.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::operations::opening::{Crowding, Status};

/// Payload of an opening.
#[derive(Debug, Clone, Deserialize)]
pub struct Opening {
    pub site_id: Uuid,
    pub status: Status,
    /// 自主開設: by whoever is there, without headquarters.
    #[serde(default)]
    pub is_self_opened: bool,
    /// As somebody there sees it; by the census when not said.
    #[serde(default)]
    pub crowding: Option<Crowding>,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub corrects: Option<Uuid>,
}

impl Opening {
    /// Only what is open was opened by oneself.
    pub fn is_whole(&self) -> bool {
        !self.is_self_opened || self.status == Status::Open
    }
}

/// Payload of a head-count (避難所状況報告). What is not said is 「未確認」, never zero.
#[derive(Debug, Clone, Deserialize)]
pub struct HeadCount {
    pub site_id: Uuid,
    pub as_of: DateTime<Utc>,
    pub people: u32,
    #[serde(default)]
    pub households: Option<u32>,
    #[serde(default)]
    pub men: Option<u32>,
    #[serde(default)]
    pub women: Option<u32>,
    /// Staying the night.
    #[serde(default)]
    pub sleeping: Option<u32>,
    #[serde(default)]
    pub infants: Option<u32>,
    #[serde(default)]
    pub elderly: Option<u32>,
    #[serde(default)]
    pub care: Option<u32>,
    #[serde(default)]
    pub disabled: Option<u32>,
    #[serde(default)]
    pub pregnant: Option<u32>,
    #[serde(default)]
    pub foreign_people: Option<u32>,
    #[serde(default)]
    pub unwell: Option<u32>,
    #[serde(default)]
    pub at_home: Option<u32>,
    #[serde(default)]
    pub in_vehicles: Option<u32>,
    #[serde(default)]
    pub pets: Option<u32>,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub reported_by: String,
    #[serde(default)]
    pub corrects: Option<Uuid>,
}
