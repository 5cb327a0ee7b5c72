//! SQL of the city's one row, and of its districts' numbers.

use sqlx::PgConnection;
use uuid::Uuid;

use super::settings::{DistrictNumber, Stated};
use super::{City, Phones};
use crate::problem::Result;

pub async fn city(conn: &mut PgConnection) -> Result<City> {
    Ok(sqlx::query_as!(
        City,
        "select municipality as name, lg_code, is_demo, epoch from instance"
    )
    .fetch_one(conn)
    .await?)
}

/// Whose ledger this is.
pub async fn name(conn: &mut PgConnection) -> Result<String> {
    Ok(sqlx::query_scalar!("select municipality from instance")
        .fetch_one(conn)
        .await?)
}

/// The numbers that were stated, the city's and those of these districts.
pub async fn phones(conn: &mut PgConnection, districts: &[Uuid]) -> Result<Phones> {
    let rows = sqlx::query!(
        r#"select null::uuid as district_id, phone as "phone!" from instance where phone <> ''
           union all select district_id, phone from district_phone where district_id = any($1)"#,
        districts
    )
    .fetch_all(conn)
    .await?;
    let mut phones = Phones::default();
    for row in rows {
        match row.district_id {
            Some(id) => _ = phones.own.insert(id, row.phone),
            None => phones.city = Some(row.phone),
        }
    }
    Ok(phones)
}

/// What was stated, locked: two who write it at once write one after the other.
pub async fn stated_for_update(conn: &mut PgConnection) -> Result<Stated> {
    let row = sqlx::query!("select municipality, lg_code, phone from instance for update")
        .fetch_one(&mut *conn)
        .await?;
    Ok(Stated {
        name: row.municipality,
        lg_code: row.lg_code,
        phone: row.phone,
        districts: numbers(conn).await?,
    })
}

pub async fn stated(conn: &mut PgConnection) -> Result<Stated> {
    let row = sqlx::query!("select municipality, lg_code, phone from instance")
        .fetch_one(&mut *conn)
        .await?;
    Ok(Stated {
        name: row.municipality,
        lg_code: row.lg_code,
        phone: row.phone,
        districts: numbers(conn).await?,
    })
}

/// The districts in force with the number of each, empty where it has none.
async fn numbers(conn: &mut PgConnection) -> Result<Vec<DistrictNumber>> {
    Ok(sqlx::query_as!(
        DistrictNumber,
        r#"select d.id, d.code, d.name, coalesce(p.phone, '') as "phone!"
           from district d left join district_phone p on p.district_id = d.id
           where d.valid_to is null order by d.kind, d.name_kana, d.name"#
    )
    .fetch_all(conn)
    .await?)
}

pub async fn write(conn: &mut PgConnection, stated: &Stated) -> Result<()> {
    sqlx::query!(
        "update instance set municipality = $1, lg_code = $2, phone = $3",
        stated.name,
        stated.lg_code,
        stated.phone
    )
    .execute(&mut *conn)
    .await?;
    let (ids, phones): (Vec<Uuid>, Vec<String>) = stated
        .districts
        .iter()
        .map(|d| (d.id, d.phone.clone()))
        .unzip();
    sqlx::query!(
        "delete from district_phone where district_id in (select id from unnest($1::uuid[], $2::text[]) n(id, phone) where phone = '')",
        &ids,
        &phones
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into district_phone (district_id, phone)
         select id, phone from unnest($1::uuid[], $2::text[]) n(id, phone) where phone <> ''
         on conflict (district_id) do update set phone = excluded.phone where district_phone.phone <> excluded.phone",
        &ids,
        &phones
    )
    .execute(conn)
    .await?;
    Ok(())
}
