//! SQL of individual evacuation plans. A lead's role has no grant on what only headquarters sees: it is read by a question of its own.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::plan::{
    Destination, Plan, PlanDraft, PlanStaffOnly, Supporter, SupporterConsent,
};
use crate::keys::{Keys, SealPurpose};
use crate::problem::{OnConstraint, Problem, Result};

/// The person's plans that the caller may see, the newest version first.
pub async fn of_person(
    conn: &mut PgConnection,
    person_id: Uuid,
    today: NaiveDate,
) -> Result<Vec<Plan>> {
    let rows = sqlx::query!(
        r#"select q.id, q.person_id, q.version, q.status, q.made_on, q.trigger, q.trigger_words, q.destination_words, q.route, q.transport,
                  q.help_needed, q.help_words, q.belongings, q.entry_words, q.drilled_on, q.review_due_on, q.in_force_from,
                  s.id as "site_id?", s.kind as "site_kind?", s.name as "site_name?", s.address as "site_address?",
                  s.hazards as "site_hazards?", s.revoked_on as "site_revoked_on?",
                  (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'rank', u.rank, 'volunteer_id', u.volunteer_id, 'name', u.name,
                       'name_kana', u.name_kana, 'is_body', u.is_body, 'phone', u.phone, 'relation', u.relation, 'does', u.does,
                       'consent', u.consent) order by u.rank), '[]')
                   from plan_supporter u where u.plan_id = q.id and u.ended_at is null) as "supporters!: Json<Vec<Supporter>>"
           from evacuation_plan q left join site s on s.id = q.destination_site_id
           where q.person_id = $1 order by q.version desc"#,
        person_id
    )
    .fetch_all(conn)
    .await?;
    let plans = rows.into_iter().map(|r| Plan {
        is_review_due: r.status == "in_force" && r.review_due_on.is_some_and(|day| day <= today),
        id: r.id,
        person_id: r.person_id,
        version: r.version,
        status: r.status,
        made_on: r.made_on,
        trigger: r.trigger,
        trigger_words: r.trigger_words,
        destination: r.site_id.map(|id| Destination {
            id,
            kind: r.site_kind.unwrap_or_default(),
            name: r.site_name.unwrap_or_default(),
            address: r.site_address.unwrap_or_default(),
            hazards: r.site_hazards.unwrap_or_default(),
            is_revoked: r.site_revoked_on.is_some(),
        }),
        destination_words: r.destination_words,
        route: r.route,
        transport: r.transport,
        help_needed: r.help_needed,
        help_words: r.help_words,
        belongings: r.belongings,
        entry_words: r.entry_words,
        drilled_on: r.drilled_on,
        review_due_on: r.review_due_on,
        in_force_from: r.in_force_from,
        supporters: r.supporters.0,
        staff_only: None,
    });
    Ok(plans.collect())
}

/// Add to a person's plans what only headquarters sees. Runs as `m_hq_staff`.
pub async fn add_staff_only(
    conn: &mut PgConnection,
    keys: &Keys,
    plans: &mut [Plan],
) -> Result<()> {
    let ids: Vec<Uuid> = plans.iter().map(|p| p.id).collect();
    let supporters = sqlx::query!(
        "select id, address, consent_on, consent_means from plan_supporter where plan_id = any($1) and ended_at is null",
        &ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let supporters: HashMap<Uuid, _> = supporters.into_iter().map(|r| (r.id, r)).collect();
    let rows = sqlx::query!(
        "select id, edit_id, medical_sealed, made_with, explained_on, consent_id, recorded_at, ended_at, ended_why
         from evacuation_plan where id = any($1)",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut rows: HashMap<Uuid, _> = rows.into_iter().map(|r| (r.id, r)).collect();
    for plan in plans {
        for supporter in &mut plan.supporters {
            let Some(row) = supporters.get(&supporter.id) else {
                continue;
            };
            supporter.address = Some(row.address.clone());
            supporter.consent_on = row.consent_on;
            supporter.consent_means = Some(row.consent_means.clone());
        }
        let Some(row) = rows.remove(&plan.id) else {
            continue;
        };
        plan.staff_only = Some(PlanStaffOnly {
            edit_id: row.edit_id,
            medical: opened(keys, plan.id, row.medical_sealed.as_deref())?,
            made_with: row.made_with,
            explained_on: row.explained_on,
            consent_id: row.consent_id,
            recorded_at: row.recorded_at,
            ended_at: row.ended_at,
            ended_why: row.ended_why,
        });
    }
    Ok(())
}

fn opened(keys: &Keys, id: Uuid, sealed: Option<&[u8]>) -> Result<String> {
    let Some(sealed) = sealed else {
        return Ok(String::new());
    };
    let plain = keys.open(SealPurpose::Plan, id, sealed)?;
    Ok(String::from_utf8(plain).map_err(anyhow::Error::from)?)
}

/// A plan as writing needs it, locked.
pub struct Standing {
    pub person_id: Uuid,
    pub version: i32,
    pub status: String,
    pub edit_id: Uuid,
    pub has_destination: bool,
}

/// A plan, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Standing>> {
    Ok(sqlx::query_as!(
        Standing,
        r#"select person_id, version, status, edit_id, (destination_site_id is not null or destination_words <> '') as "has_destination!"
           from evacuation_plan where id = $1 for update"#,
        id
    )
    .fetch_optional(conn)
    .await?)
}

/// Lock the person's place on the roster; false when she is not on it, or lives here no more.
pub async fn lock_listed(conn: &mut PgConnection, person_id: Uuid) -> Result<bool> {
    let found = sqlx::query_scalar!(
        "select p.status from support_resident s join person p on p.id = s.person_id
         where s.person_id = $1 and s.delisted_on is null for update of s",
        person_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some_and(|status| !matches!(status.as_str(), "died" | "moved")))
}

/// Begin a draft: the person's next version.
pub async fn insert_draft(
    conn: &mut PgConnection,
    id: Uuid,
    person_id: Uuid,
    edit_id: Uuid,
    made_on: NaiveDate,
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into evacuation_plan (id, person_id, version, made_on, edit_id, made_by, recorded_at)
         select $1, $2, 1 + coalesce(max(version), 0), $3, $4, $5, $6 from evacuation_plan where person_id = $2",
        id,
        person_id,
        made_on,
        edit_id,
        by,
        at
    )
    .execute(conn)
    .await
    .on_constraint("evacuation_plan_draft_key", || {
        Problem::Conflict("この方には、作りかけの計画がもうあります。そちらを開いて続けてください。".into())
    })?;
    Ok(())
}

/// Write what the draft says, its supporters included.
pub async fn write_draft(
    conn: &mut PgConnection,
    keys: &Keys,
    id: Uuid,
    draft: &PlanDraft,
    at: DateTime<Utc>,
) -> Result<()> {
    let medical = match draft.medical.trim() {
        "" => None,
        text => Some(keys.seal(SealPurpose::Plan, id, text.as_bytes())?),
    };
    let mut help: Vec<&str> = draft.help_needed.iter().map(String::as_str).collect();
    help.sort_unstable();
    help.dedup();
    sqlx::query!(
        "update evacuation_plan set edit_id = $2, made_on = $3, trigger = $4, trigger_words = $5, destination_site_id = $6,
             destination_words = $7, route = $8, transport = $9, help_needed = $10, help_words = $11, belongings = $12, entry_words = $13,
             medical_sealed = $14, review_due_on = $15, made_with = $16
         where id = $1",
        id,
        draft.edit_id,
        draft.made_on,
        draft.trigger.as_str(),
        draft.trigger_words.trim(),
        draft.destination_site_id,
        draft.destination_words.trim(),
        draft.route.trim(),
        draft.transport.trim(),
        &help as &[&str],
        draft.help_words.trim(),
        draft.belongings.trim(),
        draft.entry_words.trim(),
        medical,
        draft.review_due_on,
        draft.made_with.trim()
    )
    .execute(&mut *conn)
    .await
    .on_constraint("evacuation_plan_site_fkey", || {
        Problem::field(
            "/destination_site_id",
            "その避難先はありません。選び直してください。",
        )
    })?;
    write_supporters(conn, id, draft, at).await
}

/// Whoever is no longer so in the draft ends; whoever is new so begins. An unchanged supporter keeps her row.
async fn write_supporters(
    conn: &mut PgConnection,
    plan_id: Uuid,
    draft: &PlanDraft,
    at: DateTime<Utc>,
) -> Result<()> {
    let said: Vec<_> = draft
        .supporters
        .iter()
        .zip(1i16..)
        .map(|(s, rank)| {
            json!({"id": Uuid::now_v7(), "rank": rank, "volunteer_id": s.volunteer_id, "name": s.name.trim(), "name_kana": s.name_kana.trim(),
                "is_body": s.is_body, "address": s.address.trim(), "phone": s.phone.trim(), "relation": s.relation.trim(),
                "does": s.does.trim(), "consent": s.consent, "consent_on": s.consent_on, "consent_means": s.consent_means.trim()})
        })
        .collect();
    let said = json!(said);
    sqlx::query!(
        "update plan_supporter u set ended_at = $3 where u.plan_id = $1 and u.ended_at is null and not exists (
             select from jsonb_to_recordset($2) as n(rank smallint, volunteer_id uuid, name text, name_kana text, is_body boolean, address text,
                 phone text, relation text, does text, consent text, consent_on date, consent_means text)
             where (n.rank, n.volunteer_id, n.name, n.name_kana, n.is_body, n.address, n.phone, n.relation, n.does, n.consent, n.consent_on,
                 n.consent_means) is not distinct from (u.rank, u.volunteer_id, u.name, u.name_kana, u.is_body, u.address, u.phone,
                 u.relation, u.does, u.consent, u.consent_on, u.consent_means))",
        plan_id,
        said,
        at
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into plan_supporter (id, plan_id, rank, volunteer_id, name, name_kana, is_body, address, phone, relation, does, consent,
             consent_on, consent_means)
         select n.id, $1, n.rank, n.volunteer_id, n.name, n.name_kana, n.is_body, n.address, n.phone, n.relation, n.does, n.consent,
             n.consent_on, n.consent_means
         from jsonb_to_recordset($2) as n(id uuid, rank smallint, volunteer_id uuid, name text, name_kana text, is_body boolean, address text,
             phone text, relation text, does text, consent text, consent_on date, consent_means text)
         where not exists (select from plan_supporter u where u.plan_id = $1 and u.rank = n.rank and u.ended_at is null)",
        plan_id,
        said
    )
    .execute(conn)
    .await
    .on_constraint("plan_supporter_volunteer_fkey", || {
        Problem::field(
            "/supporters",
            "その協力者は登録されていません。選び直すか、名前だけを入れてください。",
        )
    })?;
    Ok(())
}

/// Whether this consent of the person's stands and is about her plan.
pub async fn is_consented(
    conn: &mut PgConnection,
    person_id: Uuid,
    consent_id: Uuid,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from consent_state where person_id = $1 and consent_id = $2 and purpose = 'plan'
               and status in ('consented', 'not_required_by_ordinance')) as "is!""#,
        person_id,
        consent_id
    )
    .fetch_one(conn)
    .await?)
}

/// The draft comes into force, and the version before it ends.
pub async fn bring_into_force(
    conn: &mut PgConnection,
    id: Uuid,
    plan: &Standing,
    explained_on: NaiveDate,
    consent_id: Uuid,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update evacuation_plan set status = 'ended', ended_at = $2, ended_why = $3 where person_id = $1 and status = 'in_force'",
        plan.person_id,
        at,
        format!("第{}版に替えた", plan.version)
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update evacuation_plan set status = 'in_force', in_force_from = $2, explained_on = $3, consent_id = $4 where id = $1",
        id,
        at,
        explained_on,
        consent_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A plan ends: the one in force, or a draft that comes to nothing.
pub async fn end(conn: &mut PgConnection, id: Uuid, why: &str, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update evacuation_plan set status = 'ended', ended_at = $2, ended_why = $3 where id = $1 and status <> 'ended'",
        id,
        at,
        why
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Somebody has looked the plan over: it stands, until the next day of review; and when it was last practised.
pub async fn reviewed(
    conn: &mut PgConnection,
    id: Uuid,
    review_due_on: NaiveDate,
    drilled_on: Option<NaiveDate>,
) -> Result<()> {
    sqlx::query!(
        "update evacuation_plan set review_due_on = $2, drilled_on = coalesce($3, drilled_on) where id = $1",
        id,
        review_due_on,
        drilled_on
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A supporter of a plan in force says something else: the row ends, and one like it begins. False when there is no such supporter.
pub async fn supporter_says(
    conn: &mut PgConnection,
    plan_id: Uuid,
    supporter_id: Uuid,
    says: SupporterConsent,
    on: NaiveDate,
    means: &str,
    at: DateTime<Utc>,
) -> Result<bool> {
    let ended = sqlx::query!(
        "update plan_supporter set ended_at = $3 where id = $1 and plan_id = $2 and ended_at is null",
        supporter_id,
        plan_id,
        at
    )
    .execute(&mut *conn)
    .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "insert into plan_supporter (id, plan_id, rank, volunteer_id, name, name_kana, is_body, address, phone, relation, does, consent,
             consent_on, consent_means)
         select $2, plan_id, rank, volunteer_id, name, name_kana, is_body, address, phone, relation, does, $3, $4, $5
         from plan_supporter where id = $1",
        supporter_id,
        Uuid::now_v7(),
        says.as_str(),
        on,
        means
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// Whether a plan may be given to those who help now: the resident's consent to that, or an activation. Headquarters; for a lead the
/// wall says it.
pub async fn is_disclosable(conn: &mut PgConnection, person_id: Uuid) -> Result<Disclosable> {
    let r = sqlx::query!(
        r#"select exists (select from consent_state c where c.person_id = $1 and c.purpose = 'plan'
                   and c.recipient_class in ('support_organisation', 'supporter')
                   and c.status in ('consented', 'not_required_by_ordinance')) as "by_consent!",
                  exists (select from person p join emergency_district d on d.district_id = p.district_id where p.id = $1) as "by_activation!""#,
        person_id
    )
    .fetch_one(conn)
    .await?;
    Ok(Disclosable {
        by_consent: r.by_consent,
        by_activation: r.by_activation,
    })
}

/// On what ground a plan may be given.
pub struct Disclosable {
    pub by_consent: bool,
    pub by_activation: bool,
}
