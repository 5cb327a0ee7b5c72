//! Reading the roster by district. Who comes back is decided by the role of the transaction; for a recipient outside, by her consent to
//! that class or by an activation besides.

use chrono::NaiveDate;
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

use super::super::line::{PlanFilter, PlanMark, Recipient, RosterLine};
use crate::accounts::DistrictName;
use crate::people::person::{ContactView, PersonLine, StandingContact};
use crate::problem::Result;

/// What a list is of.
#[derive(Debug, Default, Clone)]
pub struct Sought {
    pub district: Option<Uuid>,
    /// What the person says to the roster's provision.
    pub consent: Option<&'static str>,
    pub plan: Option<PlanFilter>,
    pub has_contact: Option<bool>,
    pub is_protected: Option<bool>,
    /// Of these people only.
    pub among: Option<Vec<Uuid>>,
    /// For somebody outside: whoever still lives here, is not protected, and whose disclosure is lawful now.
    pub for_outside: bool,
    /// The last person of the page before.
    pub after: Option<Uuid>,
}

/// Up to `limit` people on the roster, by reading.
pub async fn lines(
    conn: &mut PgConnection,
    sought: &Sought,
    today: NaiveDate,
    limit: i64,
) -> Result<Vec<RosterLine>> {
    Ok(sqlx::query_file!(
        "src/support_roster/store/lines.sql",
        sought.district,
        sought.consent,
        sought.plan.map(PlanFilter::as_str),
        sought.has_contact,
        sought.is_protected,
        sought.among.as_deref(),
        sought.for_outside,
        sought.after,
        today,
        limit
    )
    .map(|r| RosterLine {
        person: PersonLine {
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
            is_listed: true,
        },
        listed_on: r.listed_on,
        contacts: r.contacts.0,
        help_needed: r.help_needed,
        help_note: r.help_note,
        standing_contacts: r.standing.0,
        plan: r.plan_status.map(|status| PlanMark {
            is_review_due: status == "in_force" && r.review_due_on.is_some_and(|day| day <= today),
            status,
            version: r.plan_version.unwrap_or_default(),
            review_due_on: r.review_due_on,
        }),
        reasons: None,
    })
    .fetch_all(conn)
    .await?)
}

/// Why these people are on the roster. Headquarters only.
pub async fn add_reasons(conn: &mut PgConnection, lines: &mut [RosterLine]) -> Result<()> {
    let ids: Vec<Uuid> = lines.iter().map(RosterLine::id).collect();
    let rows = sqlx::query!(
        r#"select person_id, array_agg(category order by category) as "categories!" from support_reason
           where person_id = any($1) and ended_on is null group by person_id"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<Uuid, Vec<String>> = rows
        .into_iter()
        .map(|r| (r.person_id, r.categories))
        .collect();
    for line in lines {
        line.reasons = Some(found.remove(&line.id()).unwrap_or_default());
    }
    Ok(())
}

/// People on the roster for this reason. Headquarters only.
pub async fn of_category(conn: &mut PgConnection, category: &str) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select person_id from support_reason where category = $1 and ended_on is null",
        category
    )
    .fetch_all(conn)
    .await?)
}

/// People of a district whose data this recipient may have now. Headquarters only: a lead's view is narrowed by the wall itself.
pub async fn lawful_for(
    conn: &mut PgConnection,
    district: Uuid,
    recipient: Recipient,
) -> Result<Option<Vec<Uuid>>> {
    let Some(class) = recipient.class() else {
        return Ok(None);
    };
    let ids = sqlx::query_scalar!(
        "select p.id from person p where p.district_id = $1 and (
             exists (select from consent_state c where c.person_id = p.id and c.purpose = 'roster' and c.recipient_class = $2
                 and c.status in ('consented', 'not_required_by_ordinance'))
             or p.district_id in (select district_id from emergency_district))",
        district,
        class.as_str()
    )
    .fetch_all(conn)
    .await?;
    Ok(Some(ids))
}

/// Whether an activation shows this district's people without consent now.
pub async fn is_activated(conn: &mut PgConnection, district: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from emergency_district where district_id = $1) as "is!""#,
        district
    )
    .fetch_one(conn)
    .await?)
}

/// A person in the words that an import compares, with what is kept beside them.
pub struct Complete {
    pub id: Uuid,
    pub record: Value,
    pub birth_text: String,
    pub consent_means: String,
    pub district: String,
    /// First and second.
    pub contacts: Vec<StandingContact>,
}

/// Everybody on the roster (of a district), complete. Headquarters and the command line only.
pub async fn complete(conn: &mut PgConnection, district: Option<Uuid>) -> Result<Vec<Complete>> {
    Ok(sqlx::query!(
        r#"select p.id, roster_record(p) as "record!", p.birth_text, d.name as district, d.kind as district_kind,
                  coalesce((select c.means from consent c join consent_state t on t.consent_id = c.id
                            where t.person_id = p.id and t.purpose = 'roster' and t.recipient_class = 'support_organisation'), '') as "means!",
                  (select coalesce(jsonb_agg(jsonb_build_object('volunteer_id', k.volunteer_id, 'name', v.name, 'rank', k.rank) order by k.rank), '[]')
                   from standing_contact k join volunteer v on v.id = k.volunteer_id
                   where k.person_id = p.id and k.ended_on is null) as "contacts!: Json<Vec<StandingContact>>"
           from support_resident s join person p on p.id = s.person_id join district d on d.id = p.district_id
           where s.delisted_on is null and ($1::uuid is null or p.district_id = $1)
           order by d.name, p.kana_key, p.id"#,
        district
    )
    .map(|r| Complete {
        id: r.id,
        record: r.record,
        birth_text: r.birth_text,
        consent_means: r.means,
        // 「校区未定」 is no district that a list could name.
        district: if r.district_kind == "school" { r.district } else { String::new() },
        contacts: r.contacts.0,
    })
    .fetch_all(conn)
    .await?)
}

/// A district by its id, or by its name as people write it.
pub async fn district(conn: &mut PgConnection, said: &str) -> Result<Option<DistrictName>> {
    Ok(sqlx::query_as!(
        DistrictName,
        "select id, name from district where valid_to is null and (id::text = $1 or name = $1 or name = $1 || '区' or name = $1 || '校区')
         order by name limit 1",
        said
    )
    .fetch_optional(conn)
    .await?)
}
