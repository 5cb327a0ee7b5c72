//! The finished drill: its event, its round and its evidence. States are derived from the evidence as
//! they are for everyone (`safety::record`), once as of the close and once with what came late.

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::demo::city::City;
use crate::demo::dice::Part;
use crate::demo::drill::{self, Member, Seen};
use crate::problem::Result;
use crate::safety::board::Counts;
use crate::safety::record;

/// The event and the round, not yet closed. Answers the round's id.
pub async fn begin(conn: &mut PgConnection, city: &City) -> Result<Uuid> {
    let (event_id, round_id) = ids(city);
    sqlx::query!(
        "insert into event (id, kind, name, hazards, started_at, planned_end_at, ended_at, ended_reason)
         values ($1, 'drill', $2, '{earthquake}', $3, $4, $4, '訓練が予定どおり終わったため') on conflict do nothing",
        event_id,
        drill::NAME,
        drill::started_at(),
        drill::ended_at(),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into safety_round (id, event_id, name, started_at) values ($1, $2, $3, $4) on conflict do nothing",
        round_id,
        event_id,
        drill::ROUND_NAME,
        drill::started_at(),
    )
    .execute(&mut *conn)
    .await?;
    let districts: Vec<Uuid> = drill::districts(city)
        .iter()
        .map(|&at| city.districts[at].id)
        .collect();
    sqlx::query!(
        "insert into round_district (round_id, district_id) select $1, unnest($2::uuid[]) on conflict do nothing",
        round_id,
        &districts
    )
    .execute(conn)
    .await?;
    Ok(round_id)
}

fn ids(city: &City) -> (Uuid, Uuid) {
    (city.seed.id(Part::Drill, 0), city.seed.id(Part::Round, 0))
}

/// Members with their assignments, evidence up to the close, and the states that follow.
pub async fn insert_members(
    conn: &mut PgConnection,
    round_id: Uuid,
    members: &[Member],
) -> Result<()> {
    let rows: Vec<_> = members
        .iter()
        .map(|m| {
            json!({"id": m.id, "person_id": m.person_id, "household_id": m.household_id, "district_id": m.district_id,
                   "reason": m.out_of_scope_reason})
        })
        .collect();
    sqlx::query!(
        "insert into round_member (id, round_id, person_id, household_id, district_id, added_at, out_of_scope_reason, bucket)
         select n.id, $2, n.person_id, n.household_id, n.district_id, $3, n.reason,
                case when n.reason is null then 'unchecked' else 'out_of_scope' end
         from jsonb_to_recordset($1) as n(id uuid, person_id uuid, household_id uuid, district_id uuid, reason text)
         on conflict do nothing",
        json!(rows),
        round_id,
        drill::started_at(),
    )
    .execute(&mut *conn)
    .await?;
    let rows: Vec<_> = members
        .iter()
        .flat_map(|m| m.assignments.iter().map(move |a| (m, a)))
        .map(|(m, a)| {
            json!({"id": a.id, "member_id": m.id, "person_id": m.person_id, "volunteer_id": a.volunteer_id, "basis": a.basis})
        })
        .collect();
    sqlx::query!(
        "insert into assignment (id, round_id, member_id, person_id, volunteer_id, basis, assigned_at)
         select n.id, $2, n.member_id, n.person_id, n.volunteer_id, n.basis, $3
         from jsonb_to_recordset($1) as n(id uuid, member_id uuid, person_id uuid, volunteer_id uuid, basis text)
         on conflict do nothing",
        json!(rows),
        round_id,
        drill::started_at(),
    )
    .execute(&mut *conn)
    .await?;
    insert_observations(conn, round_id, members, |seen| {
        seen.recorded_at <= drill::closed_at()
    })
    .await?;
    insert_rescues(conn, members).await?;
    rederive(conn, members).await
}

/// What arrived after the close, and the states that follow.
pub async fn insert_late(
    conn: &mut PgConnection,
    round_id: Uuid,
    members: &[Member],
) -> Result<()> {
    insert_observations(conn, round_id, members, |seen| {
        seen.recorded_at > drill::closed_at()
    })
    .await?;
    rederive(conn, members).await
}

async fn insert_observations(
    conn: &mut PgConnection,
    round_id: Uuid,
    members: &[Member],
    wanted: impl Fn(&Seen) -> bool,
) -> Result<()> {
    let rows: Vec<_> = members
        .iter()
        .flat_map(|m| m.observations.iter().map(move |seen| (m, seen)))
        .filter(|(_, seen)| wanted(seen))
        .map(|(m, s)| {
            json!({"id": s.id, "member_id": m.id, "volunteer_id": s.volunteer_id, "outcome": s.outcome,
                   "whereabouts": s.whereabouts, "attempt": s.attempt, "needs": s.needs, "note": s.note, "told_by": s.told_by,
                   "for_household": s.for_household, "observed_at": s.observed_at, "recorded_at": s.recorded_at})
        })
        .collect();
    sqlx::query!(
        "insert into observation (id, round_id, member_id, outcome, whereabouts, attempt, channel, needs, note, told_by, for_household,
                                  observer_kind, observer_id, observed_at, recorded_at, is_late)
         select n.id, $2, n.member_id, n.outcome, n.whereabouts, n.attempt, 'field', n.needs, n.note, n.told_by, n.for_household,
                'volunteer', n.volunteer_id, n.observed_at, n.recorded_at, n.recorded_at > $3
         from jsonb_to_recordset($1) as n(id uuid, member_id uuid, volunteer_id uuid, outcome text, whereabouts text,
              attempt text, needs text[], note text, told_by text, for_household boolean, observed_at timestamptz,
              recorded_at timestamptz)
         on conflict do nothing",
        json!(rows),
        round_id,
        drill::closed_at(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_rescues(conn: &mut PgConnection, members: &[Member]) -> Result<()> {
    for (member, rescue) in members
        .iter()
        .filter_map(|m| m.rescue.as_ref().map(|r| (m, r)))
    {
        sqlx::query!(
            "insert into rescue_step (id, member_id, kind, given_to, reference, by_kind, at)
             values ($1, $3, 'acknowledged', '', '', 'hq_staff', $4::timestamptz + interval '2 minutes'),
                    ($2, $3, 'handed_over', '消防本部（訓練）', '訓練第1号', 'hq_staff', $4::timestamptz + interval '6 minutes')
             on conflict do nothing",
            rescue.step_ids[0],
            rescue.step_ids[1],
            member.id,
            rescue.called_at,
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "insert into resolution (id, member_id, closes, outcome, whereabouts, how, resolved_by_kind, resolved_at)
             values ($1, $2, $3, 'injured_minor', 'shelter', '救出訓練で運び出し、避難所で手当てをした', 'hq_staff', $4)
             on conflict do nothing",
            rescue.resolution_id,
            member.id,
            &[rescue.closes],
            rescue.resolved_at,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn rederive(conn: &mut PgConnection, members: &[Member]) -> Result<()> {
    let ids: Vec<Uuid> = members.iter().map(|m| m.id).collect();
    record::rederive(conn, &ids).await.map(drop)
}

/// Close the round, with the board as it stood.
pub async fn close(conn: &mut PgConnection, city: &City, round_id: Uuid) -> Result<()> {
    let rows = sqlx::query!(
        r#"select m.district_id, d.name, m.bucket, count(*)::int as "members!", max(m.last_heard_at) as last_heard_at,
                  count(*) filter (where m.out_of_scope_reason is null and not exists (select from assignment a where a.member_id = m.id))::int as "hidden!",
                  (select count(distinct a.volunteer_id) from assignment a join round_member x on x.id = a.member_id
                   where x.round_id = $1 and x.district_id = m.district_id)::int as "volunteers!"
           from round_member m join district d on d.id = m.district_id
           where m.round_id = $1 group by m.district_id, d.name, m.bucket order by d.name"#,
        round_id
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut totals = Counts::default();
    let mut districts: Vec<(Uuid, String, Counts, _, i32)> = Vec::new();
    for row in rows {
        if districts
            .last()
            .is_none_or(|(id, ..)| *id != row.district_id)
        {
            districts.push((
                row.district_id,
                row.name,
                Counts::default(),
                None,
                row.volunteers,
            ));
        }
        let mut counts = Counts::default();
        counts.add(record::word(&row.bucket)?, row.members.unsigned_abs());
        counts.not_disclosable = row.hidden.unsigned_abs();
        totals += counts;
        if let Some((_, _, sum, last_heard_at, _)) = districts.last_mut() {
            *sum += counts;
            *last_heard_at = row.last_heard_at.max(*last_heard_at);
        }
    }
    let districts: Vec<_> = districts
        .into_iter()
        .map(|(id, name, counts, last_heard_at, volunteers)| {
            let mut line = json!(counts);
            line["district"] = json!({"id": id, "name": name});
            line["last_heard_at"] = json!(last_heard_at);
            line["volunteers"] = json!(volunteers);
            line["silent_volunteers"] = json!(0);
            line
        })
        .collect();
    let (event_id, _) = ids(city);
    let board = json!({
        "round_id": round_id,
        "event": {"id": event_id, "kind": "drill", "name": drill::NAME},
        "name": drill::ROUND_NAME,
        "as_of": drill::closed_at(),
        "started_at": drill::started_at(),
        "closed_at": drill::closed_at(),
        "totals": totals,
        "districts": districts,
        "rescues_open": totals.open_rescues,
    });
    sqlx::query!(
        "update safety_round set closed_at = $2, close_board = $3 where id = $1 and closed_at is null",
        round_id,
        drill::closed_at(),
        board
    )
    .execute(conn)
    .await?;
    Ok(())
}
