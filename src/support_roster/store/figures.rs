//! Counting the roster by district. Runs as `m_index`: counts, never names.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::figures::{DistrictFigures, Figures};
use crate::accounts::DistrictName;
use crate::problem::Result;

/// The districts in force (of `only`, if given), by name. 「校区未定」 stands last, and only with somebody in it.
pub async fn by_district(
    conn: &mut PgConnection,
    only: Option<&[Uuid]>,
    today: NaiveDate,
) -> Result<Vec<DistrictFigures>> {
    Ok(
        sqlx::query_file!("src/support_roster/store/figures.sql", only, today)
            .map(|r| DistrictFigures {
                district: DistrictName {
                    id: r.id,
                    name: r.name,
                },
                figures: Figures {
                    listed: Some(r.listed),
                    consented: Some(r.consented),
                    by_ordinance: Some(r.by_ordinance),
                    refused: Some(r.refused),
                    withdrawn: Some(r.withdrawn),
                    unanswered: Some(r.unanswered),
                    plan_in_force: Some(r.plan_in_force),
                    plan_review_due: Some(r.plan_review_due),
                    plan_draft: Some(r.plan_draft),
                    with_standing_contact: Some(r.with_standing_contact),
                    with_phone: Some(r.with_phone),
                    with_mail: Some(r.with_mail),
                },
            })
            .fetch_all(conn)
            .await?,
    )
}
