//! SQL of the collections: what the public's role may read.

use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Collection;
use crate::problem::Result;

/// What narrows and pages a collection.
#[derive(Debug, Default, Clone)]
pub struct Wanted {
    /// West, south, east, north.
    pub bbox: Option<[f64; 4]>,
    pub hazard: Option<&'static str>,
    pub id: Option<Uuid>,
    pub limit: i64,
    pub offset: i64,
}

/// One page, and how many there are in all.
pub async fn page(
    conn: &mut PgConnection,
    collection: Collection,
    wanted: &Wanted,
) -> Result<(Vec<Value>, i64)> {
    match collection {
        Collection::Districts => districts(conn, wanted).await,
        Collection::EvacuationSites => {
            let kinds = [
                "evacuation_site".to_owned(),
                "evacuation_building".to_owned(),
            ];
            sites(conn, &kinds, wanted).await
        }
        Collection::Shelters => sites(conn, &["shelter".to_owned()], wanted).await,
    }
}

async fn sites(
    conn: &mut PgConnection,
    kinds: &[String],
    wanted: &Wanted,
) -> Result<(Vec<Value>, i64)> {
    let bbox = wanted.bbox.map(Vec::from);
    let matched = sqlx::query_scalar!(
        r#"select count(*) as "n!" from site
           where revoked_on is null and is_public and kind = any($1) and ($2::text is null or hazards @> array[$2])
               and ($3::float8[] is null or point && st_makeenvelope($3[1], $3[2], $3[3], $3[4], 4326))
               and ($4::uuid is null or id = $4)"#,
        kinds,
        wanted.hazard,
        bbox.as_deref(),
        wanted.id
    )
    .fetch_one(&mut *conn)
    .await?;
    let rows = sqlx::query!(
        r#"select id, kind, national_site_id, name, address, hazards, point from site
           where revoked_on is null and is_public and kind = any($1) and ($2::text is null or hazards @> array[$2])
               and ($3::float8[] is null or point && st_makeenvelope($3[1], $3[2], $3[3], $3[4], 4326))
               and ($4::uuid is null or id = $4)
           order by id limit $5 offset $6"#,
        kinds,
        wanted.hazard,
        bbox.as_deref(),
        wanted.id,
        wanted.limit,
        wanted.offset
    )
    .fetch_all(conn)
    .await?;
    let features = rows.into_iter().map(|row| {
        let mut properties = json!({"kind": row.kind, "name": row.name, "address": row.address,
            "national_site_id": row.national_site_id});
        if row.kind != "shelter" {
            properties["hazards"] = json!(row.hazards);
        }
        json!({"type": "Feature", "id": row.id, "geometry": row.point, "properties": properties})
    });
    Ok((features.collect(), matched))
}

async fn districts(conn: &mut PgConnection, wanted: &Wanted) -> Result<(Vec<Value>, i64)> {
    let bbox = wanted.bbox.map(Vec::from);
    let matched = sqlx::query_scalar!(
        r#"select count(*) as "n!" from district
           where valid_to is null and kind = 'school' and ($2::uuid is null or id = $2)
               and ($1::float8[] is null or st_intersects(area, st_makeenvelope($1[1], $1[2], $1[3], $1[4], 4326)))"#,
        bbox.as_deref(),
        wanted.id
    )
    .fetch_one(&mut *conn)
    .await?;
    let rows = sqlx::query!(
        r#"select id, code, name, name_kana, is_synthetic, st_asgeojson(area, 7)::jsonb as "area!" from district
           where valid_to is null and kind = 'school' and ($2::uuid is null or id = $2)
               and ($1::float8[] is null or st_intersects(area, st_makeenvelope($1[1], $1[2], $1[3], $1[4], 4326)))
           order by id limit $3 offset $4"#,
        bbox.as_deref(),
        wanted.id,
        wanted.limit,
        wanted.offset
    )
    .fetch_all(conn)
    .await?;
    let features = rows.into_iter().map(|row| {
        let properties = json!({"code": row.code, "name": row.name, "name_kana": row.name_kana, "is_synthetic": row.is_synthetic});
        json!({"type": "Feature", "id": row.id, "geometry": row.area, "properties": properties})
    });
    Ok((features.collect(), matched))
}

/// Around everything that is listed; null when nothing is.
pub async fn extent(conn: &mut PgConnection) -> Result<Option<[f64; 4]>> {
    let row = sqlx::query!(
        r#"with around as (select st_extent(shape) as box from (
               select point as shape from site where revoked_on is null and is_public
               union all select area from district where valid_to is null and kind = 'school') s)
           select st_xmin(box) as west, st_ymin(box) as south, st_xmax(box) as east, st_ymax(box) as north from around"#
    )
    .fetch_one(conn)
    .await?;
    Ok(match (row.west, row.south, row.east, row.north) {
        (Some(west), Some(south), Some(east), Some(north)) => Some([west, south, east, north]),
        _ => None,
    })
}
