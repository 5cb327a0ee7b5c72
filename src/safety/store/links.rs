//! Members who are somebody else of the round: found by a human, undone by a human. No evidence moves.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::review::{MatchCandidate, MemberMatch};
use crate::problem::{OnConstraint, Problem, Result};

/// A match to be made.
pub struct NewMatch<'a> {
    pub id: Uuid,
    pub from: Uuid,
    pub to: Uuid,
    pub reason: &'a str,
    pub by: Option<Uuid>,
    pub at: DateTime<Utc>,
}

/// Say that somebody on no list is a person of the same round; once. False when this match is there already.
pub async fn insert_match(conn: &mut PgConnection, new: &NewMatch<'_>) -> Result<bool> {
    let taken = || {
        Problem::Conflict(
            "この方はもう照合されています。画面を開き直して、いまの状態を確かめてください。".into(),
        )
    };
    let done = sqlx::query!(
        "insert into member_link (id, kind, from_member_id, from_round_id, to_member_id, to_round_id, reason, linked_by, linked_at)
         select $1, 'match', f.id, f.round_id, t.id, t.round_id, $4, $5, $6
         from round_member f, round_member t where f.id = $2 and t.id = $3
         on conflict (id) do nothing",
        new.id,
        new.from,
        new.to,
        new.reason,
        new.by,
        new.at
    )
    .execute(conn)
    .await
    .on_constraint("member_link_from_key", taken);
    match done {
        Ok(done) => Ok(done.rows_affected() == 1),
        Err(Problem::Internal(error)) => Err(one_hop(error)),
        Err(problem) => Err(problem),
    }
}

fn one_hop(error: anyhow::Error) -> Problem {
    let is_one_hop = error
        .downcast_ref::<sqlx::Error>()
        .and_then(|e| e.as_database_error())
        .is_some_and(|db| db.constraint() == Some("member_link_one_hop_check"));
    match is_one_hop {
        true => Problem::Conflict(
            "選んだ方には、ほかの照合が重なっています。先にその照合を取り消してください。".into(),
        ),
        false => Problem::Internal(error),
    }
}

/// The two ends of a match.
pub struct Ends {
    pub from: Uuid,
    pub to: Uuid,
    pub is_undone: bool,
}

/// The ends of a match that the caller may see.
pub async fn ends(conn: &mut PgConnection, id: Uuid) -> Result<Ends> {
    Ok(sqlx::query_as!(
        Ends,
        r#"select from_member_id as "from", to_member_id as "to", undone_at is not null as "is_undone!"
           from member_link where id = $1 and kind = 'match'"#,
        id
    )
    .fetch_one(conn)
    .await?)
}

/// Take a match back.
pub async fn undo(
    conn: &mut PgConnection,
    id: Uuid,
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update member_link set undone_by = $2, undone_at = $3 where id = $1 and undone_at is null",
        id,
        by,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The matches of an event that stand, the newest first.
pub async fn matches(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<MemberMatch>> {
    Ok(sqlx::query_as!(
        MemberMatch,
        r#"select l.id, l.to_round_id as round_id, l.from_member_id, coalesce(f.subject ->> 'label', '') as "from_label!",
                  l.to_member_id, coalesce(p.name, t.subject ->> 'label', '') as "to_name!", l.reason,
                  a.name as "linked_by_name?", l.linked_at
           from member_link l
           join safety_round r on r.id = l.to_round_id
           join round_member f on f.id = l.from_member_id
           join round_member t on t.id = l.to_member_id
           left join person p on p.id = t.person_id
           left join account a on a.id = l.linked_by
           where r.event_id = $1 and l.kind = 'match' and l.undone_at is null
           order by l.linked_at desc limit 200"#,
        event_id
    )
    .fetch_all(conn)
    .await?)
}

/// Who of the same round somebody on no list may be: named in what the phone wrote, or at home within 200 m of where she was
/// met; or, with `query` (a `like` pattern of the search key), whoever is called so. The likeliest first.
pub async fn candidates(
    conn: &mut PgConnection,
    member_id: Uuid,
    query: Option<&str>,
    today: NaiveDate,
) -> Result<Vec<MatchCandidate>> {
    Ok(sqlx::query!(
        r#"select c.id as member_id, p.name, p.name_kana, p.birth_on, r.address as "address?", d.name as district_name,
                  (position(replace(p.name_key, ' ', '') in u.words) > 0
                   or position(split_part(translate(p.name, '　', ' '), ' ', 1) in u.words) > 0) as "is_named!",
                  st_distance(r.point::geography, u.met_at::geography) as distance_m
           from (select m.id, m.round_id,
                        translate(concat(m.subject ->> 'label', m.subject ->> 'place', m.subject ->> 'need'), ' 　', '') as words,
                        case when jsonb_typeof(m.subject -> 'lon') = 'number' and jsonb_typeof(m.subject -> 'lat') = 'number'
                                  and (m.subject ->> 'lon')::float8 between -180 and 180
                                  and (m.subject ->> 'lat')::float8 between -90 and 90
                             then st_setsrid(st_makepoint((m.subject ->> 'lon')::float8, (m.subject ->> 'lat')::float8), 4326) end as met_at
                 from round_member m where m.id = $1 and m.kind = 'unlisted') u
           join round_member c on c.round_id = u.round_id and c.kind = 'person'
           join person p on p.id = c.person_id
           join district d on d.id = c.district_id
           left join lateral (
               select address, point from residence r where r.person_id = p.id and r.valid_to is null order by r.kind limit 1) r on true
           where case when $2::text is not null then p.name_key like $2 or p.kana_key like $2
                 else position(replace(p.name_key, ' ', '') in u.words) > 0
                      or position(split_part(translate(p.name, '　', ' '), ' ', 1) in u.words) > 0
                      or st_distance(r.point::geography, u.met_at::geography) <= 200 end
           order by 7 desc, 8 nulls last, p.kana_key, c.id
           limit 20"#,
        member_id,
        query
    )
    .map(|r| MatchCandidate {
        member_id: r.member_id,
        name: r.name,
        name_kana: r.name_kana,
        age: r.birth_on.and_then(|on| today.years_since(on)),
        address: r.address,
        district_name: r.district_name,
        is_named: r.is_named,
        distance_m: r.distance_m,
    })
    .fetch_all(conn)
    .await?)
}
