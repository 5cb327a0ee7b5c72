//! SQL of the gatherings (`coverage_snapshot`, `coverage_cell`), and what is read of sites and districts for figures.

mod scenarios;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

pub use self::scenarios::{insert_scenario, retire_scenario, saved_result, scenario, scenarios};
use super::Snapshot;
use super::cells::{Block, Cell, LAT_STEP, LON_STEP, Square};
use super::figures::{CellAt, SiteAt};
use super::snapshot::Drawn;
use crate::districts;
use crate::geometry::LngLat;
use crate::problem::Result;
use crate::shelters::site::{Hazard, SiteKind, SiteRecord};

/// One gathering at a time, over all instances.
pub async fn alone(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(7041)")
        .execute(conn)
        .await?;
    Ok(())
}

/// The gathering in force.
pub async fn in_force(conn: &mut PgConnection) -> Result<Option<Snapshot>> {
    Ok(sqlx::query_as!(
        Snapshot,
        "select id, as_of, looked_at, people, cells, left_out from coverage_snapshot where retired_at is null"
    )
    .fetch_optional(conn)
    .await?)
}

/// A gathering, also a retired one.
pub async fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Option<Snapshot>> {
    Ok(sqlx::query_as!(
        Snapshot,
        "select id, as_of, looked_at, people, cells, left_out from coverage_snapshot where id = $1",
        id
    )
    .fetch_optional(conn)
    .await?)
}

/// What a gathering held when its figures were made.
#[derive(Debug, Default)]
pub struct Kept {
    pub cells: HashMap<Uuid, Vec<Cell>>,
    /// What is shown, and what was true.
    pub left_out: Option<(i64, i64)>,
}

/// The cells of a gathering with their true counts: for the next one alone.
pub async fn kept(conn: &mut PgConnection, snapshot: Uuid) -> Result<Kept> {
    let rows = sqlx::query!(
        r#"select r.cell_no, c.district_id as "district_id?", coalesce(c.people, s.left_out) as "shown!", r.people as reference,
                  r.blocks as "blocks: Json<Vec<Block>>"
           from coverage_reference r join coverage_snapshot s on s.id = r.snapshot_id
                left join coverage_cell c on c.snapshot_id = r.snapshot_id and c.cell_no = r.cell_no
           where r.snapshot_id = $1 order by r.cell_no"#,
        snapshot
    )
    .fetch_all(conn)
    .await?;
    let mut kept = Kept::default();
    for row in rows {
        match row.district_id {
            Some(district) => kept.cells.entry(district).or_default().push(Cell {
                blocks: row.blocks.0,
                people: row.shown.into(),
                reference: row.reference.into(),
            }),
            None => kept.left_out = Some((row.shown.into(), row.reference.into())),
        }
    }
    Ok(kept)
}

/// How many people of the roster have no square in a district in force: no point, protected, or no district.
pub async fn without_square(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from support_resident s join person p on p.id = s.person_id
           where s.delisted_on is null and p.status in ('resident', 'hospitalised', 'facility') and (
               p.status <> 'resident' or p.is_protected
               or not exists (select from district d where d.id = p.district_id and d.valid_to is null and d.kind = 'school')
               or (select r.point from residence r where r.person_id = p.id and r.valid_to is null order by r.kind limit 1) is null)"#
    )
    .fetch_one(conn)
    .await?)
}

/// The squares of one district in which somebody of the roster lives.
#[derive(Debug, Default)]
pub struct Squares(pub Vec<Square>);

/// Count a district's people by square, into `squares`.
pub async fn squares(conn: &mut PgConnection, district: Uuid, squares: &mut Squares) -> Result<()> {
    squares.0.clear();
    let rows = sqlx::query!(
        r#"select floor(st_x(lived.point) / $2)::int as "x!", floor(st_y(lived.point) / $3)::int as "y!", count(*) as "people!"
           from person p join support_resident s on s.person_id = p.id and s.delisted_on is null
                cross join lateral (select r.point from residence r where r.person_id = p.id and r.valid_to is null
                    order by r.kind limit 1) lived
           where p.district_id = $1 and p.status = 'resident' and not p.is_protected and lived.point is not null
           group by 1, 2"#,
        district,
        LON_STEP,
        LAT_STEP
    )
    .fetch_all(conn)
    .await?;
    squares.0.extend(rows.into_iter().map(|row| Square {
        x: row.x,
        y: row.y,
        people: row.people,
    }));
    Ok(())
}

/// The gathering in force was looked at again and holds.
pub async fn look(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update coverage_snapshot set looked_at = $2 where id = $1",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Put a gathering in the place of the one before, whose cells are forgotten.
pub async fn put_in_force(
    conn: &mut PgConnection,
    snapshot: &Snapshot,
    drawn: &[Drawn],
    left_out: i64,
    made_by: Option<Uuid>,
) -> Result<()> {
    let retired = sqlx::query_scalar!(
        "update coverage_snapshot set retired_at = $1 where retired_at is null returning id",
        snapshot.as_of
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from coverage_cell where snapshot_id = any($1)",
        &retired
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from coverage_reference where snapshot_id = any($1)",
        &retired
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into coverage_snapshot (id, as_of, looked_at, people, cells, left_out, made_by) values ($1, $2, $2, $3, $4, $5, $6)",
        snapshot.id,
        snapshot.as_of,
        snapshot.people,
        snapshot.cells,
        snapshot.left_out,
        made_by
    )
    .execute(&mut *conn)
    .await?;
    for some in drawn.chunks(500) {
        insert_cells(conn, snapshot.id, some).await?;
    }
    sqlx::query!(
        "insert into coverage_reference (snapshot_id, cell_no, people) values ($1, 0, $2)",
        snapshot.id,
        i32::try_from(left_out).unwrap_or(i32::MAX)
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_cells(conn: &mut PgConnection, snapshot: Uuid, drawn: &[Drawn]) -> Result<()> {
    let as_json = |d: &Drawn| serde_json::to_string(&d.area).map_err(anyhow::Error::from);
    let numbers: Vec<i32> = drawn.iter().map(|d| d.cell_no).collect();
    let areas: Vec<String> = drawn.iter().map(as_json).collect::<Result<_, _>>()?;
    let people: Vec<i64> = drawn.iter().map(|d| d.cell.people).collect();
    let districts: Vec<Uuid> = drawn.iter().map(|d| d.district_id).collect();
    let lons: Vec<f64> = drawn.iter().map(|d| d.point.lon()).collect();
    let lats: Vec<f64> = drawn.iter().map(|d| d.point.lat()).collect();
    let reaches: Vec<i32> = drawn.iter().map(|d| d.reach_m).collect();
    sqlx::query!(
        "insert into coverage_cell (snapshot_id, cell_no, district_id, people, point, area, reach_m)
         select $1, n.cell_no, n.district_id, n.people, st_setsrid(st_makepoint(n.lon, n.lat), 4326),
                st_multi(st_geomfromgeojson(n.area)), n.reach_m
         from unnest($2::int[], $3::uuid[], $4::bigint[], $5::float8[], $6::float8[], $7::text[], $8::int[])
              as n(cell_no, district_id, people, lon, lat, area, reach_m)",
        snapshot,
        &numbers,
        &districts,
        &people,
        &lons,
        &lats,
        &areas,
        &reaches
    )
    .execute(&mut *conn)
    .await?;
    let references: Vec<i64> = drawn.iter().map(|d| d.cell.reference).collect();
    let blocks: Vec<Value> = drawn
        .iter()
        .map(|d| serde_json::to_value(&d.cell.blocks).map_err(anyhow::Error::from))
        .collect::<Result<_, _>>()?;
    sqlx::query!(
        "insert into coverage_reference (snapshot_id, cell_no, people, blocks)
         select $1, n.cell_no, n.people, n.blocks from unnest($2::int[], $3::bigint[], $4::jsonb[]) as n(cell_no, people, blocks)",
        snapshot,
        &numbers,
        &references,
        &blocks
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The cells of a gathering, as figures use them.
pub async fn cells(conn: &mut PgConnection, snapshot: Uuid) -> Result<Vec<CellAt>> {
    Ok(sqlx::query_as!(
        CellAt,
        r#"select cell_no, district_id, people, point as at, reach_m from coverage_cell where snapshot_id = $1 order by cell_no"#,
        snapshot
    )
    .fetch_all(conn)
    .await?)
}

/// Areas of the cells as GeoJSON, in the order of their numbers.
pub async fn cell_areas(conn: &mut PgConnection, snapshot: Uuid) -> Result<Vec<Value>> {
    Ok(sqlx::query_scalar!(
        r#"select st_asgeojson(area, 6)::jsonb as "area!" from coverage_cell where snapshot_id = $1 order by cell_no"#,
        snapshot
    )
    .fetch_all(conn)
    .await?)
}

/// Areas of the districts as GeoJSON.
pub async fn district_areas(conn: &mut PgConnection) -> Result<HashMap<Uuid, Value>> {
    let rows = sqlx::query!(
        r#"select id, st_asgeojson(area, 6)::jsonb as "area!" from district where valid_to is null and kind = 'school'"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.area)).collect())
}

/// The public sites in force with their capacity and the district they stand in.
pub async fn sites(conn: &mut PgConnection) -> Result<Vec<SiteAt>> {
    let rows = sqlx::query!(
        r#"select s.id, s.kind, s.name, s.address, s.point as at, s.hazards, s.capacity,
                  (select d.id from district d where d.valid_to is null and d.kind = 'school' and st_covers(d.area, s.point)
                   order by d.id limit 1) as "district_id?"
           from site s where s.revoked_on is null and s.is_public order by s.id"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SiteAt {
            record: SiteRecord {
                id: row.id,
                kind: site_kind(&row.kind),
                name: row.name,
                address: row.address,
                at: row.at,
                hazards: row
                    .hazards
                    .iter()
                    .filter_map(|word| Hazard::parse(word))
                    .collect(),
                open_state: None,
            },
            capacity: row.capacity,
            district_id: row.district_id,
            is_added: false,
        })
        .collect())
}

/// The kind that the table's check admits.
fn site_kind(word: &str) -> SiteKind {
    match word {
        "shelter" => SiteKind::Shelter,
        "evacuation_building" => SiteKind::EvacuationBuilding,
        _ => SiteKind::EvacuationSite,
    }
}

/// The school districts in force by name, as tables list them.
pub async fn districts(conn: &mut PgConnection) -> Result<Vec<(Uuid, String)>> {
    let all = districts::store::in_force(conn, None).await?;
    Ok(all
        .into_iter()
        .filter(|d| d.kind == "school")
        .map(|d| (d.id, d.name))
        .collect())
}

/// The district in force around a place.
pub async fn district_around(conn: &mut PgConnection, at: LngLat) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from district where valid_to is null and kind = 'school' and st_covers(area, $1::geometry) order by id limit 1",
        at as _
    )
    .fetch_optional(conn)
    .await?)
}
