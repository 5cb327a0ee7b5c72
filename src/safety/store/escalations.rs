//! Escalations: raised and ended by the service (as `m_job`), listed and worked by people (in their own role).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::escalation::{
    EscalatedMember, EscalatedVolunteer, Escalation, EscalationAct, EscalationStep, Level,
};
use super::super::evidence::word;
use super::super::round::RoundRules;
use super::members::contacts;
use crate::accounts::DistrictName;
use crate::problem::{Problem, Result};

/// A round that is on, as far as the service watches it.
pub struct Watched {
    pub id: Uuid,
    pub event_id: Uuid,
    pub started_at: DateTime<Utc>,
    pub rules: RoundRules,
}

/// Keep the other instances out until the transaction ends; false when one of them is at it.
pub async fn is_my_turn(conn: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended('safety.escalations', 0)) as "mine!""#
    )
    .fetch_one(conn)
    .await?)
}

/// The rounds that are on.
pub async fn watched(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Watched>> {
    Ok(sqlx::query!(
        "select r.id, r.event_id, r.started_at, r.escalate_tries, r.escalate_minutes, r.hand_over_minutes, r.hand_over_by_itself
         from safety_round r join event e on e.id = r.event_id
         where r.closed_at is null and e.ended_at is null and not e.is_standing
           and not (e.kind = 'drill' and coalesce(e.planned_end_at < $1, false))
         order by r.id",
        now
    )
    .map(|r| Watched {
        id: r.id,
        event_id: r.event_id,
        started_at: r.started_at,
        rules: RoundRules {
            escalate_tries: r.escalate_tries,
            escalate_minutes: r.escalate_minutes,
            hand_over_minutes: r.hand_over_minutes,
            hand_over_by_itself: r.hand_over_by_itself,
        },
    })
    .fetch_all(conn)
    .await?)
}

/// Raise for everybody tried in vain often or long enough. What a person ended is raised again only after another try.
pub async fn raise_no_answer(
    conn: &mut PgConnection,
    round: &Watched,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "insert into escalation (id, round_id, kind, member_id, district_id, level, facts, raised_at)
         select gen_random_uuid(), m.round_id, 'no_answer', m.id, m.district_id, 'neighbour',
                jsonb_build_object('tries', m.attempts_count, 'first_at', f.first_at, 'last_at', m.last_attempt_at,
                    'is_refused', coalesce((m.state ->> 'is_refused')::boolean, false)), $2
         from round_member m
         cross join lateral (
             select least(min(o.recorded_at), m.last_attempt_at) as first_at from observation o where o.member_id = m.id) f
         where m.round_id = $1 and m.bucket = 'tried' and m.kind not in ('staff', 'facility')
           and (m.attempts_count >= $3 or f.first_at <= $4)
           and not exists (select from member_link l where l.from_member_id = m.id and l.undone_at is null)
           and not exists (select from escalation e where e.round_id = m.round_id and e.member_id = m.id
                           and e.ended_why = 'by_hand' and e.ended_at >= m.last_attempt_at)
         on conflict do nothing
         returning id",
        round.id,
        now,
        round.rules.escalate_tries.map(i32::from),
        round.rules.escalate_minutes.map(|m| now - TimeDelta::minutes(m.into())),
    )
    .fetch_all(conn)
    .await?)
}

/// Raise for each volunteer whose phone has been silent while people wait for her.
pub async fn raise_silent_volunteers(
    conn: &mut PgConnection,
    round: &Watched,
    now: DateTime<Utc>,
    silent_before: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "insert into escalation (id, round_id, kind, volunteer_id, district_id, level, facts, raised_at)
         select gen_random_uuid(), $1, 'silent_volunteer', w.volunteer_id, w.district_id, 'district',
                jsonb_build_object('last_contact_at', h.at, 'members', w.members), $2
         from (select a.volunteer_id, mode() within group (order by m.district_id) as district_id, count(*) as members
               from assignment a join round_member m on m.id = a.member_id
               where a.round_id = $1 and a.ended_at is null and m.bucket in ('unchecked', 'tried')
               group by a.volunteer_id) w
         cross join lateral (
             select max(d.last_contact_at) as at, count(*) as phones from device d
             where d.volunteer_id = w.volunteer_id and d.revoked_at is null) h
         where h.phones > 0 and greatest(h.at, $3) < $4
           and not exists (select from escalation e where e.round_id = $1 and e.volunteer_id = w.volunteer_id
                           and e.ended_why = 'by_hand' and e.ended_at >= greatest(h.at, $3))
         on conflict do nothing
         returning id",
        round.id,
        now,
        round.started_at,
        silent_before
    )
    .fetch_all(conn)
    .await?)
}

/// Raise for each district from which nothing has been heard while people are unchecked there.
pub async fn raise_silent_districts(
    conn: &mut PgConnection,
    round: &Watched,
    now: DateTime<Utc>,
    silent_before: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "insert into escalation (id, round_id, kind, district_id, level, facts, raised_at)
         select gen_random_uuid(), $1, 'silent_district', s.district_id, 'headquarters',
                jsonb_build_object('last_heard_at', s.heard_at, 'members', s.members), $2
         from (select m.district_id, count(*) filter (where m.bucket = 'unchecked') as members,
                      greatest(max(greatest(m.last_heard_at, m.last_attempt_at)), (
                          select max(d.last_contact_at) from device d join volunteer_district vd on vd.volunteer_id = d.volunteer_id
                          where vd.district_id = m.district_id and d.revoked_at is null and d.last_contact_at >= $3)) as heard_at
               from round_member m where m.round_id = $1 and m.kind not in ('staff', 'facility') group by m.district_id) s
         where s.members > 0 and greatest(s.heard_at, $3) < $4
           and not exists (select from escalation e where e.round_id = $1 and e.kind = 'silent_district' and e.district_id = s.district_id
                           and e.ended_why = 'by_hand' and e.ended_at >= greatest(s.heard_at, $3))
         on conflict do nothing
         returning id",
        round.id,
        now,
        round.started_at,
        silent_before
    )
    .fetch_all(conn)
    .await?)
}

/// Raise for each district whose people nobody can be given, and end it where somebody can again.
pub async fn settle_uncovered(
    conn: &mut PgConnection,
    round_id: Uuid,
    left: &[(Uuid, i64)],
    now: DateTime<Utc>,
) -> Result<(Vec<Uuid>, Vec<Uuid>)> {
    let (districts, members): (Vec<Uuid>, Vec<i64>) = left.iter().copied().unzip();
    let raised = sqlx::query_scalar!(
        "insert into escalation (id, round_id, kind, district_id, level, facts, raised_at)
         select gen_random_uuid(), $1, 'uncovered', n.district_id, 'district', jsonb_build_object('members', n.members), $4
         from unnest($2::uuid[], $3::bigint[]) as n(district_id, members)
         where not exists (select from escalation e where e.round_id = $1 and e.kind = 'uncovered' and e.district_id = n.district_id
                           and e.ended_why = 'by_hand' and e.facts ->> 'members' = n.members::text)
         on conflict do nothing
         returning id",
        round_id,
        &districts,
        &members,
        now
    )
    .fetch_all(&mut *conn)
    .await?;
    let ended = sqlx::query_scalar!(
        "update escalation set ended_at = $3, ended_why = 'covered'
         where round_id = $1 and kind = 'uncovered' and ended_at is null and not district_id = any($2) returning id",
        round_id,
        &districts,
        now
    )
    .fetch_all(conn)
    .await?;
    Ok((raised, ended))
}

/// End what has been answered, and everything of rounds that are over.
pub async fn end_answered(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "update escalation e set ended_at = $1, ended_why = t.why
         from (
             select x.id, case
                 when r.closed_at is not null or v.ended_at is not null then 'round_closed'
                 when x.kind = 'no_answer' and m.bucket = 'out_of_scope' then 'out_of_scope'
                 when x.kind = 'no_answer' and m.bucket = 'unchecked' and m.last_heard_at is not null then 'heard'
                 when x.kind = 'no_answer' and m.bucket <> 'tried' then 'answered'
                 when x.kind = 'silent_volunteer' and exists (
                     select from device d where d.volunteer_id = x.volunteer_id and d.last_contact_at > x.raised_at) then 'heard'
                 when x.kind = 'silent_volunteer' and not exists (
                     select from assignment a join round_member o on o.id = a.member_id
                     where a.round_id = x.round_id and a.volunteer_id = x.volunteer_id and a.ended_at is null
                       and o.bucket in ('unchecked', 'tried')) then 'covered'
                 when x.kind = 'silent_district' and (exists (
                     select from round_member o where o.round_id = x.round_id and o.district_id = x.district_id
                       and greatest(o.last_heard_at, o.last_attempt_at) > x.raised_at)
                     or exists (select from device d join volunteer_district vd on vd.volunteer_id = d.volunteer_id
                                where vd.district_id = x.district_id and d.last_contact_at > x.raised_at)) then 'heard'
                 when x.kind = 'silent_district' and not exists (
                     select from round_member o where o.round_id = x.round_id and o.district_id = x.district_id
                       and o.bucket = 'unchecked') then 'covered'
                 end as why
             from escalation x join safety_round r on r.id = x.round_id join event v on v.id = r.event_id
             left join round_member m on m.id = x.member_id
             where x.ended_at is null) t
         where t.id = e.id and t.why is not null
         returning e.id",
        now
    )
    .fetch_all(conn)
    .await?)
}

/// The round's escalations whom the caller may see: open ones, the furthest level and the oldest first, and those that ended
/// since `ended_after`. Answers also whether anybody is shown without consent.
pub async fn list(
    conn: &mut PgConnection,
    round_id: Uuid,
    one: Option<Uuid>,
    ended_after: DateTime<Utc>,
) -> Result<(Vec<Escalation>, bool)> {
    let rows = sqlx::query!(
        r#"select e.id, e.kind, e.level, e.district_id, d.name as district_name, e.member_id, e.volunteer_id, e.facts, e.raised_at,
                  e.ended_at, e.ended_why, m.person_id as "person_id?", m.subject as "subject?",
                  p.name as "name?", p.name_kana as "name_kana?", lives.address as "address?", sr.help_needed as "help_needed?",
                  p.roster_consent in ('consented', 'not_required_by_ordinance') as "is_consented?",
                  v.name as "volunteer_name?", v.phone as "volunteer_phone?",
                  coalesce((select array_agg(w.name order by w.name) from assignment a join volunteer w on w.id = a.volunteer_id
                            where a.member_id = m.id and a.ended_at is null), '{}') as "assigned!",
                  coalesce((select jsonb_agg(jsonb_build_object('id', s.id, 'kind', s.kind, 'level', s.level, 'given_to', s.given_to,
                                'note', s.note, 'by_name', (select c.name from account c where c.id = s.by_id), 'at', s.at) order by s.at, s.id)
                            from escalation_step s where s.escalation_id = e.id), '[]') as "steps!: Json<Vec<EscalationStep>>"
           from escalation e
           join district d on d.id = e.district_id
           left join round_member m on m.id = e.member_id
           left join person p on p.id = m.person_id
           left join support_resident sr on sr.person_id = m.person_id
           left join lateral (select r.address from residence r where r.person_id = m.person_id and r.valid_to is null
                              order by r.kind limit 1) lives on true
           left join volunteer v on v.id = e.volunteer_id
           where e.round_id = $1 and ($2::uuid is null or e.id = $2)
             -- Answered a moment ago, and not yet ended by the service.
             and ($2 is not null or e.ended_at > $3 or (e.ended_at is null and (e.kind <> 'no_answer' or m.bucket = 'tried')))
           order by e.level = 'fire_police' desc, e.level = 'headquarters' desc, e.level = 'district' desc, e.raised_at, e.id"#,
        round_id,
        one,
        ended_after
    )
    .fetch_all(&mut *conn)
    .await?;
    let people: Vec<Uuid> = rows.iter().filter_map(|r| r.person_id).collect();
    let without_consent = rows.iter().any(|r| r.is_consented == Some(false));
    let mut reach = contacts(conn, &people).await?;
    let items = rows
        .into_iter()
        .map(|r| {
            let said = |key: &str| {
                let text = r.subject.as_ref().and_then(|s| s.get(key)?.as_str());
                text.unwrap_or_default().to_owned()
            };
            let member = r.member_id.map(|id| EscalatedMember {
                id,
                name: r.name.clone().unwrap_or_else(|| said("label")),
                name_kana: r.name_kana.clone().unwrap_or_default(),
                address: r.address.clone().unwrap_or_else(|| said("place")),
                help_needed: r.help_needed.clone().unwrap_or_default(),
                contacts: r
                    .person_id
                    .and_then(|p| reach.remove(&p))
                    .unwrap_or_default(),
                assigned: r.assigned.clone(),
            });
            let volunteer = r.volunteer_id.map(|id| EscalatedVolunteer {
                id,
                name: r.volunteer_name.clone().unwrap_or_default(),
                phone: r.volunteer_phone.clone().unwrap_or_default(),
            });
            Ok(Escalation {
                id: r.id,
                kind: word(&r.kind)?,
                level: word(&r.level)?,
                district: DistrictName {
                    id: r.district_id,
                    name: r.district_name,
                },
                member,
                volunteer,
                facts: r.facts,
                raised_at: r.raised_at,
                ended_at: r.ended_at,
                ended_why: r.ended_why,
                steps: r.steps.0,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok((items, without_consent))
}

/// The round of an escalation that the caller may see, whether it is open, and its level.
pub async fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<(Uuid, bool, Level)> {
    let row = sqlx::query!(
        r#"select round_id, ended_at is null as "is_open!", level from escalation where id = $1 for update"#,
        id
    )
    .fetch_one(conn)
    .await?;
    Ok((row.round_id, row.is_open, word(&row.level)?))
}

/// What somebody does about an escalation.
pub struct NewStep<'a> {
    pub id: Uuid,
    pub escalation_id: Uuid,
    pub act: EscalationAct,
    pub level: Option<Level>,
    pub given_to: &'a str,
    pub note: &'a str,
    pub by: Option<Uuid>,
    pub by_kind: &'static str,
    pub at: DateTime<Utc>,
}

/// Append a step and what follows from it; false when this very step was said before.
pub async fn add_step(conn: &mut PgConnection, new: &NewStep<'_>) -> Result<bool> {
    let done = sqlx::query!(
        "insert into escalation_step (id, escalation_id, kind, level, given_to, note, by_id, by_kind, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing",
        new.id,
        new.escalation_id,
        new.act.as_str(),
        new.level.map(Level::as_str),
        new.given_to,
        new.note,
        new.by,
        new.by_kind,
        new.at
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "update escalation set level = coalesce($2, level), ended_at = case when $3 then $4 else ended_at end,
                ended_why = case when $3 then 'by_hand' else ended_why end
         where id = $1",
        new.escalation_id,
        new.level.map(Level::as_str),
        new.act == EscalationAct::Ended,
        new.at
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// Change the round's rules.
pub async fn set_rules(conn: &mut PgConnection, round_id: Uuid, rules: &RoundRules) -> Result<()> {
    sqlx::query!(
        "update safety_round set escalate_tries = $2, escalate_minutes = $3, hand_over_minutes = $4, hand_over_by_itself = $5
         where id = $1",
        round_id,
        rules.escalate_tries,
        rules.escalate_minutes,
        rules.hand_over_minutes,
        rules.hand_over_by_itself
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a sweep did, for the audit.
pub fn detail(raised: &[Uuid], ended: &[Uuid]) -> serde_json::Value {
    json!({"raised": raised.len(), "ended": ended.len()})
}

/// An escalation that is over takes no more.
pub fn require_open(is_open: bool) -> Result<()> {
    match is_open {
        true => Ok(()),
        false => Err(Problem::Conflict(
            "もう終わっています。画面を開き直して、いまのようすを見てください。".into(),
        )),
    }
}
