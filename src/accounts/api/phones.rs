//! Enrolled phones: redeeming an invite, watching, revoking.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use chrono::TimeDelta;
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{InDistrict, Items};
use crate::accounts::tries::{Limit, Try};
use crate::accounts::{Device, enrol, session, store};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{ClientAddress, Enroller, Lead, Valid};
use crate::db::{Principal, Scope};
use crate::keys::HmacPurpose;
use crate::problem::{Problem, Problems, Result};

/// Enrolled phones: last contact and how many items each says it still holds.
#[utoipa::path(get, path = "/devices", operation_id = "list_devices", tag = "accounts", params(InDistrict), responses((status = 200, body = Items<Device>), Problems))]
pub(super) async fn list_devices(
    State(app): State<App>,
    Enroller(caller): Enroller,
    Query(filter): Query<InDistrict>,
) -> Result<Json<Items<Device>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = store::devices(&mut tx, filter.district).await?;
    let ids: Vec<Uuid> = items.iter().map(|d| d.id).collect();
    audit::append(&mut tx, Entry::new("accounts.list_devices", "device", &ids)).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

/// Revoke a phone: it reads nothing more from its next contact; what it still holds is kept when it comes.
#[utoipa::path(post, path = "/devices/{id}/revoke", operation_id = "revoke_device", tag = "accounts", params(("id" = Uuid, Path)), responses((status = 204), Problems))]
pub(super) async fn revoke_device(
    State(app): State<App>,
    Enroller(caller): Enroller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    let mut tx = app.db.begin(&caller.scope).await?;
    store::revoke_device(&mut tx, id).await?;
    audit::append(
        &mut tx,
        Entry::new("accounts.revoke_device", "device", &[id]),
    )
    .await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Invite the caller's own phone: a district lead's, with which she opens shelters and receives people. Shown once, good for a day.
#[utoipa::path(post, path = "/session/phone-invites", operation_id = "invite_own_phone", tag = "accounts", responses((status = 201, body = enrol::Invite), Problems))]
pub(super) async fn invite_own_phone(
    State(app): State<App>,
    Lead(caller): Lead,
) -> Result<(StatusCode, Json<enrol::Invite>)> {
    let lead = match (caller.scope.principal(), caller.scope.actor_id()) {
        (Principal::DistrictLead, Some(id)) => id,
        _ => {
            return Err(Problem::Conflict(
                "本部の職員の電話は登録できません。避難所では、受付の端末として招待してください。"
                    .into(),
            ));
        }
    };
    let mut tx = app.db.begin(&caller.scope).await?;
    let invite = enrol::invite(
        &mut tx,
        &app.keys,
        &app.settings.public_url,
        enrol::Invitee::DistrictLead(lead),
        Some(lead),
        app.clock.now() + TimeDelta::days(1),
    )
    .await?;
    let entry = Entry::new("accounts.invite", "account", std::slice::from_ref(&lead))
        .detail(json!({"invite": invite.id}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(invite)))
}

#[derive(Deserialize, Validate, ToSchema)]
pub(super) struct Redeem {
    /// From the link's fragment.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    token: Option<String>,
    /// Or the nine digits.
    #[garde(length(chars, max = 20))]
    #[schema(max_length = 20)]
    code: Option<String>,
    /// The phone's public key: SPKI of P-256, base64url.
    #[garde(length(chars, min = 40, max = 400))]
    #[schema(min_length = 40, max_length = 400)]
    public_key: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    label: String,
}

/// Redeem an invite once: binds this phone and begins its session.
#[utoipa::path(post, path = "/field/redeem", operation_id = "redeem_invite", tag = "field", request_body = Redeem, responses((status = 200, body = enrol::Enrolled), Problems))]
pub(super) async fn redeem_invite(
    State(app): State<App>,
    address: ClientAddress,
    jar: CookieJar,
    Valid(input): Valid<Redeem>,
) -> Result<(CookieJar, Json<enrol::Enrolled>)> {
    use base64::Engine as _;
    let now = app.clock.now();
    let secret = match (&input.token, &input.code) {
        (Some(token), _) => enrol::Secret::Token(token),
        (None, Some(code)) => enrol::Secret::Code(code),
        (None, None) => return Err(Problem::field("/code", "招待の番号を入れてください。")),
    };
    let public_key = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(&input.public_key)
        .map_err(|_| {
            Problem::field(
                "/public_key",
                "電話の鍵が読めません。画面を開き直してください。",
            )
        })?;
    let auth = Scope::of(Principal::Auth);
    let tried = match secret {
        // 256 bits cannot be guessed; counting them would let strangers shut out everybody with a link.
        enrol::Secret::Token(_) => None,
        enrol::Secret::Code(_) => {
            let limit = |kind, key: &[u8], most| Limit {
                kind,
                key: app.keys.hmac(HmacPurpose::RateKey, key),
                most,
                forgives: false,
            };
            let limits = vec![
                limit("invite_address", address.block().as_bytes(), 20),
                limit("invite_code", b"every address", 300),
            ];
            let mut tx = app.db.begin(&auth).await?;
            let tried = Try::begin(&mut tx, limits, now).await?;
            tx.commit().await?;
            Some(tried)
        }
    };
    let mut tx = app.db.begin(&auth).await?;
    let enrolled =
        enrol::redeem(&mut tx, &app.keys, secret, &public_key, &input.label, now).await?;
    if let Some(tried) = tried {
        tried.succeed(&mut tx, now).await?;
    }
    let (cookie, _) =
        session::begin(&mut tx, session::Owner::Device(enrolled.device_id), now).await?;
    audit::append(
        &mut tx,
        Entry::new("accounts.redeem", "device", &[enrolled.device_id]),
    )
    .await?;
    tx.commit().await?;
    Ok((jar.add(cookie), Json(enrolled)))
}
