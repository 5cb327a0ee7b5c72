//! Whom to visit next, as headquarters and leads see it; the rule itself is [`super::super::visit`].

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::evidence::word;
use super::super::visit::{Candidate, VisitReason, order};
use crate::accounts::DistrictName;
use crate::problem::Result;

/// Somebody to be visited, and why now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NextVisit {
    pub member_id: Uuid,
    pub name: String,
    pub name_kana: String,
    pub address: String,
    pub district: DistrictName,
    pub reasons: Vec<VisitReason>,
    /// Since anybody last tried or heard.
    pub silent_minutes: i64,
    pub tries: i32,
    /// From whom the volunteer saw last, in a straight line.
    pub distance_m: Option<i64>,
    /// Who is to go there.
    pub assigned: Vec<String>,
}

/// Which part of the round.
pub struct Part {
    pub round_id: Uuid,
    pub district: Option<Uuid>,
    pub volunteer: Option<Uuid>,
}

/// The first `limit` to go to, with the people shown and whether anybody has not consented.
pub async fn next(
    conn: &mut PgConnection,
    part: &Part,
    now: DateTime<Utc>,
    limit: usize,
) -> Result<(Vec<NextVisit>, Vec<Uuid>, bool)> {
    let rows = sqlx::query!(
        r#"with here as (
               select r.point from observation o join round_member m on m.id = o.member_id
               join residence r on r.person_id = m.person_id and r.valid_to is null and r.kind = 'actual' and r.point is not null
               where $3::uuid is not null and o.round_id = $1 and o.observer_id = $3 and o.attempt in ('met', 'marker', 'no_answer', 'absent')
               order by o.recorded_at desc limit 1)
           select m.id, m.person_id, m.bucket, m.open_rescues, m.is_contradicted, m.attempts_count, m.last_heard_at, m.district_id, d.name as district_name,
                  coalesce(p.name, m.subject ->> 'label', '') as "name!", coalesce(p.name_kana, '') as "name_kana!",
                  coalesce(lives.address, m.subject ->> 'place', '') as "address!",
                  coalesce(sr.help_needed, '{}') as "help_needed!",
                  coalesce(array(select jsonb_array_elements_text(m.state -> 'needs')), '{}') as "needs!",
                  (extract(epoch from $4::timestamptz - greatest(m.last_attempt_at, m.last_heard_at, r.started_at)) / 60)::bigint
                  as "silent_minutes!",
                  st_distance(lives.point::geography, (select point from here)::geography)::bigint as "distance_m?",
                  coalesce(p.roster_consent in ('consented', 'not_required_by_ordinance'), true) as "is_consented!",
                  coalesce((select array_agg(w.name order by w.name) from assignment a join volunteer w on w.id = a.volunteer_id
                            where a.member_id = m.id and a.ended_at is null), '{}') as "assigned!"
           from round_member m
           join safety_round r on r.id = m.round_id
           join district d on d.id = m.district_id
           left join person p on p.id = m.person_id
           left join support_resident sr on sr.person_id = m.person_id
           left join lateral (select r.address, r.point from residence r where r.person_id = m.person_id and r.valid_to is null
                              order by r.kind limit 1) lives on true
           where m.round_id = $1 and m.kind not in ('staff', 'facility') and m.out_of_scope_reason is null
             and (m.bucket in ('unchecked', 'tried', 'need_help') or m.is_contradicted or m.open_rescues > 0)
             and ($2::uuid is null or m.district_id = $2)
             and ($3::uuid is null or exists (
                 select from assignment a where a.member_id = m.id and a.volunteer_id = $3 and a.ended_at is null))
             and not exists (select from member_link l where l.from_member_id = m.id and l.undone_at is null)"#,
        part.round_id,
        part.district,
        part.volunteer,
        now
    )
    .fetch_all(conn)
    .await?;
    let candidates = rows
        .iter()
        .map(|r| {
            Ok(Candidate {
                id: r.id,
                bucket: word(&r.bucket)?,
                has_open_rescue: r.open_rescues > 0,
                is_contradicted: r.is_contradicted,
                help_needed: r.help_needed.clone(),
                needs: r.needs.clone(),
                tries: r.attempts_count.unsigned_abs(),
                is_heard: r.last_heard_at.is_some(),
                silent_minutes: r.silent_minutes,
                distance_m: r.distance_m,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let (mut visits, mut people, mut without_consent) = (Vec::new(), Vec::new(), false);
    for one in order(&candidates).into_iter().take(limit) {
        let Some(r) = rows.iter().find(|r| r.id == one.id) else {
            continue;
        };
        people.extend(r.person_id);
        without_consent |= !r.is_consented;
        visits.push(NextVisit {
            member_id: r.id,
            name: r.name.clone(),
            name_kana: r.name_kana.clone(),
            address: r.address.clone(),
            district: DistrictName {
                id: r.district_id,
                name: r.district_name.clone(),
            },
            reasons: one.reasons,
            silent_minutes: r.silent_minutes.max(0),
            tries: r.attempts_count,
            distance_m: r.distance_m,
            assigned: r.assigned.clone(),
        });
    }
    Ok((visits, people, without_consent))
}
