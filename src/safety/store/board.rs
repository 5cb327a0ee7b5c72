//! The board: one GROUP BY over the members per tick, under the role that sees counts and no names. Never a counter row that
//! every confirmation would have to update.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::board::{Board, Bucket, Counts, DistrictBoard};
use super::super::evidence::word;
use crate::accounts::DistrictName;
use crate::events::{EventKind, EventName, end_of};
use crate::problem::Result;

/// The board of a round now. Runs as `m_index`.
pub async fn board(
    conn: &mut PgConnection,
    round_id: Uuid,
    now: DateTime<Utc>,
    silent_after: TimeDelta,
) -> Result<Board> {
    let round = sqlx::query!(
        "select r.name, r.started_at, r.closed_at, e.id as event_id, e.kind, e.name as event_name, e.planned_end_at, e.ended_at
         from safety_round r join event e on e.id = r.event_id where r.id = $1",
        round_id
    )
    .fetch_one(&mut *conn)
    .await?;
    let kind = EventKind::of(&round.kind);
    let mut lines = lines(conn, round_id).await?;
    count_members(conn, round_id, kind, &mut lines).await?;
    // Right after the start no statistics know of the assignments, and a nested loop over them takes seconds [measured].
    sqlx::query!("set local enable_nestloop = off")
        .execute(&mut *conn)
        .await?;
    count_volunteers(
        conn,
        round_id,
        round.started_at,
        now - silent_after,
        &mut lines,
    )
    .await?;
    sqlx::query!("set local enable_nestloop = on")
        .execute(&mut *conn)
        .await?;
    let rescues_open = sqlx::query_scalar!(
        r#"select coalesce(sum(m.open_rescues), 0)::bigint as "n!"
           from safety_round r join round_member m on m.round_id = r.id where r.event_id = $1 and m.open_rescues > 0"#,
        round.event_id
    )
    .fetch_one(conn)
    .await?;
    let mut totals = Counts::default();
    let mut districts: Vec<DistrictBoard> = lines.into_values().collect();
    for district in &districts {
        totals += district.counts;
    }
    districts
        .sort_by(|a, b| (&a.district.name, a.district.id).cmp(&(&b.district.name, b.district.id)));
    Ok(Board {
        round_id,
        event: EventName {
            id: round.event_id,
            kind,
            name: round.event_name,
        },
        name: round.name,
        as_of: now,
        started_at: round.started_at,
        closed_at: round
            .closed_at
            .or_else(|| end_of(kind, round.planned_end_at, round.ended_at, now)),
        totals,
        districts,
        rescues_open: small(rescues_open),
    })
}

type Lines = BTreeMap<Uuid, DistrictBoard>;

/// One empty line per district of the round, and per district of a member who came from elsewhere.
async fn lines(conn: &mut PgConnection, round_id: Uuid) -> Result<Lines> {
    let rows = sqlx::query_as!(
        DistrictName,
        "select d.id, d.name from district d where d.id in (
             select district_id from round_district where round_id = $1
             union select district_id from round_member where round_id = $1)",
        round_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|district| {
            let line = DistrictBoard {
                district: district.clone(),
                counts: Counts::default(),
                volunteers: 0,
                silent_volunteers: 0,
                last_heard_at: None,
            };
            (district.id, line)
        })
        .collect())
}

async fn count_members(
    conn: &mut PgConnection,
    round_id: Uuid,
    kind: EventKind,
    lines: &mut Lines,
) -> Result<()> {
    // Who may be shown is decided here and now, as the policies decide it for a volunteer: an activation counts in a disaster.
    let rows = sqlx::query!(
        r#"select m.district_id, m.bucket,
                  -- A facility is no resident: of its own there is only the call for rescue.
                  count(*) filter (where m.kind <> 'facility') as "members!",
                  count(*) filter (where m.bucket <> 'out_of_scope' and p.id is not null and (p.is_protected or not (
                      p.roster_consent in ('consented', 'not_required_by_ordinance')
                      or ($2 and p.district_id in (select district_id from emergency_district))))) as "not_disclosable!",
                  count(*) filter (where m.is_contradicted and m.kind <> 'facility') as "contradicted!",
                  coalesce(sum(m.open_rescues), 0)::bigint as "open_rescues!",
                  count(*) filter (where m.is_late_addition) as "late_additions!",
                  count(*) filter (where m.kind = 'unlisted') as "unlisted!",
                  max(greatest(m.last_heard_at, m.last_attempt_at)) as last_heard_at
           from round_member m left join person p on p.id = m.person_id
           where m.round_id = $1
             -- Whoever was found to be somebody else of the round counts there.
             and not exists (select from member_link l where l.from_member_id = m.id and l.undone_at is null)
           group by m.district_id, m.bucket"#,
        round_id,
        kind == EventKind::Disaster
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let bucket: Bucket = word(&row.bucket)?;
        let Some(line) = lines.get_mut(&row.district_id) else {
            continue;
        };
        line.counts.add(bucket, small(row.members));
        line.counts.not_disclosable += small(row.not_disclosable);
        line.counts.contradicted += small(row.contradicted);
        line.counts.open_rescues += small(row.open_rescues);
        line.counts.late_additions += small(row.late_additions);
        line.counts.unlisted += small(row.unlisted);
        line.last_heard_at = line.last_heard_at.max(row.last_heard_at);
    }
    Ok(())
}

async fn count_volunteers(
    conn: &mut PgConnection,
    round_id: Uuid,
    started_at: DateTime<Utc>,
    silent_before: DateTime<Utc>,
    lines: &mut Lines,
) -> Result<()> {
    let rows = sqlx::query!(
        r#"with working as (
               select distinct m.district_id, a.volunteer_id
               from assignment a join round_member m on m.id = a.member_id
               where a.round_id = $1 and a.ended_at is null),
           heard as (
               select d.volunteer_id, max(d.last_contact_at) as at from device d
               where d.revoked_at is null and d.volunteer_id in (select volunteer_id from working) group by d.volunteer_id)
           select w.district_id, count(*) as "volunteers!",
                  -- The round's start gives everybody a first chance to be heard.
                  count(*) filter (where h.volunteer_id is not null and greatest(h.at, $2) < $3) as "silent!",
                  max(h.at) filter (where h.at >= $2) as last_contact_at
           from working w left join heard h on h.volunteer_id = w.volunteer_id
           group by w.district_id"#,
        round_id,
        started_at,
        silent_before
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        if let Some(line) = lines.get_mut(&row.district_id) {
            line.volunteers = small(row.volunteers);
            line.silent_volunteers = small(row.silent);
            line.last_heard_at = line.last_heard_at.max(row.last_contact_at);
        }
    }
    Ok(())
}

fn small(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
