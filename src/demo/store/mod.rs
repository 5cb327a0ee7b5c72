//! All SQL of the demo: what kind of database this is, and the bulk inserts.

pub mod drill;
pub mod people;
pub mod plans;

use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::batch::made_at;
use super::city::City;
use super::load::Plan;
use super::sites::{Kind, Site};
use super::{LG_CODE, MUNICIPALITY, PHONE};
use crate::problem::Result;
use crate::text::kana;

/// What a database holds before a demo is made in it.
pub struct Contents {
    pub is_demo: bool,
    /// People, volunteers or school districts are there.
    pub is_inhabited: bool,
    /// What the newest `demo.start` said, and whether a `demo.finish` followed.
    pub started: Option<Json<Plan>>,
    pub is_finished: bool,
}

/// Look at the database. Runs as `m_cli`.
pub async fn contents(conn: &mut PgConnection) -> Result<Contents> {
    let row = sqlx::query!(
        r#"select i.is_demo,
                  (exists (select from person) or exists (select from volunteer)
                   or exists (select from district where kind = 'school')) as "is_inhabited!",
                  (select detail from audit_entry where action = 'demo.start' order by id desc limit 1) as "started: Json<Plan>",
                  exists (select from audit_entry where action = 'demo.finish') as "is_finished!"
           from instance i"#
    )
    .fetch_one(conn)
    .await?;
    Ok(Contents {
        is_demo: row.is_demo,
        is_inhabited: row.is_inhabited,
        started: row.started,
        is_finished: row.is_finished,
    })
}

/// Mark the database as a demo's: every page shows it from now on.
pub async fn mark(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "update instance set is_demo = true, municipality = $1, lg_code = $2, phone = $3",
        MUNICIPALITY,
        LG_CODE,
        PHONE
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Districts, towns, places and volunteers.
pub async fn insert_city(conn: &mut PgConnection, city: &City) -> Result<()> {
    for district in &city.districts {
        sqlx::query!(
            "insert into district (id, code, name, name_kana, area, is_synthetic, source, valid_from)
             values ($1, $2, $3, $4, $5, true, 'デモ（実際の校区ではありません）', '2023-04-01') on conflict do nothing",
            district.id,
            district.code,
            district.name,
            district.kana,
            &district.area as _,
        )
        .execute(&mut *conn)
        .await?;
    }
    insert_towns(conn, city).await?;
    for site in &city.sites {
        insert_site(conn, site).await?;
    }
    insert_volunteers(conn, city).await
}

async fn insert_towns(conn: &mut PgConnection, city: &City) -> Result<()> {
    for (index, town) in city.towns.iter().enumerate() {
        sqlx::query!(
            "insert into town (id, lg_code, name, name_kana, name_key, point) values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
            city.seed.id(super::dice::Part::Town, index as u64),
            LG_CODE,
            town.name,
            town.kana,
            kana::search_key(&town.name),
            town.point() as _,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn insert_site(conn: &mut PgConnection, site: &Site) -> Result<()> {
    let (kind, shelter_kind) = match site.kind {
        Kind::EvacuationSite => ("evacuation_site", None),
        Kind::EvacuationBuilding => ("evacuation_building", None),
        Kind::GeneralShelter => ("shelter", Some("general")),
        Kind::WelfareShelter => ("shelter", Some("welfare")),
    };
    sqlx::query!(
        "insert into site (id, kind, national_site_id, lg_code, name, name_kana, address, point, hazards, capacity, capacity_text,
                           shelter_kind, accepts, usable_floor, opening_condition, agreement, is_public, source, designated_on, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'デモ', $18, $19) on conflict do nothing",
        site.id,
        kind,
        site.national_site_id,
        LG_CODE,
        site.name,
        site.kana,
        site.address,
        site.point as _,
        &site.hazards as &[&str],
        site.capacity as i32,
        site.capacity.to_string(),
        shelter_kind,
        site.accepts,
        site.usable_floor,
        site.opening_condition,
        site.agreement,
        site.is_public,
        site.designated_on,
        made_at(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_volunteers(conn: &mut PgConnection, city: &City) -> Result<()> {
    let all = &city.volunteers;
    let ids: Vec<_> = all.iter().map(|v| v.id).collect();
    let names: Vec<_> = all.iter().map(|v| v.name.clone()).collect();
    let readings: Vec<_> = all.iter().map(|v| v.kana.clone()).collect();
    let bodies: Vec<_> = all.iter().map(|v| v.body).collect();
    let phones: Vec<_> = all.iter().map(|v| v.phone.clone()).collect();
    sqlx::query!(
        "insert into volunteer (id, name, name_kana, body, phone, created_at)
         select row.*, $6 from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) as row on conflict do nothing",
        &ids,
        &names,
        &readings,
        &bodies as &[&str],
        &phones,
        made_at(),
    )
    .execute(&mut *conn)
    .await?;
    let (volunteers, districts): (Vec<_>, Vec<_>) = all
        .iter()
        .flat_map(|v| v.districts.iter().map(|&at| (v.id, city.districts[at].id)))
        .unzip();
    sqlx::query!(
        "insert into volunteer_district (volunteer_id, district_id) select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing",
        &volunteers,
        &districts
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A volunteer with how many people who may be shown are in her care.
pub struct Carer {
    pub id: Uuid,
    pub name: String,
    pub people: i64,
}

/// The volunteer with the most consenting people in ordinary care, in districts of these names.
pub async fn busiest_volunteer(
    conn: &mut PgConnection,
    districts: &[&str],
) -> Result<Option<Carer>> {
    Ok(sqlx::query_as!(
        Carer,
        r#"select v.id, v.name, count(*) as "people!"
           from volunteer v join standing_contact c on c.volunteer_id = v.id join person p on p.id = c.person_id
                join district d on d.id = p.district_id
           where d.name = any($1) and c.ended_on is null and p.roster_consent = 'consented' and p.status = 'resident'
                 and not p.is_protected
           group by v.id order by count(*) desc, v.id limit 1"#,
        districts as &[&str]
    )
    .fetch_optional(conn)
    .await?)
}
