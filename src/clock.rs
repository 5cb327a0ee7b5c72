//! Time for rules. Security walls use the database's `now()`; everything else asks this clock, so that tests can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// The service's clock: the system's, plus an offset that only tests set.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_us: Arc<AtomicI64>,
}

impl Clock {
    /// The present instant (UTC).
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::microseconds(self.offset_us.load(Ordering::Relaxed))
    }

    /// The day in Japan, which has one time zone and no summer time.
    pub fn today(&self) -> NaiveDate {
        (self.now() + TimeDelta::hours(9)).date_naive()
    }

    /// Move the clock by `delta` (tests).
    pub fn advance(&self, delta: TimeDelta) {
        let us = delta.num_microseconds().unwrap_or(i64::MAX);
        self.offset_us.fetch_add(us, Ordering::Relaxed);
    }
}
