//! All SQL of sites that the public lookup needs.

use sqlx::PgConnection;

use super::site::{Hazard, OpenState, SiteKind, SiteRecord};
use crate::geometry::LngLat;
use crate::problem::Result;

/// What changes whenever a site does: how many there are and when one was last touched; and whenever one opens or closes, or the
/// disaster in which it did begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    count: i64,
    newest_us: i64,
    stated: i64,
    stated_us: i64,
}

/// The fingerprint of the sites in force.
pub async fn fingerprint(conn: &mut PgConnection) -> Result<Fingerprint> {
    Ok(sqlx::query_as!(
        Fingerprint,
        r#"select count(*) filter (where revoked_on is null) as "count!",
                  coalesce((extract(epoch from max(updated_at)) * 1000000)::bigint, 0) as "newest_us!",
                  (select count(*) from public_site_state) as "stated!",
                  (select coalesce((extract(epoch from max(p.updated_at)) * 1000000)::bigint, 0) from public_site_state p) as "stated_us!"
           from site"#
    )
    .fetch_one(conn)
    .await?)
}

/// The public columns of every site in force, and how it stands in a disaster that is on.
pub async fn in_force(conn: &mut PgConnection) -> Result<Vec<SiteRecord>> {
    let rows = sqlx::query!(
        r#"select s.id, s.kind, s.name, s.address, s.point as at, s.hazards, p.status as "status?", p.crowding as "crowding?"
           from site s left join public_site_state p on p.site_id = s.id
           where s.revoked_on is null and s.is_public order by s.id"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SiteRecord {
            id: row.id,
            kind: match row.kind.as_str() {
                "shelter" => SiteKind::Shelter,
                "evacuation_building" => SiteKind::EvacuationBuilding,
                _ => SiteKind::EvacuationSite,
            },
            name: row.name,
            address: row.address,
            at: row.at,
            hazards: row
                .hazards
                .iter()
                .filter_map(|word| Hazard::parse(word))
                .collect(),
            open_state: open_state(row.status.as_deref(), row.crowding.as_deref()),
        })
        .collect())
}

/// A place that is asked to open or being prepared takes nobody in yet; of one with people in it and no word nothing is known.
fn open_state(status: Option<&str>, crowding: Option<&str>) -> Option<OpenState> {
    match (status?, crowding) {
        ("open", Some("full")) => Some(OpenState::Full),
        ("open", Some("somewhat_crowded")) => Some(OpenState::SomewhatCrowded),
        ("open", Some("crowded")) => Some(OpenState::Crowded),
        ("open", _) => Some(OpenState::Open),
        ("requested" | "preparing", _) => Some(OpenState::NotOpened),
        ("closed", _) => Some(OpenState::Closed),
        _ => None,
    }
}

/// A town (大字・町丁目) and its point, to find oneself on a list.
pub struct Town {
    pub lg_code: String,
    pub name: String,
    pub name_kana: String,
    pub point: LngLat,
}

/// All towns, by reading.
pub async fn towns(conn: &mut PgConnection) -> Result<Vec<Town>> {
    Ok(sqlx::query_as!(
        Town,
        r#"select lg_code, name, name_kana, point from town order by name_kana, name"#
    )
    .fetch_all(conn)
    .await?)
}
