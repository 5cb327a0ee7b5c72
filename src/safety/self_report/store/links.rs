//! Whom a link can reach, and the links themselves. Runs as `m_job` or `m_hq_staff`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::Lang;
use super::super::choose::{Asked, Contact, Reach};
use crate::problem::Result;

struct Row {
    member_id: Uuid,
    person_id: Uuid,
    home: Uuid,
    is_protected: bool,
    contact_id: Option<Uuid>,
    address: Option<String>,
    is_family: Option<bool>,
    is_foreign: bool,
}

impl From<Row> for Reach {
    fn from(row: Row) -> Self {
        Self {
            member_id: row.member_id,
            person_id: row.person_id,
            home: row.home,
            is_protected: row.is_protected,
            contact: match (row.contact_id, row.address) {
                (Some(id), Some(address)) => Some(Contact {
                    id,
                    address,
                    is_family: row.is_family.unwrap_or_default(),
                }),
                _ => None,
            },
            lang: match row.is_foreign {
                true => Lang::JaEasy,
                false => Lang::Ja,
            },
        }
    }
}

/// The members of a round in scope, once per mail address on record.
pub async fn reaches(conn: &mut PgConnection, round_id: Uuid) -> Result<Vec<Reach>> {
    reaches_in(conn, round_id, None).await
}

/// The same; with `within`, those of these districts.
pub async fn reaches_in(
    conn: &mut PgConnection,
    round_id: Uuid,
    within: Option<&[Uuid]>,
) -> Result<Vec<Reach>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select m.id as member_id, p.id as person_id, coalesce(m.household_id, p.id) as "home!", p.is_protected,
                  c.id as "contact_id?", c.value as "address?", c.holder <> '' as is_family,
                  p.nationality not in ('', '日本') as "is_foreign!"
           from round_member m
           join person p on p.id = m.person_id
           left join contact c on c.person_id = p.id and c.kind = 'mail' and c.ended_on is null
           where m.round_id = $1 and m.out_of_scope_reason is null and ($2::uuid[] is null or m.district_id = any($2))
           order by m.id, c.id"#,
        round_id,
        within as Option<&[Uuid]>
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Reach::from).collect())
}

/// Everybody on the roster of a drill's districts, once per mail address on record.
pub async fn drill_reaches(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<Reach>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select p.id as "member_id!", p.id as "person_id!", coalesce(p.household_id, p.id) as "home!",
                  p.is_protected as "is_protected!", c.id as "contact_id?", c.value as "address?", c.holder <> '' as is_family,
                  p.nationality not in ('', '日本') as "is_foreign!"
           from drill_district dd
           join person p on p.district_id = dd.district_id and p.status = 'resident'
           join support_resident s on s.person_id = p.id and s.delisted_on is null
           join contact c on c.person_id = p.id and c.kind = 'mail' and c.ended_on is null
           where dd.event_id = $1
           order by p.id, c.id"#,
        event_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Reach::from).collect())
}

/// The members and contacts of a round that have a link.
pub async fn linked(conn: &mut PgConnection, round_id: Uuid) -> Result<HashSet<(Uuid, Uuid)>> {
    Ok(sqlx::query!(
        r#"select member_id, contact_id as "contact_id!" from self_report_link
           where round_id = $1 and revoked_at is null and contact_id is not null"#,
        round_id
    )
    .map(|r| (r.member_id, r.contact_id))
    .fetch_all(conn)
    .await?
    .into_iter()
    .collect())
}

/// Those of the round of whom something is known already.
pub async fn answered(conn: &mut PgConnection, round_id: Uuid) -> Result<HashSet<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from round_member where round_id = $1 and bucket not in ('unchecked', 'tried')",
        round_id
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .collect())
}

/// A link to be made.
pub struct NewLink<'a> {
    pub id: Uuid,
    pub asked: &'a Asked,
    pub token_hmac: Vec<u8>,
    pub token_sealed: Vec<u8>,
    pub made_at: DateTime<Utc>,
    pub made_by: Option<Uuid>,
    pub expires_at: DateTime<Utc>,
}

/// Make links: one statement, whatever their number.
pub async fn insert(conn: &mut PgConnection, round_id: Uuid, links: &[NewLink<'_>]) -> Result<()> {
    macro_rules! column {
        ($link:ident => $value:expr) => {
            &links.iter().map(|$link| $value).collect::<Vec<_>>()
        };
    }
    sqlx::query!(
        "insert into self_report_link (id, round_id, member_id, contact_id, speaks_as, lang, for_household, token_hmac, token_sealed,
                                       made_at, made_by, expires_at)
         select n.id, $1, n.member_id, n.contact_id, n.speaks_as, n.lang, n.for_household, n.token_hmac, n.token_sealed,
                n.made_at, n.made_by, n.expires_at
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::boolean[], $8::bytea[], $9::bytea[],
                     $10::timestamptz[], $11::uuid[], $12::timestamptz[])
              as n(id, member_id, contact_id, speaks_as, lang, for_household, token_hmac, token_sealed, made_at, made_by, expires_at)",
        round_id,
        column!(l => l.id),
        column!(l => l.asked.member_id),
        column!(l => l.asked.contact_id),
        column!(l => l.asked.speaks_as.as_str().to_owned()),
        column!(l => l.asked.lang.as_str().to_owned()),
        column!(l => l.asked.for_household),
        column!(l => l.token_hmac.clone()),
        column!(l => l.token_sealed.clone()),
        column!(l => l.made_at),
        column!(l => l.made_by) as &[Option<Uuid>],
        column!(l => l.expires_at),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Links of people who came under protection, or whose address was taken off the roster, are void. Runs as `m_job`.
pub async fn revoke_stale(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query!(
        "update self_report_link l set revoked_at = $1
         from safety_round r, round_member m, person p
         where r.id = l.round_id and r.closed_at is null and m.id = l.member_id and p.id = m.person_id
           and l.revoked_at is null
           and (p.is_protected or l.contact_id is null
                or exists (select from contact c where c.id = l.contact_id and c.ended_on is not null))",
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
