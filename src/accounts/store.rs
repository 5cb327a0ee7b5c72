//! All SQL of accounts, volunteers, devices and tries.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Account, Device, DistrictName, NewAccount, Role, Volunteer, password};
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

/// Refuse a volunteer that the caller may not see.
pub(crate) async fn require_volunteer(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query_scalar!(
        "select id from volunteer where id = $1 and ended_on is null",
        id
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Whether the volunteer serves in a district that is none of these. Runs as `m_ingest`: a lead sees no other's districts.
pub(crate) async fn serves_elsewhere(
    conn: &mut PgConnection,
    volunteer_id: Uuid,
    districts: &[Uuid],
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from volunteer_district where volunteer_id = $1 and district_id <> all($2)) as "is!""#,
        volunteer_id,
        districts
    )
    .fetch_one(conn)
    .await?)
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

/// Volunteers that the caller may see, by district then reading.
pub async fn volunteers(conn: &mut PgConnection, district: Option<Uuid>) -> Result<Vec<Volunteer>> {
    Ok(sqlx::query!(
        r#"select v.id, v.name, v.name_kana, v.body, v.phone,
                  coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by d.name)
                            from volunteer_district vd join district d on d.id = vd.district_id where vd.volunteer_id = v.id), '[]')
                  as "districts!: sqlx::types::Json<Vec<DistrictName>>",
                  (select count(*) from device p where p.volunteer_id = v.id and p.revoked_at is null) as "phones!",
                  (select max(p.last_contact_at) from device p where p.volunteer_id = v.id) as last_contact_at
           from volunteer v
           where v.ended_on is null
             and ($1::uuid is null or exists (select from volunteer_district vd where vd.volunteer_id = v.id and vd.district_id = $1))
           order by v.name_kana, v.name, v.id"#,
        district
    )
    .map(|r| Volunteer {
        id: r.id,
        name: r.name,
        name_kana: r.name_kana,
        body: r.body,
        phone: r.phone,
        districts: r.districts.0,
        phones: r.phones,
        last_contact_at: r.last_contact_at,
    })
    .fetch_all(conn)
    .await?)
}

/// Add a volunteer with her districts.
pub async fn insert_volunteer(
    conn: &mut PgConnection,
    id: Uuid,
    name: &str,
    name_kana: &str,
    body: &str,
    phone: &str,
    districts: &[Uuid],
) -> Result<()> {
    let done = sqlx::query!(
        "insert into volunteer (id, name, name_kana, body, phone) values ($1, $2, $3, $4, $5) on conflict (id) do nothing",
        id,
        name,
        name_kana,
        body,
        phone
    )
    .execute(&mut *conn)
    .await
    .on_constraint("volunteer_body_check", || Problem::field("/body", "団体の種類を選んでください。"))?;
    if done.rows_affected() == 0 {
        // Said again: whoever she is by now, this does not widen what she is shown.
        return Ok(());
    }
    sqlx::query!(
        "insert into volunteer_district (volunteer_id, district_id) select $1, unnest($2::uuid[]) on conflict do nothing",
        id,
        districts
    )
    .execute(conn)
    .await
    .on_constraint("volunteer_district_district_fkey", || Problem::field("/districts", "その校区はありません。"))?;
    Ok(())
}

/// Enrolled phones that the caller may see, silent ones first.
pub async fn devices(conn: &mut PgConnection, district: Option<Uuid>) -> Result<Vec<Device>> {
    Ok(sqlx::query!(
        r#"select d.id, d.principal, d.volunteer_id, v.name as "volunteer_name?", d.label, d.enrolled_at, d.last_contact_at,
                  d.held_items, d.revoked_at
           from device d left join volunteer v on v.id = d.volunteer_id
           where ($1::uuid is null or exists (select from volunteer_district vd where vd.volunteer_id = d.volunteer_id and vd.district_id = $1))
           order by d.last_contact_at nulls first, d.id"#,
        district
    )
    .map(|r| Device {
        id: r.id,
        principal: match r.principal.as_str() {
            "reception" => crate::db::Principal::Reception,
            "district_lead" => crate::db::Principal::DistrictLead,
            _ => crate::db::Principal::Volunteer,
        },
        volunteer_id: r.volunteer_id,
        volunteer_name: r.volunteer_name,
        label: r.label,
        enrolled_at: r.enrolled_at,
        last_contact_at: r.last_contact_at,
        held_items: r.held_items,
        revoked_at: r.revoked_at,
    })
    .fetch_all(conn)
    .await?)
}

/// Revoke a phone: it reads nothing more; what it still sends is kept as quarantined.
pub async fn revoke_device(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    let done = sqlx::query!(
        "update device set revoked_at = coalesce(revoked_at, now()) where id = $1",
        id
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 0 {
        Err(Problem::NotFound)
    } else {
        Ok(())
    }
}

/// Every volunteer in office with name and districts, for lists that name them.
pub(crate) async fn volunteer_names(
    conn: &mut PgConnection,
) -> Result<Vec<(Uuid, String, Vec<Uuid>)>> {
    let rows = sqlx::query!(
        r#"select v.id, v.name, array(select vd.district_id from volunteer_district vd where vd.volunteer_id = v.id) as "districts!"
           from volunteer v where v.ended_on is null order by v.id"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| (r.id, r.name, r.districts))
        .collect())
}
