//! Facilities, those of a round, and what they said.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::facility::{
    CountInForce, Facility, FacilityKind, FacilityNow, FacilityReport, Figures,
};
use crate::accounts::DistrictName;
use crate::geometry::LngLat;
use crate::problem::{OnConstraint, Problem, Result};
use crate::safety::evidence::word;

/// Facilities that the caller may see, by reading; those that ended last.
pub async fn all(conn: &mut PgConnection, district: Option<Uuid>) -> Result<Vec<Facility>> {
    let rows = sqlx::query!(
        r#"select f.id, f.name, f.name_kana, f.kind, f.address, f.point as "point?: LngLat", f.district_id, d.name as district_name,
                  f.phone, f.contact_name, f.capacity, f.ended_on, f.updated_at
           from facility f join district d on d.id = f.district_id
           where $1::uuid is null or f.district_id = $1
           order by f.ended_on is not null, d.name, f.name_kana, f.name, f.id"#,
        district
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Facility {
                id: r.id,
                name: r.name,
                name_kana: r.name_kana,
                kind: word(&r.kind)?,
                address: r.address,
                point: r.point.map(|p| [p.lon(), p.lat()]),
                district: DistrictName {
                    id: r.district_id,
                    name: r.district_name,
                },
                phone: r.phone,
                contact_name: r.contact_name,
                capacity: r.capacity,
                ended_on: r.ended_on,
                updated_at: r.updated_at,
            })
        })
        .collect()
}

/// A facility as somebody wrote it down.
pub struct NewFacility<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub name_kana: &'a str,
    pub kind: FacilityKind,
    pub address: &'a str,
    pub point: Option<LngLat>,
    pub district_id: Uuid,
    pub phone: &'a str,
    pub contact_name: &'a str,
    pub capacity: Option<i32>,
    pub is_ended: bool,
    pub today: NaiveDate,
    pub at: DateTime<Utc>,
}

/// Register a facility, or change what is known of it. It ended on the day that was said first.
pub async fn put(conn: &mut PgConnection, new: &NewFacility<'_>) -> Result<()> {
    sqlx::query!(
        "insert into facility as f (id, name, name_kana, kind, address, point, district_id, phone, contact_name, capacity, ended_on,
                                    updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $11 then $12::date end, $13)
         on conflict (id) do update set name = excluded.name, name_kana = excluded.name_kana, kind = excluded.kind,
             address = excluded.address, point = excluded.point, district_id = excluded.district_id, phone = excluded.phone,
             contact_name = excluded.contact_name, capacity = excluded.capacity,
             ended_on = case when $11 then coalesce(f.ended_on, $12::date) end, updated_at = excluded.updated_at",
        new.id,
        new.name,
        new.name_kana,
        new.kind.as_str(),
        new.address,
        new.point as Option<LngLat>,
        new.district_id,
        new.phone,
        new.contact_name,
        new.capacity,
        new.is_ended,
        new.today,
        new.at
    )
    .execute(conn)
    .await
    .on_constraint("facility_district_fkey", || {
        Problem::field("/district_id", "その校区はありません。校区を選び直してください。")
    })?;
    Ok(())
}

/// One facility that the caller may see.
pub async fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Facility> {
    let all = all(conn, None).await?;
    all.into_iter()
        .find(|f| f.id == id)
        .ok_or(Problem::NotFound)
}

/// Freeze the facilities of the round's districts into it: on no visit list, for each counts for itself. Runs as `m_job`.
pub async fn freeze(
    conn: &mut PgConnection,
    round_id: Uuid,
    added_at: DateTime<Utc>,
) -> Result<u64> {
    let done = sqlx::query!(
        "insert into round_member (id, round_id, kind, facility_id, subject, district_id, added_at, out_of_scope_reason, bucket)
         select gen_random_uuid(), $1, 'facility', f.id, jsonb_build_object('label', f.name, 'place', f.address, 'need', ''),
                f.district_id, $2, 'facility', 'out_of_scope'
         from round_district rd join facility f on f.district_id = rd.district_id
         where rd.round_id = $1 and f.ended_on is null
         on conflict (round_id, facility_id) where facility_id is not null do nothing",
        round_id,
        added_at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Add a facility that was registered meanwhile to the open rounds of its district: the rounds concerned. Runs as `m_job`.
pub async fn join_open_rounds(
    conn: &mut PgConnection,
    facility_id: Uuid,
    at: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "insert into round_member (id, round_id, kind, facility_id, subject, district_id, added_at, out_of_scope_reason, bucket,
                                   is_late_addition)
         select gen_random_uuid(), r.id, 'facility', f.id, jsonb_build_object('label', f.name, 'place', f.address, 'need', ''),
                f.district_id, $2, 'facility', 'out_of_scope', true
         from facility f join round_district rd on rd.district_id = f.district_id join safety_round r on r.id = rd.round_id
         join event e on e.id = r.event_id
         where f.id = $1 and f.ended_on is null and r.closed_at is null and e.ended_at is null and not e.is_standing
         on conflict (round_id, facility_id) where facility_id is not null do nothing
         returning round_id",
        facility_id,
        at
    )
    .fetch_all(conn)
    .await?)
}

/// The facilities of a round with their newest report. Runs as `m_index`; with `within`, of these districts.
pub async fn in_round(
    conn: &mut PgConnection,
    round_id: Uuid,
    within: Option<&[Uuid]>,
) -> Result<Vec<FacilityNow>> {
    let rows = sqlx::query!(
        r#"select m.id, f.id as facility_id, f.name, f.kind, m.district_id, d.name as district_name, f.address, f.phone, f.capacity,
                  m.open_rescues, m.is_late_addition,
                  c.id as "count_id?", c.residents as "residents?", c.safe as "safe?", c.injured as "injured?",
                  c.needs_rescue as "needs_rescue?", c.unknown as "unknown?", c.as_of as "as_of?", c.recorded_at as "recorded_at?"
           from round_member m join facility f on f.id = m.facility_id join district d on d.id = m.district_id
           left join lateral (
               select * from facility_count n where n.member_id = m.id
                 and not exists (select from facility_count k where k.corrects = n.id)
               order by n.as_of desc, n.recorded_at desc, n.id desc limit 1) c on true
           where m.round_id = $1 and ($2::uuid[] is null or m.district_id = any($2))
           order by d.name, f.name_kana, f.name, f.id"#,
        round_id,
        within
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let count = match (r.count_id, r.as_of, r.recorded_at) {
                (Some(id), Some(as_of), Some(recorded_at)) => Some(CountInForce {
                    id,
                    figures: Figures {
                        residents: r.residents,
                        safe: r.safe,
                        injured: r.injured,
                        needs_rescue: r.needs_rescue,
                        unknown: r.unknown,
                    },
                    as_of,
                    recorded_at,
                }),
                _ => None,
            };
            Ok(FacilityNow {
                member_id: r.id,
                facility_id: r.facility_id,
                name: r.name,
                kind: word(&r.kind)?,
                district: DistrictName {
                    id: r.district_id,
                    name: r.district_name,
                },
                address: r.address,
                phone: r.phone,
                capacity: r.capacity,
                count,
                open_rescues: r.open_rescues,
                is_late_addition: r.is_late_addition,
            })
        })
        .collect()
}

/// Everything that a facility said in a round, the newest first, as far as the caller may see it.
pub async fn reports(conn: &mut PgConnection, member_id: Uuid) -> Result<Vec<FacilityReport>> {
    let rows = sqlx::query!(
        r#"select c.id, c.residents, c.safe, c.injured, c.needs_rescue, c.unknown, c.note, c.told_by, c.told_phone, c.as_of, c.recorded_at,
                  c.corrects, a.name as "recorded_by_name?",
                  exists (select from facility_count k where k.corrects = c.id) as "is_corrected!"
           from facility_count c left join account a on a.id = c.recorded_by
           where c.member_id = $1
           order by c.as_of desc, c.recorded_at desc, c.id desc"#,
        member_id
    )
    .fetch_all(conn)
    .await?;
    let in_force = rows.iter().find(|r| !r.is_corrected).map(|r| r.id);
    Ok(rows
        .into_iter()
        .map(|r| FacilityReport {
            is_in_force: in_force == Some(r.id),
            count: CountInForce {
                id: r.id,
                figures: Figures {
                    residents: r.residents,
                    safe: r.safe,
                    injured: r.injured,
                    needs_rescue: r.needs_rescue,
                    unknown: r.unknown,
                },
                as_of: r.as_of,
                recorded_at: r.recorded_at,
            },
            note: r.note,
            told_by: r.told_by,
            told_phone: r.told_phone,
            recorded_by_name: r.recorded_by_name,
            corrects: r.corrects,
            is_corrected: r.is_corrected,
        })
        .collect())
}

/// Refuse a member that is no facility of this round, or that the caller may not see.
pub async fn require_in_round(
    conn: &mut PgConnection,
    round_id: Uuid,
    member_id: Uuid,
) -> Result<()> {
    sqlx::query_scalar!(
        "select id from round_member where id = $1 and round_id = $2 and kind = 'facility'",
        member_id,
        round_id
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// A report to be appended.
pub struct NewCount<'a> {
    pub id: Uuid,
    pub round_id: Uuid,
    pub member_id: Uuid,
    pub figures: Figures,
    pub note: &'a str,
    pub told_by: &'a str,
    pub told_phone: &'a str,
    pub as_of: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub recorded_by: Option<Uuid>,
    pub recorded_by_kind: &'static str,
    pub corrects: Option<Uuid>,
}

/// Append a report; false when this very report was appended before.
pub async fn insert_count(conn: &mut PgConnection, new: &NewCount<'_>) -> Result<bool> {
    let done = sqlx::query!(
        "insert into facility_count (id, round_id, member_id, residents, safe, injured, needs_rescue, unknown, note, told_by, told_phone,
                                     as_of, recorded_at, recorded_by, recorded_by_kind, corrects)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict (id) do nothing",
        new.id,
        new.round_id,
        new.member_id,
        new.figures.residents,
        new.figures.safe,
        new.figures.injured,
        new.figures.needs_rescue,
        new.figures.unknown,
        new.note,
        new.told_by,
        new.told_phone,
        new.as_of,
        new.recorded_at,
        new.recorded_by,
        new.recorded_by_kind,
        new.corrects
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a report is of this facility, and whether it calls for rescue; nothing when it is another's.
pub async fn calls_for_rescue(
    conn: &mut PgConnection,
    id: Uuid,
    member_id: Uuid,
) -> Result<Option<bool>> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce(needs_rescue > 0, false) as "calls!" from facility_count where id = $1 and member_id = $2"#,
        id,
        member_id
    )
    .fetch_optional(conn)
    .await?)
}
