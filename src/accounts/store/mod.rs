//! All SQL of accounts and sessions; that of volunteers and their phones: `volunteers`.

mod volunteers;

pub use volunteers::{devices, insert_volunteer, revoke_device, volunteers};
pub(crate) use volunteers::{require_volunteer, serves_elsewhere, volunteer_names};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Account, DistrictName, NewAccount, Role, password};
use crate::keys::{HmacPurpose, Keys, SealPurpose};
use crate::problem::{OnConstraint, Problem, Result};

/// What log-in compares with.
pub(crate) struct Credentials {
    pub id: Uuid,
    pub role: Role,
    pub name: String,
    pub password_hash: String,
    pub totp_sealed: Option<Vec<u8>>,
    pub totp_last_step: i64,
    pub is_break_glass: bool,
    pub must_change: bool,
}

/// The credentials of a login, or of a known account, unless it is disabled.
pub(crate) async fn credentials(
    conn: &mut PgConnection,
    login: Option<&str>,
    id: Option<Uuid>,
) -> Result<Option<Credentials>> {
    let row = sqlx::query!(
        "select id, role, name, password_hash, totp_sealed, totp_last_step, is_break_glass, must_change
         from account where (login = $1 or id = $2) and disabled_at is null",
        login,
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|r| {
        Some(Credentials {
            id: r.id,
            role: Role::parse(&r.role)?,
            name: r.name,
            password_hash: r.password_hash,
            totp_sealed: r.totp_sealed,
            totp_last_step: r.totp_last_step,
            is_break_glass: r.is_break_glass,
            must_change: r.must_change,
        })
    }))
}

/// Remember the TOTP step; false when another request used it (or a later one) first.
pub(crate) async fn use_totp_step(
    conn: &mut PgConnection,
    account_id: Uuid,
    step: i64,
) -> Result<bool> {
    let done = sqlx::query!(
        "update account set totp_last_step = $2 where id = $1 and totp_last_step < $2",
        account_id,
        step
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Spend a recovery code; false when it is unknown or spent.
pub(crate) async fn use_recovery_code(
    conn: &mut PgConnection,
    account_id: Uuid,
    code_hash: &[u8],
) -> Result<bool> {
    let done = sqlx::query!(
        "update recovery_code set used_at = now() where account_id = $1 and code_hash = $2 and used_at is null",
        account_id,
        code_hash
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Recovery codes still unspent.
pub(crate) async fn recovery_codes_left(conn: &mut PgConnection, account_id: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from recovery_code where account_id = $1 and used_at is null"#,
        account_id
    )
    .fetch_one(conn)
    .await?)
}

/// Make an account. Runs as `m_admin` or `m_cli`.
pub async fn insert(conn: &mut PgConnection, keys: &Keys, new: NewAccount) -> Result<()> {
    let hash = password::hash(new.password).await?;
    let totp = new
        .totp_secret
        .map(|secret| keys.seal(SealPurpose::Totp, new.id, &secret))
        .transpose()?;
    sqlx::query!(
        "insert into account (id, login, name, role, password_hash, totp_sealed, is_break_glass, must_change)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.login,
        new.name,
        new.role.as_str(),
        hash,
        totp,
        new.is_break_glass,
        new.must_change,
    )
    .execute(&mut *conn)
    .await
    .on_constraint("account_login_key", || Problem::field("/login", "そのログイン名は使われています。別の名前にしてください。"))?;
    sqlx::query!(
        "insert into account_district (account_id, district_id) select $1, unnest($2::uuid[])",
        new.id,
        &new.districts
    )
    .execute(&mut *conn)
    .await
    .on_constraint("account_district_district_fkey", || {
        Problem::field("/districts", "その校区はありません。")
    })?;
    replace_recovery_codes(conn, keys, new.id, &new.recovery_codes).await
}

/// New recovery codes; those before no longer open anything.
pub(crate) async fn replace_recovery_codes(
    conn: &mut PgConnection,
    keys: &Keys,
    account_id: Uuid,
    codes: &[String],
) -> Result<()> {
    let hashes: Vec<Vec<u8>> = codes
        .iter()
        .map(|code| {
            keys.hmac(
                HmacPurpose::RecoveryCode,
                password::recovery_key(code).as_bytes(),
            )
        })
        .collect();
    sqlx::query!(
        "delete from recovery_code where account_id = $1",
        account_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into recovery_code (account_id, code_hash) select $1, unnest($2::bytea[])",
        account_id,
        &hashes
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// New second factor and recovery codes for an account (its phone is lost).
pub async fn reset_factors(
    conn: &mut PgConnection,
    keys: &Keys,
    account_id: Uuid,
    secret: &[u8],
    codes: &[String],
) -> Result<()> {
    let sealed = keys.seal(SealPurpose::Totp, account_id, secret)?;
    let done = sqlx::query!(
        "update account set totp_sealed = $2, totp_last_step = 0 where id = $1",
        account_id,
        sealed
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Err(Problem::NotFound);
    }
    replace_recovery_codes(conn, keys, account_id, codes).await
}

/// Set a password. Runs as `m_auth`, `m_admin` or `m_cli`.
pub async fn set_password(
    conn: &mut PgConnection,
    account_id: Uuid,
    hash: &str,
    must_change: bool,
) -> Result<()> {
    sqlx::query!(
        "update account set password_hash = $2, must_change = $3 where id = $1",
        account_id,
        hash,
        must_change
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// End an account's sessions, all or all but one: whoever knew the old password or factor is out. Runs as `m_auth`, `m_admin` or
/// `m_cli`.
pub async fn end_sessions(
    conn: &mut PgConnection,
    account_id: Uuid,
    but: Option<&[u8]>,
) -> Result<()> {
    sqlx::query!(
        "update session set revoked_at = now() where account_id = $1 and revoked_at is null and token_hash is distinct from $2",
        account_id,
        but
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Disable an account; its sessions end at their next request.
pub async fn disable(conn: &mut PgConnection, account_id: Uuid) -> Result<()> {
    let done = sqlx::query!(
        "update account set disabled_at = now() where id = $1 and disabled_at is null",
        account_id
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 0 {
        Err(Problem::NotFound)
    } else {
        Ok(())
    }
}

/// All accounts, by login.
pub async fn accounts(conn: &mut PgConnection) -> Result<Vec<Account>> {
    let rows = sqlx::query!(
        r#"select a.id, a.login, a.name, a.role, a.is_break_glass, a.disabled_at,
                  coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by d.name)
                            from account_district ad join district d on d.id = ad.district_id where ad.account_id = a.id), '[]')
                  as "districts!: sqlx::types::Json<Vec<DistrictName>>"
           from account a order by a.login"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|r| {
            Some(Account {
                id: r.id,
                login: r.login,
                name: r.name,
                role: Role::parse(&r.role)?,
                is_break_glass: r.is_break_glass,
                districts: r.districts.0,
                disabled_at: r.disabled_at,
            })
        })
        .collect())
}

/// What a session's page shows of its owner (account or phone).
pub(crate) struct SessionOwner {
    pub id: Uuid,
    pub name: String,
    pub expires_at: DateTime<Utc>,
    pub must_change: bool,
}

/// The owner of a session.
pub(crate) async fn session_owner(
    conn: &mut PgConnection,
    session_hash: &[u8],
) -> Result<SessionOwner> {
    Ok(sqlx::query_as!(
        SessionOwner,
        r#"select coalesce(a.id, d.id) as "id!", coalesce(a.name, v.name, d.label, '') as "name!", s.expires_at,
                  coalesce(a.must_change, false) as "must_change!"
           from session s left join account a on a.id = s.account_id
           left join device d on d.id = s.device_id left join volunteer v on v.id = d.volunteer_id
           where s.token_hash = $1"#,
        session_hash
    )
    .fetch_one(conn)
    .await?)
}

/// Names of districts.
pub(crate) async fn districts_named(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<DistrictName>> {
    Ok(sqlx::query_as!(
        DistrictName,
        "select id, name from district where id = any($1) order by name",
        ids
    )
    .fetch_all(conn)
    .await?)
}

/// The districts in force with these codes.
pub(crate) async fn districts_by_code(
    conn: &mut PgConnection,
    codes: &[String],
) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from district where code = any($1) and valid_to is null",
        codes
    )
    .fetch_all(conn)
    .await?)
}

/// The login of an account.
pub(crate) async fn login_of(conn: &mut PgConnection, id: Uuid) -> Result<String> {
    Ok(
        sqlx::query_scalar!("select login from account where id = $1", id)
            .fetch_one(conn)
            .await?,
    )
}

/// The districts of an account.
pub(crate) async fn account_districts(
    conn: &mut PgConnection,
    account_id: Uuid,
) -> Result<Vec<DistrictName>> {
    Ok(sqlx::query_as!(
        DistrictName,
        "select d.id, d.name from account_district ad join district d on d.id = ad.district_id where ad.account_id = $1 order by d.name",
        account_id
    )
    .fetch_all(conn)
    .await?)
}
