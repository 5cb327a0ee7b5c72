//! What a report counts besides the answers: rescues, contradictions, venues and bodies, preparation, items set aside, real calls.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::rescue::{Call, Closing, RescueTimes, Step, times};
use super::super::{AttendanceFigures, BodyFigures, ReadyDistrict, SetAside, VenueFigures};
use super::round::small;
use crate::accounts::DistrictName;
use crate::drills::store::{gate, places};
use crate::drills::totals::{OfBody, totals};
use crate::events::{Event, STANDING_EVENT};
use crate::problem::Result;

/// Calls for rescue in these rounds, and how long they waited.
pub async fn rescues(
    conn: &mut PgConnection,
    rounds: &[Uuid],
    now: DateTime<Utc>,
) -> Result<RescueTimes> {
    let calls: Vec<Call> = sqlx::query!(
        r#"select o.id, coalesce(l.to_member_id, o.member_id) as "member_id!", said_at(o.observed_at, o.clock_offset_ms) as "at!"
           from observation o left join member_link l on l.from_member_id = o.member_id and l.undone_at is null
           where o.round_id = any($1) and not o.is_withdrawal
             and (o.outcome = 'needs_rescue' or (o.outcome = 'deceased' and o.observer_kind not in ('hq_staff', 'admin')))"#,
        rounds
    )
    .map(|r| Call {
        id: r.id,
        member_id: r.member_id,
        at: r.at,
    })
    .fetch_all(&mut *conn)
    .await?;
    let steps: Vec<Step> = sqlx::query!(
        r#"select coalesce(l.to_member_id, s.member_id) as "member_id!", s.kind, s.at
           from rescue_step s join round_member m on m.id = s.member_id
           left join member_link l on l.from_member_id = s.member_id and l.undone_at is null
           where m.round_id = any($1) and s.kind in ('acknowledged', 'assigned', 'handed_over', 'arrived')"#,
        rounds
    )
    .map(|r| Step {
        member_id: r.member_id,
        is_given: r.kind != "acknowledged",
        at: r.at,
    })
    .fetch_all(&mut *conn)
    .await?;
    let closings: Vec<Closing> = sqlx::query!(
        "select n.closes, n.resolved_at from resolution n join round_member m on m.id = n.member_id where m.round_id = any($1)",
        rounds
    )
    .map(|r| Closing {
        closes: r.closes,
        at: r.resolved_at,
    })
    .fetch_all(conn)
    .await?;
    Ok(times(&calls, &steps, &closings, now))
}

/// Contradictions that a human settled.
pub async fn contradictions_settled(conn: &mut PgConnection, rounds: &[Uuid]) -> Result<u32> {
    let count = sqlx::query_scalar!(
        r#"select count(distinct n.member_id) as "n!" from resolution n join round_member m on m.id = n.member_id
           where m.round_id = any($1) and n.kind = 'contradiction'"#,
        rounds
    )
    .fetch_one(conn)
    .await?;
    Ok(small(count))
}

/// Who came, by venue and by body; nothing when no venue was planned.
pub async fn attendance(
    conn: &mut PgConnection,
    event_id: Uuid,
) -> Result<Option<AttendanceFigures>> {
    let venues = places::venues(conn, event_id).await?;
    if venues.is_empty() {
        return Ok(None);
    }
    let planned = places::bodies(conn, event_id).await?;
    let acts = gate::acts(conn, event_id).await?;
    let counted = totals(&acts);
    let mut at: BTreeMap<Uuid, _> = counted
        .by_venue
        .into_iter()
        .map(|v| (v.venue_id, v))
        .collect();
    let venues = venues
        .into_iter()
        .filter_map(|venue| {
            let seen = at.remove(&venue.id);
            // A venue that was taken off the plan is shown when somebody came to it all the same.
            (seen.is_some() || !venue.is_retired).then(|| {
                let total = seen.as_ref().map(|s| s.total);
                let seen = seen.unwrap_or_default();
                VenueFigures {
                    venue_id: venue.id,
                    name: venue.name,
                    district: venue.district,
                    total,
                    persons: seen.persons,
                    groups: seen.groups,
                    possible_doubles: seen.possible_doubles,
                    last_at: seen.last_at,
                }
            })
        })
        .collect();
    let total_of = |id: Uuid| -> Option<u32> {
        let of = counted.by_body.iter().find(|b| b.body_id == Some(id));
        of.map(|b| b.total)
    };
    let mut bodies: Vec<BodyFigures> = planned
        .iter()
        .filter(|b| !b.is_retired || total_of(b.id).is_some())
        .map(|b| BodyFigures {
            body_id: Some(b.id),
            name: b.name.clone(),
            expected: b.expected,
            total: total_of(b.id),
        })
        .collect();
    let unlisted = |b: &&OfBody| b.body_id.is_none();
    bodies.extend(
        counted
            .by_body
            .iter()
            .filter(unlisted)
            .map(|b| BodyFigures {
                body_id: None,
                name: b.label.clone(),
                expected: None,
                total: Some(b.total),
            }),
    );
    Ok(Some(AttendanceFigures {
        total: (!acts.is_empty()).then_some(counted.total),
        venues,
        bodies,
        by_way: counted.by_way,
    }))
}

/// How prepared the drill's districts were: the numbers of `drills::readiness`, without a name.
pub async fn readiness(
    conn: &mut PgConnection,
    event_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<ReadyDistrict>> {
    Ok(sqlx::query!(
        r#"with hand as (
               select vd.district_id, v.id,
                      exists (select from device p where p.volunteer_id = v.id and p.revoked_at is null)
                      or exists (select from invite i where i.volunteer_id = v.id and i.revoked_at is null and i.expires_at > $2) as invited,
                      exists (select from device p where p.volunteer_id = v.id and p.revoked_at is null and p.last_contact_at is not null) as opened,
                      exists (select from practice q where q.volunteer_id = v.id and q.was_offline and q.practised_at > $3) as practised
               from volunteer v join volunteer_district vd on vd.volunteer_id = v.id where v.ended_on is null)
           select d.id, d.name, count(h.id) as "volunteers!", count(*) filter (where h.invited) as "invited!",
                  count(*) filter (where h.opened) as "opened!", count(*) filter (where h.practised) as "practised!",
                  (select count(*) from print_copy c join event e on e.id = $1 where c.district_id = d.id
                     and (c.kind = 'visit_sheet' and c.event_id = $1
                       or c.kind = 'district_list' and c.printed_at between e.started_at - interval '30 days' and coalesce(e.ended_at, $2))) as "sheets!"
           from drill_district x join district d on d.id = x.district_id left join hand h on h.district_id = d.id
           where x.event_id = $1
           group by d.id, d.name order by d.name, d.id"#,
        event_id,
        now,
        now - TimeDelta::days(365)
    )
    .map(|r| ReadyDistrict {
        district: DistrictName {
            id: r.id,
            name: r.name,
        },
        volunteers: r.volunteers,
        invited: r.invited,
        opened: r.opened,
        practised_offline: r.practised,
        sheets_printed: r.sheets,
    })
    .fetch_all(conn)
    .await?)
}

/// Items of the event that were set aside, and those about which nobody has decided.
pub async fn set_aside(conn: &mut PgConnection, event_id: Uuid) -> Result<SetAside> {
    let row = sqlx::query!(
        r#"select count(*) as "items!",
                  count(*) filter (where coalesce((select t.act from item_settlement t where t.item_id = s.id
                      order by t.settled_at desc, t.id desc limit 1), 'reopened') = 'reopened') as "waiting!"
           from sync_item s where s.event_id = $1 and s.disposition = 'quarantined'
             and not exists (select from observation o where o.id = s.id)"#,
        event_id
    )
    .fetch_one(conn)
    .await?;
    Ok(SetAside {
        items: small(row.items),
        waiting: small(row.waiting),
    })
}

/// Real calls made while a drill ran: people about whom rescue was called in the standing event.
pub async fn real_calls(conn: &mut PgConnection, event: &Event, now: DateTime<Utc>) -> Result<u32> {
    let count = sqlx::query_scalar!(
        r#"select count(distinct o.member_id) as "n!" from observation o join safety_round r on r.id = o.round_id
           where r.event_id = $1 and o.outcome = 'needs_rescue' and not o.is_withdrawal
             and said_at(o.observed_at, o.clock_offset_ms) between $2 and $3"#,
        STANDING_EVENT,
        event.started_at,
        event.ended_at.unwrap_or(now)
    )
    .fetch_one(conn)
    .await?;
    Ok(small(count))
}
