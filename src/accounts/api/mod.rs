//! Log-in, accounts, volunteers, invites and phones over HTTP.

mod accounts;
mod log_in;
mod phones;
mod volunteers;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(
            log_in::log_in,
            log_in::show_session,
            log_in::log_out
        ))
        .routes(routes!(log_in::step_up))
        .routes(routes!(log_in::change_password))
        .routes(routes!(accounts::list_accounts, accounts::create_account))
        .routes(routes!(accounts::disable_account))
        .routes(routes!(accounts::reset_account))
        .routes(routes!(
            volunteers::list_volunteers,
            volunteers::create_volunteer
        ))
        .routes(routes!(volunteers::invite_volunteer))
        .routes(routes!(phones::list_devices))
        .routes(routes!(phones::revoke_device))
        .routes(routes!(phones::invite_own_phone))
        .routes(routes!(phones::redeem_invite))
}

/// A list without pages.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    pub items: Vec<T>,
}

/// Narrow a list to one district.
#[derive(Debug, Deserialize, IntoParams)]
pub struct InDistrict {
    pub district: Option<Uuid>,
}
