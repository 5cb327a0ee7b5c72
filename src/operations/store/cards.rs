//! Cards: made in numbered printings, listed, revoked. Codes are never kept, only what recognises them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::accounts::DistrictName;
use crate::operations::card::Card;
use crate::problem::Result;

/// Somebody for whom a card can be made.
#[derive(Debug)]
pub struct Holder {
    pub id: Uuid,
    pub name: String,
}

/// Residents of the district who consented and have no valid card; with `ids` those, whatever they have.
pub async fn residents(
    conn: &mut PgConnection,
    district_id: Uuid,
    ids: Option<&[Uuid]>,
    now: DateTime<Utc>,
) -> Result<Vec<Holder>> {
    Ok(sqlx::query_as!(
        Holder,
        r#"select p.id, p.name from person p join support_resident l on l.person_id = p.id and l.delisted_on is null
           where p.district_id = $1 and p.status = 'resident' and not p.is_protected
             and p.roster_consent in ('consented', 'not_required_by_ordinance')
             and case when $2::uuid[] is null
                 then not exists (select from card c where c.person_id = p.id and c.revoked_at is null
                                  and (c.expires_at is null or c.expires_at > $3))
                 else p.id = any($2) end
           order by p.kana_key, p.id"#,
        district_id,
        ids,
        now
    )
    .fetch_all(conn)
    .await?)
}

/// Volunteers of the district who have no valid card; with `ids` those, whatever they have.
pub async fn volunteers(
    conn: &mut PgConnection,
    district_id: Uuid,
    ids: Option<&[Uuid]>,
    now: DateTime<Utc>,
) -> Result<Vec<Holder>> {
    Ok(sqlx::query_as!(
        Holder,
        r#"select v.id, v.name from volunteer v
           where exists (select from volunteer_district d where d.volunteer_id = v.id and d.district_id = $1)
             and case when $2::uuid[] is null
                 then not exists (select from card c where c.volunteer_id = v.id and c.revoked_at is null
                                  and (c.expires_at is null or c.expires_at > $3))
                 else v.id = any($2) end
           order by v.name, v.id"#,
        district_id,
        ids,
        now
    )
    .fetch_all(conn)
    .await?)
}

/// A printing to be numbered.
pub struct NewPrinting {
    pub id: Uuid,
    pub district_id: Uuid,
    pub people: i32,
    pub legal_ground: &'static str,
    pub as_of: DateTime<Utc>,
    pub printed_by: Option<Uuid>,
    pub printed_by_kind: &'static str,
}

/// Number a printing; nothing when its id is taken.
pub async fn insert_printing(conn: &mut PgConnection, new: &NewPrinting) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!(
        "insert into print_copy (id, kind, district_id, recipient_name, purpose, legal_ground, people, as_of, printed_by, printed_by_kind)
         values ($1, 'cards', $2, '受付用カードの本人', '避難所・訓練の受付', $7, $3, $4, $5, $6)
         on conflict (id) do nothing returning serial",
        new.id,
        new.district_id,
        new.people,
        new.as_of,
        new.printed_by,
        new.printed_by_kind,
        new.legal_ground
    )
    .fetch_optional(conn)
    .await?)
}

/// A card to be made.
pub struct NewCard {
    pub id: Uuid,
    pub code_hmac: Vec<u8>,
    pub digest: Vec<u8>,
    pub person_id: Option<Uuid>,
    pub volunteer_id: Option<Uuid>,
}

/// Make the cards of a printing. Older cards of the same people stop being valid.
pub async fn insert(
    conn: &mut PgConnection,
    copy_id: Uuid,
    cards: &[NewCard],
    made_by: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let people: Vec<Uuid> = cards
        .iter()
        .filter_map(|c| c.person_id.or(c.volunteer_id))
        .collect();
    sqlx::query!(
        "update card set revoked_at = $2 where revoked_at is null and (person_id = any($1) or volunteer_id = any($1))",
        &people,
        now
    )
    .execute(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = cards.iter().map(|c| c.id).collect();
    let hmacs: Vec<Vec<u8>> = cards.iter().map(|c| c.code_hmac.clone()).collect();
    let digests: Vec<Vec<u8>> = cards.iter().map(|c| c.digest.clone()).collect();
    let persons: Vec<Option<Uuid>> = cards.iter().map(|c| c.person_id).collect();
    let volunteers: Vec<Option<Uuid>> = cards.iter().map(|c| c.volunteer_id).collect();
    sqlx::query!(
        "insert into card (id, code_hmac, digest, person_id, volunteer_id, copy_id, made_by, made_at)
         select n.id, n.code_hmac, n.digest, n.person_id, n.volunteer_id, $6, $7, $8
         from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::uuid[], $5::uuid[]) as n(id, code_hmac, digest, person_id, volunteer_id)",
        &ids,
        &hmacs,
        &digests,
        &persons as &[Option<Uuid>],
        &volunteers as &[Option<Uuid>],
        copy_id,
        made_by,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Cards of a district's people, the newest first.
pub async fn cards(conn: &mut PgConnection, district_id: Uuid) -> Result<Vec<Card>> {
    let rows = sqlx::query!(
        r#"select c.id, c.person_id, c.volunteer_id, coalesce(p.name, v.name, '') as "name!", coalesce(p.name_kana, '') as "name_kana!",
                  d.id as "district_id?", d.name as "district_name?", c.made_at, c.expires_at, c.revoked_at
           from card c left join person p on p.id = c.person_id left join volunteer v on v.id = c.volunteer_id
           left join district d on d.id = p.district_id
           where p.district_id = $1
              or exists (select from volunteer_district x where x.volunteer_id = c.volunteer_id and x.district_id = $1)
           order by c.revoked_at is not null, c.made_at desc, c.id limit 1000"#,
        district_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Card {
            id: r.id,
            person_id: r.person_id,
            volunteer_id: r.volunteer_id,
            name: r.name,
            name_kana: r.name_kana,
            district: r
                .district_id
                .zip(r.district_name)
                .map(|(id, name)| DistrictName { id, name }),
            made_at: r.made_at,
            expires_at: r.expires_at,
            revoked_at: r.revoked_at,
        })
        .collect())
}

/// Revoke a card; answers whose it was.
pub async fn revoke(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let done = sqlx::query!(
        "update card set revoked_at = coalesce(revoked_at, $2) where id = $1",
        id,
        now
    )
    .execute(conn)
    .await?;
    match done.rows_affected() {
        0 => Err(crate::problem::Problem::NotFound),
        _ => Ok(()),
    }
}
