//! Reading people. Who is found is decided by the role of the transaction: everybody for headquarters, under a policy that is
//! literally `true` so that the trigram indexes serve; for a lead those whose disclosure is lawful now.

use sqlx::PgConnection;
use uuid::Uuid;

use super::person::{
    ConsentView, ContactView, HouseholdMember, Listing, PersonLine, ResidenceView, StaffOnly,
    StandingContact, SupportReason,
};
use crate::accounts::DistrictName;
use crate::geometry::LngLat;
use crate::problem::Result;
use crate::text::{kana, phone};

/// What a search is for.
#[derive(Debug, Default, Clone)]
pub struct Sought {
    /// Part of a name or reading, a telephone number, a resident number.
    pub query: Option<String>,
    pub district: Option<Uuid>,
    /// The last person of the page before.
    pub after: Option<Uuid>,
}

/// Up to `limit` people, by reading.
pub async fn search(
    conn: &mut PgConnection,
    sought: &Sought,
    limit: i64,
) -> Result<Vec<PersonLine>> {
    let query = sought
        .query
        .as_deref()
        .map(str::trim)
        .filter(|q| !q.is_empty());
    let (name, reading, number) = match query {
        None => (None, None, None),
        Some(query) => {
            let number = phone::parse(query).ok().map(|p| p.key);
            let name = pattern(&kana::search_key(query));
            (Some(name), Some(pattern(&kana::kana_key(query))), number)
        }
    };
    Ok(sqlx::query!(
        r#"select p.id, p.name, p.name_kana, p.birth_on, p.sex, p.district_id, d.name as district_name, r.address as "address?",
                  p.status, p.roster_consent, p.is_protected, (s.person_id is not null and s.delisted_on is null) as "is_listed!"
           from person p
           join district d on d.id = p.district_id
           left join support_resident s on s.person_id = p.id
           left join lateral (
               select address from residence r where r.person_id = p.id and r.valid_to is null order by r.kind limit 1) r on true
           where ($1::text is null or p.id in (
                     select q.id from person q where q.name_key like $1
                     union select q.id from person q where q.kana_key like $2
                     union select c.person_id from contact c where $3::text is not null and c.value_key = $3 and c.ended_on is null))
             and ($4::uuid is null or p.district_id = $4)
             and ($5::uuid is null or (p.kana_key, p.id) > (select a.kana_key, a.id from person a where a.id = $5))
           order by p.kana_key, p.id
           limit $6"#,
        name,
        reading,
        number,
        sought.district,
        sought.after,
        limit
    )
    .map(|r| PersonLine {
        id: r.id,
        name: r.name,
        name_kana: r.name_kana,
        birth_on: r.birth_on,
        sex: r.sex,
        district: DistrictName {
            id: r.district_id,
            name: r.district_name,
        },
        address: r.address,
        status: r.status,
        roster_consent: r.roster_consent,
        is_protected: r.is_protected,
        is_listed: r.is_listed,
    })
    .fetch_all(conn)
    .await?)
}

/// Anywhere in the key from two letters on (a given name often is two), though only three let a trigram help; one letter
/// matches the beginning.
fn pattern(key: &str) -> String {
    let plain: String = key
        .chars()
        .flat_map(|c| match c {
            '%' | '_' | '\\' => vec!['\\', c],
            c => vec![c],
        })
        .collect();
    if key.is_empty() {
        // Nothing is left of the query to compare by: finds nobody rather than everybody.
        "\\".repeat(2)
    } else if key.chars().count() >= 2 {
        format!("%{plain}%")
    } else {
        format!("{plain}%")
    }
}

/// One person whom the caller may see.
pub async fn line(conn: &mut PgConnection, id: Uuid) -> Result<PersonLine> {
    let r = sqlx::query!(
        r#"select p.id, p.name, p.name_kana, p.birth_on, p.sex, p.district_id, d.name as district_name, r.address as "address?",
                  p.status, p.roster_consent, p.is_protected, (s.person_id is not null and s.delisted_on is null) as "is_listed!"
           from person p
           join district d on d.id = p.district_id
           left join support_resident s on s.person_id = p.id
           left join lateral (
               select address from residence r where r.person_id = p.id and r.valid_to is null order by r.kind limit 1) r on true
           where p.id = $1"#,
        id
    )
    .fetch_one(conn)
    .await?;
    Ok(PersonLine {
        id: r.id,
        name: r.name,
        name_kana: r.name_kana,
        birth_on: r.birth_on,
        sex: r.sex,
        district: DistrictName {
            id: r.district_id,
            name: r.district_name,
        },
        address: r.address,
        status: r.status,
        roster_consent: r.roster_consent,
        is_protected: r.is_protected,
        is_listed: r.is_listed,
    })
}

/// Where the person lives and lived, the present first.
pub async fn residences(conn: &mut PgConnection, id: Uuid) -> Result<Vec<ResidenceView>> {
    Ok(sqlx::query_as!(
        ResidenceView,
        r#"select kind, address, point as "point?: LngLat", geocode_level, valid_from, valid_to from residence
           where person_id = $1 order by valid_to desc nulls first, kind, valid_from desc"#,
        id
    )
    .fetch_all(conn)
    .await?)
}

/// How the person is reached now.
pub async fn contacts(conn: &mut PgConnection, id: Uuid) -> Result<Vec<ContactView>> {
    Ok(sqlx::query_as!(
        ContactView,
        "select kind, value, holder, relation from contact where person_id = $1 and ended_on is null order by kind, id",
        id
    )
    .fetch_all(conn)
    .await?)
}

/// The others of the household whom the caller may see.
pub async fn household(conn: &mut PgConnection, id: Uuid) -> Result<Vec<HouseholdMember>> {
    Ok(sqlx::query_as!(
        HouseholdMember,
        r#"select o.id, o.name, coalesce(m.relationship, '') as "relationship!",
                  coalesce(m.is_householder, false) as "is_householder!", o.is_protected, o.roster_consent
           from person p
           join person o on o.household_id = p.household_id and o.id <> p.id
           left join household_member m on m.household_id = o.household_id and m.person_id = o.id and m.valid_to is null
           where p.id = $1 order by m.is_householder desc nulls last, o.birth_on, o.id"#,
        id
    )
    .fetch_all(conn)
    .await?)
}

/// What help is needed.
pub async fn listing(conn: &mut PgConnection, id: Uuid) -> Result<Option<Listing>> {
    Ok(sqlx::query_as!(
        Listing,
        "select listed_on, delisted_on, help_needed, help_note from support_resident where person_id = $1",
        id
    )
    .fetch_optional(conn)
    .await?)
}

/// Who looks in on the person in ordinary times.
pub async fn standing_contacts(conn: &mut PgConnection, id: Uuid) -> Result<Vec<StandingContact>> {
    Ok(sqlx::query_as!(
        StandingContact,
        "select c.volunteer_id, v.name, c.rank from standing_contact c join volunteer v on v.id = c.volunteer_id
         where c.person_id = $1 and c.ended_on is null order by c.rank",
        id
    )
    .fetch_all(conn)
    .await?)
}

/// What only headquarters sees. Runs as `m_hq_staff`.
pub async fn staff_only(conn: &mut PgConnection, id: Uuid) -> Result<StaffOnly> {
    let row = sqlx::query!(
        r#"select p.resident_no, p.birth_text, p.nationality, p.status_on,
                  r.district_basis as "district_basis?", r.district_reason as "district_reason?"
           from person p
           left join lateral (select district_basis, district_reason from residence r
                              where r.person_id = p.id and r.valid_to is null order by r.kind limit 1) r on true
           where p.id = $1"#,
        id
    )
    .fetch_one(&mut *conn)
    .await?;
    let consents = sqlx::query_as!(
        ConsentView,
        "select id, purpose, recipient_class, status, obtained_on, means, obtained_by, recorded_at, corrects from consent
         where person_id = $1 order by recorded_at desc, id desc",
        id
    )
    .fetch_all(&mut *conn)
    .await?;
    let reasons = sqlx::query_as!(
        SupportReason,
        "select category, basis, since, ended_on from support_reason where person_id = $1 order by ended_on nulls first, since, category",
        id
    )
    .fetch_all(conn)
    .await?;
    Ok(StaffOnly {
        resident_no: row.resident_no,
        birth_text: row.birth_text,
        nationality: row.nationality,
        status_on: row.status_on,
        district_basis: row.district_basis,
        district_reason: row.district_reason.filter(|r| !r.is_empty()),
        consents,
        reasons,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_matches_the_beginning_and_nothing_typed_is_a_wildcard() {
        assert_eq!(pattern("す"), "す%");
        assert_eq!(pattern("和子"), "%和子%");
        assert_eq!(pattern("1%_"), "%1\\%\\_%");
        assert_eq!(pattern(""), "\\\\");
    }
}
