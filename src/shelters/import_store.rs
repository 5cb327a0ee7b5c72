//! SQL of `site` for the import pipeline: compare staged rows with the places kept, write them, end them.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::problem::Result;

/// Places in force that a list of this scope (its sources, municipalities and families of kinds) could name.
pub async fn existing(conn: &mut PgConnection, batch_id: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from site s
           where s.revoked_on is null and (s.source, s.lg_code, s.kind = 'shelter') in (
               select distinct r.incoming->>'source', r.incoming->>'lg_code', r.incoming->>'kind' = 'shelter'
               from import_row r where r.batch_id = $1 and r.line is not null)"#,
        batch_id
    )
    .fetch_one(conn)
    .await?)
}

/// Mark rows that lie farther than `far_m` metres from the middle (medians) of their municipality's places.
pub async fn mark_far_away(conn: &mut PgConnection, batch_id: Uuid, far_m: f64) -> Result<u64> {
    let done = sqlx::query!(
        "with named as (
             select r.seq, r.incoming->>'lg_code' as lg_code, (r.incoming->>'lon')::float8 as lon, (r.incoming->>'lat')::float8 as lat
             from import_row r where r.batch_id = $1 and r.incoming ? 'lon'),
         known as (
             select lg_code, lon, lat from named
             union all
             select s.lg_code, st_x(s.point), st_y(s.point) from site s
             where s.revoked_on is null and s.lg_code in (select lg_code from named)),
         middle as (
             select lg_code, count(*) as places, percentile_cont(0.5) within group (order by lon) as lon,
                 percentile_cont(0.5) within group (order by lat) as lat
             from known where lg_code <> '' group by lg_code),
         far as (
             select n.seq, st_distancesphere(st_point(n.lon, n.lat), st_point(m.lon, m.lat)) as distance_m
             from named n join middle m using (lg_code) where m.places >= 3)
         update import_row r set action = 'error', complaints = r.complaints || jsonb_build_object('column', '緯度・経度', 'is_error', true,
             'message', format('同じ市町村のほかの場所から%skm離れています。緯度・経度を確かめてください', round(far.distance_m / 1000)))
         from far where r.batch_id = $1 and r.seq = far.seq and far.distance_m > $2",
        batch_id,
        far_m
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Compare the pending rows with the places kept, by national id or the list's own key.
pub async fn compare(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        "update import_row r set target_id = coalesce(p.id, r.target_id), before = p.record,
             action = case when p.id is null then 'add' when p.record || r.incoming = p.record then 'same' else 'change' end
         from import_row o left join (
             select distinct on (key) coalesce(s.national_site_id, s.list_key) as key, s.id, site_record(s) as record
             from site s order by key, s.revoked_on desc nulls first, s.updated_at desc) p on p.key = o.key
         where r.batch_id = $1 and r.action = 'pending' and o.batch_id = $1 and o.seq = r.seq",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// List the places that the list, for its own sources, municipalities and kinds, no longer names.
pub async fn list_unnamed(
    conn: &mut PgConnection,
    batch_id: Uuid,
    after_seq: i64,
    today: chrono::NaiveDate,
) -> Result<()> {
    sqlx::query!(
        "insert into import_row (batch_id, seq, action, key, target_id, incoming, before)
         select $1, $2 + row_number() over (order by s.id), 'revoke', coalesce(s.national_site_id, s.list_key), s.id,
             jsonb_build_object('revoked_on', $3::date, 'revoked_reason', '一覧に載らなくなったため'), site_record(s)
         from site s
         where s.revoked_on is null and (s.source, s.lg_code, s.kind = 'shelter') in (
                 select distinct r.incoming->>'source', r.incoming->>'lg_code', r.incoming->>'kind' = 'shelter'
                 from import_row r where r.batch_id = $1 and r.line is not null)
             and not exists (select from import_row r where r.batch_id = $1 and r.target_id = s.id)
             and not exists (select from import_row r where r.batch_id = $1 and r.key = coalesce(s.national_site_id, s.list_key))",
        batch_id,
        after_seq,
        today
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many places to be changed are no longer what the preview showed.
pub async fn stale(conn: &mut PgConnection, batch_id: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from import_row r left join site s on s.id = r.target_id
           where r.batch_id = $1 and r.action in ('change', 'revoke') and site_record(s) is distinct from r.before"#,
        batch_id
    )
    .fetch_one(conn)
    .await?)
}

/// What the touched places are now, for taking an import back.
pub async fn present(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, serde_json::Value)>> {
    let rows = sqlx::query!(
        r#"select id, site_record(s) as "record!" from site s where id = any($1)"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.record)).collect())
}

/// Write what the batch says. `with_revocations` is false when rows with errors are left out: what they meant to name is unknown.
pub async fn apply(conn: &mut PgConnection, batch_id: Uuid, with_revocations: bool) -> Result<()> {
    sqlx::query!(
        "insert into site (id, kind, national_site_id, list_key, lg_code, name, name_kana, address, point, hazards, capacity, capacity_text,
             shelter_kind, accepts, usable_floor, opening_condition, agreement, note, source, revoked_on, revoked_reason)
         select r.target_id, x.kind, x.national_site_id, x.list_key, x.lg_code, x.name, coalesce(x.name_kana, ''), x.address,
             st_setsrid(st_makepoint(x.lon, x.lat), 4326), x.hazards, x.capacity, coalesce(x.capacity_text, ''), x.shelter_kind,
             coalesce(x.accepts, ''), coalesce(x.usable_floor, ''), coalesce(x.opening_condition, ''), coalesce(x.agreement, ''),
             coalesce(x.note, ''), x.source, x.revoked_on, x.revoked_reason
         from import_row r cross join lateral jsonb_to_record(r.incoming) as x(kind text, national_site_id text, list_key text, lg_code text,
             name text, name_kana text, address text, lon float8, lat float8, hazards text[], capacity int, capacity_text text,
             shelter_kind text, accepts text, usable_floor text, opening_condition text, agreement text, note text, source text,
             revoked_on date, revoked_reason text)
         where r.batch_id = $1 and r.action = 'add'",
        batch_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update site s set kind = x.kind, national_site_id = x.national_site_id, list_key = x.list_key, lg_code = x.lg_code, name = x.name,
             name_kana = x.name_kana, address = x.address, point = st_setsrid(st_makepoint(x.lon, x.lat), 4326), hazards = x.hazards,
             capacity = x.capacity, capacity_text = x.capacity_text, shelter_kind = x.shelter_kind, accepts = x.accepts,
             usable_floor = x.usable_floor, opening_condition = x.opening_condition, agreement = x.agreement, note = x.note,
             source = x.source, revoked_on = x.revoked_on, revoked_reason = x.revoked_reason, updated_at = now()
         from import_row r cross join lateral jsonb_to_record(r.before || r.incoming) as x(kind text, national_site_id text, list_key text,
             lg_code text, name text, name_kana text, address text, lon float8, lat float8, hazards text[], capacity int,
             capacity_text text, shelter_kind text, accepts text, usable_floor text, opening_condition text, agreement text, note text,
             source text, revoked_on date, revoked_reason text)
         where r.batch_id = $1 and s.id = r.target_id and (r.action = 'change' or (r.action = 'revoke' and $2))",
        batch_id,
        with_revocations
    )
    .execute(&mut *conn)
    .await?;
    // Delivered with the commit: the in-memory index of every instance reads the changes.
    sqlx::query!("select pg_notify('sites_changed', '')")
        .execute(conn)
        .await?;
    Ok(())
}
