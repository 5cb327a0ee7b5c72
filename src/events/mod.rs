//! Events: a drill or a disaster, on which everything operational hangs. Crisis staff start and end them; a district's lead may
//! when headquarters cannot be reached.
//!
//! Invariants: the kind is never edited (a wrong choice is ended and another event started); a drill ends by itself at its
//! planned end, whether or not anybody is there to end it; the standing event takes the real calls made out of drills.

pub mod api;
pub mod store;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The event that real calls made out of a drill belong to: 「訓練ではありません」.
pub const STANDING_EVENT: Uuid = Uuid::from_u128(0x00000000_0000_7000_8000_000000000001);

/// How long a drill runs when nobody says.
pub const DRILL_LASTS: TimeDelta = TimeDelta::hours(4);
/// The longest a drill may be planned.
pub const LONGEST_DRILL: TimeDelta = TimeDelta::hours(24);

/// 訓練 or 災害.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    Drill,
    Disaster,
}

impl EventKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drill => "drill",
            Self::Disaster => "disaster",
        }
    }
    /// 【訓練】 or 災害: on everything that leaves the screen.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Drill => "【訓練】",
            Self::Disaster => "災害",
        }
    }
    /// The kind that the table's check admits.
    pub(crate) fn of(word: &str) -> Self {
        if word == "drill" {
            Self::Drill
        } else {
            Self::Disaster
        }
    }
}

/// The eight kinds of disaster for which evacuation sites are designated (災害対策基本法施行令第20条の3), in
/// their fixed order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hazard {
    /// 洪水
    Flood,
    /// 崖崩れ、土石流及び地滑り
    Landslide,
    /// 高潮
    StormSurge,
    /// 地震
    Earthquake,
    /// 津波
    Tsunami,
    /// 大規模な火事
    LargeFire,
    /// 内水氾濫
    InlandFlood,
    /// 火山現象
    Volcano,
}

impl Hazard {
    pub const ALL: [Self; 8] = [
        Self::Flood,
        Self::Landslide,
        Self::StormSurge,
        Self::Earthquake,
        Self::Tsunami,
        Self::LargeFire,
        Self::InlandFlood,
        Self::Volcano,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flood => "flood",
            Self::Landslide => "landslide",
            Self::StormSurge => "storm_surge",
            Self::Earthquake => "earthquake",
            Self::Tsunami => "tsunami",
            Self::LargeFire => "large_fire",
            Self::InlandFlood => "inland_flood",
            Self::Volcano => "volcano",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hazard| hazard.as_str() == word)
    }
}

/// What is shown of an event beside a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventName {
    pub id: Uuid,
    pub kind: EventKind,
    pub name: String,
}

/// An event as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Event {
    pub id: Uuid,
    pub kind: EventKind,
    pub name: String,
    pub hazards: Vec<Hazard>,
    /// The one event for real calls out of drills; it has no end.
    pub is_standing: bool,
    /// A drill that is planned starts in the future.
    pub started_at: DateTime<Utc>,
    /// Not begun yet: nothing is under way, and no round can be started.
    pub is_planned: bool,
    /// When a drill ends by itself; null for a disaster.
    pub planned_end_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_reason: Option<String>,
    /// Started on the spot by a phone; headquarters binds it to an event of its own.
    pub is_provisional: bool,
    /// The event that this provisional one was bound to.
    pub bound_to: Option<Uuid>,
}

impl Event {
    pub fn is_over(&self) -> bool {
        self.ended_at.is_some()
    }
}

/// The instant at which an event ended, as far as it has: by somebody's act, or a drill by its plan.
pub fn end_of(
    kind: EventKind,
    planned_end_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let by_plan = planned_end_at.filter(|at| kind == EventKind::Drill && *at <= now);
    match (ended_at, by_plan) {
        (Some(act), Some(plan)) => Some(act.min(plan)),
        (act, plan) => act.or(plan),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_ends_by_its_plan_and_a_disaster_only_by_an_act() {
        let at = |h: i64| DateTime::from_timestamp(1_800_000_000 + h * 3600, 0).expect("instant");
        let (start, plan, later) = (at(0), at(4), at(5));
        assert_eq!(end_of(EventKind::Drill, Some(plan), None, start), None);
        assert_eq!(
            end_of(EventKind::Drill, Some(plan), None, later),
            Some(plan)
        );
        assert_eq!(end_of(EventKind::Disaster, Some(plan), None, later), None);
        let stopped = at(1);
        assert_eq!(
            end_of(EventKind::Drill, Some(plan), Some(stopped), later),
            Some(stopped)
        );
    }
}
