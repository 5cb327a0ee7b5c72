//! Reading who was received. Who is shown is decided by the role of the transaction.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::operations::evacuee::{Evacuee, PlaceName};
use crate::operations::stay::Place;
use crate::problem::Result;
use crate::safety::evidence::word;
use crate::text::kana;

/// What a search is for.
#[derive(Debug, Default)]
pub struct Sought {
    /// Part of a name or reading.
    pub query: Option<String>,
    pub site: Option<Uuid>,
    pub is_present: Option<bool>,
    pub is_contested: bool,
    pub ids: Option<Vec<Uuid>>,
    pub after: Option<Uuid>,
}

/// Up to `limit` people received in the event, by id (in the order in which they were first received, mostly).
pub async fn search(
    conn: &mut PgConnection,
    event_id: Uuid,
    sought: &Sought,
    limit: i64,
) -> Result<Vec<Evacuee>> {
    let (name, reading) = kana::like_patterns(sought.query.as_deref());
    let rows = sqlx::query!(
        r#"select e.id, e.person_id, coalesce(nullif(e.name, ''), p.name, '') as "name!",
                  coalesce(nullif(e.name_kana, ''), p.name_kana, '') as "name_kana!", coalesce(e.birth_on, p.birth_on) as birth_on,
                  e.birth_text, coalesce(e.sex, p.sex) as sex, coalesce(nullif(e.address, ''), r.address, '') as "address!", e.phone,
                  case when e.help_needed = '{}' then coalesce(l.help_needed, '{}') else e.help_needed end as "help_needed!",
                  e.party_id, e.site_id, s.name as "site_name?", e.stay_type, e.is_present, e.since, e.is_contested,
                  e.state -> 'also_at' as also_at, a.name as "also_name?",
                  coalesce((e.state ->> 'is_out_tonight')::boolean, false) as "is_out_tonight!",
                  (e.is_protected or evacuee_is_protected(e.id, e.person_id)) as "is_protected!"
           from evacuee e
           left join person p on p.id = e.person_id
           left join support_resident l on l.person_id = p.id
           left join lateral (select address from residence r where r.person_id = p.id and r.valid_to is null order by r.kind limit 1) r
               on true
           left join site s on s.id = e.site_id
           left join site a on a.id = (e.state -> 'also_at' ->> 'site_id')::uuid
           where e.event_id = $1
             and ($2::text is null or e.name_key like $2 or e.kana_key like $3 or p.name_key like $2 or p.kana_key like $3)
             and ($4::uuid is null or e.site_id = $4)
             and ($5::boolean is null or e.is_present = $5)
             and (not $6 or e.is_contested)
             and ($7::uuid[] is null or e.id = any($7))
             and ($8::uuid is null or e.id > $8)
           order by e.id
           limit $9"#,
        event_id,
        name,
        reading,
        sought.site,
        sought.is_present,
        sought.is_contested,
        sought.ids.as_deref(),
        sought.after,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let also: Option<Place> = match r.also_at {
                Some(value) => serde_json::from_value(value).map_err(anyhow::Error::from)?,
                None => None,
            };
            let stay_type = r.stay_type.as_deref().map(word).transpose()?;
            Ok(Evacuee {
                id: r.id,
                person_id: r.person_id,
                name: r.name,
                name_kana: r.name_kana,
                birth_on: r.birth_on,
                birth_text: r.birth_text,
                sex: r.sex,
                address: r.address,
                phone: r.phone,
                help_needed: r.help_needed,
                party_id: r.party_id,
                place: stay_type
                    .filter(|_| r.is_present)
                    .map(|stay_type| PlaceName {
                        site_id: r.site_id,
                        name: r.site_name,
                        stay_type,
                    }),
                since: r.since,
                is_out_tonight: r.is_out_tonight,
                is_contested: r.is_contested,
                also_at: also.map(|place| PlaceName {
                    site_id: place.site_id,
                    name: r.also_name,
                    stay_type: place.stay_type,
                }),
                is_protected: r.is_protected,
            })
        })
        .collect()
}

/// Of these people, those whom the caller may see.
pub async fn people_in_sight(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    Ok(
        sqlx::query_scalar!("select id from person where id = any($1)", ids)
            .fetch_all(conn)
            .await?,
    )
}

/// Of these people received in the event, those whom the caller may see.
pub async fn evacuees_in_sight(
    conn: &mut PgConnection,
    event_id: Uuid,
    ids: &[Uuid],
) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from evacuee where event_id = $1 and id = any($2)",
        event_id,
        ids
    )
    .fetch_all(conn)
    .await?)
}

/// The event in which somebody was received.
pub async fn event_of(conn: &mut PgConnection, id: Uuid) -> Result<Uuid> {
    Ok(
        sqlx::query_scalar!("select event_id from evacuee where id = $1", id)
            .fetch_one(conn)
            .await?,
    )
}
