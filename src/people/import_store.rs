//! SQL of persons, households, residences and contacts for the import pipeline: set-based, over the staged rows of a batch.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::districts::UNDECIDED;
use crate::problem::Result;

/// Whether anybody at all is kept.
pub async fn is_empty(conn: &mut PgConnection) -> Result<bool> {
    Ok(
        sqlx::query_scalar!(r#"select not exists (select from person) as "is!""#)
            .fetch_one(conn)
            .await?,
    )
}

/// Write households and persons. New ones carry at once what their consents, which follow in the same transaction, will say:
/// otherwise every one of them would be written twice.
pub async fn apply_persons(conn: &mut PgConnection, batch_id: Uuid) -> Result<()> {
    sqlx::query!(
        "insert into household (id, label)
         select distinct on (h.id) h.id, h.label from import_row r
             cross join lateral jsonb_to_record(r.incoming->'household') as h(id uuid, label text)
         where r.batch_id = $1 and r.action in ('add', 'change') and jsonb_typeof(r.incoming->'household') = 'object'
         order by h.id, r.seq
         on conflict (id) do update set label = excluded.label where household.label <> excluded.label",
        batch_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into person (id, resident_no, name, name_kana, name_key, kana_key, birth_on, birth_text, sex, district_id, household_id,
             is_protected, status, status_on, roster_consent)
         select r.target_id, x.resident_no, x.name, coalesce(x.name_kana, ''), r.extra->>'name_key', coalesce(r.extra->>'kana_key', ''),
             x.birth_on, coalesce(r.extra->>'birth_text', ''), x.sex, coalesce(x.district_id, $2), (x.household->>'id')::uuid,
             coalesce(x.is_protected, false), coalesce(x.status, 'resident'), x.status_on, coalesce(x.consent, 'unanswered')
         from import_row r cross join lateral jsonb_to_record(r.incoming) as x(resident_no text, name text, name_kana text, birth_on date,
             sex text, district_id uuid, household jsonb, is_protected boolean, status text, status_on date, consent text)
         where r.batch_id = $1 and r.action = 'add'",
        batch_id,
        UNDECIDED
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update person p set resident_no = x.resident_no, name = x.name, name_kana = x.name_kana,
             name_key = coalesce(r.extra->>'name_key', p.name_key), kana_key = coalesce(r.extra->>'kana_key', p.kana_key),
             birth_on = x.birth_on, birth_text = case when x.birth_on is distinct from p.birth_on
                 then coalesce(r.extra->>'birth_text', '') else p.birth_text end,
             sex = x.sex, district_id = x.district_id, household_id = (x.household->>'id')::uuid,
             is_protected = x.is_protected, status = x.status, status_on = x.status_on, updated_at = now()
         from import_row r cross join lateral jsonb_to_record(r.before || r.incoming) as x(resident_no text, name text, name_kana text,
             birth_on date, sex text, district_id uuid, household jsonb, is_protected boolean, status text, status_on date)
         where r.batch_id = $1 and p.id = r.target_id and r.action = 'change'",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deaths and moves only, at once. Answers who they are.
pub async fn apply_deaths_and_moves(conn: &mut PgConnection, batch_id: Uuid) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "update person p set status = x.status, status_on = x.status_on, updated_at = now()
         from import_row r cross join lateral jsonb_to_record(r.before || r.incoming) as x(status text, status_on date)
         where r.batch_id = $1 and p.id = r.target_id and r.action = 'change' and x.status in ('died', 'moved')
             and (p.status, p.status_on) is distinct from (x.status, x.status_on)
         returning p.id",
        batch_id
    )
    .fetch_all(conn)
    .await?)
}

/// Write who belongs to which household.
pub async fn apply_household_members(
    conn: &mut PgConnection,
    batch_id: Uuid,
    today: NaiveDate,
) -> Result<()> {
    sqlx::query!(
        "update household_member m set valid_to = $2
         from import_row r
         where r.batch_id = $1 and r.action = 'change' and r.incoming ? 'household' and m.person_id = r.target_id and m.valid_to is null
             and m.household_id is distinct from (r.incoming->'household'->>'id')::uuid",
        batch_id,
        today
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into household_member as m (household_id, person_id, relationship, is_householder, valid_from)
         select h.id, r.target_id, h.relationship, h.is_householder, $2 from import_row r
             cross join lateral jsonb_to_record(r.incoming->'household') as h(id uuid, relationship text, is_householder boolean)
         where r.batch_id = $1 and r.action in ('add', 'change') and jsonb_typeof(r.incoming->'household') = 'object'
             and not exists (select from household_member o where o.household_id = h.id and o.person_id = r.target_id
                 and o.valid_to is null and (o.relationship, o.is_householder) = (h.relationship, h.is_householder) and o.valid_from <> $2)
         on conflict (household_id, person_id, valid_from) do update
             set relationship = excluded.relationship, is_householder = excluded.is_householder, valid_to = null",
        batch_id,
        today
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Write addresses, points and districts: what changed is closed with today's date and begun anew.
pub async fn apply_residences(
    conn: &mut PgConnection,
    batch_id: Uuid,
    today: NaiveDate,
) -> Result<()> {
    sqlx::query!(
        "update residence c set valid_to = $2
         from import_row r cross join lateral (select r.before || r.incoming as n) doc
             cross join lateral (values ('registered', n->>'address', coalesce(n->>'actual_address', '') = ''),
                 ('actual', n->>'actual_address', coalesce(n->>'actual_address', '') <> '')) k(kind, address, is_lived)
         where r.batch_id = $1 and r.action = 'change' and c.person_id = r.target_id and c.kind = k.kind and c.valid_to is null
             and (coalesce(k.address, '') <> c.address or k.is_lived and (
                 (st_x(c.point), st_y(c.point)) is distinct from ((n->>'lon')::float8, (n->>'lat')::float8)
                 or c.district_id <> (n->>'district_id')::uuid or c.district_basis <> n->>'district_basis'))",
        batch_id,
        today
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into residence (id, person_id, kind, address, address_key, point, geocode_level, district_id, district_basis, district_reason,
             valid_from)
         select gen_random_uuid(), r.target_id, k.kind, k.address, coalesce(k.address_key, last.address_key, ''),
             case when k.is_lived and n->>'lon' is not null then st_setsrid(st_makepoint((n->>'lon')::float8, (n->>'lat')::float8), 4326) end,
             case when k.is_lived and n->>'lon' is not null then 'given' else 'none' end,
             case when k.is_lived then coalesce((n->>'district_id')::uuid, $3) else $3 end,
             case when k.is_lived then coalesce(n->>'district_basis', 'undecided') else 'undecided' end,
             coalesce(last.district_reason, ''), $2
         from import_row r cross join lateral (select coalesce(r.before, '{}') || r.incoming as n) doc
             cross join lateral (values
                 ('registered', n->>'address', r.extra->>'address_key', coalesce(n->>'actual_address', '') = ''),
                 ('actual', n->>'actual_address', r.extra->>'actual_address_key', coalesce(n->>'actual_address', '') <> ''))
                 k(kind, address, address_key, is_lived)
             left join lateral (select o.address_key, o.district_reason from residence o where r.action = 'change' and o.person_id = r.target_id
                 and o.kind = k.kind and o.address = k.address order by o.valid_from desc limit 1) last on true
         where r.batch_id = $1 and r.action in ('add', 'change') and k.address <> ''
             and (r.action = 'add' or not exists (select from residence c where c.person_id = r.target_id and c.kind = k.kind and c.valid_to is null))",
        batch_id,
        today,
        UNDECIDED
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Write telephones, emergency contacts and mail addresses: those no longer named end today.
pub async fn apply_contacts(
    conn: &mut PgConnection,
    batch_id: Uuid,
    today: NaiveDate,
) -> Result<()> {
    sqlx::query!(
        "update contact c set ended_on = $2
         from import_row r
         where r.batch_id = $1 and r.action = 'change' and c.person_id = r.target_id and c.ended_on is null and (
             c.kind in ('phone', 'mobile') and r.incoming ? 'phones'
                 and not r.incoming->'phones' @> jsonb_build_array(jsonb_build_object('kind', c.kind, 'value', c.value))
             or c.kind = 'emergency_phone' and r.incoming ? 'emergency' and not r.incoming->'emergency' @>
                 jsonb_build_array(jsonb_build_object('value', c.value, 'holder', c.holder, 'relation', c.relation))
             or c.kind = 'mail' and r.incoming ? 'mails' and not r.incoming->'mails' ? c.value)",
        batch_id,
        today
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into contact (id, person_id, kind, value, value_key, holder, relation)
         select gen_random_uuid(), r.target_id, x.kind, x.value, coalesce(r.extra->'phone_keys'->>x.value, x.value), x.holder, x.relation
         from import_row r cross join lateral (
             select p.kind, p.value, '' as holder, '' as relation from jsonb_to_recordset(r.incoming->'phones') as p(kind text, value text)
             union all
             select 'emergency_phone', e.value, e.holder, e.relation
             from jsonb_to_recordset(r.incoming->'emergency') as e(value text, holder text, relation text)
             union all
             select 'mail', m.value, '', '' from jsonb_array_elements_text(r.incoming->'mails') as m(value)) x
         where r.batch_id = $1 and r.action in ('add', 'change')
             and (r.action = 'add' or not exists (select from contact c where c.person_id = r.target_id and c.ended_on is null
                 and (c.kind, c.value, c.holder, c.relation) = (x.kind, x.value, x.holder, x.relation)))",
        batch_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// After the districts changed: place again whoever was placed by point or not at all, and whoever's district has ended.
/// Whoever stands in no district belongs to 「校区未定」. Answers who moved.
pub async fn follow_districts(conn: &mut PgConnection) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "with placed as (
             select r.id, r.person_id, (select d.id from district d where d.valid_to is null and d.kind = 'school'
                 and st_contains(d.area, r.point) order by d.id limit 1) as hit
             from residence r join district was on was.id = r.district_id
             where r.valid_to is null and (was.valid_to is not null or r.point is not null and r.district_basis in ('point', 'undecided'))
                 and r.kind = (select min(o.kind) from residence o where o.person_id = r.person_id and o.valid_to is null)),
         moved as (
             update residence r set district_id = coalesce(hit, $1), district_basis = case when hit is null then 'undecided' else 'point' end
             from placed where r.id = placed.id and r.district_id <> coalesce(hit, $1)
             returning r.person_id, r.district_id)
         update person p set district_id = moved.district_id, updated_at = now() from moved where p.id = moved.person_id returning p.id",
        UNDECIDED
    )
    .fetch_all(conn)
    .await?)
}
