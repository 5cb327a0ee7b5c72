//! What of an event waits for a decision.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::review::{Contradiction, ItemAbout, RoundName, SetAside, Unlisted};
use super::members::{self, Filter, Read};
use crate::events::{EventKind, EventName};
use crate::problem::Result;

/// At most so many of one sort are shown; the rest comes when these are settled.
const SHOWN: i64 = 200;

/// The event, if there is one.
pub async fn event(conn: &mut PgConnection, event_id: Uuid) -> Result<EventName> {
    Ok(
        sqlx::query!("select id, kind, name from event where id = $1", event_id)
            .map(|r| EventName {
                id: r.id,
                kind: EventKind::of(&r.kind),
                name: r.name,
            })
            .fetch_one(conn)
            .await?,
    )
}

/// The rounds of an event, by name.
async fn rounds(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<(Uuid, String)>> {
    Ok(sqlx::query!(
        "select id, name from safety_round where event_id = $1 order by started_at desc",
        event_id
    )
    .map(|r| (r.id, r.name))
    .fetch_all(conn)
    .await?)
}

/// Members of whom words say different things, as far as the caller may see them. Answers also whether anybody is shown
/// without consent.
pub async fn contradictions(
    conn: &mut PgConnection,
    event_id: Uuid,
    today: NaiveDate,
) -> Result<(Vec<Contradiction>, bool)> {
    let filter = Filter {
        only: Some("contradicted"),
        ..Filter::default()
    };
    let mut found = Vec::new();
    let mut without_consent = false;
    for (round_id, round_name) in rounds(conn, event_id).await? {
        for read in members::members(conn, round_id, &filter, SHOWN, today).await? {
            without_consent |= !read.is_consented;
            let Read { member, state, .. } = read;
            let people: Vec<Uuid> = member.person_id.into_iter().collect();
            let mut contacts = members::contacts(conn, &people).await?;
            found.push(Contradiction {
                round_id,
                round_name: round_name.clone(),
                contacts: contacts.pop_first().map(|(_, c)| c).unwrap_or_default(),
                outcome_id: state.outcome_id,
                contradicted_by: state.contradicted_by,
                open_calls: [state.open_rescue, state.withdrawn_rescue, state.open_injury].concat(),
                says: members::observations(conn, member.id).await?,
                member,
            });
        }
    }
    Ok((found, without_consent))
}

/// People on no list whom nobody has matched yet.
pub async fn unlisted(
    conn: &mut PgConnection,
    event_id: Uuid,
    today: NaiveDate,
) -> Result<Vec<Unlisted>> {
    let filter = Filter {
        only: Some("unlisted"),
        ..Filter::default()
    };
    let mut found = Vec::new();
    for (round_id, round_name) in rounds(conn, event_id).await? {
        let read = members::members(conn, round_id, &filter, SHOWN, today).await?;
        found.extend(read.into_iter().map(|r| Unlisted {
            round_id,
            round_name: round_name.clone(),
            member: r.member,
        }));
    }
    Ok(found)
}

/// Items set aside that concern an event: named by them, by the round they name, or (those that name no event we know) all.
/// What was taken up or settled since waits for nobody.
pub async fn set_aside(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<SetAside>> {
    Ok(sqlx::query!(
        r#"select s.id, s.kind, s.reason as "reason!", s.device_id, d.label as "device_label?", v.name as "volunteer_name?",
                  s.observed_at, s.recorded_at, s.payload, case when s.payload is null then s.raw end as raw,
                  coalesce(s.payload ->> 'outcome' in ('needs_rescue', 'deceased'), false) as "is_rescue!",
                  (s.kind = 'observation' and s.payload is not null and (s.device_id is not null or s.carried_by = 'link')
                   and s.reason <> 'id_reused') as "is_adoptable!",
                  m.id as "member_id?", m.round_id as "round_id?", coalesce(p.name, m.subject ->> 'label', '') as "name!",
                  di.name as "district_name?"
           from sync_item s
           left join device d on d.id = s.device_id
           left join volunteer v on v.id = d.volunteer_id
           left join round_member m on m.id = case
               when s.payload ->> 'member_id' ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
               then (s.payload ->> 'member_id')::uuid end
           left join person p on p.id = m.person_id
           left join district di on di.id = m.district_id
           where s.disposition = 'quarantined'
             and not exists (select from observation o where o.id = s.id)
             and coalesce((select t.act from item_settlement t where t.item_id = s.id order by t.settled_at desc, t.id desc limit 1),
                          'reopened') = 'reopened'
             and (s.event_id = $1
                  or s.payload ->> 'round_id' in (select r.id::text from safety_round r where r.event_id = $1)
                  or not exists (select from event e where e.id = s.event_id))
           order by coalesce(s.payload ->> 'outcome' in ('needs_rescue', 'deceased'), false) desc, s.recorded_at desc
           limit $2"#,
        event_id,
        SHOWN
    )
    .map(|r| SetAside {
        id: r.id,
        kind: r.kind,
        reason: r.reason,
        device_id: r.device_id,
        device_label: r.device_label,
        volunteer_name: r.volunteer_name,
        observed_at: r.observed_at,
        recorded_at: r.recorded_at,
        about: match (r.member_id, r.round_id, r.district_name) {
            (Some(member_id), Some(round_id), Some(district_name)) => Some(ItemAbout {
                member_id,
                round_id,
                name: r.name,
                district_name,
            }),
            _ => None,
        },
        payload: r.payload,
        raw: r.raw,
        is_rescue: r.is_rescue,
        is_adoptable: r.is_adoptable,
    })
    .fetch_all(conn)
    .await?)
}

/// Rounds into which an item may be taken up: of every disaster that is not over, and of this event.
pub async fn adopt_into(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<RoundName>> {
    Ok(sqlx::query!(
        r#"select r.id, r.name, e.id as event_id, e.kind, e.name as event_name, e.is_standing
           from safety_round r join event e on e.id = r.event_id
           where e.id = $1 or (e.kind = 'disaster' and e.ended_at is null)
           order by e.kind, e.is_standing, r.started_at desc limit 100"#,
        event_id
    )
    .map(|r| RoundName {
        id: r.id,
        name: r.name,
        event: EventName {
            id: r.event_id,
            kind: EventKind::of(&r.kind),
            name: r.event_name,
        },
        is_standing: r.is_standing,
    })
    .fetch_all(conn)
    .await?)
}
