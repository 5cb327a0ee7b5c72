//! Reading the registry.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::entry::{HouseholdMember, Source, Victim, VictimChange, VictimLine};
use super::records;
use crate::accounts::DistrictName;
use crate::data_keys::{DataPurpose, data_key};
use crate::keys::Keys;
use crate::problem::{Problem, Result};
use crate::text::kana;

/// What a search is for.
#[derive(Debug, Default, Clone)]
pub struct Sought {
    pub query: Option<String>,
    pub district: Option<Uuid>,
    pub certificate: Option<String>,
    /// `unsaid`: nobody said.
    pub whereabouts: Option<String>,
    pub dwelling: Option<String>,
    pub without_contact: bool,
    pub without_assistance: bool,
    /// Those taken out of the registry instead of those in it.
    pub is_removed: bool,
    /// Of these only.
    pub ids: Option<Vec<Uuid>>,
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
    let (name, reading) = kana::like_patterns(sought.query.as_deref());
    let number = sought
        .query
        .as_deref()
        .and_then(|q| q.trim().parse::<i32>().ok());
    Ok(sqlx::query!(
        r#"select v.id, v.number, v.person_id, v.name, v.name_kana, v.birth_on, v.sex, v.district_id, d.name as district_name,
                  v.household_label, v.relationship, v.certificate, v.special_care, v.has_contact, v.is_protected,
                  p.assistance as "assistance!", p.dwelling_grade, p.whereabouts, p.place, p.since,
                  array(select distinct t.kind from victim_source t where t.entry_id = v.id order by 1) as "sources!: Vec<String>"
           from victim_entry v
           join district d on d.id = v.district_id
           join victim_present p on p.entry_id = v.id
           where v.event_id = $1 and (v.removed_at is not null) = $2
             and ($3::text is null or v.name_key like $3 or v.kana_key like $4 or v.number = $5)
             and ($6::uuid is null or v.district_id = $6)
             and (not $7 or not v.has_contact)
             and (not $8 or p.assistance = 0)
             and ($9::text is null or v.certificate = $9)
             and ($10::text is null or coalesce(p.whereabouts, 'unsaid') = $10)
             and ($11::text is null or coalesce(p.dwelling_grade, 'unsaid') = $11)
             and ($12::uuid[] is null or v.id = any($12))
             and ($13::integer is null or v.number > $13)
           order by v.number
           limit $14"#,
        event_id,
        sought.is_removed,
        name,
        reading,
        number,
        sought.district,
        sought.without_contact,
        sought.without_assistance,
        sought.certificate,
        sought.whereabouts,
        sought.dwelling,
        sought.ids.as_deref(),
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
        household_label: r.household_label,
        relationship: r.relationship,
        special_care: r.special_care,
        has_contact: r.has_contact,
        assistance: r.assistance,
        certificate: r.certificate,
        dwelling_damage: r.dwelling_grade,
        whereabouts: r.whereabouts,
        place: r.place,
        whereabouts_since: r.since,
        sources: r.sources,
        is_protected: r.is_protected,
    })
    .fetch_all(conn)
    .await?)
}

/// Everything about one entry, also one that was removed.
pub async fn victim(conn: &mut PgConnection, keys: &Keys, id: Uuid) -> Result<Victim> {
    let row = sqlx::query!(
        "select event_id, resident_no, birth_text, registered_address, actual_residence, special_care_reasons, phones, note_sealed,
                party_id, made_at, version, removed_at, removed_why
         from victim_entry where id = $1",
        id
    )
    .fetch_one(&mut *conn)
    .await?;
    let sought = Sought {
        ids: Some(vec![id]),
        is_removed: row.removed_at.is_some(),
        ..Sought::default()
    };
    let line = search(conn, row.event_id, &sought, 1)
        .await?
        .pop()
        .ok_or(Problem::NotFound)?;
    let (note, note_is_gone) = note(conn, keys, row.event_id, id, row.note_sealed).await?;
    let taken_from = sqlx::query_as!(
        Source,
        "select kind, taken_at from victim_source where entry_id = $1 order by taken_at, kind",
        id
    )
    .fetch_all(&mut *conn)
    .await?;
    Ok(Victim {
        line,
        event_id: row.event_id,
        resident_no: row.resident_no,
        birth_text: row.birth_text,
        registered_address: row.registered_address,
        actual_residence: row.actual_residence,
        special_care_reasons: row.special_care_reasons,
        phones: row.phones,
        note,
        note_is_gone,
        made_at: row.made_at,
        version: row.version,
        removed_at: row.removed_at,
        removed_why: row.removed_why,
        taken_from,
        household: household(conn, id, row.party_id).await?,
        history: records::whereabouts(conn, id).await?,
        damage: records::damage(conn, id).await?,
        assistance_records: records::assistance(conn, id).await?,
        consents: records::consents(conn, id).await?,
        disclosures: records::disclosures(conn, id).await?,
    })
}

/// The note in plain text; whether its key was destroyed.
async fn note(
    conn: &mut PgConnection,
    keys: &Keys,
    event_id: Uuid,
    id: Uuid,
    sealed: Option<Vec<u8>>,
) -> Result<(Option<String>, bool)> {
    let Some(sealed) = sealed else {
        return Ok((None, false));
    };
    match data_key(conn, keys, DataPurpose::Victim, event_id).await {
        Ok(key) => {
            let plain = key.open(id, &sealed)?;
            let text = String::from_utf8(plain).map_err(|e| Problem::Internal(e.into()))?;
            Ok((Some(text), false))
        }
        Err(Problem::Gone(_)) => Ok((None, true)),
        Err(problem) => Err(problem),
    }
}

async fn household(
    conn: &mut PgConnection,
    id: Uuid,
    party_id: Option<Uuid>,
) -> Result<Vec<HouseholdMember>> {
    Ok(sqlx::query_as!(
        HouseholdMember,
        "select v.id, v.number, v.name, v.relationship, p.whereabouts, p.place
         from victim_entry v join victim_present p on p.entry_id = v.id
         where v.party_id = $2 and v.id <> $1 and v.removed_at is null and not v.is_protected
           and v.event_id = (select event_id from victim_entry where id = $1)
         order by v.number",
        id,
        party_id
    )
    .fetch_all(conn)
    .await?)
}

/// Every change of an entry, the newest first.
pub async fn changes(conn: &mut PgConnection, id: Uuid) -> Result<Vec<VictimChange>> {
    Ok(sqlx::query_as!(
        VictimChange,
        r#"select c.id, c.field, c.before, c.after, a.name as "changed_by?", c.changed_at
           from victim_change c left join account a on a.id = c.changed_by
           where c.entry_id = $1 and c.before is distinct from c.after or (c.entry_id = $1 and c.field = 'note_sealed')
           order by c.changed_at desc, c.id desc limit 500"#,
        id
    )
    .fetch_all(conn)
    .await?)
}

/// The disaster of an entry.
pub async fn event_of(conn: &mut PgConnection, id: Uuid) -> Result<Uuid> {
    Ok(
        sqlx::query_scalar!("select event_id from victim_entry where id = $1", id)
            .fetch_one(conn)
            .await?,
    )
}

/// Why an entry is out of the registry, if it is.
pub async fn removed(conn: &mut PgConnection, id: Uuid) -> Result<Option<String>> {
    Ok(
        sqlx::query_scalar!("select removed_why from victim_entry where id = $1", id)
            .fetch_one(conn)
            .await?,
    )
}

/// How many there are by one property.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VictimCount {
    /// The property's code; `unsaid`: nobody said.
    pub key: String,
    pub people: i64,
}

/// How many there are of a district.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VictimDistrictCount {
    pub district: DistrictName,
    pub people: i64,
    pub without_contact: i64,
    pub without_assistance: i64,
}

/// The registry in figures, as of `as_of`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VictimCounts {
    pub as_of: DateTime<Utc>,
    pub people: i64,
    pub households: i64,
    pub without_contact: i64,
    pub without_assistance: i64,
    pub protected: i64,
    pub removed: i64,
    pub by_district: Vec<VictimDistrictCount>,
    pub by_whereabouts: Vec<VictimCount>,
    pub by_certificate: Vec<VictimCount>,
    pub by_dwelling: Vec<VictimCount>,
}

/// Count the registry of a disaster.
pub async fn counts(
    conn: &mut PgConnection,
    event_id: Uuid,
    as_of: DateTime<Utc>,
) -> Result<VictimCounts> {
    let rows = sqlx::query!(
        r#"select v.district_id, d.name as district_name, coalesce(p.whereabouts, 'unsaid') as "whereabouts!", v.certificate,
                  coalesce(p.dwelling_grade, 'unsaid') as "dwelling!", count(*) as "people!",
                  count(*) filter (where not v.has_contact) as "without_contact!",
                  count(*) filter (where p.assistance = 0) as "without_assistance!",
                  count(*) filter (where v.is_protected) as "protected!"
           from victim_entry v join district d on d.id = v.district_id join victim_present p on p.entry_id = v.id
           where v.event_id = $1 and v.removed_at is null
           group by v.district_id, d.name, d.name_kana, d.kind, p.whereabouts, v.certificate, p.dwelling_grade
           order by d.kind, d.name_kana, d.name"#,
        event_id
    )
    .fetch_all(&mut *conn)
    .await?;
    let whole = sqlx::query!(
        r#"select count(*) filter (where removed_at is not null) as "removed!",
                  count(distinct coalesce(party_id, id)) filter (where removed_at is null) as "households!"
           from victim_entry where event_id = $1"#,
        event_id
    )
    .fetch_one(conn)
    .await?;
    let mut counts = VictimCounts {
        as_of,
        people: 0,
        households: whole.households,
        without_contact: 0,
        without_assistance: 0,
        protected: 0,
        removed: whole.removed,
        by_district: Vec::new(),
        by_whereabouts: Vec::new(),
        by_certificate: Vec::new(),
        by_dwelling: Vec::new(),
    };
    for row in rows {
        counts.people += row.people;
        counts.without_contact += row.without_contact;
        counts.without_assistance += row.without_assistance;
        counts.protected += row.protected;
        if counts.by_district.last().map(|d| d.district.id) != Some(row.district_id) {
            counts.by_district.push(VictimDistrictCount {
                district: DistrictName {
                    id: row.district_id,
                    name: row.district_name,
                },
                people: 0,
                without_contact: 0,
                without_assistance: 0,
            });
        }
        if let Some(district) = counts.by_district.last_mut() {
            district.people += row.people;
            district.without_contact += row.without_contact;
            district.without_assistance += row.without_assistance;
        }
        add(&mut counts.by_whereabouts, &row.whereabouts, row.people);
        add(&mut counts.by_certificate, &row.certificate, row.people);
        add(&mut counts.by_dwelling, &row.dwelling, row.people);
    }
    Ok(counts)
}

fn add(counts: &mut Vec<VictimCount>, key: &str, people: i64) {
    match counts.iter_mut().find(|c| c.key == key) {
        Some(count) => count.people += people,
        None => counts.push(VictimCount {
            key: key.to_owned(),
            people,
        }),
    }
}
