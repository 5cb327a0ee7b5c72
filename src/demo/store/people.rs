//! Bulk inserts of people: one statement a table, each row said at most once, so that a load that was
//! cut off is finished by running it again. PostgreSQL refuses COPY into tables with row-level
//! security; lists of columns are the fastest way that passes the walls.

use sqlx::PgConnection;

use crate::demo::batch::{
    Batch, Consents, Contacts, Households, People, Reasons, Residences, StandingContacts, Supports,
    made_at,
};
use crate::problem::Result;

/// Write one batch. Runs as `m_cli`.
pub async fn insert(conn: &mut PgConnection, batch: &Batch) -> Result<()> {
    households(conn, &batch.households).await?;
    people(conn, &batch.people).await?;
    memberships(conn, &batch.people).await?;
    residences(conn, &batch.residences).await?;
    contacts(conn, &batch.contacts).await?;
    supports(conn, &batch.supports).await?;
    reasons(conn, &batch.reasons).await?;
    consents(conn, &batch.consents).await?;
    standing_contacts(conn, &batch.standing).await
}

async fn households(conn: &mut PgConnection, rows: &Households) -> Result<()> {
    sqlx::query!(
        "insert into household (id, label, created_at)
         select id, label, $3 from unnest($1::uuid[], $2::text[]) as row (id, label) on conflict do nothing",
        &rows.id,
        &rows.label,
        made_at(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn people(conn: &mut PgConnection, rows: &People) -> Result<()> {
    sqlx::query!(
        "insert into person (id, household_id, district_id, resident_no, name, name_kana, name_key, kana_key, birth_on,
                             birth_text, sex, nationality, is_protected, roster_consent, status, status_on, created_at, updated_at)
         select row.*, $17, $17
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::date[], $10::text[], $11::text[], $12::text[], $13::bool[], $14::text[], $15::text[], $16::date[]) as row
         on conflict do nothing",
        &rows.id,
        &rows.household_id,
        &rows.district_id,
        &rows.resident_no,
        &rows.name,
        &rows.name_kana,
        &rows.name_key,
        &rows.kana_key,
        &rows.birth_on,
        &rows.birth_text,
        &rows.sex as &[&str],
        &rows.nationality as &[&str],
        &rows.is_protected,
        &rows.roster_consent as &[&str],
        &rows.status as &[&str],
        &rows.status_on as &[Option<chrono::NaiveDate>],
        made_at(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn memberships(conn: &mut PgConnection, rows: &People) -> Result<()> {
    sqlx::query!(
        "insert into household_member (household_id, person_id, relationship, is_householder, valid_from)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bool[], $5::date[]) on conflict do nothing",
        &rows.household_id,
        &rows.id,
        &rows.relationship as &[&str],
        &rows.is_householder,
        &rows.since,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn residences(conn: &mut PgConnection, rows: &Residences) -> Result<()> {
    sqlx::query!(
        "insert into residence (id, person_id, kind, address, address_key, point, geocode_level, district_id, district_basis,
                                district_reason, valid_from)
         select id, person_id, kind, address, address_key, st_setsrid(st_makepoint(lon, lat), 4326), level, district_id, basis,
                reason, since
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::text[],
                     $9::uuid[], $10::text[], $11::text[], $12::date[])
              as row (id, person_id, kind, address, address_key, lon, lat, level, district_id, basis, reason, since)
         on conflict do nothing",
        &rows.id,
        &rows.person_id,
        &rows.kind as &[&str],
        &rows.address,
        &rows.address_key,
        &rows.lon as &[Option<f64>],
        &rows.lat as &[Option<f64>],
        &rows.geocode_level as &[&str],
        &rows.district_id,
        &rows.basis as &[&str],
        &rows.reason as &[&str],
        &rows.valid_from,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn contacts(conn: &mut PgConnection, rows: &Contacts) -> Result<()> {
    sqlx::query!(
        "insert into contact (id, person_id, kind, value, value_key, holder, relation)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         on conflict do nothing",
        &rows.id,
        &rows.person_id,
        &rows.kind as &[&str],
        &rows.value,
        &rows.value_key,
        &rows.holder,
        &rows.relation as &[&str],
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn supports(conn: &mut PgConnection, rows: &Supports) -> Result<()> {
    sqlx::query!(
        "insert into support_resident (person_id, listed_on, delisted_on, delist_reason, help_needed, help_note)
         select person_id, listed_on, delisted_on, delist_reason, string_to_array(help, ','), note
         from unnest($1::uuid[], $2::date[], $3::date[], $4::text[], $5::text[], $6::text[])
              as row (person_id, listed_on, delisted_on, delist_reason, help, note)
         on conflict do nothing",
        &rows.person_id,
        &rows.listed_on,
        &rows.delisted_on as &[Option<chrono::NaiveDate>],
        &rows.delist_reason as &[Option<&str>],
        &rows.help_needed,
        &rows.help_note,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn reasons(conn: &mut PgConnection, rows: &Reasons) -> Result<()> {
    sqlx::query!(
        "insert into support_reason (person_id, category, basis, since)
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::date[]) on conflict do nothing",
        &rows.person_id,
        &rows.category as &[&str],
        &rows.basis as &[&str],
        &rows.since,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn consents(conn: &mut PgConnection, rows: &Consents) -> Result<()> {
    sqlx::query!(
        "insert into consent (id, person_id, purpose, recipient_class, status, obtained_on, means, obtained_by, recorded_at)
         select id, person_id, 'roster', class, status, obtained_on, means, '危機管理課', recorded_at
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[], $6::text[], $7::timestamptz[])
              as row (id, person_id, class, status, obtained_on, means, recorded_at)
         on conflict do nothing",
        &rows.id,
        &rows.person_id,
        &rows.recipient_class as &[&str],
        &rows.status as &[&str],
        &rows.obtained_on,
        &rows.means as &[&str],
        &rows.recorded_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn standing_contacts(conn: &mut PgConnection, rows: &StandingContacts) -> Result<()> {
    sqlx::query!(
        "insert into standing_contact (person_id, volunteer_id, rank, since)
         select * from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::date[]) on conflict do nothing",
        &rows.person_id,
        &rows.volunteer_id,
        &rows.rank,
        &rows.since,
    )
    .execute(conn)
    .await?;
    Ok(())
}
