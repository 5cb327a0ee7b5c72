//! Log-ins of staff, for the administrator.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Items;
use crate::accounts::{Account, NewAccount, Role, password, store};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Admin, Valid};
use crate::problem::{Problem, Problems, Result};

/// All log-ins.
#[utoipa::path(get, path = "/accounts", operation_id = "list_accounts", tag = "accounts", responses((status = 200, body = Items<Account>), Problems))]
pub(super) async fn list_accounts(
    State(app): State<App>,
    Admin(caller): Admin,
) -> Result<Json<Items<Account>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = store::accounts(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
pub(super) struct CreateAccount {
    #[garde(skip)]
    id: Uuid,
    #[garde(length(chars, min = 2, max = 60), pattern(r"^[a-z0-9._-]+$"))]
    #[schema(min_length = 2, max_length = 60, pattern = r"^[a-z0-9._-]+$")]
    login: String,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[garde(skip)]
    role: Role,
    /// A first password; it must be changed at the first log-in.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    password: String,
    #[garde(length(max = 100))]
    #[schema(max_items = 100)]
    #[serde(default)]
    districts: Vec<Uuid>,
}

/// Secrets that are shown once, to be handed to their owner.
#[derive(Debug, Serialize, ToSchema)]
pub struct Factors {
    pub id: Uuid,
    /// For an authenticator app (base32).
    pub totp_secret: String,
    pub totp_url: String,
    pub totp_qr_svg: String,
    /// To be printed and kept apart.
    pub recovery_codes: Vec<String>,
}

fn fresh_factors(id: Uuid, login: &str) -> Result<(Factors, Vec<u8>)> {
    let mut secret = vec![0u8; 20];
    rand::fill(&mut secret[..]);
    let totp = password::totp(secret.clone(), login);
    let url = totp
        .to_url()
        .map_err(|e| Problem::Internal(anyhow::anyhow!("{e}")))?;
    let qr = qrcode::QrCode::new(&url).map_err(|e| Problem::Internal(e.into()))?;
    let factors = Factors {
        id,
        totp_secret: totp_rs::Secret::from(secret.clone()).to_base32(),
        totp_qr_svg: qr
            .render::<qrcode::render::svg::Color<'_>>()
            .min_dimensions(220, 220)
            .build(),
        totp_url: url,
        recovery_codes: password::recovery_codes(),
    };
    Ok((factors, secret))
}

/// Make a log-in; its second factor and recovery codes are shown once.
#[utoipa::path(post, path = "/accounts", operation_id = "create_account", tag = "accounts", request_body = CreateAccount, responses((status = 201, body = Factors), Problems))]
pub(super) async fn create_account(
    State(app): State<App>,
    Admin(caller): Admin,
    Valid(input): Valid<CreateAccount>,
) -> Result<(StatusCode, Json<Factors>)> {
    caller.require_step_up(app.clock.now())?;
    password::check_strength(&input.password, &[&input.login, &input.name])?;
    if input.role == Role::DistrictLead && input.districts.is_empty() {
        return Err(Problem::field(
            "/districts",
            "校区の代表には、担当する校区を一つ以上選んでください。",
        ));
    }
    let (factors, secret) = fresh_factors(input.id, &input.login)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let new = NewAccount {
        id: input.id,
        login: input.login,
        name: input.name,
        role: input.role,
        password: input.password,
        totp_secret: Some(secret),
        recovery_codes: factors.recovery_codes.clone(),
        is_break_glass: false,
        must_change: true,
        districts: input.districts,
    };
    store::insert(&mut tx, &app.keys, new).await?;
    audit::append(
        &mut tx,
        Entry::new("accounts.create", "account", &[input.id]).detail(json!({"role": input.role})),
    )
    .await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(factors)))
}

/// Disable a log-in at once.
#[utoipa::path(post, path = "/accounts/{id}/disable", operation_id = "disable_account", tag = "accounts", params(("id" = Uuid, Path)), responses((status = 204), Problems))]
pub(super) async fn disable_account(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    if caller.scope.actor_id() == Some(id) {
        return Err(Problem::Conflict(
            "自分自身は停止できません。ほかの管理者に頼んでください。".into(),
        ));
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    store::disable(&mut tx, id).await?;
    audit::append(&mut tx, Entry::new("accounts.disable", "account", &[id])).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// New second factor and recovery codes for a log-in whose phone is lost. Its sessions end.
#[utoipa::path(post, path = "/accounts/{id}/reset", operation_id = "reset_account", tag = "accounts", params(("id" = Uuid, Path)), responses((status = 200, body = Factors), Problems))]
pub(super) async fn reset_account(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<Uuid>,
) -> Result<Json<Factors>> {
    caller.require_step_up(app.clock.now())?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let login = store::login_of(&mut tx, id).await?;
    let (factors, secret) = fresh_factors(id, &login)?;
    store::reset_factors(&mut tx, &app.keys, id, &secret, &factors.recovery_codes).await?;
    store::end_sessions(&mut tx, id, None).await?;
    audit::append(&mut tx, Entry::new("accounts.reset", "account", &[id])).await?;
    tx.commit().await?;
    Ok(Json(factors))
}
