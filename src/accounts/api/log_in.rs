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

use crate::accounts::tries::{KNOWN_FOR, Limit, Try};
use crate::accounts::{DistrictName, password, session, store, tries};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Anyone, Caller, ClientAddress, DEVICE_COOKIE, STAFF_COOKIE, Valid};
use crate::db::{Principal, Scope, Tx};
use crate::keys::{HmacPurpose, SealPurpose};
use crate::problem::{Problem, Problems, Result};

#[derive(Deserialize, Validate, ToSchema)]
pub(super) struct LogIn {
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    login: String,
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    password: String,
    /// The authenticator's six digits.
    #[garde(length(chars, max = 20))]
    #[schema(max_length = 20)]
    totp: Option<String>,
    /// A printed recovery code, when the authenticator is lost (and always for break-glass accounts).
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
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

/// Wrong tries for one log-in from one address.
const TRIES_PER_ACCOUNT: i64 = 10;
const TRIES_PER_ADDRESS: i64 = 100;
/// Wrong tries for one log-in from everywhere (NIST SP 800-63B: at most 100).
const TRIES_FROM_EVERYWHERE: i64 = 100;

/// Strangers' tries must not lock staff out on the day they are needed: the tight limit is the account's at one address, and the
/// wide one does not hold at an address that the account is known at.
async fn limits(
    app: &App,
    tx: &mut Tx,
    login: &str,
    address: ClientAddress,
    now: DateTime<Utc>,
) -> Result<Vec<Limit>> {
    let key = |text: &str| app.keys.hmac(HmacPurpose::RateKey, text.as_bytes());
    let block = address.block();
    let here = key(&format!("{login}\n{block}"));
    let is_known = tries::has_succeeded(tx, "account", &here, now - KNOWN_FOR).await?;
    let limit = |kind, key, most, forgives| Limit {
        kind,
        key,
        most,
        forgives,
    };
    let everywhere = match is_known {
        true => i64::MAX,
        false => TRIES_FROM_EVERYWHERE,
    };
    Ok(vec![
        limit("account", here, TRIES_PER_ACCOUNT, true),
        limit("address", key(&block), TRIES_PER_ADDRESS, false),
        limit("account", key(login), everywhere, true),
    ])
}

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
    let auth = Scope::of(Principal::Auth);
    let mut tx = app.db.begin(&auth).await?;
    let limits = limits(&app, &mut tx, &login, address, now).await?;
    let tried = Try::begin(&mut tx, limits, now).await?;
    let found = store::credentials(&mut tx, Some(&login), None).await?;
    tx.commit().await?;
    // No connection is held while the password is worked on: a flood of log-ins starves nobody else.
    let hash = found.as_ref().map(|c| c.password_hash.clone());
    let password_ok = password::verify(input.password, hash).await?;
    let mut tx = app.db.begin(&auth).await?;
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
        found => {
            let ids: Vec<Uuid> = found.into_iter().map(|account| account.id).collect();
            if !ids.is_empty() {
                let entry = Entry::new("accounts.log_in_refused", "account", &ids);
                audit::append(&mut tx, entry).await?;
            }
            tx.commit().await?;
            return Err(Problem::field(
                "",
                "ログイン名・パスワード・確認コードのどれかが違います。",
            ));
        }
    };
    tried.succeed(&mut tx, now).await?;
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
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    password: String,
    #[garde(length(chars, max = 20))]
    #[schema(max_length = 20)]
    totp: Option<String>,
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    recovery_code: Option<String>,
}

/// Show the second factor again (fresh for ten minutes): before activation, export, role changes.
#[utoipa::path(post, path = "/session/step-up", operation_id = "step_up", tag = "accounts", request_body = StepUp, responses((status = 204), Problems))]
pub(super) async fn step_up(
    State(app): State<App>,
    Anyone(caller): Anyone,
    Valid(input): Valid<StepUp>,
) -> Result<StatusCode> {
    let now = app.clock.now();
    let (account, tried) = own_account(&app, &caller).await?;
    let hash = Some(account.password_hash.clone());
    let password_ok = password::verify(input.password, hash).await?;
    let mut tx = app.db.begin(&Scope::of(Principal::Auth)).await?;
    let (totp, recovery_code) = (input.totp, input.recovery_code);
    let ok =
        password_ok && second_factor(&app, &mut tx, &account, "", totp, recovery_code, now).await?;
    if ok {
        tried.succeed(&mut tx, now).await?;
    }
    tx.commit().await?;
    if !ok {
        return Err(Problem::field("", "パスワードか確認コードが違います。"));
    }
    session::step_up(&app, &caller.session_hash).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The account of this session, and a try of its secrets: ten in a quarter of an hour, whichever of them was wrong. Counted apart
/// from log-ins, so that nobody outside keeps staff who are inside from confirming.
async fn own_account(app: &App, caller: &Caller) -> Result<(store::Credentials, Try)> {
    let id = caller
        .scope
        .actor_id()
        .filter(|_| caller.scope.device_id().is_none())
        .ok_or(Problem::Forbidden)?;
    let mut tx = app.db.begin(&Scope::of(Principal::Auth)).await?;
    let limit = Limit {
        kind: "account",
        key: app.keys.hmac(HmacPurpose::RateKey, id.as_bytes()),
        most: TRIES_PER_ACCOUNT,
        forgives: true,
    };
    let tried = Try::begin(&mut tx, vec![limit], app.clock.now()).await?;
    let account = store::credentials(&mut tx, None, Some(id))
        .await?
        .ok_or(Problem::Unauthorized)?;
    tx.commit().await?;
    Ok((account, tried))
}

#[derive(Deserialize, Validate, ToSchema)]
pub(super) struct ChangePassword {
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    current: String,
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    password: String,
}

/// Change one's own password. The account's other sessions end.
#[utoipa::path(post, path = "/session/password", operation_id = "change_password", tag = "accounts", request_body = ChangePassword, responses((status = 204), Problems))]
pub(super) async fn change_password(
    State(app): State<App>,
    Anyone(caller): Anyone,
    Valid(input): Valid<ChangePassword>,
) -> Result<StatusCode> {
    let now = app.clock.now();
    if input.password == input.current {
        return Err(Problem::field(
            "/password",
            "いまと同じパスワードです。別のものにしてください。",
        ));
    }
    let (account, tried) = own_account(&app, &caller).await?;
    password::check_strength(&input.password, &[&account.name])?;
    let hash = Some(account.password_hash.clone());
    if !password::verify(input.current, hash).await? {
        return Err(Problem::field("/current", "いまのパスワードが違います。"));
    }
    let hash = password::hash(input.password).await?;
    let mut tx = app.db.begin(&Scope::of(Principal::Auth)).await?;
    tried.succeed(&mut tx, now).await?;
    store::set_password(&mut tx, account.id, &hash, false).await?;
    store::end_sessions(&mut tx, account.id, Some(&caller.session_hash)).await?;
    audit::append(
        &mut tx,
        Entry::new("accounts.change_password", "account", &[account.id]),
    )
    .await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
