//! SQL of binding a round begun on the spot. The act runs as staff, filing and linking as `m_ingest`.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::events::EventKind;
use crate::field::facts::DeviceFacts;
use crate::problem::{OnConstraint, Problem, Result};

/// A binding that stands, as far as filing needs it.
pub struct Binding {
    pub id: Uuid,
    pub from_round_id: Uuid,
    pub to_round_id: Uuid,
    pub bound_by: Uuid,
}

/// The standing bindings of the rounds that these items name.
pub async fn standing_for(conn: &mut PgConnection, items: &[Uuid]) -> Result<Vec<Binding>> {
    Ok(sqlx::query_as!(
        Binding,
        "select b.id, b.from_round_id, b.to_round_id, b.bound_by from round_binding b
         where b.undone_at is null and b.from_round_id::text in (
             select s.payload ->> 'round_id' from sync_item s where s.id = any($1) and s.kind = 'observation')
         order by b.id",
        items
    )
    .fetch_all(conn)
    .await?)
}

/// An observation that waits for its round.
pub struct WaitingItem {
    pub id: Uuid,
    pub device_id: Uuid,
    pub device_seq: Option<i64>,
    pub observed_at: DateTime<Utc>,
    pub clock_offset_ms: i64,
    pub payload: Value,
    pub principal: String,
    pub volunteer_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub districts: Vec<Uuid>,
}

/// What was said in the round and is not filed yet. Revoked phones' words wait for a human, as everywhere.
pub async fn waiting_for(conn: &mut PgConnection, round_id: Uuid) -> Result<Vec<WaitingItem>> {
    Ok(sqlx::query_as!(
        WaitingItem,
        r#"select s.id, d.id as device_id, s.device_seq, s.observed_at as "observed_at!", s.clock_offset_ms, s.payload as "payload!",
                  d.principal, d.volunteer_id, d.account_id,
                  coalesce((select array_agg(vd.district_id) from volunteer_district vd where vd.volunteer_id = d.volunteer_id),
                           (select array_agg(ad.district_id) from account_district ad where ad.account_id = d.account_id),
                           '{}') as "districts!"
           from sync_item s join device d on d.id = s.device_id
           where s.reason in ('unknown_round', 'unknown_member') and s.kind = 'observation' and s.payload ->> 'round_id' = $1
             and d.revoked_at is null and not exists (select from observation o where o.id = s.id or o.adopted_from = s.id)
           order by s.observed_at, s.id"#,
        round_id.to_string()
    )
    .fetch_all(conn)
    .await?)
}

/// A member of this round by her id.
pub async fn member_of(conn: &mut PgConnection, round_id: Uuid, id: Uuid) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from round_member where round_id = $1 and id = $2",
        round_id,
        id
    )
    .fetch_optional(conn)
    .await?)
}

/// The member for a person of the phone's standby list: made under `key` when absent. Nobody when the phone had no business
/// with that person.
pub async fn person_in(
    conn: &mut PgConnection,
    round_id: Uuid,
    person_id: Uuid,
    key: Uuid,
    device: &DeviceFacts,
) -> Result<Option<Uuid>> {
    sqlx::query!(
        "insert into round_member (id, round_id, kind, person_id, household_id, district_id)
         select $2, $3, 'person', p.id, p.household_id, p.district_id from person p
         where p.id = $1 and (p.district_id = any($4) or exists (
             select from standing_contact c where c.person_id = p.id and c.volunteer_id = $5))
         on conflict do nothing",
        person_id,
        key,
        round_id,
        &device.districts,
        device.volunteer_id
    )
    .execute(&mut *conn)
    .await?;
    Ok(sqlx::query_scalar!(
        "select id from round_member where round_id = $1 and person_id = $2",
        round_id,
        person_id
    )
    .fetch_optional(conn)
    .await?)
}

/// Members of a round that speak for nobody yet.
pub async fn unlinked(conn: &mut PgConnection, round_id: Uuid) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select m.id from round_member m where m.round_id = $1
           and not exists (select from member_link l where l.from_member_id = m.id and l.undone_at is null)
         order by m.id",
        round_id
    )
    .fetch_all(conn)
    .await?)
}

/// Whoever counts for a member: herself, or whom she was matched with.
pub async fn stands_for(conn: &mut PgConnection, member_id: Uuid) -> Result<Uuid> {
    let linked = sqlx::query_scalar!(
        "select to_member_id from member_link where from_member_id = $1 and undone_at is null",
        member_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(linked.unwrap_or(member_id))
}

pub async fn insert_link(
    conn: &mut PgConnection,
    binding: &Binding,
    from: Uuid,
    to: Uuid,
    id: Uuid,
) -> Result<()> {
    sqlx::query!(
        "insert into member_link (id, kind, from_member_id, from_round_id, to_member_id, to_round_id, binding_id, linked_by)
         values ($1, 'bind', $2, $3, $4, $5, $6, $7) on conflict do nothing",
        id,
        from,
        binding.from_round_id,
        to,
        binding.to_round_id,
        binding.id,
        binding.bound_by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Both ends of a binding's links, undone or not.
pub async fn touched(conn: &mut PgConnection, binding: &Binding) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        r#"select from_member_id as "id!" from member_link where binding_id = $1
           union select to_member_id from member_link where binding_id = $1"#,
        binding.id
    )
    .fetch_all(conn)
    .await?)
}

/// A round's start as a phone said it.
pub struct StartItem {
    pub device_id: Option<Uuid>,
    pub payload: Value,
    pub observed_at: DateTime<Utc>,
}

/// A round's start; one at a time is bound.
pub async fn start_item(conn: &mut PgConnection, id: Uuid) -> Result<StartItem> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('bind ' || $1::text, 0))",
        id.to_string()
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(sqlx::query_as!(
        StartItem,
        r#"select device_id, payload as "payload!", coalesce(observed_at, recorded_at) as "observed_at!"
           from sync_item where id = $1 and kind = 'round_start' and disposition = 'stored'"#,
        id
    )
    .fetch_one(conn)
    .await?)
}

/// Headquarters' round to bind to: its event and that event's kind; not a standing, provisional or closed one.
pub async fn target(conn: &mut PgConnection, round_id: Uuid) -> Result<Option<(Uuid, EventKind)>> {
    Ok(sqlx::query!(
        "select e.id, e.kind from safety_round r join event e on e.id = r.event_id
         where r.id = $1 and not r.is_provisional and not e.is_standing",
        round_id
    )
    .map(|r| (r.id, EventKind::of(&r.kind)))
    .fetch_optional(conn)
    .await?)
}

/// What makes a phone's event and round real.
pub struct Provisional<'a> {
    pub event_id: Uuid,
    pub round_id: Uuid,
    pub kind: EventKind,
    pub name: &'a str,
    pub started_at: DateTime<Utc>,
    pub device_id: Option<Uuid>,
}

/// Make the phone's event and round, each once, and point the event at headquarters' own.
pub async fn make_real(
    conn: &mut PgConnection,
    new: &Provisional<'_>,
    to_event_id: Uuid,
) -> Result<()> {
    sqlx::query!(
        "insert into event (id, kind, name, started_at, origin_device_id, bound_to) values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do update set bound_to = excluded.bound_to where event.origin_device_id is not null",
        new.event_id,
        new.kind.as_str(),
        new.name,
        new.started_at,
        new.device_id,
        to_event_id
    )
    .execute(&mut *conn)
    .await
    .on_constraint("event_kind_fixed_check", taken)?;
    sqlx::query!(
        "insert into safety_round (id, event_id, name, started_at, is_provisional, escalate_tries, escalate_minutes, hand_over_minutes)
         values ($1, $2, $3, $4, true, null, null, null) on conflict (id) do nothing",
        new.round_id,
        new.event_id,
        new.name,
        new.started_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn taken() -> Problem {
    Problem::Conflict("同じ番号の災害・訓練が別にあります。電話の記録を確かめ、審査の画面で一件ずつ取り込んでください。".into())
}

/// Record the binding; false when this very binding was recorded before.
pub async fn insert_binding(
    conn: &mut PgConnection,
    id: Uuid,
    new: &Provisional<'_>,
    (to_round_id, to_event_id): (Uuid, Uuid),
    by: Option<Uuid>,
) -> Result<bool> {
    let done = sqlx::query!(
        "insert into round_binding (id, from_round_id, from_event_id, from_event_kind, to_round_id, to_event_id, to_event_kind, bound_by)
         values ($1, $2, $3, $4, $5, $6, $4, $7) on conflict (id) do nothing",
        id,
        new.round_id,
        new.event_id,
        new.kind.as_str(),
        to_round_id,
        to_event_id,
        by
    )
    .execute(conn)
    .await
    .on_constraint("round_binding_from_key", || {
        Problem::Conflict("もう結びつけられています。直すときは、先に「結びつけを取り消す」を押してください。".into())
    })?;
    Ok(done.rows_affected() == 1)
}

/// Undo a binding and its links; answers the binding when it stood.
pub async fn undo(
    conn: &mut PgConnection,
    id: Uuid,
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<Option<Binding>> {
    let Some(row) = sqlx::query!(
        "update round_binding set undone_by = $2, undone_at = $3 where id = $1 and undone_at is null
         returning from_round_id, from_event_id, to_round_id, bound_by",
        id,
        by,
        at
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(None);
    };
    sqlx::query!(
        "update member_link set undone_by = $2, undone_at = $3 where binding_id = $1 and undone_at is null",
        id,
        by,
        at
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update event set bound_to = null where id = $1",
        row.from_event_id
    )
    .execute(conn)
    .await?;
    Ok(Some(Binding {
        id,
        from_round_id: row.from_round_id,
        to_round_id: row.to_round_id,
        bound_by: row.bound_by,
    }))
}

/// Whether there is such a binding at all.
pub async fn exists(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query_scalar!("select id from round_binding where id = $1", id)
        .fetch_one(conn)
        .await?;
    Ok(())
}
