//! SQL of a list of victims: compared, applied, taken back. The batch's mapping names the disaster.

use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::lock;
use crate::problem::Result;

/// Entries that the list could have named. Nothing is ended by not being named.
pub async fn existing(conn: &mut PgConnection, batch_id: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from victim_entry v join import_batch b on b.id = $1 and v.event_id = (b.mapping->>'event')::uuid
           where v.removed_at is null"#,
        batch_id
    )
    .fetch_one(conn)
    .await?)
}

/// Errors that only the database knows: a number that is nobody's, somebody alike.
pub async fn judge(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        "update import_row r set action = 'error', complaints = r.complaints || jsonb_build_object('column', '', 'is_error', true, 'message',
             format('整理番号 %s の方は台帳にいません（外された方かもしれません）。番号を確かめるか、新しい方なら「新規」と書いてください', r.extra->>'number'))
         from import_batch b
         where r.batch_id = $1 and b.id = $1 and r.action = 'pending' and r.extra ? 'number'
           and not exists (select from victim_entry v where v.event_id = (b.mapping->>'event')::uuid and v.removed_at is null
               and v.number = (r.extra->>'number')::integer)",
        batch_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update import_row r set action = 'error', complaints = r.complaints || jsonb_build_object('column', '', 'is_error', true, 'message',
             format('似た方が台帳にいます（整理番号 %s）。同じ方なら「整理番号」の列にその番号を、別の方なら「新規」と書いてください', alike.numbers))
         from (
             select o.seq, string_agg(v.number::text, '・' order by v.number) as numbers
             from import_row o join import_batch b on b.id = o.batch_id
             join victim_entry v on v.event_id = (b.mapping->>'event')::uuid and v.removed_at is null
              and case when o.incoming->>'resident_no' = v.resident_no then true
                       when o.incoming->>'resident_no' is not null and v.resident_no is not null then false
                       else v.name_key = o.extra->>'name_key' and coalesce(v.birth_on = (o.incoming->>'birth_on')::date, true) end
             where o.batch_id = $1 and o.action = 'pending' and not o.extra ? 'number' and not o.extra ? 'is_new'
             group by o.seq having count(*) > 1 or bool_and(v.resident_no is distinct from o.incoming->>'resident_no'
                                                            or o.incoming->>'resident_no' is null)) alike
         where r.batch_id = $1 and r.seq = alike.seq",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Compare the pending rows with the entries: by number, else by 宛名番号.
pub async fn compare(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        // Elsewhere without a name is no longer at the place that had one.
        "update import_row r set target_id = coalesce(p.id, r.target_id), before = p.record,
             incoming = case when p.record->>'place' <> '' and r.incoming ? 'whereabouts' and not r.incoming ? 'place'
                              and r.incoming->>'whereabouts' is distinct from p.record->>'whereabouts'
                             then r.incoming || '{\"place\": \"\"}' else r.incoming end,
             action = case when p.id is null then 'add' when p.record || r.incoming = p.record then 'same' else 'change' end
         from import_row o join import_batch b on b.id = o.batch_id
         left join lateral (
             select v.id, victim_record(v) as record from victim_entry v
             where v.event_id = (b.mapping->>'event')::uuid and v.removed_at is null and not o.extra ? 'is_new'
               and case when o.extra ? 'number' then v.number = (o.extra->>'number')::integer
                        else v.resident_no = o.incoming->>'resident_no' end
             limit 1) p on true
         where r.batch_id = $1 and r.action = 'pending' and o.batch_id = $1 and o.seq = r.seq",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many entries to be changed are no longer what the preview showed.
pub async fn stale(conn: &mut PgConnection, batch_id: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from import_row r left join victim_entry v on v.id = r.target_id
           where r.batch_id = $1 and r.action in ('change', 'revoke') and victim_record(v) is distinct from r.before"#,
        batch_id
    )
    .fetch_one(conn)
    .await?)
}

/// What these entries are now.
pub async fn present(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Uuid, Value)>> {
    let rows = sqlx::query!(
        r#"select id, victim_record(v) as "record!" from victim_entry v where id = any($1)"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.record)).collect())
}

/// Which of these entries somebody wrote on since the batch was applied: assistance, damage, where she is, consent, what was given out.
pub async fn written_on(
    conn: &mut PgConnection,
    batch_id: Uuid,
    ids: &[Uuid],
) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select v.id from victim_entry v join import_batch b on b.id = $1
         where v.id = any($2) and victim_is_written_on(v.id, b.applied_at)",
        batch_id,
        ids
    )
    .fetch_all(conn)
    .await?)
}

/// Write what the batch says: new entries with the next numbers, changed items, and records appended beside them.
pub async fn apply(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    let event_id = sqlx::query_scalar!(
        "select (mapping->>'event')::uuid from import_batch where id = $1",
        batch_id
    )
    .fetch_one(&mut *conn)
    .await?;
    if let Some(event_id) = event_id {
        lock(conn, event_id).await?;
        add(conn, batch_id, event_id).await?;
    }
    change(conn, batch_id).await?;
    sources(conn, batch_id).await?;
    damage(conn, batch_id).await?;
    whereabouts(conn, batch_id).await
}

async fn add(conn: &mut PgConnection, batch_id: Uuid, event_id: Uuid) -> Result<()> {
    sqlx::query!(
        "insert into victim_entry (id, event_id, number, resident_no, name, name_kana, name_key, kana_key, birth_on, birth_text, sex,
             registered_address, actual_residence, address_key, district_id, special_care, special_care_reasons, phones, household_label,
             relationship, certificate, is_protected, has_contact, made_by)
         select r.target_id, $2, (select coalesce(max(number), 0) from victim_entry where event_id = $2) + row_number() over (order by r.seq),
             x.resident_no, x.name, coalesce(x.name_kana, ''), r.extra->>'name_key', coalesce(r.extra->>'kana_key', ''), x.birth_on,
             coalesce(x.birth_text, r.extra->>'birth_text', ''), x.sex, coalesce(x.registered_address, ''), coalesce(x.actual_residence, ''),
             coalesce(r.extra->>'address_key', ''), coalesce(x.district_id, '00000000-0000-7000-8000-000000000000'), x.special_care,
             coalesce(x.special_care_reasons, '{}'), coalesce(x.phones, '{}'), coalesce(x.household_label, ''), coalesce(x.relationship, ''),
             coalesce(x.certificate, 'unknown'), coalesce(x.is_protected, false), coalesce(cardinality(x.phones) > 0, false),
             app_uuid('app.actor_id')
         from import_row r cross join lateral jsonb_to_record(r.incoming) as x(resident_no text, name text, name_kana text, birth_on date,
             birth_text text, sex text, registered_address text, actual_residence text, district_id uuid, special_care boolean,
             special_care_reasons text[], phones text[], household_label text, relationship text, certificate text, is_protected boolean)
         where r.batch_id = $1 and r.action = 'add'",
        batch_id,
        event_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn change(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        "update victim_entry v set resident_no = x.resident_no, name = x.name, name_kana = x.name_kana,
             name_key = coalesce(r.extra->>'name_key', v.name_key), kana_key = coalesce(r.extra->>'kana_key', v.kana_key),
             birth_on = x.birth_on, birth_text = x.birth_text, sex = x.sex, registered_address = x.registered_address,
             actual_residence = x.actual_residence, address_key = coalesce(r.extra->>'address_key', v.address_key),
             district_id = x.district_id, special_care = x.special_care, special_care_reasons = coalesce(x.special_care_reasons, '{}'),
             phones = coalesce(x.phones, '{}'), household_label = x.household_label, relationship = x.relationship,
             certificate = x.certificate, is_protected = x.is_protected, has_contact = coalesce(cardinality(x.phones) > 0, false),
             removed_why = x.removed_why, removed_at = case when x.removed_why is not null then coalesce(v.removed_at, now()) end,
             changed_at = now(), version = v.version + 1
         from import_row r cross join lateral jsonb_to_record(r.before || r.incoming) as x(resident_no text, name text, name_kana text,
             birth_on date, birth_text text, sex text, registered_address text, actual_residence text, district_id uuid, special_care boolean,
             special_care_reasons text[], phones text[], household_label text, relationship text, certificate text, is_protected boolean,
             removed_why text)
         where r.batch_id = $1 and v.id = r.target_id and r.action in ('change', 'revoke')",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn sources(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        "insert into victim_source (id, entry_id, event_id, kind, import_id, taken_by)
         select gen_random_uuid(), v.id, v.event_id, 'import', r.batch_id, app_uuid('app.actor_id')
         from import_row r join victim_entry v on v.id = r.target_id join import_batch b on b.id = r.batch_id
         where r.batch_id = $1 and r.action in ('add', 'change') and b.undo_of is null",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A list's word on the dwelling is another report. Taking the list back corrects that report: to what was before, or to nothing.
async fn damage(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        "insert into victim_damage (id, entry_id, kind, grade, reported_by, reported_at, recorded_by, corrects, is_withdrawn)
         select gen_random_uuid(), r.target_id, 'dwelling', coalesce(r.incoming->>'dwelling_damage', r.before->>'dwelling_damage'),
             case when b.undo_of is null then '取込み' else '取込みの取消し' end, now(), app_uuid('app.actor_id'),
             case when b.undo_of is not null then p.dwelling_id end, r.incoming->>'dwelling_damage' is null
         from import_row r join import_batch b on b.id = r.batch_id join victim_present p on p.entry_id = r.target_id
         where r.batch_id = $1 and r.action in ('add', 'change') and r.incoming ? 'dwelling_damage'
           and r.incoming->'dwelling_damage' is distinct from coalesce(r.before->'dwelling_damage', 'null')",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The same for where she is; the place is a shelter when one goes by that name, else words.
async fn whereabouts(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        "insert into victim_whereabouts (id, entry_id, whereabouts, site_id, words, since, source_kind, recorded_by, corrects, is_withdrawn)
         select gen_random_uuid(), said.target_id, coalesce(said.kind, said.was), s.id, case when s.id is null then said.place else '' end,
             now(), 'import', app_uuid('app.actor_id'), case when said.is_undo then said.whereabouts_id end, said.kind is null
         from (select r.target_id, p.whereabouts_id, b.undo_of is not null as is_undo, r.before->>'whereabouts' as was,
                   case when r.incoming ? 'whereabouts' then r.incoming->>'whereabouts' else r.before->>'whereabouts' end as kind,
                   case when r.incoming ? 'place' then coalesce(r.incoming->>'place', '')
                        when r.incoming->>'whereabouts' is distinct from r.before->>'whereabouts' then ''
                        else coalesce(r.before->>'place', '') end as place
               from import_row r join import_batch b on b.id = r.batch_id join victim_present p on p.entry_id = r.target_id
               where r.batch_id = $1 and r.action in ('add', 'change') and r.incoming ?| array['whereabouts', 'place']
                 and (r.incoming ? 'whereabouts' and r.incoming->'whereabouts' is distinct from coalesce(r.before->'whereabouts', 'null')
                      or r.incoming ? 'place' and r.incoming->>'place' is distinct from coalesce(r.before->>'place', ''))) said
         left join lateral (select id from site where name = said.place and said.kind = 'shelter' and revoked_on is null
                            order by kind = 'shelter' desc, kind = 'evacuation_building' desc, id limit 1) s on true
         where coalesce(said.kind, said.was) is not null and (said.kind is not null or said.whereabouts_id is not null)",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}
