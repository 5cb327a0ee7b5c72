//! Log-in, one's own session, second factor and password.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::WINDOW;
use crate::accounts::{DistrictName, password, session, store};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Anyone, Caller, ClientAddress, DEVICE_COOKIE, STAFF_COOKIE, Valid};
use crate::db::{Principal, Scope, Tx};
use crate::keys::{HmacPurpose, SealPurpose};
use crate::problem::{Problem, Problems, Result};

#[derive(Deserialize, Validate, ToSchema)]
pub(super) struct LogIn {
    #[garde(length(min = 1, max = 100))]
    login: String,
    #[garde(length(min = 1, max = 500))]
    password: String,
    /// The authenticator's six digits.
    #[garde(length(max = 20))]
    totp: Option<String>,
    /// A printed recovery code, when the authenticator is lost (and always for break-glass accounts).
    #[garde(length(max = 40))]
    recovery_code: Option<String>,
}

/// The log-in that a session belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    pub account: SessionAccount,
    /// Null for a phone's session.
    pub expires_at: Option<DateTime<Utc>>,
    pub must_change: bool,
    /// Recovery codes left unspent (known at log-in only).
    pub recovery_codes_left: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionAccount {
    pub id: Uuid,
    pub name: String,
    pub role: Principal,
    pub districts: Vec<DistrictName>,
}

const TRIES_PER_ACCOUNT: i64 = 10;
const TRIES_PER_ADDRESS: i64 = 100;

/// Log in with password and one-time code.
#[utoipa::path(post, path = "/session", operation_id = "log_in", tag = "accounts", request_body = LogIn, responses((status = 200, body = SessionView), Problems))]
pub(super) async fn log_in(
    State(app): State<App>,
    address: ClientAddress,
    jar: CookieJar,
    Valid(input): Valid<LogIn>,
) -> Result<(CookieJar, Json<SessionView>)> {
    let now = app.clock.now();
    let login = input.login.trim().to_lowercase();
    let account_key = app.keys.hmac(HmacPurpose::RateKey, login.as_bytes());
    let address_key = app
        .keys
        .hmac(HmacPurpose::RateKey, address.block().as_bytes());
    let mut tx = app.db.begin(&Scope::of(Principal::Auth)).await?;
    for (kind, key, most) in [
        ("account", &account_key, TRIES_PER_ACCOUNT),
        ("address", &address_key, TRIES_PER_ADDRESS),
    ] {
        if store::failed_tries(&mut tx, kind, key, now - WINDOW).await? >= most {
            return Err(Problem::TooMany {
                retry_after_s: 15 * 60,
            });
        }
    }
    let found = store::credentials(&mut tx, Some(&login), None).await?;
    let hash = found.as_ref().map(|c| c.password_hash.clone());
    let password_ok = password::verify(input.password, hash).await?;
    let account = match found {
        Some(account)
            if password_ok
                && second_factor(
                    &app,
                    &mut tx,
                    &account,
                    &login,
                    input.totp,
                    input.recovery_code,
                    now,
                )
                .await? =>
        {
            account
        }
        _ => {
            store::record_try(&mut tx, "account", &account_key, false, now).await?;
            store::record_try(&mut tx, "address", &address_key, false, now).await?;
            tx.commit().await?;
            return Err(Problem::field(
                "",
                "ログイン名・パスワード・確認コードのどれかが違います。",
            ));
        }
    };
    store::record_try(&mut tx, "account", &account_key, true, now).await?;
    let (cookie, expires_at) =
        session::begin(&mut tx, session::Owner::Account(account.id), now).await?;
    let action = if account.is_break_glass {
        "accounts.break_glass_log_in"
    } else {
        "accounts.log_in"
    };
    if account.is_break_glass {
        tracing::warn!(account.id = %account.id, "a break-glass account was used");
    }
    audit::append(&mut tx, Entry::new(action, "account", &[account.id])).await?;
    let districts = store::account_districts(&mut tx, account.id).await?;
    let left = store::recovery_codes_left(&mut tx, account.id).await?;
    tx.commit().await?;
    let view = SessionView {
        account: SessionAccount {
            id: account.id,
            name: account.name,
            role: account.role.principal(),
            districts,
        },
        expires_at: Some(expires_at),
        must_change: account.must_change,
        recovery_codes_left: Some(left),
    };
    Ok((jar.add(cookie), Json(view)))
}

async fn second_factor(
    app: &App,
    tx: &mut Tx,
    account: &store::Credentials,
    login: &str,
    totp: Option<String>,
    recovery_code: Option<String>,
    now: DateTime<Utc>,
) -> Result<bool> {
    if let Some(code) = recovery_code.filter(|c| !c.trim().is_empty()) {
        let hash = app.keys.hmac(
            HmacPurpose::RecoveryCode,
            password::recovery_key(&code).as_bytes(),
        );
        return store::use_recovery_code(tx, account.id, &hash).await;
    }
    let (Some(code), Some(sealed)) = (totp, &account.totp_sealed) else {
        return Ok(false);
    };
    let secret = app.keys.open(SealPurpose::Totp, account.id, sealed)?;
    match password::check_totp(
        &password::totp(secret, login),
        &code,
        account.totp_last_step,
        now,
    ) {
        Some(step) => store::use_totp_step(tx, account.id, step).await,
        None => Ok(false),
    }
}

/// Whose session this is.
#[utoipa::path(get, path = "/session", operation_id = "show_session", tag = "accounts", responses((status = 200, body = SessionView), Problems))]
pub(super) async fn show_session(
    State(app): State<App>,
    Anyone(caller): Anyone,
) -> Result<Json<SessionView>> {
    let mut tx = app.db.begin_read(&Scope::of(Principal::Auth)).await?;
    let row = store::session_owner(&mut tx, &caller.session_hash).await?;
    let districts = store::districts_named(&mut tx, caller.scope.districts()).await?;
    tx.commit().await?;
    Ok(Json(SessionView {
        account: SessionAccount {
            id: row.id,
            name: row.name,
            role: caller.scope.principal(),
            districts,
        },
        expires_at: Some(row.expires_at),
        must_change: row.must_change,
        recovery_codes_left: None,
    }))
}

/// Log out.
#[utoipa::path(delete, path = "/session", operation_id = "log_out", tag = "accounts", responses((status = 204), Problems))]
pub(super) async fn log_out(
    State(app): State<App>,
    Anyone(caller): Anyone,
    jar: CookieJar,
) -> Result<(CookieJar, StatusCode)> {
    session::revoke(&app, &caller.session_hash).await?;
    let name = if caller.scope.device_id().is_some() {
        DEVICE_COOKIE
    } else {
        STAFF_COOKIE
    };
    Ok((jar.add(session::removal(name)), StatusCode::NO_CONTENT))
}

#[derive(Deserialize, Validate, ToSchema)]
pub(super) struct StepUp {
    #[garde(length(min = 1, max = 500))]
    password: String,
    #[garde(length(max = 20))]
    totp: Option<String>,
    #[garde(length(max = 40))]
    recovery_code: Option<String>,
}

/// Show the second factor again (fresh for ten minutes): before activation, export, role changes.
#[utoipa::path(post, path = "/session/step-up", operation_id = "step_up", tag = "accounts", request_body = StepUp, responses((status = 204), Problems))]
pub(super) async fn step_up(
    State(app): State<App>,
    Anyone(caller): Anyone,
    Valid(input): Valid<StepUp>,
) -> Result<StatusCode> {
    let mut tx = app.db.begin(&Scope::of(Principal::Auth)).await?;
    let account = own_account(&mut tx, &caller).await?;
    let ok = checked_password(&app, &mut tx, &account, input.password).await?
        && second_factor(
            &app,
            &mut tx,
            &account,
            "",
            input.totp,
            input.recovery_code,
            app.clock.now(),
        )
        .await?;
    tx.commit().await?;
    if !ok {
        return Err(Problem::field("", "パスワードか確認コードが違います。"));
    }
    session::step_up(&app, &caller.session_hash).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn own_account(tx: &mut Tx, caller: &Caller) -> Result<store::Credentials> {
    let id = caller
        .scope
        .actor_id()
        .filter(|_| caller.scope.device_id().is_none())
        .ok_or(Problem::Forbidden)?;
    store::credentials(tx, None, Some(id))
        .await?
        .ok_or(Problem::Unauthorized)
}

/// The password, counted against the same limit as log-in.
async fn checked_password(
    app: &App,
    tx: &mut Tx,
    account: &store::Credentials,
    password: String,
) -> Result<bool> {
    let now = app.clock.now();
    let key = app.keys.hmac(HmacPurpose::RateKey, account.id.as_bytes());
    if store::failed_tries(tx, "account", &key, now - WINDOW).await? >= TRIES_PER_ACCOUNT {
        return Err(Problem::TooMany {
            retry_after_s: 15 * 60,
        });
    }
    let ok = password::verify(password, Some(account.password_hash.clone())).await?;
    store::record_try(tx, "account", &key, ok, now).await?;
    Ok(ok)
}

#[derive(Deserialize, Validate, ToSchema)]
pub(super) struct ChangePassword {
    #[garde(length(min = 1, max = 500))]
    current: String,
    #[garde(length(min = 1, max = 500))]
    password: String,
}

/// Change one's own password.
#[utoipa::path(post, path = "/session/password", operation_id = "change_password", tag = "accounts", request_body = ChangePassword, responses((status = 204), Problems))]
pub(super) async fn change_password(
    State(app): State<App>,
    Anyone(caller): Anyone,
    Valid(input): Valid<ChangePassword>,
) -> Result<StatusCode> {
    let mut tx = app.db.begin(&Scope::of(Principal::Auth)).await?;
    let account = own_account(&mut tx, &caller).await?;
    password::check_strength(&input.password, &[&account.name])?;
    let ok = checked_password(&app, &mut tx, &account, input.current).await?;
    if ok {
        let hash = password::hash(input.password).await?;
        store::set_password(&mut tx, account.id, &hash, false).await?;
        audit::append(
            &mut tx,
            Entry::new("accounts.change_password", "account", &[account.id]),
        )
        .await?;
    }
    tx.commit().await?;
    if ok {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::field("/current", "いまのパスワードが違います。"))
    }
}
