//! An entry out of what is known already: the roster, a safety result, a check-in. Nobody types anything again.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::store::lock;
use crate::operations::derived_id;
use crate::problem::{Problem, Result};

/// Whom an entry is made of.
#[derive(Debug, Clone, Copy)]
pub enum From {
    /// Somebody of the roster.
    Person(Uuid),
    /// A member of a safety round of the same disaster.
    Member(Uuid),
    /// Somebody received at a door in the same disaster.
    Evacuee(Uuid),
}

/// What taking somebody over did.
#[derive(Debug)]
pub struct Taken {
    /// The entry.
    pub id: Uuid,
    pub is_new: bool,
    /// The words on whereabouts that were added.
    pub added: Vec<Uuid>,
}

/// What is known of the somebody, in the same disaster.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    person_id: Option<Uuid>,
    evacuee_id: Option<Uuid>,
    member: Option<(Uuid, Uuid)>,
}

/// Make the entry, or add to the one that is there. Runs as `m_hq_staff`, `m_cli` or `m_job`.
pub async fn take_over(
    conn: &mut PgConnection,
    event_id: Uuid,
    new_id: Uuid,
    from: From,
    made_by: Option<Uuid>,
) -> Result<Taken> {
    lock(conn, event_id).await?;
    let known = known(conn, event_id, from).await?;
    let there = sqlx::query_scalar!(
        "select id from victim_entry
         where event_id = $1 and removed_at is null and (person_id = $2 or evacuee_id = $3) order by number limit 1",
        event_id,
        known.person_id,
        known.evacuee_id
    )
    .fetch_optional(&mut *conn)
    .await?;
    let (id, is_new) = match there {
        Some(id) => (id, false),
        None => {
            insert(conn, event_id, new_id, known, made_by).await?;
            (new_id, true)
        }
    };
    sources(conn, event_id, id, known, made_by).await?;
    let added = whereabouts(conn, id, known, made_by).await?;
    Ok(Taken { id, is_new, added })
}

async fn known(conn: &mut PgConnection, event_id: Uuid, from: From) -> Result<Known> {
    let mut known = Known::default();
    match from {
        From::Person(id) => {
            let id = sqlx::query_scalar!("select id from person where id = $1", id)
                .fetch_one(&mut *conn)
                .await?;
            known.person_id = Some(id);
        }
        From::Member(id) => {
            let row = sqlx::query!(
                "select m.id, m.round_id, m.person_id from round_member m join safety_round r on r.id = m.round_id
                 where m.id = $1 and r.event_id = $2",
                id,
                event_id
            )
            .fetch_one(&mut *conn)
            .await?;
            if row.person_id.is_none() {
                return Err(Problem::Conflict(
                    "名簿にない方です。先に、避難所の受付で名前を記録してください。".into(),
                ));
            }
            known.person_id = row.person_id;
            known.member = Some((row.id, row.round_id));
        }
        From::Evacuee(id) => {
            let row = sqlx::query!(
                r#"select e.id, coalesce(e.person_id, (select m.person_id from evacuee_match m
                                                       where m.evacuee_id = e.id and m.undone_at is null)) as person_id
                   from evacuee e where e.id = $1 and e.event_id = $2"#,
                id,
                event_id
            )
            .fetch_one(&mut *conn)
            .await?;
            known.person_id = row.person_id;
            known.evacuee_id = Some(row.id);
        }
    }
    if let (Some(person), None) = (known.person_id, known.evacuee_id) {
        known.evacuee_id = sqlx::query_scalar!(
            "select e.id from evacuee e left join evacuee_match k on k.evacuee_id = e.id and k.undone_at is null
             where e.event_id = $1 and (e.person_id = $2 or k.person_id = $2)
             order by e.is_present desc, e.registered_at desc limit 1",
            event_id,
            person
        )
        .fetch_optional(&mut *conn)
        .await?;
    }
    if let (Some(person), None) = (known.person_id, known.member) {
        known.member = sqlx::query!(
            "select m.id, m.round_id from round_member m join safety_round r on r.id = m.round_id
             where r.event_id = $1 and m.person_id = $2 and m.outcome is not null order by m.last_heard_at desc nulls last limit 1",
            event_id,
            person
        )
        .fetch_optional(conn)
        .await?
        .map(|r| (r.id, r.round_id));
    }
    Ok(known)
}

/// The statutory items: from the roster, and from the door's form where the roster has none.
async fn insert(
    conn: &mut PgConnection,
    event_id: Uuid,
    id: Uuid,
    known: Known,
    made_by: Option<Uuid>,
) -> Result<()> {
    sqlx::query!(
        r#"insert into victim_entry (id, event_id, number, person_id, evacuee_id, resident_no, name, name_kana, name_key, kana_key,
                                     birth_on, birth_text, sex, registered_address, actual_residence, address_key, district_id,
                                     special_care, special_care_reasons, phones, party_id, household_label, relationship,
                                     is_protected, has_contact, made_by)
           select $2, $1, (select coalesce(max(number), 0) + 1 from victim_entry where event_id = $1), p.id, e.id, p.resident_no,
                  coalesce(p.name, nullif(e.name, ''), e.name_kana), coalesce(nullif(p.name_kana, ''), e.name_kana, ''),
                  coalesce(p.name_key, e.name_key, ''), coalesce(nullif(p.kana_key, ''), e.kana_key, ''),
                  coalesce(p.birth_on, e.birth_on), coalesce(nullif(p.birth_text, ''), e.birth_text, ''), coalesce(p.sex, e.sex),
                  coalesce(g.address, ''), coalesce(a.address, nullif(e.address, ''), g.address, ''),
                  coalesce(a.address_key, g.address_key, ''),
                  coalesce(p.district_id, e.district_id, '00000000-0000-7000-8000-000000000000'),
                  case when s.person_id is not null or e.help_needed <> '{}' then true end,
                  coalesce(nullif(s.help_needed, '{}'), e.help_needed, '{}'),
                  coalesce(c.phones, case when e.phone <> '' then array[e.phone] end, '{}'),
                  -- Who came together, or lives together, is one household here.
                  coalesce((select v.party_id from victim_entry v join evacuee o on o.id = v.evacuee_id
                            where v.event_id = $1 and v.removed_at is null and v.party_id is not null and o.party_id = e.party_id limit 1),
                           p.household_id, e.party_id), coalesce(h.label, ''),
                  coalesce(nullif(e.relationship, ''), hm.relationship, ''), coalesce(p.is_protected, e.is_protected, false),
                  coalesce(c.phones is not null or e.phone <> '', false), $5
           from (select 1) one
           left join person p on p.id = $3
           left join evacuee e on e.id = $4
           left join support_resident s on s.person_id = p.id and s.delisted_on is null
           left join household h on h.id = p.household_id
           left join lateral (select relationship from household_member m where m.person_id = p.id and m.valid_to is null limit 1) hm on true
           left join lateral (select address, address_key from residence r
                              where r.person_id = p.id and r.kind = 'registered' and r.valid_to is null limit 1) g on true
           left join lateral (select address, address_key from residence r
                              where r.person_id = p.id and r.kind = 'actual' and r.valid_to is null limit 1) a on true
           left join lateral (select array_agg(c.value order by c.kind, c.value) as phones from contact c
                              where c.person_id = p.id and c.kind in ('phone', 'mobile') and c.ended_on is null) c on true"#,
        event_id,
        id,
        known.person_id,
        known.evacuee_id,
        made_by
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn sources(
    conn: &mut PgConnection,
    event_id: Uuid,
    entry: Uuid,
    known: Known,
    by: Option<Uuid>,
) -> Result<()> {
    let (member, round) = known.member.unzip();
    for (kind, of) in [
        ("roster", known.person_id),
        ("safety", member),
        ("check_in", known.evacuee_id),
    ] {
        let Some(of) = of else { continue };
        sqlx::query!(
            "insert into victim_source (id, entry_id, event_id, kind, person_id, member_id, round_id, evacuee_id, taken_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing",
            derived_id(&format!("{entry} {kind} {of}")),
            entry,
            event_id,
            kind,
            known.person_id.filter(|_| kind == "roster"),
            member.filter(|_| kind == "safety"),
            round.filter(|_| kind == "safety"),
            known.evacuee_id.filter(|_| kind == "check_in"),
            by
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Where she is, and who said so.
struct Said {
    word: String,
    site: Option<Uuid>,
    since: DateTime<Utc>,
    kind: &'static str,
    /// The stay or the observation.
    source: Uuid,
}

/// Where she is by the door and by the round, each once; answers what was added.
async fn whereabouts(
    conn: &mut PgConnection,
    entry: Uuid,
    known: Known,
    by: Option<Uuid>,
) -> Result<Vec<Uuid>> {
    let mut added = Vec::new();
    let said = [
        said_at_the_door(conn, known).await?,
        said_in_the_round(conn, known).await?,
    ];
    for said in said.into_iter().flatten() {
        added.extend(write(conn, entry, said, by).await?);
    }
    Ok(added)
}

async fn said_at_the_door(conn: &mut PgConnection, known: Known) -> Result<Option<Said>> {
    let Some(evacuee) = known.evacuee_id else {
        return Ok(None);
    };
    let stay = sqlx::query!(
        r#"select s.id as "id!", e.stay_type as "stay_type!", e.site_id, e.since as "since!" from evacuee e
           join lateral (select newest_stay(e.id) as id) s on true
           where e.id in (select received_as($1)) and e.is_present and e.stay_type is not null and e.since is not null
           order by e.since desc limit 1"#,
        evacuee
    )
    .fetch_optional(conn)
    .await?;
    Ok(stay.map(|stay| Said {
        word: match stay.stay_type.as_str() {
            "shelter" | "evacuation_building" => "shelter",
            "home" => "home",
            "vehicle" => "vehicle",
            "relatives" => "relatives",
            _ => "away",
        }
        .into(),
        site: stay.site_id,
        since: stay.since,
        kind: "check_in",
        source: stay.id,
    }))
}

/// Where a word of the round, or what closed her rescue, put her. What the round knows by a check-in, the door has said already.
async fn said_in_the_round(conn: &mut PgConnection, known: Known) -> Result<Option<Said>> {
    let Some((member, _)) = known.member else {
        return Ok(None);
    };
    let state = sqlx::query!(
        r#"select m.whereabouts as "whereabouts!", s.id as "id!", s.at as "at!", s.site_id
           from round_member m join lateral whereabouts_said(m.id) s on true where m.id = $1"#,
        member
    )
    .fetch_optional(conn)
    .await?;
    Ok(state.map(|state| Said {
        word: state.whereabouts,
        site: state.site_id,
        since: state.at,
        kind: "safety",
        source: state.id,
    }))
}

/// Write it once. What was taken back since stands again, as a correction of the taking back.
async fn write(
    conn: &mut PgConnection,
    entry: Uuid,
    said: Said,
    by: Option<Uuid>,
) -> Result<Option<Uuid>> {
    let id = derived_id(&format!("{entry} {}", said.source));
    let written = sqlx::query!(
        "insert into victim_whereabouts (id, entry_id, whereabouts, site_id, since, source_kind, source_id, recorded_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        id,
        entry,
        said.word,
        said.site,
        said.since,
        said.kind,
        said.source,
        by
    )
    .execute(&mut *conn)
    .await?;
    if written.rows_affected() == 1 {
        return Ok(Some(id));
    }
    Ok(sqlx::query_scalar!(
        "insert into victim_whereabouts (id, entry_id, whereabouts, site_id, since, source_kind, recorded_by, corrects)
         select gen_random_uuid(), w.entry_id, $3, $4, $5, $6, $7, x.id
         from victim_whereabouts w join victim_whereabouts x on x.corrects = w.id and x.is_withdrawn
         where w.entry_id = $1 and w.source_id = $2 and not exists (select from victim_whereabouts y where y.corrects = x.id)
         returning id",
        entry,
        said.source,
        said.word,
        said.site,
        said.since,
        said.kind,
        by
    )
    .fetch_optional(conn)
    .await?)
}
