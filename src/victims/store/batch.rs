//! SQL of many entries taken over at once.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::batch::BatchSource;
use super::super::take_over::{From, Taken};
use crate::problem::{Problem, Result};

/// Many at once: what it would do, how far it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VictimBatch {
    pub id: Uuid,
    pub event_id: Uuid,
    pub source: String,
    /// `staged`, `applying`, `applied`, `undone`
    pub status: String,
    pub new: i64,
    /// There already; something is added.
    pub changed: i64,
    /// There already, with all of it.
    pub same: i64,
    /// Answers about somebody whom the roster does not know: taken at the shelter's door.
    pub nameless: i32,
    pub done: i64,
    /// What taking back left, since somebody wrote on.
    pub left: i64,
    pub made_by: Option<String>,
    pub made_at: DateTime<Utc>,
    pub applied_at: Option<DateTime<Utc>>,
    pub undone_at: Option<DateTime<Utc>>,
}

/// One of the people of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VictimBatchItem {
    pub seq: i32,
    /// `new`, `changed`, `same`
    pub action: String,
    pub name: String,
    pub name_kana: String,
    pub entry_id: Uuid,
    pub is_done: bool,
    pub left_why: Option<String>,
}

/// Fix whom a batch is about and what it would do to each.
pub async fn stage(
    conn: &mut PgConnection,
    id: Uuid,
    event_id: Uuid,
    source: BatchSource,
    by: Option<Uuid>,
) -> Result<()> {
    let nameless = match source {
        BatchSource::CheckIns => 0,
        BatchSource::Rounds => nameless(conn, event_id).await?,
    };
    let done = sqlx::query!(
        "insert into victim_batch (id, event_id, source, nameless, made_by) values ($1, $2, $3, $4, $5) on conflict (id) do nothing",
        id,
        event_id,
        source.as_str(),
        nameless,
        by
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    match source {
        BatchSource::CheckIns => stage_check_ins(conn, id, event_id).await,
        BatchSource::Rounds => stage_rounds(conn, id, event_id).await,
    }
}

/// Answers about people whom nobody matched with the roster.
async fn nameless(conn: &mut PgConnection, event_id: Uuid) -> Result<i32> {
    Ok(sqlx::query_scalar!(
        r#"select count(*)::integer as "n!" from round_member m join safety_round r on r.id = m.round_id
           where r.event_id = $1 and m.outcome is not null and m.person_id is null and m.kind <> 'facility'
             and not exists (select from member_link l where l.from_member_id = m.id and l.undone_at is null)"#,
        event_id
    )
    .fetch_one(conn)
    .await?)
}

async fn stage_check_ins(conn: &mut PgConnection, id: Uuid, event_id: Uuid) -> Result<()> {
    sqlx::query!(
        "with somebody as (
             select distinct on (coalesce(e.person_id, m.person_id, e.id)) e.id, coalesce(e.person_id, m.person_id) as person_id,
                 e.registered_at, case when e.is_present and e.stay_type is not null and e.since is not null then
                     newest_stay(e.id) end as stay_id
             from evacuee e left join evacuee_match m on m.evacuee_id = e.id and m.undone_at is null
             where e.event_id = $2 and exists (
                 select from stay_entry s where s.evacuee_id = e.id and s.act in ('check_in', 'settle') and not s.is_withdrawal
                   and not exists (select from stay_entry x where x.corrects = s.id and x.is_withdrawal))
             order by coalesce(e.person_id, m.person_id, e.id), e.is_present desc, e.registered_at desc)
         insert into victim_batch_item (batch_id, seq, action, evacuee_id, entry_id)
         select $1, row_number() over (order by b.registered_at, b.id), case when v.id is null then 'new'
                when exists (select from victim_source s where s.entry_id = v.id and s.evacuee_id = b.id)
                 and (b.stay_id is null or exists (select from victim_whereabouts w where w.entry_id = v.id and w.source_id = b.stay_id
                      and not exists (select from victim_whereabouts x where x.corrects = w.id and x.is_withdrawn
                          and not exists (select from victim_whereabouts y where y.corrects = x.id)))) then 'same'
                else 'changed' end, b.id, coalesce(v.id, gen_random_uuid())
         from somebody b left join lateral (
             select id from victim_entry v where v.event_id = $2 and v.removed_at is null
               and (v.person_id = b.person_id or v.evacuee_id = b.id) order by number limit 1) v on true",
        id,
        event_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn stage_rounds(conn: &mut PgConnection, id: Uuid, event_id: Uuid) -> Result<()> {
    sqlx::query!(
        "with somebody as (
             select distinct on (m.person_id) m.id, m.person_id, m.last_heard_at,
                    (select s.id from whereabouts_said(m.id) s) as said_id
             from round_member m join safety_round r on r.id = m.round_id
             where r.event_id = $2 and m.outcome is not null and m.person_id is not null
             order by m.person_id, m.last_heard_at desc nulls last)
         insert into victim_batch_item (batch_id, seq, action, member_id, entry_id)
         select $1, row_number() over (order by b.last_heard_at, b.id), case when v.id is null then 'new'
                when exists (select from victim_source s where s.entry_id = v.id and s.member_id = b.id)
                 and (b.said_id is null or exists (select from victim_whereabouts w where w.entry_id = v.id and w.source_id = b.said_id
                      and not exists (select from victim_whereabouts x where x.corrects = w.id and x.is_withdrawn
                          and not exists (select from victim_whereabouts y where y.corrects = x.id)))) then 'same'
                else 'changed' end, b.id, coalesce(v.id, gen_random_uuid())
         from somebody b left join lateral (
             select id from victim_entry v where v.event_id = $2 and v.removed_at is null and v.person_id = b.person_id
             order by number limit 1) v on true",
        id,
        event_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The batches of a disaster, the newest first; or the one.
pub async fn batches(
    conn: &mut PgConnection,
    event_id: Option<Uuid>,
    id: Option<Uuid>,
) -> Result<Vec<VictimBatch>> {
    Ok(sqlx::query_as!(
        VictimBatch,
        r#"select b.id, b.event_id, b.source, b.status, count(*) filter (where i.action = 'new') as "new!",
                  count(*) filter (where i.action = 'changed') as "changed!", count(*) filter (where i.action = 'same') as "same!",
                  b.nameless, count(i.done_at) as "done!", count(i.left_why) as "left!", a.name as "made_by?", b.made_at, b.applied_at,
                  b.undone_at
           from victim_batch b left join victim_batch_item i on i.batch_id = b.id left join account a on a.id = b.made_by
           where ($1::uuid is null or b.event_id = $1) and ($2::uuid is null or b.id = $2)
           group by b.id, a.name order by b.made_at desc limit 50"#,
        event_id,
        id
    )
    .fetch_all(conn)
    .await?)
}

/// A page of a batch's people; their entries' ids are what was shown.
pub async fn items(
    conn: &mut PgConnection,
    id: Uuid,
    after: i32,
    limit: i64,
) -> Result<Vec<VictimBatchItem>> {
    Ok(sqlx::query_as!(
        VictimBatchItem,
        r#"select i.seq, i.action, coalesce(p.name, nullif(e.name, ''), e.name_kana, '') as "name!",
                  coalesce(p.name_kana, e.name_kana, '') as "name_kana!", i.entry_id, i.done_at is not null as "is_done!", i.left_why
           from victim_batch_item i left join evacuee e on e.id = i.evacuee_id left join round_member m on m.id = i.member_id
           left join person p on p.id = coalesce(e.person_id, m.person_id)
           where i.batch_id = $1 and i.seq > $2 order by i.seq limit $3"#,
        id,
        after,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// The disaster and the status of a batch, locked until the transaction ends.
pub async fn hold(conn: &mut PgConnection, id: Uuid) -> Result<(Uuid, String)> {
    let row = sqlx::query!(
        "select event_id, status from victim_batch where id = $1 for update",
        id
    )
    .fetch_one(conn)
    .await?;
    Ok((row.event_id, row.status))
}

pub async fn set_status(
    conn: &mut PgConnection,
    id: Uuid,
    status: &'static str,
    by: Option<Uuid>,
) -> Result<()> {
    sqlx::query!(
        "update victim_batch set status = $2, applied_by = case when $2 = 'applied' then $3 else applied_by end,
             applied_at = case when $2 = 'applied' then now() else applied_at end,
             undone_by = case when $2 = 'undone' then $3 else undone_by end,
             undone_at = case when $2 = 'undone' then now() else undone_at end
         where id = $1",
        id,
        status,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The next people of a batch that nothing was done about: place, entry, what it is made of.
pub async fn todo(conn: &mut PgConnection, id: Uuid, limit: i64) -> Result<Vec<(i32, Uuid, From)>> {
    let rows = sqlx::query!(
        "select seq, entry_id, evacuee_id, member_id from victim_batch_item
         where batch_id = $1 and done_at is null and action <> 'same' order by seq limit $2",
        id,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let from = match (r.evacuee_id, r.member_id) {
                (Some(evacuee), _) => From::Evacuee(evacuee),
                (None, Some(member)) => From::Member(member),
                (None, None) => return Err(Problem::NotFound),
            };
            Ok((r.seq, r.entry_id, from))
        })
        .collect()
}

pub async fn set_done(conn: &mut PgConnection, id: Uuid, seq: i32, taken: &Taken) -> Result<()> {
    sqlx::query!(
        "update victim_batch_item set done_at = now(), entry_id = $3, is_new = $4, added = $5 where batch_id = $1 and seq = $2",
        id,
        seq,
        taken.id,
        taken.is_new,
        &taken.added
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Take back what a batch made, unless somebody wrote on; answers the entries that were changed.
pub async fn undo(conn: &mut PgConnection, id: Uuid, by: Option<Uuid>) -> Result<Vec<Uuid>> {
    sqlx::query!(
        "update victim_batch_item i set left_why = '作ったあとに、だれかが書き加えています'
         from victim_entry v
         where i.batch_id = $1 and i.is_new and v.id = i.entry_id and v.removed_at is null
           and (v.version > 1 or victim_is_written_on(v.id, i.done_at))",
        id
    )
    .execute(&mut *conn)
    .await?;
    let mut entries = sqlx::query_scalar!(
        "update victim_entry v set removed_at = now(), removed_why = 'まとめて入れた記録を取り消したため', changed_at = now(),
             version = v.version + 1
         from victim_batch_item i
         where i.batch_id = $1 and i.is_new and i.left_why is null and v.id = i.entry_id and v.removed_at is null returning v.id",
        id
    )
    .fetch_all(&mut *conn)
    .await?;
    let withdrawn = sqlx::query_scalar!(
        "insert into victim_whereabouts (id, entry_id, whereabouts, site_id, words, since, source_kind, recorded_by, corrects, is_withdrawn)
         select gen_random_uuid(), w.entry_id, w.whereabouts, w.site_id, w.words, w.since, w.source_kind, $2, w.id, true
         from victim_batch_item i join victim_whereabouts w on w.id = any (i.added)
         where i.batch_id = $1 and not i.is_new and not exists (select from victim_whereabouts x where x.corrects = w.id)
         returning entry_id",
        id,
        by
    )
    .fetch_all(&mut *conn)
    .await?;
    entries.extend(withdrawn);
    sqlx::query!(
        "update victim_batch_item set undone_at = now() where batch_id = $1 and done_at is not null and left_why is null",
        id
    )
    .execute(conn)
    .await?;
    Ok(entries)
}
