//! SQL of volunteers and their phones.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::accounts::{Device, DistrictName, Volunteer};
use crate::problem::{OnConstraint, Problem, Result};

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
