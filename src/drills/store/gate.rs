//! Attendance: appended by whoever stands at a gate, counted by everybody who may look, listed for those who run the drill.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::attendance::{Attendance, Attendee, Said, Subject, Way};
use super::super::totals::Act;
use crate::accounts::DistrictName;
use crate::events::{EventKind, end_of};
use crate::problem::Result;
use crate::text::kana::search_key;

/// What is known of the place and of whoever is named.
#[derive(Debug, Clone)]
pub struct Place {
    pub event_id: Uuid,
    /// The end so far: by an act, or as planned.
    pub ended_at: Option<DateTime<Utc>>,
    /// Everybody named by id or card is known.
    pub knows_person: bool,
    /// The body named is one of this drill's.
    pub knows_body: bool,
}

/// The venue that an attendance names; nothing when there is none. `card` is the code's HMAC. Runs as `m_ingest`.
pub async fn place(
    conn: &mut PgConnection,
    attendance: &Attendance,
    card: Option<&[u8]>,
    now: DateTime<Utc>,
) -> Result<Option<Place>> {
    let found = sqlx::query!(
        r#"select v.event_id, e.ended_at, e.planned_end_at,
                  ($2::uuid is null or exists (select from person p where p.id = $2))
                  and ($3::uuid is null or exists (select from volunteer w where w.id = $3))
                  and ($4::bytea is null or exists (select from card c where c.code_hmac = $4)) as "knows_person!",
                  ($5::uuid is null or exists (select from drill_body b where b.id = $5 and b.event_id = v.event_id)) as "knows_body!"
           from venue v join event e on e.id = v.event_id where v.id = $1"#,
        attendance.venue_id,
        attendance.person_id,
        attendance.volunteer_id,
        card,
        attendance.body_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(|r| Place {
        event_id: r.event_id,
        ended_at: end_of(EventKind::Drill, r.planned_end_at, r.ended_at, now),
        knows_person: r.knows_person,
        knows_body: r.knows_body,
    }))
}

/// Append one act; false when its id is taken. A card stands for whoever holds it. Runs as `m_ingest`.
pub async fn append(
    conn: &mut PgConnection,
    said: &Said,
    attendance: &Attendance,
    card: Option<&[u8]>,
) -> Result<bool> {
    let people = attendance.people.and_then(|n| i32::try_from(n).ok());
    let name = attendance.name.trim();
    let holder = sqlx::query_scalar!(
        r#"select coalesce(p.name, w.name) from (select 1) as x left join card c on c.code_hmac = $3
           left join person p on p.id = coalesce($1, c.person_id) left join volunteer w on w.id = coalesce($2, c.volunteer_id)"#,
        attendance.person_id,
        attendance.volunteer_id,
        card
    )
    .fetch_one(&mut *conn)
    .await?;
    let key = search_key(holder.as_deref().unwrap_or(name));
    let done = sqlx::query!(
        "insert into attendance (id, event_id, venue_id, kind, person_id, volunteer_id, card_id, name, name_key, body_id, people,
             group_label, way, corrects, is_withdrawal, observer_kind, observer_id, device_id, device_seq, observed_at, clock_offset_ms)
         select $1, v.event_id, v.id, $3, coalesce($4, c.person_id), coalesce($5, c.volunteer_id), c.id, $7, $8, $9, $10, $11, $12, $13,
                $14, $15, $16, $17, $18, $19, $20
         from venue v left join card c on c.code_hmac = $6 where v.id = $2
         on conflict (id) do nothing",
        said.id,
        attendance.venue_id,
        attendance.kind.as_str(),
        attendance.person_id,
        attendance.volunteer_id,
        card,
        name,
        key,
        attendance.body_id,
        people,
        attendance.group_label.trim(),
        attendance.way.as_str(),
        attendance.corrects,
        attendance.is_withdrawal,
        said.observer_kind,
        said.observer_id,
        said.device_id,
        said.device_seq,
        said.observed_at,
        said.clock_offset_ms
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether an act that is here says the same.
pub async fn says_the_same(
    conn: &mut PgConnection,
    id: Uuid,
    attendance: &Attendance,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from attendance where id = $1 and venue_id = $2 and kind = $3 and name = $4 and group_label = $5
               and people is not distinct from $6 and body_id is not distinct from $7 and corrects is not distinct from $8
               and is_withdrawal = $9 and ($10::uuid is null or person_id = $10) and ($11::uuid is null or volunteer_id = $11)) as "is!""#,
        id,
        attendance.venue_id,
        attendance.kind.as_str(),
        attendance.name.trim(),
        attendance.group_label.trim(),
        attendance.people.and_then(|n| i32::try_from(n).ok()),
        attendance.body_id,
        attendance.corrects,
        attendance.is_withdrawal,
        attendance.person_id,
        attendance.volunteer_id
    )
    .fetch_one(conn)
    .await?)
}

/// Every act of a drill, without names. Runs as `m_index`.
pub async fn acts(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<Act>> {
    Ok(sqlx::query!(
        r#"select id, venue_id, kind, person_id, volunteer_id, card_id, name_key, body_id, people, group_label, way, corrects, is_withdrawal,
                  least(observed_at + clock_offset_ms * interval '1 millisecond', recorded_at) as "at!"
           from attendance where event_id = $1"#,
        event_id
    )
    .map(|r| Act {
        id: r.id,
        venue_id: r.venue_id,
        kind: subject(&r.kind),
        person_id: r.person_id,
        volunteer_id: r.volunteer_id,
        card_id: r.card_id,
        name_key: r.name_key,
        body_id: r.body_id,
        people: r.people.and_then(|n| u32::try_from(n).ok()),
        group_label: r.group_label,
        way: way(&r.way),
        corrects: r.corrects,
        is_withdrawal: r.is_withdrawal,
        at: r.at,
    })
    .fetch_all(conn)
    .await?)
}

/// Who came, the newest first: acts that stand, as far as the caller may see them.
pub async fn list(
    conn: &mut PgConnection,
    event_id: Uuid,
    venue_id: Option<Uuid>,
) -> Result<Vec<Attendee>> {
    Ok(sqlx::query!(
        r#"select a.id, a.venue_id, v.name as venue, d.id as district_id, d.name as district, a.kind, a.person_id, a.volunteer_id,
                  coalesce(nullif(a.name, ''), p.name, w.name, '') as "name!", b.name as "body?", a.group_label, a.people, a.way,
                  least(a.observed_at + a.clock_offset_ms * interval '1 millisecond', a.recorded_at) as "at!"
           from attendance a join venue v on v.id = a.venue_id join district d on d.id = v.district_id
           left join person p on p.id = a.person_id left join volunteer w on w.id = a.volunteer_id left join drill_body b on b.id = a.body_id
           where a.event_id = $1 and ($2::uuid is null or a.venue_id = $2) and not a.is_withdrawal
             and not exists (select from attendance c where c.corrects = a.id and c.event_id = $1)
           order by "at!" desc, a.id"#,
        event_id,
        venue_id
    )
    .map(|r| Attendee {
        id: r.id,
        venue_id: r.venue_id,
        venue: r.venue,
        kind: subject(&r.kind),
        person_id: r.person_id,
        volunteer_id: r.volunteer_id,
        name: r.name,
        body: r.body.or(Some(r.group_label).filter(|l| !l.is_empty())),
        people: r.people,
        way: way(&r.way),
        district: Some(DistrictName {
            id: r.district_id,
            name: r.district,
        }),
        observed_at: r.at,
    })
    .fetch_all(conn)
    .await?)
}

fn subject(word: &str) -> Subject {
    match word {
        "group" => Subject::Group,
        _ => Subject::Person,
    }
}

fn way(word: &str) -> Way {
    match word {
        "card" => Way::Card,
        "list" => Way::List,
        "own_phone" => Way::OwnPhone,
        "typed" => Way::Typed,
        _ => Way::HeadCount,
    }
}
