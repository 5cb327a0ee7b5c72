//! Numbered copies of visit sheets: made, listed, and what became of them.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::sheet::{SheetAct, SheetActKind, SheetCopy, Walker};
use crate::accounts::DistrictName;
use crate::problem::Result;

/// A copy to be made.
pub struct NewSheet<'a> {
    pub id: Uuid,
    pub event_id: Uuid,
    pub round_id: Uuid,
    pub district_id: Uuid,
    pub volunteer_id: Option<Uuid>,
    pub recipient_name: &'a str,
    pub recipient_body: &'a str,
    pub purpose: &'a str,
    pub legal_ground: &'a str,
    pub return_due_on: Option<NaiveDate>,
    pub by: Option<Uuid>,
    pub by_kind: &'static str,
    pub at: DateTime<Utc>,
    /// `(person, member)` by line, from 1.
    pub lines: &'a [(Option<Uuid>, Uuid)],
}

/// Put a copy and its lines on record.
pub async fn insert(conn: &mut PgConnection, new: &NewSheet<'_>) -> Result<()> {
    let (people, members): (Vec<Option<Uuid>>, Vec<Uuid>) = new.lines.iter().copied().unzip();
    sqlx::query!(
        "insert into print_copy (id, kind, event_id, round_id, district_id, volunteer_id, recipient_name, recipient_body, purpose,
                                 legal_ground, people, as_of, return_due_on, printed_by, printed_by_kind, printed_at)
         values ($1, 'visit_sheet', $2, $3, $4, $5, $6, $7, $8, $9, cardinality($10::uuid[]), $14, $11, $12, $13, $14)",
        new.id,
        new.event_id,
        new.round_id,
        new.district_id,
        new.volunteer_id,
        new.recipient_name,
        new.recipient_body,
        new.purpose,
        new.legal_ground,
        &members,
        new.return_due_on,
        new.by,
        new.by_kind,
        new.at
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into print_copy_line (copy_id, line_no, person_id, member_id)
         select $1, n.line_no, n.person_id, n.member_id
         from unnest($2::uuid[], $3::uuid[]) with ordinality as n(person_id, member_id, line_no)",
        new.id,
        &people as &[Option<Uuid>],
        &members
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which copies are asked for.
#[derive(Debug, Default, Clone, Copy)]
pub struct Which {
    pub round_id: Option<Uuid>,
    pub district_id: Option<Uuid>,
    pub id: Option<Uuid>,
    pub serial: Option<i64>,
}

/// Copies of visit sheets that the caller may see, the newest first.
pub async fn copies(conn: &mut PgConnection, which: Which) -> Result<Vec<SheetCopy>> {
    let rows = sqlx::query!(
        r#"select c.id, c.serial, c.round_id as "round_id!", c.district_id as "district_id!", d.name as district_name,
                  c.recipient_name, c.recipient_body, c.people, c.printed_at, c.return_due_on,
                  case when v.id is not null then jsonb_build_object('id', v.id, 'name', v.name) end as "volunteer: Json<Walker>",
                  (select count(distinct o.member_id) from observation o
                   where o.copy_id = c.id and not o.is_withdrawal
                     and not exists (select from observation k where k.corrects = o.id and k.is_withdrawal)) as "typed_lines!",
                  coalesce((select jsonb_agg(jsonb_build_object('kind', a.kind, 'note', a.note, 'at', a.at) order by a.at, a.id)
                            from print_copy_act a where a.copy_id = c.id), '[]') as "acts!: Json<Vec<SheetAct>>"
           from print_copy c join district d on d.id = c.district_id left join volunteer v on v.id = c.volunteer_id
           where c.kind = 'visit_sheet' and ($1::uuid is null or c.round_id = $1) and ($2::uuid is null or c.district_id = $2)
             and ($3::uuid is null or c.id = $3) and ($4::bigint is null or c.serial = $4)
           order by c.serial desc"#,
        which.round_id,
        which.district_id,
        which.id,
        which.serial
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| SheetCopy {
            id: r.id,
            serial: r.serial,
            round_id: r.round_id,
            district: DistrictName {
                id: r.district_id,
                name: r.district_name,
            },
            volunteer: r.volunteer.map(|j| j.0),
            recipient_name: r.recipient_name,
            recipient_body: r.recipient_body,
            people: r.people,
            typed_lines: r.typed_lines,
            printed_at: r.printed_at,
            return_due_on: r.return_due_on,
            acts: r.acts.0,
        })
        .collect())
}

/// Who stands on which line, as far as the caller may see them: `(line, member)`.
pub async fn lines(conn: &mut PgConnection, copy_id: Uuid) -> Result<Vec<(i16, Uuid)>> {
    Ok(sqlx::query!(
        r#"select line_no, member_id as "member_id!" from print_copy_line where copy_id = $1 order by line_no"#,
        copy_id
    )
    .map(|r| (r.line_no, r.member_id))
    .fetch_all(conn)
    .await?)
}

/// On which ground, and for what, a copy was made.
pub async fn terms(conn: &mut PgConnection, copy_id: Uuid) -> Result<(String, String)> {
    Ok(sqlx::query!(
        "select legal_ground, purpose from print_copy where id = $1",
        copy_id
    )
    .map(|r| (r.legal_ground, r.purpose))
    .fetch_one(conn)
    .await?)
}

/// Write down what became of a copy; saying it twice is saying it once. False: the id belongs to another.
pub async fn insert_act(
    conn: &mut PgConnection,
    id: Uuid,
    copy_id: Uuid,
    kind: SheetActKind,
    note: &str,
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<bool> {
    sqlx::query!(
        "insert into print_copy_act (id, copy_id, kind, note, by_id, at) values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing",
        id,
        copy_id,
        kind.as_str(),
        note,
        by,
        at
    )
    .execute(&mut *conn)
    .await?;
    Ok(sqlx::query_scalar!(
        r#"select exists (select from print_copy_act where id = $1 and copy_id = $2) as "is!""#,
        id,
        copy_id
    )
    .fetch_one(conn)
    .await?)
}

/// A volunteer who serves the district.
pub async fn walker(
    conn: &mut PgConnection,
    id: Uuid,
    district_id: Uuid,
) -> Result<Option<(Walker, String)>> {
    Ok(sqlx::query!(
        "select v.id, v.name, v.body from volunteer v join volunteer_district vd on vd.volunteer_id = v.id
         where v.id = $1 and vd.district_id = $2",
        id,
        district_id
    )
    .map(|r| {
        (
            Walker {
                id: r.id,
                name: r.name,
            },
            r.body,
        )
    })
    .fetch_optional(conn)
    .await?)
}

/// Who may have walked in a district.
pub async fn walkers(conn: &mut PgConnection, district_id: Uuid) -> Result<Vec<Walker>> {
    Ok(sqlx::query_as!(
        Walker,
        "select v.id, v.name from volunteer v join volunteer_district vd on vd.volunteer_id = v.id
         where vd.district_id = $1 and v.ended_on is null order by v.name_kana, v.name, v.id",
        district_id
    )
    .fetch_all(conn)
    .await?)
}
