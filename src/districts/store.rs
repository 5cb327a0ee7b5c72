//! SQL of `district`.

use chrono::NaiveDate;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::District;
use crate::geometry::Area;
use crate::problem::Result;

/// The districts in force (those of `only`, if given), by reading; 「校区未定」 last. Nobody is counted in them.
pub async fn in_force(conn: &mut PgConnection, only: Option<&[Uuid]>) -> Result<Vec<District>> {
    Ok(sqlx::query_as!(
        District,
        "select id, code, name, kind, is_synthetic, null::bigint as residents
         from district d where valid_to is null and ($1::uuid[] is null or id = any($1))
         order by kind, name_kana, name",
        only
    )
    .fetch_all(conn)
    .await?)
}

/// The same with the people kept in each. A statement of its own: those who may not read people are refused one that could count
/// them, whether or not it would, as soon as its plan is kept.
pub async fn in_force_with_residents(
    conn: &mut PgConnection,
    only: Option<&[Uuid]>,
) -> Result<Vec<District>> {
    Ok(sqlx::query_as!(
        District,
        "select id, code, name, kind, is_synthetic, (select count(*) from person p where p.district_id = d.id) as residents
         from district d where valid_to is null and ($1::uuid[] is null or id = any($1))
         order by kind, name_kana, name",
        only
    )
    .fetch_all(conn)
    .await?)
}

/// A district's name and border, for placing people.
pub struct Border {
    pub id: Uuid,
    pub name: String,
    pub area: Area,
}

/// The borders of all school districts in force.
pub async fn borders(conn: &mut PgConnection) -> Result<Vec<Border>> {
    Ok(sqlx::query_as!(
        Border,
        r#"select id, name, area as "area!: Area" from district where valid_to is null and kind = 'school' order by id"#
    )
    .fetch_all(conn)
    .await?)
}

/// Districts in force that a map of these sources could name.
pub async fn existing(conn: &mut PgConnection, batch_id: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from district where valid_to is null and kind = 'school' and source in (
               select distinct incoming->>'source' from import_row where batch_id = $1 and line is not null)"#,
        batch_id
    )
    .fetch_one(conn)
    .await?)
}

/// Point out districts that cover more than a twentieth of another one of the same map.
pub async fn mark_overlaps(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        "with shape as materialized (
             select seq, incoming->>'name' as name, st_geomfromgeojson(incoming->'area') as area
             from import_row where batch_id = $1 and action = 'pending' and incoming ? 'area'),
         overlap as (
             select a.seq, min(b.name) as name, max(st_area(st_intersection(a.area, b.area)) / st_area(a.area)) as part
             from shape a join shape b on a.seq <> b.seq and a.area && b.area and st_intersects(a.area, b.area)
             group by a.seq having max(st_area(st_intersection(a.area, b.area)) / st_area(a.area)) > 0.05)
         update import_row r set complaints = r.complaints || jsonb_build_object('column', 'geometry', 'is_error', false, 'message',
             format('「%s」などほかの校区と%s%%重なっています。どちらに入るか決められない人は校区の順で先のほうに入ります', o.name, round(100 * o.part)))
         from overlap o where r.batch_id = $1 and r.seq = o.seq",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Compare the pending rows with the districts kept, by code.
pub async fn compare(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        "update import_row r set target_id = coalesce(p.id, r.target_id), before = p.record,
             action = case when p.id is null then 'add' when p.record || r.incoming = p.record then 'same' else 'change' end
         from import_row o left join (
             select distinct on (code) code, id, district_record(d) as record from district d
             where kind = 'school' order by code, valid_to desc nulls first) p on p.code = o.key
         where r.batch_id = $1 and r.action = 'pending' and o.batch_id = $1 and o.seq = r.seq",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// List the districts of the map's sources that it no longer names.
pub async fn list_unnamed(
    conn: &mut PgConnection,
    batch_id: Uuid,
    after_seq: i64,
    today: NaiveDate,
) -> Result<()> {
    sqlx::query!(
        "insert into import_row (batch_id, seq, action, key, target_id, incoming, before)
         select $1, $2 + row_number() over (order by d.code), 'revoke', d.code, d.id,
             jsonb_build_object('valid_to', greatest($3::date, d.valid_from + 1)), district_record(d)
         from district d
         where d.valid_to is null and d.kind = 'school' and d.source in (
                 select distinct incoming->>'source' from import_row where batch_id = $1 and line is not null)
             and not exists (select from import_row r where r.batch_id = $1 and r.key = d.code)",
        batch_id,
        after_seq,
        today
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many districts to be changed are no longer what the preview showed.
pub async fn stale(conn: &mut PgConnection, batch_id: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from import_row r left join district d on d.id = r.target_id
           where r.batch_id = $1 and r.action in ('change', 'revoke') and district_record(d) is distinct from r.before"#,
        batch_id
    )
    .fetch_one(conn)
    .await?)
}

/// What these districts are now.
pub async fn present(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Uuid, Value)>> {
    let rows = sqlx::query!(
        r#"select id, district_record(d) as "record!" from district d where id = any($1)"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.record)).collect())
}

/// Write what the batch says.
pub async fn apply(
    conn: &mut PgConnection,
    batch_id: Uuid,
    with_ends: bool,
    today: NaiveDate,
) -> Result<()> {
    sqlx::query!(
        "insert into district (id, code, name, name_kana, area, is_synthetic, source, valid_from)
         select r.target_id, x.code, x.name, coalesce(x.name_kana, ''), st_multi(st_geomfromgeojson(x.area)), x.is_synthetic, x.source,
             coalesce((r.extra->>'valid_from')::date, $2)
         from import_row r cross join lateral jsonb_to_record(r.incoming) as x(code text, name text, name_kana text, area jsonb,
             is_synthetic boolean, source text)
         where r.batch_id = $1 and r.action = 'add'",
        batch_id,
        today
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update district d set code = x.code, name = x.name, name_kana = x.name_kana, area = st_multi(st_geomfromgeojson(x.area)),
             is_synthetic = x.is_synthetic, source = x.source, valid_to = greatest(x.valid_to, case when x.valid_to is null then null else d.valid_from + 1 end)
         from import_row r cross join lateral jsonb_to_record(r.before || r.incoming) as x(code text, name text, name_kana text, area jsonb,
             is_synthetic boolean, source text, valid_to date)
         where r.batch_id = $1 and d.id = r.target_id and (r.action = 'change' or (r.action = 'revoke' and $2))",
        batch_id,
        with_ends
    )
    .execute(conn)
    .await?;
    Ok(())
}
