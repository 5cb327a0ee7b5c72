//! Rounds over HTTP: start, watch, correct, close; the rescue queue; what is taken away.

mod board;
mod export;
pub(super) mod members;
mod rescues;
mod review;
pub(super) mod rounds;
mod working;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::audit::LegalGround;
use crate::call::Caller;
use crate::db::Principal;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(rounds::routes())
        .merge(board::routes())
        .merge(members::routes())
        .merge(rescues::routes())
        .merge(export::routes())
        .merge(working::routes())
        .merge(review::routes())
}

/// Why it is lawful for this caller to look: headquarters within its task; a lead by consent, or by an activation as soon as
/// anybody among those shown has not consented.
pub(super) fn ground(caller: &Caller, without_consent: bool) -> LegalGround {
    match (caller.scope.principal(), without_consent) {
        (Principal::HqStaff, _) => LegalGround::Internal,
        (_, false) => LegalGround::Consent,
        (_, true) => LegalGround::Emergency,
    }
}

/// The day in Japan (no daylight saving time).
pub(super) fn today(now: DateTime<Utc>) -> NaiveDate {
    FixedOffset::east_opt(9 * 3600).map_or(now.date_naive(), |japan| {
        now.with_timezone(&japan).date_naive()
    })
}
