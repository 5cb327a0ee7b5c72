//! What is said of a shelter: that it opens or closes, and how many are there.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::Deserialize;
use uuid::Uuid;

use crate::operations::head_count::Figures;
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
    /// The earlier word was not meant.
    #[serde(default)]
    pub is_withdrawal: bool,
}

impl Opening {
    /// Only what is open was opened by oneself, and what is taken back is named.
    pub fn is_whole(&self) -> bool {
        (!self.is_self_opened || self.status == Status::Open)
            && (!self.is_withdrawal || self.corrects.is_some())
    }
}

/// Payload of a head-count (避難所状況報告). What is not said is 「未確認」, never zero.
#[derive(Debug, Clone, Deserialize)]
pub struct HeadCount {
    pub site_id: Uuid,
    pub as_of: DateTime<Utc>,
    #[serde(flatten)]
    pub figures: Figures,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub reported_by: String,
    #[serde(default)]
    pub corrects: Option<Uuid>,
    #[serde(default)]
    pub is_withdrawal: bool,
}

impl HeadCount {
    /// Figures that can be, and what is taken back is named.
    pub fn is_whole(&self) -> bool {
        self.figures.validate().is_ok() && (!self.is_withdrawal || self.corrects.is_some())
    }
}
