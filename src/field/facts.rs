//! What is known when an item arrives: of its device, and of what it names. From these facts its kind decides what becomes of it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::Principal;

pub use crate::events::STANDING_EVENT;
pub use crate::safety::STANDING_ROUND;

/// The device that signed the item, as it stands now.
#[derive(Debug, Clone)]
pub struct DeviceFacts {
    pub principal: Principal,
    /// The volunteer or the lead's account.
    pub actor_id: Option<Uuid>,
    pub volunteer_id: Option<Uuid>,
    pub is_revoked: bool,
    pub districts: Vec<Uuid>,
    pub last_contact_at: Option<DateTime<Utc>>,
    pub held_items: i32,
}

/// The round that an observation names, and its event.
#[derive(Debug, Clone)]
pub struct RoundFacts {
    pub id: Uuid,
    pub event_id: Uuid,
    pub is_drill: bool,
    pub ended_at: Option<DateTime<Utc>>,
    pub planned_end_at: Option<DateTime<Utc>>,
}

/// The member that an observation names.
#[derive(Debug, Clone)]
pub struct MemberFacts {
    pub id: Uuid,
    pub round_id: Uuid,
    pub district_id: Uuid,
    /// The device's volunteer was or is assigned to the member, or stands by the person in ordinary times.
    pub is_assigned: bool,
}

/// What is known when an observation arrives.
#[derive(Debug, Clone)]
pub struct Facts {
    pub device: DeviceFacts,
    pub round: Option<RoundFacts>,
    pub member: Option<MemberFacts>,
    /// The round in which the corrected observation was filed.
    pub corrected_in: Option<Uuid>,
}

impl RoundFacts {
    /// Whether the event was over by then: ended by somebody, or a drill past its planned end.
    pub fn is_over(&self, at: DateTime<Utc>) -> bool {
        let planned = self.planned_end_at.filter(|_| self.is_drill);
        self.ended_at.is_some_and(|end| at > end) || planned.is_some_and(|end| at > end)
    }
}
