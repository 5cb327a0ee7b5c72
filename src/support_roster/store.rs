//! SQL of the roster for the import pipeline: compare staged rows with the people kept, write them, take them off the roster. What a
//! row makes of a person (`change_class`) is said with what it does.

pub mod changes;
pub mod figures;
pub mod lines;
pub mod plans;
pub mod prints;

use chrono::NaiveDate;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::districts::UNDECIDED;
use crate::people::import_store as people;
use crate::problem::Result;

pub use people::apply_deaths_and_moves;

/// People on the roster.
pub async fn existing(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from support_resident where delisted_on is null"#
    )
    .fetch_one(conn)
    .await?)
}

/// Compare the pending rows with the people kept: by 宛名番号 (`resident_no`); otherwise people alike are shown to a human and never
/// merged by themselves.
pub async fn compare(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    if people::is_empty(conn).await? {
        sqlx::query!(
            "update import_row set action = 'add', change_class = 'new' where batch_id = $1 and action = 'pending'",
            batch_id
        )
        .execute(conn)
        .await?;
        return Ok(());
    }
    sqlx::query!(
        "update import_row r set target_id = p.id, before = roster_record(p)
         from person p where r.batch_id = $1 and r.action = 'pending' and p.resident_no = r.incoming->>'resident_no'",
        batch_id
    )
    .execute(&mut *conn)
    .await?;
    keep_what_is_stronger(conn, batch_id).await?;
    settle(conn, batch_id).await?;
    sqlx::query!(
        "with fresh as (
             select seq, incoming->>'resident_no' as resident_no, (incoming->>'birth_on')::date as birth_on, extra->>'name_key' as name_key,
                 coalesce(extra->>'kana_key', '') as kana_key, coalesce(extra->>'actual_address_key', extra->>'address_key', '') as address_key
             from import_row where batch_id = $1 and action = 'pending'),
         alike as (
             select f.seq, p.id from fresh f join person p on p.birth_on = f.birth_on
                 and (p.name_key = f.name_key or p.kana_key = f.kana_key and f.kana_key <> '')
             where p.resident_no is null or f.resident_no is null
             union
             select f.seq, p.id from fresh f join residence d on d.address_key = f.address_key and d.valid_to is null and f.address_key <> ''
                 join person p on p.id = d.person_id and p.name_key = f.name_key
             where p.resident_no is null or f.resident_no is null
             union
             select f.seq, p.id from fresh f join residence d on d.address_key = f.address_key and d.valid_to is null and f.address_key <> ''
                 join person p on p.id = d.person_id and p.birth_on = f.birth_on
             where f.resident_no is null),
         grouped as (select seq, array_agg(id order by id) as ids from alike group by seq)
         update import_row r set action = 'skip', extra = r.extra || jsonb_build_object('candidates', to_jsonb(g.ids)),
             complaints = r.complaints || jsonb_build_object('column', '', 'is_error', false, 'waits', true, 'message',
                 format('同じ人かもしれない人が%s人います（氏名・生年月日・住所）。同じ人か別の人かを選ぶまで取り込みません', cardinality(g.ids)))
         from grouped g where r.batch_id = $1 and r.seq = g.seq",
        batch_id
    )
    .execute(&mut *conn)
    .await?;
    // Without a number nothing proves that nobody of this name is kept yet: a human says so, of all such rows at once if need be.
    sqlx::query!(
        "update import_row set action = 'skip', complaints = complaints || jsonb_build_object('column', '', 'is_error', false, 'waits', true,
             'message', '宛名番号がなく、似た人も見つかりません。新しい人かどうかを選ぶまで取り込みません')
         where batch_id = $1 and action = 'pending' and incoming->>'resident_no' is null",
        batch_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update import_row set action = 'add', change_class = 'new' where batch_id = $1 and action = 'pending'",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a list must not overwrite: a newer or firmer word on consent, a district fixed by hand; a list that names the district kept is no
/// news. And what must not outlive a move of house: a district found for the old address.
pub(super) async fn keep_what_is_stronger(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        "update import_row r set incoming = r.incoming - 'consent' - 'consent_on',
             complaints = r.complaints || jsonb_build_object('column', '同意', 'is_error', false, 'message',
                 format('記録のほうが新しいか、拒否・撤回の記録があるため、同意は変えません（記録：%s）', r.before->>'consent'))
         where r.batch_id = $1 and r.action = 'pending' and r.before is not null and r.incoming->>'consent' <> r.before->>'consent' and (
             (r.incoming->>'consent_on')::date < (r.before->>'consent_on')::date
             or r.incoming->>'consent_on' is null and r.incoming->>'consent' in ('consented', 'not_required_by_ordinance', 'unanswered')
                 and r.before->>'consent' in ('refused', 'withdrawn'))",
        batch_id
    )
    .execute(&mut *conn)
    .await?;
    // The same word with another date, or with none, is no news.
    sqlx::query!(
        "update import_row r set incoming = r.incoming - 'consent_on'
         where r.batch_id = $1 and r.action = 'pending' and r.before is not null and r.incoming ? 'consent_on'
             and (r.incoming->>'consent_on' is null or r.incoming->>'consent' = r.before->>'consent')",
        batch_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "with doc as (
             select seq, before, incoming, before || incoming as n from import_row
             where batch_id = $1 and action = 'pending' and before is not null),
         lived as (
             select *, coalesce(nullif(before->>'actual_address', ''), before->>'address', '') as was,
                 coalesce(nullif(n->>'actual_address', ''), n->>'address', '') as is
             from doc)
         update import_row r set incoming = case
                 when l.was = l.is then r.incoming - 'district_id' - 'district_basis'
                 else r.incoming || jsonb_build_object('district_id', $2::uuid, 'district_basis', 'undecided', 'lon', null, 'lat', null) end
         from lived l where r.batch_id = $1 and r.seq = l.seq and (
             l.was = l.is and (l.before->>'district_basis' = 'hand' or l.before->'district_id' = l.incoming->'district_id')
             or l.was <> l.is and not l.incoming ? 'district_id')",
        batch_id,
        UNDECIDED
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Say of the pending rows whose person is known whether anything would change.
pub(super) async fn settle(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        "update import_row set action = case when before || incoming = before then 'same' else 'change' end,
             change_class = case when before || incoming = before then '' else roster_change_class('change', before, incoming) end
         where batch_id = $1 and action = 'pending' and before is not null",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// List the people on the roster whom the list no longer names. Who might be one of its rows is not among them.
pub async fn list_unnamed(
    conn: &mut PgConnection,
    batch_id: Uuid,
    after_seq: i64,
    today: NaiveDate,
) -> Result<()> {
    sqlx::query!(
        "insert into import_row (batch_id, seq, action, change_class, key, target_id, incoming, before)
         select $1, $2 + row_number() over (order by p.id), 'revoke', 'left', coalesce(p.resident_no, p.name), p.id,
             jsonb_build_object('is_listed', false, 'delist_reason', format('名簿に載らなくなったため（%s）', $3::date)), roster_record(p)
         from person p join support_resident s on s.person_id = p.id
         where s.delisted_on is null
             and not exists (select from import_row r where r.batch_id = $1 and r.target_id = p.id)
             and not exists (select from import_row r where r.batch_id = $1 and r.key = p.resident_no)
             and not exists (select from import_row r where r.batch_id = $1 and r.action = 'skip' and r.extra->'candidates' ? p.id::text)",
        batch_id,
        after_seq,
        today
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many people to be changed are no longer what the preview showed (deaths and moves applied ahead do not count).
pub async fn stale(conn: &mut PgConnection, batch_id: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from import_row r left join person p on p.id = r.target_id
           where r.batch_id = $1 and r.action in ('change', 'revoke')
               and roster_record(p) - 'status' - 'status_on' is distinct from r.before - 'status' - 'status_on'"#,
        batch_id
    )
    .fetch_one(conn)
    .await?)
}

/// What these people are now.
pub async fn present(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Uuid, Value)>> {
    let rows = sqlx::query!(
        r#"select id, roster_record(p) as "record!" from person p where id = any($1)"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.record)).collect())
}

/// Write what the batch says, everything or nothing.
pub async fn apply(
    conn: &mut PgConnection,
    batch_id: Uuid,
    with_ends: bool,
    today: NaiveDate,
) -> Result<()> {
    people::apply_persons(conn, batch_id).await?;
    people::apply_household_members(conn, batch_id, today).await?;
    people::apply_residences(conn, batch_id, today).await?;
    people::apply_contacts(conn, batch_id, today).await?;
    apply_listing(conn, batch_id, with_ends, today).await?;
    apply_reasons(conn, batch_id, today).await?;
    append_consents(conn, batch_id, today).await?;
    apply_standing_contacts(conn, batch_id, today).await
}

async fn apply_listing(
    conn: &mut PgConnection,
    batch_id: Uuid,
    with_ends: bool,
    today: NaiveDate,
) -> Result<()> {
    sqlx::query!(
        "insert into support_resident as s (person_id, listed_on, help_needed, help_note, other_items)
         select r.target_id, coalesce((r.extra->>'listed_on')::date, $2), coalesce(x.help_needed, '{}'), coalesce(x.help_note, ''),
             coalesce(x.other_items, '')
         from import_row r cross join lateral jsonb_to_record(coalesce(r.before, '{}') || r.incoming) as x(help_needed text[], help_note text,
             other_items text, is_listed boolean)
         where r.batch_id = $1 and r.action in ('add', 'change') and (r.action = 'add' or x.is_listed)
         on conflict (person_id) do update set help_needed = excluded.help_needed, help_note = excluded.help_note,
             other_items = excluded.other_items, delisted_on = null, delist_reason = null",
        batch_id,
        today
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update support_resident s set delisted_on = coalesce(s.delisted_on, $3), delist_reason = r.incoming->>'delist_reason'
         from import_row r
         where r.batch_id = $1 and s.person_id = r.target_id and r.incoming->'is_listed' = 'false'
             and (r.action = 'change' or r.action = 'revoke' and $2)",
        batch_id,
        with_ends,
        today
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn apply_reasons(conn: &mut PgConnection, batch_id: Uuid, today: NaiveDate) -> Result<()> {
    sqlx::query!(
        "update support_reason w set ended_on = $2
         from import_row r
         where r.batch_id = $1 and r.action = 'change' and r.incoming ? 'reasons' and w.person_id = r.target_id and w.ended_on is null
             and not r.incoming->'reasons' ? w.category",
        batch_id,
        today
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into support_reason as w (person_id, category, basis, since)
         select r.target_id, c.category, coalesce(r.extra->>'reason_basis', ''), $2
         from import_row r cross join lateral jsonb_array_elements_text(r.incoming->'reasons') as c(category)
         where r.batch_id = $1 and r.action in ('add', 'change') and (r.action = 'add' or not exists (
             select from support_reason o where o.person_id = r.target_id and o.category = c.category and o.ended_on is null))
         on conflict (person_id, category, since) do update set ended_on = null",
        batch_id,
        today
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Consent is evidence: a new row, never a changed one. Nothing is appended where the list says what is known already.
async fn append_consents(conn: &mut PgConnection, batch_id: Uuid, today: NaiveDate) -> Result<()> {
    sqlx::query!(
        "insert into consent (id, person_id, purpose, recipient_class, status, obtained_on, means, obtained_by, recorded_by)
         select gen_random_uuid(), r.target_id, 'roster', 'support_organisation', r.incoming->>'consent',
             coalesce((r.incoming->>'consent_on')::date, $2), coalesce(r.extra->>'consent_means', ''), '名簿の取込み', app_uuid('app.actor_id')
         from import_row r
         where r.batch_id = $1 and r.action in ('add', 'change') and r.incoming ? 'consent'
             and r.incoming->>'consent' <> coalesce(r.before->>'consent', 'unanswered')",
        batch_id,
        today
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn apply_standing_contacts(
    conn: &mut PgConnection,
    batch_id: Uuid,
    today: NaiveDate,
) -> Result<()> {
    sqlx::query!(
        "update standing_contact k set ended_on = $2
         from import_row r
         where r.batch_id = $1 and r.action = 'change' and r.incoming ? 'contacts' and k.person_id = r.target_id and k.ended_on is null
             and not r.incoming->'contacts' @> jsonb_build_array(jsonb_build_object('rank', k.rank, 'volunteer_id', k.volunteer_id))",
        batch_id,
        today
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into standing_contact as k (person_id, volunteer_id, rank, since)
         select r.target_id, c.volunteer_id, c.rank, $2
         from import_row r cross join lateral jsonb_to_recordset(r.incoming->'contacts') as c(rank smallint, volunteer_id uuid)
         where r.batch_id = $1 and r.action in ('add', 'change') and (r.action = 'add' or not exists (
             select from standing_contact o where o.person_id = r.target_id and o.volunteer_id = c.volunteer_id and o.ended_on is null))
         on conflict (person_id, volunteer_id, since) do update set rank = excluded.rank, ended_on = null",
        batch_id,
        today
    )
    .execute(conn)
    .await?;
    Ok(())
}
