//! How many are there now, live ([`crate::live`]): counts and ids, never names.

use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::store::gate;
use super::totals::{Totals, totals};
use crate::app::App;
use crate::db::{Principal, Scope};
use crate::live::{Hub, State};
use crate::problem::Result;

/// Attendance at one instant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttendanceNow {
    pub event_id: Uuid,
    pub as_of: DateTime<Utc>,
    #[serde(flatten)]
    pub totals: Totals,
}

impl State for AttendanceNow {
    const NAME: &'static str = "attendance";
    /// A drill has few venues: a change is the whole.
    type Patch = Self;

    fn as_of(&self) -> DateTime<Utc> {
        self.as_of
    }
    fn says_the_same(&self, other: &Self) -> bool {
        self.totals == other.totals
    }
    fn since(&self, _before: &Self) -> Self {
        self.clone()
    }
}

/// The drills whose attendance somebody watches.
pub type AttendanceHub = Hub<Uuid, AttendanceNow>;

/// The hub of attendance.
pub fn hub() -> AttendanceHub {
    Hub::new("attendance", |app, event_id| now(app, event_id).boxed())
}

/// How many are there now.
pub async fn now(app: &App, event_id: Uuid) -> Result<AttendanceNow> {
    let mut tx = app.db.begin_read(&Scope::of(Principal::Index)).await?;
    let acts = gate::acts(&mut tx, event_id).await?;
    tx.commit().await?;
    Ok(AttendanceNow {
        event_id,
        as_of: app.clock.now(),
        totals: totals(&acts),
    })
}
