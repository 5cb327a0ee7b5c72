//! The roster by district, its figures, its papers, and individual evacuation plans over HTTP.

mod changes;
mod export;
mod plans;
mod prints;
mod roster;

use utoipa_axum::router::OpenApiRouter;

use super::line::RosterLine;
use crate::app::App;
use crate::audit::LegalGround;
use crate::call::Caller;
use crate::db::Principal;
use crate::disclosure::ConsentStatus;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(roster::routes())
        .merge(export::routes())
        .merge(prints::routes())
        .merge(plans::routes())
        .merge(changes::routes())
}

/// Why it is lawful to look at these people: headquarters within its task; a lead by consent, or by an activation as soon as anybody
/// among them has not consented.
fn ground(caller: &Caller, lines: &[RosterLine]) -> LegalGround {
    let consented = |l: &RosterLine| ConsentStatus::allows(&l.person.roster_consent);
    match caller.scope.principal() {
        Principal::HqStaff => LegalGround::Internal,
        _ if lines.iter().all(consented) => LegalGround::Consent,
        _ => LegalGround::Emergency,
    }
}

fn is_staff(caller: &Caller) -> bool {
    caller.scope.principal() == Principal::HqStaff
}
