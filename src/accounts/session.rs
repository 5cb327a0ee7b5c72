//! Sessions: 256 random bits in a `__Host-` cookie, SHA-256 in the database. Staff: 30 minutes idle, 12 hours at most.
//! Phones: until revoked or 90 days without contact.

use axum_extra::extract::cookie::{Cookie, SameSite};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Role;
use crate::app::App;
use crate::call::{Caller, DEVICE_COOKIE, STAFF_COOKIE};
use crate::db::{Principal, Scope};
use crate::keys::{random_token, sha256};
use crate::problem::Result;

/// Whose session this is.
#[derive(Debug, Clone, Copy)]
pub enum Owner {
    Account(Uuid),
    Device(Uuid),
}

const STAFF_IDLE: TimeDelta = TimeDelta::minutes(30);
const STAFF_ABSOLUTE: TimeDelta = TimeDelta::hours(12);
const DEVICE_IDLE: TimeDelta = TimeDelta::days(90);
/// `last_seen_at` is written at most this often.
const TOUCH_EVERY: TimeDelta = TimeDelta::seconds(60);

/// Begin a session; answers the cookie and when it ends at the latest. Runs as `m_auth`.
pub async fn begin(
    conn: &mut sqlx::PgConnection,
    owner: Owner,
    now: DateTime<Utc>,
) -> Result<(Cookie<'static>, DateTime<Utc>)> {
    let token = random_token();
    let (account_id, device_id, name, lifetime) = match owner {
        Owner::Account(id) => (Some(id), None, STAFF_COOKIE, STAFF_ABSOLUTE),
        Owner::Device(id) => (None, Some(id), DEVICE_COOKIE, TimeDelta::days(400)),
    };
    let expires_at = now + lifetime;
    sqlx::query!(
        "insert into session (token_hash, account_id, device_id, created_at, last_seen_at, expires_at, stepped_up_at)
         values ($1, $2, $3, $4::timestamptz, $4::timestamptz, $5, case when $2::uuid is null then null::timestamptz else $4::timestamptz end)",
        sha256(token.as_bytes()),
        account_id,
        device_id,
        now,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok((cookie(name, token, lifetime), expires_at))
}

/// The caller behind a cookie's token, or nothing when it is unknown, over, idle or revoked.
pub async fn resolve(app: &App, token: &str) -> Result<Option<Caller>> {
    of_hash(app, sha256(token.as_bytes())).await
}

/// The caller of a long-lived stream as of now: with today's role and districts, or nothing when the session is over. An open
/// stream keeps it from falling idle.
pub async fn again(app: &App, caller: &Caller) -> Result<Option<Caller>> {
    of_hash(app, caller.session_hash.clone()).await
}

async fn of_hash(app: &App, hash: Vec<u8>) -> Result<Option<Caller>> {
    let now = app.clock.now();
    let Some(row) = sqlx::query!(
        r#"select s.account_id, s.device_id, s.last_seen_at, s.expires_at, s.stepped_up_at,
                  a.role as "role?", coalesce(a.must_change, false) as "must_change!", d.principal as "principal?", d.volunteer_id as "volunteer_id?",
                  d.account_id as "device_account_id?",
                  coalesce((select array_agg(ad.district_id) from account_district ad where ad.account_id in (a.id, d.account_id)),
                           (select array_agg(vd.district_id) from volunteer_district vd where vd.volunteer_id = d.volunteer_id),
                           (select array_agg(k.district_id) from desk_device x
                            join desk on desk.id = x.desk_id and desk.closed_at is null and desk.ends_at > $2
                            join desk_district k on k.desk_id = desk.id
                            where x.device_id = d.id and x.ended_at is null),
                           '{}') as "districts!"
           from session s
           left join account a on a.id = s.account_id
           left join device d on d.id = s.device_id
           left join account da on da.id = d.account_id
           where s.token_hash = $1 and s.revoked_at is null and s.expires_at > $2
             and (s.account_id is null or a.disabled_at is null)
             and (s.device_id is null or (d.revoked_at is null and da.disabled_at is null))"#,
        hash,
        now,
    )
    .fetch_optional(app.db.auth()?)
    .await?
    else {
        return Ok(None);
    };
    let idle = if row.account_id.is_some() {
        STAFF_IDLE
    } else {
        DEVICE_IDLE
    };
    if now - row.last_seen_at > idle {
        return Ok(None);
    }
    if now - row.last_seen_at > TOUCH_EVERY {
        sqlx::query!(
            "update session set last_seen_at = $2 where token_hash = $1",
            hash,
            now
        )
        .execute(app.db.auth()?)
        .await?;
    }
    let scope = match (
        row.account_id,
        row.role.as_deref().and_then(Role::parse),
        row.device_id,
        row.principal.as_deref(),
    ) {
        (Some(account_id), Some(role), _, _) => {
            Scope::account(role.principal(), account_id, row.districts)
        }
        (_, _, Some(device_id), Some("volunteer")) => Scope::device(
            Principal::Volunteer,
            device_id,
            row.volunteer_id,
            row.districts,
        ),
        (_, _, Some(device_id), Some("reception")) => {
            Scope::device(Principal::Reception, device_id, None, row.districts)
        }
        (_, _, Some(device_id), Some("district_lead")) => {
            Scope::device(Principal::DistrictLead, device_id, None, row.districts)
                .by(row.device_account_id)
        }
        _ => return Ok(None),
    };
    Ok(Some(Caller {
        scope,
        session_hash: hash,
        stepped_up_at: row.stepped_up_at,
        must_change: row.must_change,
    }))
}

/// End a session.
pub async fn revoke(app: &App, session_hash: &[u8]) -> Result<()> {
    sqlx::query!(
        "update session set revoked_at = now() where token_hash = $1 and revoked_at is null",
        session_hash
    )
    .execute(app.db.auth()?)
    .await?;
    Ok(())
}

/// The second factor was shown again.
pub async fn step_up(app: &App, session_hash: &[u8]) -> Result<()> {
    sqlx::query!(
        "update session set stepped_up_at = $2 where token_hash = $1",
        session_hash,
        app.clock.now()
    )
    .execute(app.db.auth()?)
    .await?;
    Ok(())
}

/// A cookie that takes a session's cookie away.
pub fn removal(name: &'static str) -> Cookie<'static> {
    cookie(name, String::new(), TimeDelta::zero())
}

fn cookie(name: &'static str, value: String, lifetime: TimeDelta) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(lifetime.num_seconds()))
        .build()
}
