//! Log-in, accounts, volunteers, invites and phones over HTTP.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use chrono::{DateTime, TimeDelta, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{
    Account, Device, DistrictName, NewAccount, Role, Volunteer, enrol, password, session, store,
};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{
    Admin, Anyone, Caller, ClientAddress, DEVICE_COOKIE, Enroller, Lead, STAFF_COOKIE, Staff, Valid,
};
use crate::db::{Principal, Scope, Tx};
use crate::keys::{HmacPurpose, SealPurpose};
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(log_in, show_session, log_out))
        .routes(routes!(step_up))
        .routes(routes!(change_password))
        .routes(routes!(list_accounts, create_account))
        .routes(routes!(disable_account))
        .routes(routes!(reset_account))
        .routes(routes!(list_volunteers, create_volunteer))
        .routes(routes!(invite_volunteer))
        .routes(routes!(list_devices))
        .routes(routes!(revoke_device))
        .routes(routes!(redeem_invite))
}

/// A list without pages.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    pub items: Vec<T>,
}

#[derive(Deserialize, Validate, ToSchema)]
struct LogIn {
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

const WINDOW: TimeDelta = TimeDelta::minutes(15);
const TRIES_PER_ACCOUNT: i64 = 10;
const TRIES_PER_ADDRESS: i64 = 100;

/// Log in with password and one-time code.
#[utoipa::path(post, path = "/session", operation_id = "log_in", tag = "accounts", request_body = LogIn, responses((status = 200, body = SessionView), Problems))]
async fn log_in(
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
async fn show_session(State(app): State<App>, Anyone(caller): Anyone) -> Result<Json<SessionView>> {
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
async fn log_out(
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
struct StepUp {
    #[garde(length(min = 1, max = 500))]
    password: String,
    #[garde(length(max = 20))]
    totp: Option<String>,
    #[garde(length(max = 40))]
    recovery_code: Option<String>,
}

/// Show the second factor again (fresh for ten minutes): before activation, export, role changes.
#[utoipa::path(post, path = "/session/step-up", operation_id = "step_up", tag = "accounts", request_body = StepUp, responses((status = 204), Problems))]
async fn step_up(
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
struct ChangePassword {
    #[garde(length(min = 1, max = 500))]
    current: String,
    #[garde(length(min = 1, max = 500))]
    password: String,
}

/// Change one's own password.
#[utoipa::path(post, path = "/session/password", operation_id = "change_password", tag = "accounts", request_body = ChangePassword, responses((status = 204), Problems))]
async fn change_password(
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

/// All log-ins.
#[utoipa::path(get, path = "/accounts", operation_id = "list_accounts", tag = "accounts", responses((status = 200, body = Items<Account>), Problems))]
async fn list_accounts(
    State(app): State<App>,
    Admin(caller): Admin,
) -> Result<Json<Items<Account>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = store::accounts(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct CreateAccount {
    #[garde(skip)]
    id: Uuid,
    #[garde(length(min = 2, max = 60), pattern(r"^[a-z0-9._-]+$"))]
    login: String,
    #[garde(length(min = 1, max = 100))]
    name: String,
    #[garde(skip)]
    role: Role,
    /// A first password; it must be changed at the first log-in.
    #[garde(length(min = 1, max = 500))]
    password: String,
    #[garde(length(max = 100))]
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
async fn create_account(
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
async fn disable_account(
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

/// New second factor and recovery codes for a log-in whose phone is lost.
#[utoipa::path(post, path = "/accounts/{id}/reset", operation_id = "reset_account", tag = "accounts", params(("id" = Uuid, Path)), responses((status = 200, body = Factors), Problems))]
async fn reset_account(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<Uuid>,
) -> Result<Json<Factors>> {
    caller.require_step_up(app.clock.now())?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let login = store::login_of(&mut tx, id).await?;
    let (factors, secret) = fresh_factors(id, &login)?;
    store::reset_factors(&mut tx, &app.keys, id, &secret, &factors.recovery_codes).await?;
    audit::append(&mut tx, Entry::new("accounts.reset", "account", &[id])).await?;
    tx.commit().await?;
    Ok(Json(factors))
}

/// Narrow a list to one district.
#[derive(Debug, Deserialize, IntoParams)]
pub struct InDistrict {
    pub district: Option<Uuid>,
}

/// Volunteers of the caller's districts.
#[utoipa::path(get, path = "/volunteers", operation_id = "list_volunteers", tag = "accounts", params(InDistrict), responses((status = 200, body = Items<Volunteer>), Problems))]
async fn list_volunteers(
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
struct CreateVolunteer {
    #[garde(skip)]
    id: Uuid,
    #[garde(length(min = 1, max = 100))]
    name: String,
    #[garde(length(max = 100))]
    #[serde(default)]
    name_kana: String,
    #[garde(length(max = 60))]
    body: String,
    #[garde(length(max = 40))]
    #[serde(default)]
    phone: String,
    #[garde(length(min = 1, max = 40))]
    districts: Vec<Uuid>,
}

/// Add a volunteer.
#[utoipa::path(post, path = "/volunteers", operation_id = "create_volunteer", tag = "accounts", request_body = CreateVolunteer, responses((status = 201), Problems))]
async fn create_volunteer(
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
struct CreateInvite {
    /// At most 60 days ahead; 14 days when not said.
    #[garde(skip)]
    expires_at: Option<DateTime<Utc>>,
}

/// Invite a volunteer's phone: a link, a QR code and nine digits, shown once.
#[utoipa::path(post, path = "/volunteers/{id}/invites", operation_id = "invite_volunteer", tag = "accounts", params(("id" = Uuid, Path)), request_body = CreateInvite, responses((status = 201, body = enrol::Invite), Problems))]
async fn invite_volunteer(
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
    let mut tx = app.db.begin(&caller.scope).await?;
    store::require_volunteer(&mut tx, id).await?;
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

/// Enrolled phones: last contact and how many items each says it still holds.
#[utoipa::path(get, path = "/devices", operation_id = "list_devices", tag = "accounts", params(InDistrict), responses((status = 200, body = Items<Device>), Problems))]
async fn list_devices(
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
async fn revoke_device(
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

#[derive(Deserialize, Validate, ToSchema)]
struct Redeem {
    /// From the link's fragment.
    #[garde(length(max = 100))]
    token: Option<String>,
    /// Or the nine digits.
    #[garde(length(max = 20))]
    code: Option<String>,
    /// The phone's public key: SPKI of P-256, base64url.
    #[garde(length(min = 40, max = 400))]
    public_key: String,
    #[garde(length(max = 100))]
    #[serde(default)]
    label: String,
}

/// Redeem an invite once: binds this phone and begins its session.
#[utoipa::path(post, path = "/field/redeem", operation_id = "redeem_invite", tag = "field", request_body = Redeem, responses((status = 200, body = enrol::Enrolled), Problems))]
async fn redeem_invite(
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
    let address_key = app
        .keys
        .hmac(HmacPurpose::RateKey, address.block().as_bytes());
    let mut tx = app.db.begin(&Scope::of(Principal::Auth)).await?;
    let city_key = app.keys.hmac(HmacPurpose::RateKey, b"every address");
    for (kind, key, most) in [
        ("invite_address", &address_key, 20),
        ("invite_code", &city_key, 300),
    ] {
        if store::failed_tries(&mut tx, kind, key, now - WINDOW).await? >= most {
            return Err(Problem::TooMany {
                retry_after_s: 15 * 60,
            });
        }
    }
    let redeemed = enrol::redeem(&mut tx, &app.keys, secret, &public_key, &input.label, now).await;
    store::record_try(
        &mut tx,
        "invite_address",
        &address_key,
        redeemed.is_ok(),
        now,
    )
    .await?;
    if redeemed.is_err() {
        store::record_try(&mut tx, "invite_code", &city_key, false, now).await?;
    }
    let enrolled = match redeemed {
        Ok(enrolled) => enrolled,
        Err(problem) => {
            tx.commit().await?;
            return Err(problem);
        }
    };
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
