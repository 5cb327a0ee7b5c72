//! Places of an event: what is said of them, and how they are shown.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::state::Of;
use crate::accounts::DistrictName;
use crate::db::Scope;
use crate::operations::head_count::Figures;
use crate::operations::opening::{Crowding, Status};
use crate::operations::place::{Elsewhere, PlaceNow, Shelter};
use crate::problem::{Problem, Result};
use crate::safety::evidence::word;

/// A place that can be opened, as its list has it.
#[derive(Debug, Clone)]
pub struct Site {
    pub id: Uuid,
    pub name: String,
    /// The school district in force that it lies in.
    pub district_id: Option<Uuid>,
}

impl Site {
    /// A lead speaks of the places in the lead's own districts.
    pub fn require_own(&self, scope: &Scope) -> Result<()> {
        match self.district_id {
            _ if scope.is_city_wide() => Ok(()),
            Some(district) => scope.require_district(district),
            None => Err(Problem::Forbidden),
        }
    }
}

/// A shelter or an evacuation building.
pub async fn site(conn: &mut PgConnection, id: Uuid) -> Result<Site> {
    Ok(sqlx::query_as!(
        Site,
        r#"select s.id, s.name,
                  (select d.id from district d where d.valid_to is null and st_contains(d.area, s.point) order by d.code limit 1)
                      as "district_id?"
           from site s where s.id = $1 and s.kind in ('shelter', 'evacuation_building')"#,
        id
    )
    .fetch_one(conn)
    .await?)
}

/// A word about a place, to be appended.
pub struct NewOpening<'a> {
    pub id: Uuid,
    pub of: Of,
    pub site_id: Uuid,
    pub status: Status,
    pub is_self_opened: bool,
    pub crowding: Option<Crowding>,
    pub reason: &'a str,
    pub note: &'a str,
    pub said_by: Option<Uuid>,
    pub said_by_kind: &'static str,
    pub device_id: Option<Uuid>,
    pub device_seq: Option<i64>,
    pub observed_at: DateTime<Utc>,
    pub clock_offset_ms: i64,
    pub corrects: Option<Uuid>,
    pub is_withdrawal: bool,
}

/// Append a word; false when this very word was said before.
pub async fn insert_opening(conn: &mut PgConnection, new: &NewOpening<'_>) -> Result<bool> {
    let done = sqlx::query!(
        "insert into opening (id, event_id, event_kind, site_id, status, is_self_opened, crowding, reason, note, said_by, said_by_kind,
                              device_id, device_seq, observed_at, clock_offset_ms, corrects, is_withdrawal)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         on conflict (id) do nothing",
        new.id,
        new.of.event_id,
        new.of.kind.as_str(),
        new.site_id,
        new.status.as_str(),
        new.is_self_opened,
        new.crowding.map(Crowding::as_str),
        new.reason,
        new.note,
        new.said_by,
        new.said_by_kind,
        new.device_id,
        new.device_seq,
        new.observed_at,
        new.clock_offset_ms,
        new.corrects,
        new.is_withdrawal
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a word is about this place in this event; the id of something else is no word to repeat or to replace.
pub async fn is_opening_of(conn: &mut PgConnection, id: Uuid, of: Of, site: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from opening where id = $1 and event_id = $2 and site_id = $3) as "is!""#,
        id,
        of.event_id,
        site
    )
    .fetch_one(conn)
    .await?)
}

/// Every place of an event that can be opened, and how it stands.
pub async fn shelters(
    conn: &mut PgConnection,
    event_id: Uuid,
    scope: &Scope,
) -> Result<Vec<Shelter>> {
    let rows = sqlx::query!(
        r#"select s.id, s.kind, s.name, s.address, s.capacity, s.capacity_text, d.id as "district_id?", d.name as "district_name?",
                  t.status as "status?", t.status_since as "status_since?", t.opened_at as "opened_at?", t.closed_at as "closed_at?",
                  coalesce(t.is_self_opened, false) as "is_self_opened!", t.crowding as "crowding?",
                  coalesce(t.crowding_is_said, false) as "crowding_is_said!", coalesce(t.present, 0) as "present!",
                  coalesce(t.contested, 0) as "contested!", t.reported_people as "reported_people?",
                  t.reported_as_of as "reported_as_of?"
           from site s
           left join site_state t on t.site_id = s.id and t.event_id = $1
           left join lateral (select d.id, d.name from district d where d.valid_to is null and st_contains(d.area, s.point)
                              order by d.code limit 1) d on true
           where s.kind in ('shelter', 'evacuation_building') and (s.revoked_on is null or t.site_id is not null)
           order by t.site_id is null, s.name_kana, s.name, s.id"#,
        event_id
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let status = r.status.filter(|s| s != "not_opened");
            let district = r
                .district_id
                .zip(r.district_name)
                .map(|(id, name)| DistrictName { id, name });
            let is_own = scope.is_city_wide()
                || district
                    .as_ref()
                    .is_some_and(|d| scope.districts().contains(&d.id));
            Ok(Shelter {
                id: r.id,
                kind: word(&r.kind)?,
                name: r.name,
                address: r.address,
                district,
                capacity: r.capacity,
                capacity_text: r.capacity_text,
                status_since: r.status_since.filter(|_| status.is_some()),
                status: status.as_deref().map(word).transpose()?,
                opened_at: r.opened_at,
                closed_at: r.closed_at,
                is_self_opened: r.is_self_opened,
                crowding: r.crowding.as_deref().map(word).transpose()?,
                crowding_is_said: r.crowding_is_said,
                present: r.present,
                contested: r.contested,
                reported_people: r.reported_people,
                reported_as_of: r.reported_as_of,
                is_own,
            })
        })
        .collect()
}

/// How a place stands now.
pub async fn now(conn: &mut PgConnection, event_id: Uuid, site_id: Uuid) -> Result<PlaceNow> {
    let row = sqlx::query!(
        "select status, crowding, present, reported_people, reported_as_of from site_state where event_id = $1 and site_id = $2",
        event_id,
        site_id
    )
    .fetch_one(conn)
    .await?;
    Ok(PlaceNow {
        id: site_id,
        status: Some(row.status.as_str())
            .filter(|s| *s != "not_opened")
            .map(word)
            .transpose()?,
        crowding: row.crowding.as_deref().map(word).transpose()?,
        present: row.present,
        reported_people: row.reported_people,
        reported_as_of: row.reported_as_of,
    })
}

/// Who is counted outside the city's places. Runs as `m_index`.
pub async fn elsewhere(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<Elsewhere>> {
    let rows = sqlx::query!(
        r#"select stay_type as "stay_type!", count(*) as "people!" from evacuee
           where event_id = $1 and is_present and site_id is null and stay_type is not null
           group by stay_type order by stay_type"#,
        event_id
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Elsewhere {
                stay_type: word(&r.stay_type)?,
                people: r.people,
            })
        })
        .collect()
}

/// 避難所状況報告 as of a time, to be appended. What is not said is 「未確認」, never zero.
pub struct NewHeadCount<'a> {
    pub id: Uuid,
    pub of: Of,
    pub site_id: Uuid,
    pub as_of: DateTime<Utc>,
    pub figures: &'a Figures,
    pub note: &'a str,
    pub reported_by: &'a str,
    pub observer_kind: &'static str,
    pub observer_id: Option<Uuid>,
    pub device_id: Option<Uuid>,
    pub device_seq: Option<i64>,
    pub clock_offset_ms: i64,
    pub corrects: Option<Uuid>,
    pub is_withdrawal: bool,
}

/// Append a head-count; false when this very one was reported before.
pub async fn insert_head_count(conn: &mut PgConnection, new: &NewHeadCount<'_>) -> Result<bool> {
    let figures = serde_json::to_value(new.figures).map_err(anyhow::Error::from)?;
    let done = sqlx::query!(
        "insert into head_count (id, event_id, event_kind, site_id, as_of, people, households, men, women, sleeping, infants, elderly,
                                 care, disabled, pregnant, foreign_people, unwell, at_home, in_vehicles, pets, note, reported_by,
                                 observer_kind, observer_id, device_id, device_seq, clock_offset_ms, corrects, is_withdrawal)
         select $1, $2, $3, $4, $5, f.people, f.households, f.men, f.women, f.sleeping, f.infants, f.elderly, f.care, f.disabled,
                f.pregnant, f.foreign_people, f.unwell, f.at_home, f.in_vehicles, f.pets, $7, $8, $9, $10, $11, $12, $13, $14, $15
         from jsonb_to_record($6) as f(people integer, households integer, men integer, women integer, sleeping integer,
              infants integer, elderly integer, care integer, disabled integer, pregnant integer, foreign_people integer,
              unwell integer, at_home integer, in_vehicles integer, pets integer)
         on conflict (id) do nothing",
        new.id,
        new.of.event_id,
        new.of.kind.as_str(),
        new.site_id,
        new.as_of,
        figures,
        new.note,
        new.reported_by,
        new.observer_kind,
        new.observer_id,
        new.device_id,
        new.device_seq,
        new.clock_offset_ms,
        new.corrects,
        new.is_withdrawal
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a head-count is of this place in this event.
pub async fn is_count_of(conn: &mut PgConnection, id: Uuid, of: Of, site: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from head_count where id = $1 and event_id = $2 and site_id = $3) as "is!""#,
        id,
        of.event_id,
        site
    )
    .fetch_one(conn)
    .await?)
}
