//! How far the preparation is.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::readiness::{Missing, Readiness};
use crate::accounts::DistrictName;
use crate::problem::Result;

/// A practice is good for so long.
const PRACTICE_HOLDS: TimeDelta = TimeDelta::days(365);

/// The drill's districts (within `within`, if given), as the caller may see them.
pub async fn by_district(
    conn: &mut PgConnection,
    event_id: Uuid,
    within: Option<&[Uuid]>,
    now: DateTime<Utc>,
) -> Result<Vec<Readiness>> {
    Ok(sqlx::query!(
        r#"with hand as (
               select vd.district_id, v.id, v.name, v.name_kana,
                      exists (select from device p where p.volunteer_id = v.id and p.revoked_at is null)
                      or exists (select from invite i where i.volunteer_id = v.id and i.revoked_at is null and i.expires_at > $3) as invited,
                      exists (select from device p where p.volunteer_id = v.id and p.revoked_at is null and p.last_contact_at is not null) as opened,
                      exists (select from practice q where q.volunteer_id = v.id and q.was_offline and q.practised_at > $4) as practised
               from volunteer v join volunteer_district vd on vd.volunteer_id = v.id where v.ended_on is null)
           select d.id, d.name, count(h.id) as "volunteers!", count(*) filter (where h.invited) as "invited!",
                  count(*) filter (where h.opened) as "opened!", count(*) filter (where h.practised) as "practised!",
                  coalesce(jsonb_agg(jsonb_build_object('volunteer_id', h.id, 'name', h.name, 'is_invited', h.invited, 'has_opened', h.opened,
                      'has_practised', h.practised) order by h.name_kana, h.name) filter (where not (h.invited and h.opened and h.practised)), '[]')
                      as "missing!: Json<Vec<Missing>>",
                  (select count(*) from print_copy c join event e on e.id = $1 where c.district_id = d.id
                     and (c.kind = 'visit_sheet' and c.event_id = $1
                       or c.kind = 'district_list' and c.printed_at between e.started_at - interval '30 days' and coalesce(e.ended_at, $3))) as "sheets!",
                  (select count(*) from person p join support_resident s on s.person_id = p.id
                   where p.district_id = d.id and p.status = 'resident' and s.delisted_on is null) as "people!",
                  (select sum(b.expected) from drill_body b where b.event_id = $1 and b.district_id = d.id and b.retired_at is null) as expected
           from drill_district x join district d on d.id = x.district_id left join hand h on h.district_id = d.id
           where x.event_id = $1 and ($2::uuid[] is null or d.id = any($2))
           group by d.id, d.name order by d.name, d.id"#,
        event_id,
        within,
        now,
        now - PRACTICE_HOLDS
    )
    .map(|r| Readiness {
        district: DistrictName {
            id: r.id,
            name: r.name,
        },
        volunteers: r.volunteers,
        invited: r.invited,
        opened: r.opened,
        practised_offline: r.practised,
        sheets_printed: r.sheets,
        people_to_visit: r.people,
        bodies_expected: r.expected,
        missing: r.missing.0,
    })
    .fetch_all(conn)
    .await?)
}
