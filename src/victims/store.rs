//! Reading the registry.

use sqlx::PgConnection;
use uuid::Uuid;

use super::entry::{Source, Victim, VictimLine, Whereabouts};
use crate::accounts::DistrictName;
use crate::problem::Result;
use crate::text::kana;

/// What a search is for.
#[derive(Debug, Default)]
pub struct Sought {
    pub query: Option<String>,
    pub district: Option<Uuid>,
    pub without_contact: bool,
    pub without_assistance: bool,
    pub id: Option<Uuid>,
    /// The last number of the page before.
    pub after: Option<i32>,
}

/// Up to `limit` entries of a disaster, by number.
pub async fn search(
    conn: &mut PgConnection,
    event_id: Uuid,
    sought: &Sought,
    limit: i64,
) -> Result<Vec<VictimLine>> {
    let query = sought
        .query
        .as_deref()
        .map(str::trim)
        .filter(|q| !q.is_empty());
    let pattern = |key: String| format!("%{}%", key.replace(['%', '_', '\\'], ""));
    let name = query.map(|q| pattern(kana::search_key(q)));
    let reading = query.map(|q| pattern(kana::kana_key(q)));
    Ok(sqlx::query!(
        r#"select v.id, v.number, v.person_id, v.name, v.name_kana, v.birth_on, v.sex, v.district_id, d.name as district_name,
                  v.special_care, v.has_contact, v.is_protected,
                  (select count(*) from assistance_record a where a.entry_id = v.id
                     and not exists (select from assistance_record x where x.corrects = a.id)) as "assistance!",
                  w.whereabouts as "whereabouts?", s.name as "place?", w.since as "since?",
                  array(select distinct t.kind from victim_source t where t.entry_id = v.id order by 1) as "sources!: Vec<String>"
           from victim_entry v
           join district d on d.id = v.district_id
           left join lateral (select w.whereabouts, w.site_id, w.since from victim_whereabouts w where w.entry_id = v.id
                                and not exists (select from victim_whereabouts x where x.corrects = w.id)
                              order by w.since desc, w.recorded_at desc limit 1) w on true
           left join site s on s.id = w.site_id
           where v.event_id = $1 and v.removed_at is null
             and ($2::text is null or v.name_key like $2 or v.kana_key like $3)
             and ($4::uuid is null or v.district_id = $4)
             and (not $5 or not v.has_contact)
             and (not $6 or not exists (select from assistance_record a where a.entry_id = v.id))
             and ($7::uuid is null or v.id = $7)
             and ($8::integer is null or v.number > $8)
           order by v.number
           limit $9"#,
        event_id,
        name,
        reading,
        sought.district,
        sought.without_contact,
        sought.without_assistance,
        sought.id,
        sought.after,
        limit
    )
    .map(|r| VictimLine {
        id: r.id,
        number: r.number,
        person_id: r.person_id,
        name: r.name,
        name_kana: r.name_kana,
        birth_on: r.birth_on,
        sex: r.sex,
        district: DistrictName {
            id: r.district_id,
            name: r.district_name,
        },
        special_care: r.special_care,
        has_contact: r.has_contact,
        assistance: r.assistance,
        whereabouts: r.whereabouts,
        place: r.place,
        whereabouts_since: r.since,
        sources: r.sources,
        is_protected: r.is_protected,
    })
    .fetch_all(conn)
    .await?)
}

/// Everything about one entry.
pub async fn victim(conn: &mut PgConnection, id: Uuid) -> Result<Victim> {
    let row = sqlx::query!(
        "select event_id, birth_text, registered_address, actual_residence, special_care_reasons, phones, household_label,
                relationship, made_at, version
         from victim_entry where id = $1 and removed_at is null",
        id
    )
    .fetch_one(&mut *conn)
    .await?;
    let sought = Sought {
        id: Some(id),
        ..Sought::default()
    };
    let line = search(conn, row.event_id, &sought, 1)
        .await?
        .pop()
        .ok_or(crate::problem::Problem::NotFound)?;
    let taken_from = sqlx::query_as!(
        Source,
        "select kind, taken_at from victim_source where entry_id = $1 order by taken_at, kind",
        id
    )
    .fetch_all(&mut *conn)
    .await?;
    let history = sqlx::query_as!(
        Whereabouts,
        r#"select w.whereabouts, s.name as "place?", w.since, w.source_kind, w.recorded_at
           from victim_whereabouts w left join site s on s.id = w.site_id
           where w.entry_id = $1 and not exists (select from victim_whereabouts x where x.corrects = w.id)
           order by w.since desc, w.recorded_at desc"#,
        id
    )
    .fetch_all(conn)
    .await?;
    Ok(Victim {
        line,
        event_id: row.event_id,
        birth_text: row.birth_text,
        registered_address: row.registered_address,
        actual_residence: row.actual_residence,
        special_care_reasons: row.special_care_reasons,
        phones: row.phones,
        household_label: row.household_label,
        relationship: row.relationship,
        made_at: row.made_at,
        version: row.version,
        taken_from,
        history,
    })
}
