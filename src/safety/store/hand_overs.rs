//! Who waits, who can help, and what was given on. The plan runs as `m_job`: it counts also those whom a lead may not see.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::assign::{Gap, Hand};
use super::super::hand_over::{HandOverReason, Helper, Move, Standing, Waiting};
use crate::geometry::LngLat;
use crate::problem::{Problem, Result};

/// Members of whom nothing is known, and who is to look in on them.
pub async fn waiting(conn: &mut PgConnection, round_id: Uuid) -> Result<Vec<Waiting>> {
    let rows = sqlx::query!(
        r#"with held as (
               select member_id, array_agg(volunteer_id order by volunteer_id) as volunteers,
                      array_agg(assigned_at order by volunteer_id) as since
               from assignment where round_id = $1 and ended_at is null group by member_id)
           select m.id, m.household_id, m.district_id, m.bucket = 'tried' as "is_tried!", r.point as "point?: LngLat",
                  coalesce(h.volunteers, '{}') as "volunteers!", coalesce(h.since, '{}') as "since!"
           from round_member m
           left join person p on p.id = m.person_id
           left join held h on h.member_id = m.id
           left join lateral (
               select point from residence r where r.person_id = p.id and r.valid_to is null order by r.kind limit 1) r on true
           where m.round_id = $1 and m.bucket in ('unchecked', 'tried') and m.kind not in ('staff', 'facility')
             and not coalesce(p.is_protected, false)
             and not exists (select from member_link l where l.from_member_id = m.id and l.undone_at is null)
           order by m.id"#,
        round_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Waiting {
            gap: Gap {
                member_id: r.id,
                household_id: r.household_id,
                district_id: r.district_id,
                point: r.point,
            },
            is_tried: r.is_tried,
            holders: r.volunteers.into_iter().zip(r.since).collect(),
        })
        .collect())
}

/// The volunteers of the round's districts, how many still wait for each, and how far she can be counted on.
pub async fn helpers(
    conn: &mut PgConnection,
    round_id: Uuid,
    started_at: DateTime<Utc>,
    silent_before: DateTime<Utc>,
) -> Result<Vec<Helper>> {
    let rows = sqlx::query!(
        r#"with serving as (
               select v.id, array_agg(distinct vd.district_id) as districts
               from round_district rd
               join volunteer_district vd on vd.district_id = rd.district_id
               join volunteer v on v.id = vd.volunteer_id and v.ended_on is null
               where rd.round_id = $1 group by v.id),
           work as (
               select a.volunteer_id, count(*) filter (where m.bucket in ('unchecked', 'tried')) as load,
                      avg(st_x(r.point)) as lon, avg(st_y(r.point)) as lat
               from assignment a join round_member m on m.id = a.member_id
               left join residence r on r.person_id = a.person_id and r.valid_to is null and r.kind = 'actual'
               where a.round_id = $1 and a.ended_at is null group by a.volunteer_id)
           select s.id, s.districts as "districts!", coalesce(w.load, 0)::integer as "load!", w.lon as "lon?", w.lat as "lat?",
                  p.phones > 0 as "has_phone!", greatest(p.last_contact_at, $2) < $3 as "is_silent!",
                  coalesce(i.status = 'unavailable', false) as "is_unavailable!"
           from serving s
           left join work w on w.volunteer_id = s.id
           cross join lateral (
               select count(*) as phones, max(d.last_contact_at) as last_contact_at
               from device d where d.volunteer_id = s.id and d.revoked_at is null) p
           left join lateral (
               select i.payload ->> 'status' as status from sync_item i
               where i.kind = 'availability' and i.disposition = 'stored' and i.recorded_at >= $2::timestamptz - interval '12 hours'
                 and (i.event_id is null or i.event_id = (select event_id from safety_round where id = $1))
                 and i.device_id in (select d.id from device d where d.volunteer_id = s.id)
               order by i.recorded_at desc limit 1) i on true
           order by s.id"#,
        round_id,
        started_at,
        silent_before
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Helper {
            standing: match (r.is_unavailable, r.has_phone, r.is_silent) {
                (true, ..) => Standing::Unavailable,
                (_, true, true) => Standing::Silent,
                (_, true, false) => Standing::InTouch,
                (_, false, _) => Standing::WithoutPhone,
            },
            hand: Hand::read(r.id, r.districts, r.load, (r.lon, r.lat)),
        })
        .collect())
}

/// Moves with whom they lead to.
type Given<'a> = Vec<(&'a Move, Uuid)>;

/// Give people on as planned. `id` is the act's; what comes from several volunteers is written apart, so that each can be taken back.
pub async fn act(
    conn: &mut PgConnection,
    (id, round_id): (Uuid, Uuid),
    moves: &[Move],
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    let mut groups: BTreeMap<(HandOverReason, &[Uuid]), Given> = BTreeMap::new();
    for m in moves {
        if let Some(to) = m.to {
            let group = groups.entry((m.reason, m.from.as_slice())).or_default();
            group.push((m, to));
        }
    }
    let mut made = Vec::with_capacity(groups.len());
    for (n, ((reason, from), moves)) in groups.into_iter().enumerate() {
        let act_id = if n == 0 { id } else { Uuid::now_v7() };
        let members: Vec<Uuid> = moves.iter().map(|(m, _)| m.member_id).collect();
        let volunteers: Vec<Uuid> = moves.iter().map(|(_, to)| *to).collect();
        let done = sqlx::query!(
            "insert into hand_over (id, round_id, reason, from_volunteer_id, member_ids, done_by, done_at)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing",
            act_id,
            round_id,
            reason.as_str(),
            from.first().filter(|_| from.len() == 1),
            &members,
            by,
            at
        )
        .execute(&mut *conn)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(Vec::new());
        }
        sqlx::query!(
            "update assignment set ended_at = $3 where member_id = any($1) and volunteer_id = any($2) and ended_at is null",
            &members,
            from,
            at
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "insert into assignment (id, round_id, member_id, person_id, volunteer_id, basis, assigned_by, assigned_at, hand_over_id)
             select gen_random_uuid(), m.round_id, m.id, m.person_id, n.volunteer_id, 'hand_over', $3, $4, $5
             from unnest($1::uuid[], $2::uuid[]) as n(member_id, volunteer_id) join round_member m on m.id = n.member_id
             on conflict do nothing",
            &members,
            &volunteers,
            by,
            at,
            act_id
        )
        .execute(&mut *conn)
        .await?;
        made.push(act_id);
    }
    Ok(made)
}

/// People who were given to one volunteer by a hand-over.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GivenTo {
    pub volunteer_id: Uuid,
    pub name: String,
    pub members: i64,
}

/// A hand-over that was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandOver {
    pub id: Uuid,
    /// `cut_off silent unavailable asked`
    pub reason: String,
    pub from_name: Option<String>,
    pub members: i64,
    pub to: Vec<GivenTo>,
    /// Null: the service, by the round's rule.
    pub done_by_name: Option<String>,
    pub done_at: DateTime<Utc>,
    pub undone_at: Option<DateTime<Utc>>,
}

/// A round's hand-overs that the caller may see, the newest first.
pub async fn list(conn: &mut PgConnection, round_id: Uuid) -> Result<Vec<HandOver>> {
    let rows = sqlx::query!(
        r#"select h.id, h.reason, v.name as "from_name?", cardinality(h.member_ids)::bigint as "members!", a.name as "done_by_name?",
                  h.done_at, u.undone_at as "undone_at?",
                  coalesce((select jsonb_agg(jsonb_build_object('volunteer_id', t.id, 'name', t.name, 'members', t.n) order by t.name, t.id)
                            from (select w.id, w.name, count(*) as n from assignment s join volunteer w on w.id = s.volunteer_id
                                  where s.hand_over_id = h.id group by w.id, w.name) t), '[]') as "to!: Json<Vec<GivenTo>>"
           from hand_over h
           left join hand_over_undo u on u.hand_over_id = h.id
           left join volunteer v on v.id = h.from_volunteer_id
           left join account a on a.id = h.done_by
           where h.round_id = $1 order by h.done_at desc, h.id"#,
        round_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| HandOver {
            id: r.id,
            reason: r.reason,
            from_name: r.from_name,
            members: r.members,
            to: r.to.0,
            done_by_name: r.done_by_name,
            done_at: r.done_at,
            undone_at: r.undone_at,
        })
        .collect())
}

/// The round of a hand-over that the caller may see.
pub async fn round_of(conn: &mut PgConnection, id: Uuid) -> Result<Uuid> {
    Ok(
        sqlx::query_scalar!("select round_id from hand_over where id = $1", id)
            .fetch_one(conn)
            .await?,
    )
}

/// Take a hand-over back: whoever it took people from has them again. False when it was taken back before.
pub async fn undo(
    conn: &mut PgConnection,
    id: Uuid,
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "insert into hand_over_undo (hand_over_id, undone_by, undone_at) values ($1, $2, $3) on conflict (hand_over_id) do nothing",
        id,
        by,
        at
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let row = sqlx::query!(
        "select member_ids, done_at from hand_over where id = $1",
        id
    )
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query!(
        "update assignment set ended_at = $2 where hand_over_id = $1 and ended_at is null",
        id,
        at
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into assignment (id, round_id, member_id, person_id, volunteer_id, basis, assigned_by, assigned_at)
         select gen_random_uuid(), a.round_id, a.member_id, a.person_id, a.volunteer_id, a.basis, $3, $4
         from assignment a where a.member_id = any($1) and a.ended_at = $2
         on conflict do nothing",
        &row.member_ids,
        row.done_at,
        by,
        at
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// What these volunteers are called.
pub async fn names(conn: &mut PgConnection, ids: &[Uuid]) -> Result<BTreeMap<Uuid, String>> {
    let rows = sqlx::query!("select id, name from volunteer where id = any($1)", ids)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.name)).collect())
}

/// Which of these members the caller may see, with what they are called.
pub async fn visible(conn: &mut PgConnection, round_id: Uuid) -> Result<BTreeMap<Uuid, String>> {
    let rows = sqlx::query!(
        r#"select m.id, coalesce(p.name, m.subject ->> 'label', '') as "name!"
           from round_member m left join person p on p.id = m.person_id
           where m.round_id = $1 and m.bucket in ('unchecked', 'tried')"#,
        round_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.name)).collect())
}

/// Two who give on at once wait for each other.
pub async fn lock(conn: &mut PgConnection, round_id: Uuid) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('hand_over ' || $1::text, 0))",
        round_id.to_string()
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Refuse an act that found nothing to do.
pub fn require_some(made: &[Uuid]) -> Result<()> {
    match made.is_empty() {
        false => Ok(()),
        true => Err(Problem::Conflict(
            "いま引き継ぐ人はいません。ほかの人がもう引き継いだか、担当の方から連絡がありました。"
                .into(),
        )),
    }
}
