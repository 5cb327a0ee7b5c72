//! Numbered copies on paper: what was printed for whom, and what became of it.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::print::{Copy, CopyAct, CopyActKind};
use crate::problem::{Problem, Result};

/// What makes a copy.
pub struct NewCopy<'a> {
    pub id: Uuid,
    /// `district_list` or `plan`.
    pub kind: &'static str,
    pub district_id: Uuid,
    pub recipient_name: &'a str,
    pub recipient_body: &'a str,
    pub purpose: &'a str,
    pub legal_ground: &'static str,
    /// In the order of the lines.
    pub people: &'a [Uuid],
    pub return_due_on: Option<NaiveDate>,
    pub by: Option<Uuid>,
    pub by_kind: &'static str,
    pub at: DateTime<Utc>,
}

/// Keep a numbered copy; asked for again with the same id, it is the same copy (and no number is spent on asking). Answers its number
/// and when it was made.
pub async fn insert(conn: &mut PgConnection, new: &NewCopy<'_>) -> Result<(i64, DateTime<Utc>)> {
    let done = sqlx::query!(
        "insert into print_copy (id, kind, district_id, recipient_name, recipient_body, purpose, legal_ground, people, as_of, return_due_on,
             printed_by, printed_by_kind, printed_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $9 where not exists (select from print_copy where id = $1)
         on conflict (id) do nothing",
        new.id,
        new.kind,
        new.district_id,
        new.recipient_name,
        new.recipient_body,
        new.purpose,
        new.legal_ground,
        i32::try_from(new.people.len()).unwrap_or(i32::MAX),
        new.at,
        new.return_due_on,
        new.by,
        new.by_kind
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 1 {
        sqlx::query!(
            "insert into print_copy_line (copy_id, line_no, person_id)
             select $1, n::smallint, person_id from unnest($2::uuid[]) with ordinality as l(person_id, n)",
            new.id,
            new.people
        )
        .execute(&mut *conn)
        .await?;
    }
    let kept = sqlx::query!(
        r#"select serial, printed_at, kind, district_id, printed_by, recipient_name, array(select l.person_id from print_copy_line l
               where l.copy_id = c.id order by l.line_no) as "people!: Vec<Option<Uuid>>"
           from print_copy c where id = $1"#,
        new.id
    )
    .fetch_optional(conn)
    .await?;
    let said: Vec<Option<Uuid>> = new.people.iter().copied().map(Some).collect();
    match kept {
        Some(c)
            if c.kind == new.kind
                && c.district_id == Some(new.district_id)
                && c.printed_by == new.by
                && c.recipient_name == new.recipient_name
                && c.people == said =>
        {
            Ok((c.serial, c.printed_at))
        }
        _ => Err(Problem::Conflict(
            "この番号の控えは、もう別の内容で作られています。画面を開き直して、もう一度印刷してください。".into(),
        )),
    }
}

/// The last two hundred copies of rosters and plans (of a district), newest first.
pub async fn list(
    conn: &mut PgConnection,
    district: Option<Uuid>,
    only_open: bool,
) -> Result<Vec<Copy>> {
    Ok(sqlx::query!(
        r#"select c.id, c.serial, c.kind, d.name as "district?", c.recipient_name, c.recipient_body, c.purpose, c.legal_ground, c.people,
                  c.printed_at, c.return_due_on, a.kind as "act?", a.note as "note?", a.at as "at?"
           from print_copy c left join district d on d.id = c.district_id
           left join lateral (select kind, note, at from print_copy_act a where a.copy_id = c.id order by a.at desc, a.id desc limit 1) a on true
           where c.kind in ('district_list', 'plan') and ($1::uuid is null or c.district_id = $1)
               and (not $2::boolean or a.kind is null or a.kind = 'lost')
           order by c.serial desc limit 200"#,
        district,
        only_open
    )
    .map(|r| Copy {
        id: r.id,
        serial: r.serial,
        kind: r.kind,
        district: r.district,
        recipient_name: r.recipient_name,
        recipient_body: r.recipient_body,
        purpose: r.purpose,
        legal_ground: r.legal_ground,
        people: r.people,
        printed_at: r.printed_at,
        return_due_on: r.return_due_on,
        last_act: match (r.act, r.note, r.at) {
            (Some(kind), Some(note), Some(at)) => Some(CopyAct { kind, note, at }),
            _ => None,
        },
    })
    .fetch_all(conn)
    .await?)
}

/// Say what became of a copy that the caller sees; false when there is none. Saying it twice is the same as once.
pub async fn add_act(
    conn: &mut PgConnection,
    copy_id: Uuid,
    act_id: Uuid,
    kind: CopyActKind,
    note: &str,
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<bool> {
    let known = sqlx::query_scalar!(
        r#"select exists (select from print_copy where id = $1 and kind in ('district_list', 'plan')) as "is!""#,
        copy_id
    )
    .fetch_one(&mut *conn)
    .await?;
    if !known {
        return Ok(false);
    }
    sqlx::query!(
        "insert into print_copy_act (id, copy_id, kind, note, by_id, at) values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing",
        act_id,
        copy_id,
        kind.as_str(),
        note,
        by,
        at
    )
    .execute(conn)
    .await?;
    Ok(true)
}
