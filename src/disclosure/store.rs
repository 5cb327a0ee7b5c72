//! All SQL of consents and activations. Ends are by the database's clock: a wall must not follow a clock that tests move.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Activation, ActivationStatus, ConsentStatus, Purpose, RecipientClass, StaffName};
use crate::accounts::DistrictName;
use crate::problem::{OnConstraint, Problem, Result};

struct Row {
    id: Uuid,
    event_id: Uuid,
    event_name: String,
    legal_basis: String,
    districts: Json<Vec<DistrictName>>,
    reason: String,
    is_confirmed: bool,
    is_over: bool,
    opened_by: Json<StaffName>,
    opened_at: DateTime<Utc>,
    confirmed_by: Option<Json<StaffName>>,
    confirmed_at: Option<DateTime<Utc>>,
    by_duty_code: bool,
    reviewed_by: Option<Json<StaffName>>,
    reviewed_at: Option<DateTime<Utc>>,
    closes_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

impl From<Row> for Activation {
    fn from(r: Row) -> Self {
        Self {
            id: r.id,
            event_id: r.event_id,
            event_name: r.event_name,
            legal_basis: r.legal_basis,
            districts: r.districts.0,
            reason: r.reason,
            status: match (r.is_over, r.is_confirmed) {
                (true, _) => ActivationStatus::Ended,
                (false, true) => ActivationStatus::InForce,
                (false, false) => ActivationStatus::Waiting,
            },
            opened_by: r.opened_by.0,
            opened_at: r.opened_at,
            confirmed_by: r.confirmed_by.map(|j| j.0),
            confirmed_at: r.confirmed_at,
            by_duty_code: r.by_duty_code,
            reviewed_by: r.reviewed_by.map(|j| j.0),
            reviewed_at: r.reviewed_at,
            closes_at: r.closes_at,
            closed_at: r.closed_at,
        }
    }
}

/// All activations, or one; the newest first.
pub async fn activations(conn: &mut PgConnection, id: Option<Uuid>) -> Result<Vec<Activation>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select a.id, a.event_id, e.name as event_name, a.legal_basis,
                  coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by d.name)
                            from activation_district ad join district d on d.id = ad.district_id where ad.activation_id = a.id), '[]')
                  as "districts!: Json<Vec<DistrictName>>",
                  a.reason, (a.confirmed_at is not null or a.by_duty_code) as "is_confirmed!",
                  (a.closed_at is not null or now() >= a.closes_at or e.ended_at is not null) as "is_over!",
                  jsonb_build_object('id', a.opened_by, 'name', coalesce(o.name, '')) as "opened_by!: Json<StaffName>",
                  a.opened_at,
                  case when c.id is not null then jsonb_build_object('id', c.id, 'name', c.name) end as "confirmed_by: Json<StaffName>",
                  a.confirmed_at, a.by_duty_code,
                  case when r.id is not null then jsonb_build_object('id', r.id, 'name', r.name) end as "reviewed_by: Json<StaffName>",
                  a.reviewed_at, a.closes_at, a.closed_at
           from activation a join event e on e.id = a.event_id
           left join account o on o.id = a.opened_by
           left join account c on c.id = a.confirmed_by
           left join account r on r.id = a.reviewed_by
           where $1::uuid is null or a.id = $1
           order by a.opened_at desc, a.id"#,
        id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Activation::from).collect())
}

/// One activation.
pub async fn activation(conn: &mut PgConnection, id: Uuid) -> Result<Activation> {
    activations(conn, Some(id))
        .await?
        .pop()
        .ok_or(Problem::NotFound)
}

/// What opens an activation.
pub struct NewActivation<'a> {
    pub id: Uuid,
    pub event_id: Uuid,
    pub districts: &'a [Uuid],
    pub reason: &'a str,
    pub hours: i32,
    pub opened_by: Uuid,
    pub by_duty_code: bool,
}

/// Open an activation; false when this very one was opened before.
pub async fn open(conn: &mut PgConnection, new: &NewActivation<'_>) -> Result<bool> {
    let never_in_a_drill = || Problem::Conflict(super::api::NEVER_IN_A_DRILL.into());
    let done = sqlx::query!(
        "insert into activation (id, event_id, reason, opened_by, by_duty_code, closes_at)
         values ($1, $2, $3, $4, $5, now() + make_interval(hours => $6)) on conflict (id) do nothing",
        new.id,
        new.event_id,
        new.reason,
        new.opened_by,
        new.by_duty_code,
        new.hours,
    )
    .execute(&mut *conn)
    .await
    .on_constraint("activation_event_fkey", never_in_a_drill)?;
    if done.rows_affected() == 0 {
        // Opened before: its districts are what two people confirm, and stay.
        return Ok(false);
    }
    sqlx::query!(
        "insert into activation_district (activation_id, district_id) select $1, unnest($2::uuid[]) on conflict do nothing",
        new.id,
        new.districts
    )
    .execute(conn)
    .await
    .on_constraint("activation_district_district_fkey", || {
        Problem::field("/districts", "その校区はありません。")
    })?;
    Ok(true)
}

/// A second person confirms. The database refuses the first.
pub async fn confirm(conn: &mut PgConnection, id: Uuid, by: Uuid) -> Result<()> {
    sqlx::query!(
        "update activation set confirmed_by = $2, confirmed_at = now()
         where id = $1 and confirmed_at is null and closed_at is null and now() < closes_at",
        id,
        by
    )
    .execute(conn)
    .await
    .on_constraint("activation_two_persons_check", || {
        Problem::SecondPerson(super::api::SECOND_PERSON.into())
    })?;
    Ok(())
}

/// Close an activation: from the next read on, consent alone decides again.
pub async fn close(conn: &mut PgConnection, id: Uuid, by: Uuid) -> Result<()> {
    sqlx::query!(
        "update activation set closed_by = $2, closed_at = now() where id = $1 and closed_at is null",
        id,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Another person has looked at an activation that one person opened with the duty code.
pub async fn review(conn: &mut PgConnection, id: Uuid, by: Uuid) -> Result<()> {
    sqlx::query!(
        "update activation set reviewed_by = $2, reviewed_at = now() where id = $1 and reviewed_at is null",
        id,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One statement of a person's will.
pub struct NewConsent<'a> {
    pub id: Uuid,
    pub person_id: Uuid,
    pub purpose: Purpose,
    pub recipient_class: RecipientClass,
    pub status: ConsentStatus,
    pub obtained_on: NaiveDate,
    pub means: &'a str,
    pub obtained_by: &'a str,
    pub recorded_by: Option<Uuid>,
    pub corrects: Option<Uuid>,
}

/// Append a consent; false when it is there already. What consent says now follows by itself.
pub async fn append_consent(conn: &mut PgConnection, new: &NewConsent<'_>) -> Result<bool> {
    let done = sqlx::query!(
        "insert into consent (id, person_id, purpose, recipient_class, status, obtained_on, means, obtained_by, recorded_by, corrects)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing",
        new.id,
        new.person_id,
        new.purpose.as_str(),
        new.recipient_class.as_str(),
        new.status.as_str(),
        new.obtained_on,
        new.means,
        new.obtained_by,
        new.recorded_by,
        new.corrects,
    )
    .execute(conn)
    .await
    .on_constraint("consent_corrects_fkey", || {
        Problem::field("/corrects", "訂正しようとしている同意の記録がありません。")
    })?;
    Ok(done.rows_affected() == 1)
}
