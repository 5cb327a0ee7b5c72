//! Placards of a round, counted without names. Runs as `m_index`.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::placard::{DistrictPlacards, Home, PlacardCounts, Placards, Recorded, count};
use crate::accounts::DistrictName;
use crate::problem::Result;
use crate::safety::derive::corrected;
use crate::safety::evidence::word;

/// The placards of a round now.
pub async fn placards(
    conn: &mut PgConnection,
    round_id: Uuid,
    label: &str,
    now: DateTime<Utc>,
) -> Result<Placards> {
    let is_looked_for = sqlx::query_scalar!(
        "select looks_for_marker from safety_round where id = $1",
        round_id
    )
    .fetch_one(&mut *conn)
    .await?;
    let homes = homes(conn, round_id).await?;
    let recorded = recorded(conn, round_id).await?;
    let counts = count(&homes, &recorded);
    let ids: Vec<Uuid> = counts.keys().copied().collect();
    let names = sqlx::query_as!(
        DistrictName,
        "select id, name from district where id = any($1) order by name, id",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let districts = names.into_iter().map(|district| DistrictPlacards {
        counts: counts.get(&district.id).copied().unwrap_or_default(),
        district,
    });
    Ok(Placards::of(
        round_id,
        now,
        label,
        is_looked_for,
        districts.collect(),
    ))
}

impl Placards {
    fn of(
        round_id: Uuid,
        as_of: DateTime<Utc>,
        label: &str,
        is_looked_for: bool,
        districts: Vec<DistrictPlacards>,
    ) -> Self {
        let mut totals = PlacardCounts::default();
        for DistrictPlacards { counts, .. } in &districts {
            totals.homes += counts.homes;
            totals.shown += counts.shown;
            totals.not_shown += counts.not_shown;
            totals.sos += counts.sos;
            totals.not_looked += counts.not_looked;
        }
        Self {
            round_id,
            as_of,
            label: label.to_owned(),
            is_looked_for,
            totals,
            districts,
        }
    }

    /// The lines of some districts only, as a lead sees the round.
    pub fn only(self, own: &[Uuid]) -> Self {
        let districts = self
            .districts
            .into_iter()
            .filter(|d| own.contains(&d.district.id))
            .collect();
        Self::of(
            self.round_id,
            self.as_of,
            &self.label,
            self.is_looked_for,
            districts,
        )
    }
}

/// Homes with a resident in the round's scope.
async fn homes(conn: &mut PgConnection, round_id: Uuid) -> Result<Vec<Home>> {
    Ok(sqlx::query_as!(
        Home,
        r#"select coalesce(household_id, id) as "home!", district_id from round_member
           where round_id = $1 and kind in ('person', 'household') and out_of_scope_reason is null"#,
        round_id
    )
    .fetch_all(conn)
    .await?)
}

async fn recorded(conn: &mut PgConnection, round_id: Uuid) -> Result<Vec<Recorded>> {
    // All that replaces or takes back comes along, whatever it says: it may point at a placard.
    let rows = sqlx::query!(
        r#"select o.id, coalesce(m.household_id, m.id) as "home!", case o.attempt when 'marker' then o.marker end as marker, o.corrects,
                  o.is_withdrawal, o.observed_at, o.clock_offset_ms
           from observation o join round_member m on m.id = o.member_id
           where o.round_id = $1 and (o.attempt = 'marker' or o.corrects is not null)"#,
        round_id
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Recorded {
                id: r.id,
                home: r.home,
                marker: r.marker.as_deref().map(word).transpose()?,
                corrects: r.corrects,
                is_withdrawal: r.is_withdrawal,
                at: corrected(r.observed_at, r.clock_offset_ms),
            })
        })
        .collect()
}
