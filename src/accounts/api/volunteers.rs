//! Volunteers and their invites.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{InDistrict, Items};
use crate::accounts::{Volunteer, enrol, store};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Lead, Staff, Valid};
use crate::db::{Principal, Scope};
use crate::problem::{Problem, Problems, Result};

/// Volunteers of the caller's districts.
#[utoipa::path(get, path = "/volunteers", operation_id = "list_volunteers", tag = "accounts", params(InDistrict), responses((status = 200, body = Items<Volunteer>), Problems))]
pub(super) async fn list_volunteers(
    State(app): State<App>,
    Lead(caller): Lead,
    Query(filter): Query<InDistrict>,
) -> Result<Json<Items<Volunteer>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = store::volunteers(&mut tx, filter.district).await?;
    let ids: Vec<Uuid> = items.iter().map(|v| v.id).collect();
    audit::append(
        &mut tx,
        Entry::new("accounts.list_volunteers", "volunteer", &ids),
    )
    .await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
pub(super) struct CreateVolunteer {
    #[garde(skip)]
    id: Uuid,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    name_kana: String,
    #[garde(length(chars, max = 60))]
    #[schema(max_length = 60)]
    body: String,
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    #[serde(default)]
    phone: String,
    #[garde(length(min = 1, max = 40))]
    #[schema(min_items = 1, max_items = 40)]
    districts: Vec<Uuid>,
}

/// Add a volunteer.
#[utoipa::path(post, path = "/volunteers", operation_id = "create_volunteer", tag = "accounts", request_body = CreateVolunteer, responses((status = 201), Problems))]
pub(super) async fn create_volunteer(
    State(app): State<App>,
    Staff(caller): Staff,
    Valid(input): Valid<CreateVolunteer>,
) -> Result<StatusCode> {
    let mut tx = app.db.begin(&caller.scope).await?;
    store::insert_volunteer(
        &mut tx,
        input.id,
        &input.name,
        &input.name_kana,
        &input.body,
        &input.phone,
        &input.districts,
    )
    .await?;
    audit::append(
        &mut tx,
        Entry::new("accounts.create_volunteer", "volunteer", &[input.id]),
    )
    .await?;
    tx.commit().await?;
    Ok(StatusCode::CREATED)
}

#[derive(Deserialize, Validate, ToSchema)]
pub(super) struct CreateInvite {
    /// At most 60 days ahead; 14 days when not said.
    #[garde(skip)]
    expires_at: Option<DateTime<Utc>>,
}

/// Invite a volunteer's phone: a link, a QR code and nine digits, shown once. A lead invites those who serve in the lead's
/// districts alone; 409 for the others.
#[utoipa::path(post, path = "/volunteers/{id}/invites", operation_id = "invite_volunteer", tag = "accounts", params(("id" = Uuid, Path)), request_body = CreateInvite, responses((status = 201, body = enrol::Invite), Problems))]
pub(super) async fn invite_volunteer(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Valid(input): Valid<CreateInvite>,
) -> Result<(StatusCode, Json<enrol::Invite>)> {
    let now = app.clock.now();
    let expires_at = input.expires_at.unwrap_or(now + TimeDelta::days(14));
    if expires_at <= now || expires_at > now + enrol::LONGEST {
        return Err(Problem::field(
            "/expires_at",
            "招待の期限は、いまから60日以内にしてください。",
        ));
    }
    // Whoever holds an invite may redeem it: a lead's own must not open another lead's district.
    let is_within = caller.scope.is_city_wide()
        || !{
            let mut look = app.db.begin_read(&Scope::of(Principal::Ingest)).await?;
            let elsewhere =
                store::serves_elsewhere(&mut look, id, caller.scope.districts()).await?;
            look.commit().await?;
            elsewhere
        };
    let mut tx = app.db.begin(&caller.scope).await?;
    store::require_volunteer(&mut tx, id).await?;
    if !is_within {
        return Err(Problem::Conflict(
            "この方は、ほかの校区も受け持っています。招待は本部（危機管理課）に頼んでください。"
                .into(),
        ));
    }
    let invitee = enrol::Invitee::Volunteer(id);
    let invite = enrol::invite(
        &mut tx,
        &app.keys,
        &app.settings.public_url,
        invitee,
        caller.scope.actor_id(),
        expires_at,
    )
    .await?;
    audit::append(
        &mut tx,
        Entry::new("accounts.invite", "volunteer", &[id]).detail(json!({"invite": invite.id})),
    )
    .await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(invite)))
}
