//! What leaves the registry: checked a last time, numbered, kept; and the list of what left.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::provision::Held;
use crate::events::{EventKind, EventName};
use crate::problem::{OnConstraint, Problem, Result};

/// Who was chosen, by number: those still in the registry, whether protected now, whether the consent still holds or a refusal came.
pub struct Chosen {
    pub entry_id: Uuid,
    pub is_removed: bool,
    pub is_protected: bool,
    pub was_refused: bool,
}

pub async fn chosen(conn: &mut PgConnection, id: Uuid) -> Result<Vec<Chosen>> {
    Ok(sqlx::query_as!(
        Chosen,
        r#"select v.id as entry_id, v.removed_at is not null as "is_removed!", v.is_protected,
                  coalesce((select c.status <> 'consented' from victim_consent c
                            where c.entry_id = v.id and c.recipient_kind = p.recipient_kind and c.recipient_name = p.recipient_name
                            order by c.recorded_at desc, c.id desc limit 1), false) as "was_refused!"
           from victim_provision_entry n join victim_provision p on p.id = n.provision_id join victim_entry v on v.id = n.entry_id
           where n.provision_id = $1 order by v.number"#,
        id
    )
    .fetch_all(conn)
    .await?)
}

/// A numbered copy of what is about to leave; answers its number.
pub async fn number(
    conn: &mut PgConnection,
    id: Uuid,
    held: &Held,
    people: i32,
    as_of: DateTime<Utc>,
    by: Option<Uuid>,
    by_kind: &str,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        "insert into print_copy (id, kind, event_id, recipient_name, purpose, legal_ground, people, as_of, return_due_on, printed_by,
             printed_by_kind, printed_at)
         values ($1, 'provision', $2, $3, $4, $5, $6, $7, $8, $9, $10, $7) returning serial",
        id,
        held.event_id,
        held.recipient_name,
        held.purpose,
        held.recipient_kind.ground().as_str().unwrap_or_default(),
        people,
        as_of,
        held.return_due_on,
        by,
        by_kind
    )
    .fetch_one(conn)
    .await?)
}

/// Append the provision to the registry: who got what of whom. What leaves is kept sealed beside its hash.
pub async fn issue(
    conn: &mut PgConnection,
    id: Uuid,
    at: DateTime<Utc>,
    sha256: &[u8],
    sealed: &[u8],
) -> Result<()> {
    sqlx::query!(
        "insert into victim_disclosure (id, event_id, recipient_kind, recipient_name, recipient_address, recipient_person, legal_basis,
             purpose, applied_on, fields, means, note, return_due_on, copy_id, file_sha256, provided_by, confirmed_by, provided_at)
         select id, event_id, recipient_kind, recipient_name, recipient_address, recipient_person, legal_basis, purpose, applied_on,
             fields, means, note, return_due_on, id, $2, prepared_by, confirmed_by, $3 from victim_provision where id = $1",
        id,
        sha256,
        at
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into victim_disclosure_entry (disclosure_id, event_id, entry_id, consent_id)
         select provision_id, event_id, entry_id, consent_id from victim_provision_entry where provision_id = $1",
        id
    )
    .execute(&mut *conn)
    .await
    .on_constraint("victim_disclosure_entry_consent_check", || {
        Problem::Conflict(
            "準備のあとに同意が撤回された方がいます。この提供を取りやめて、準備し直してください。".into(),
        )
    })?;
    sqlx::query!(
        "update victim_provision set issued_at = $2, file_sealed = $3 where id = $1",
        id,
        at,
        sealed
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A provision that took place: to whom what, never of whom or what it said.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VictimDisclosure {
    pub id: Uuid,
    pub event: EventName,
    pub serial: Option<i64>,
    pub recipient_kind: String,
    pub recipient_name: String,
    pub recipient_address: String,
    pub recipient_person: String,
    pub legal_basis: String,
    pub purpose: String,
    pub applied_on: NaiveDate,
    pub fields: Vec<String>,
    pub means: String,
    pub people: i64,
    pub return_due_on: Option<NaiveDate>,
    pub provided_by: Option<String>,
    pub confirmed_by: Option<String>,
    pub provided_at: DateTime<Utc>,
    /// SHA-256 of the file that left, hexadecimal.
    pub file_sha256: Option<String>,
}

/// What was given away, the newest first.
pub async fn given(
    conn: &mut PgConnection,
    event_id: Option<Uuid>,
    before: Option<DateTime<Utc>>,
    limit: i64,
) -> Result<Vec<VictimDisclosure>> {
    Ok(sqlx::query!(
        r#"select d.id, d.event_id, e.kind, e.name as event_name, c.serial as "serial?", d.recipient_kind, d.recipient_name,
                  d.recipient_address, d.recipient_person, d.legal_basis, d.purpose, d.applied_on, d.fields, d.means, d.return_due_on,
                  a.name as "provider?", b.name as "confirmer?", d.provided_at, encode(d.file_sha256, 'hex') as sha256,
                  (select count(*) from victim_disclosure_entry n where n.disclosure_id = d.id) as "people!"
           from victim_disclosure d join event e on e.id = d.event_id left join print_copy c on c.id = d.copy_id
           left join account a on a.id = d.provided_by left join account b on b.id = d.confirmed_by
           where ($1::uuid is null or d.event_id = $1) and ($2::timestamptz is null or d.provided_at < $2)
           order by d.provided_at desc, d.id desc limit $3"#,
        event_id,
        before,
        limit
    )
    .map(|r| VictimDisclosure {
        id: r.id,
        event: EventName {
            id: r.event_id,
            kind: EventKind::of(&r.kind),
            name: r.event_name,
        },
        serial: r.serial,
        recipient_kind: r.recipient_kind,
        recipient_name: r.recipient_name,
        recipient_address: r.recipient_address,
        recipient_person: r.recipient_person,
        legal_basis: r.legal_basis,
        purpose: r.purpose,
        applied_on: r.applied_on,
        fields: r.fields,
        means: r.means,
        people: r.people,
        return_due_on: r.return_due_on,
        provided_by: r.provider,
        confirmed_by: r.confirmer,
        provided_at: r.provided_at,
        file_sha256: r.sha256,
    })
    .fetch_all(conn)
    .await?)
}

/// One person's items as they may leave, by number.
pub struct Leaving {
    pub number: i32,
    pub resident_no: Option<String>,
    pub district: String,
    pub is_protected: bool,
    pub name: String,
    pub name_kana: String,
    pub birth: String,
    pub sex: Option<String>,
    pub registered_address: String,
    pub actual_residence: String,
    pub phones: Vec<String>,
    pub household_label: String,
    pub relationship: String,
    pub special_care: Option<bool>,
    pub special_care_reasons: Vec<String>,
    pub certificate: String,
    pub dwelling: Option<String>,
    /// `kind grade words` of everything else that was reported, each kind's newest.
    pub other_damage: Vec<Vec<Option<String>>>,
    pub assistance: Vec<Vec<Option<String>>>,
    pub whereabouts: Option<String>,
    pub place: Option<String>,
    pub whereabouts_words: Option<String>,
}

pub async fn leaving(conn: &mut PgConnection, entries: &[Uuid]) -> Result<Vec<Leaving>> {
    let rows = sqlx::query!(
        r#"select v.number, v.resident_no, t.name as district, v.is_protected, v.name, v.name_kana, coalesce(v.birth_on::text, v.birth_text) as "birth!", v.sex, v.registered_address,
                  v.actual_residence, v.phones, v.household_label, v.relationship, v.special_care, v.special_care_reasons, v.certificate,
                  p.dwelling_grade, p.whereabouts, p.place, p.whereabouts_words,
                  (select coalesce(jsonb_agg(jsonb_build_array(d.kind, d.grade, d.words) order by d.kind, d.reported_at), '[]') from victim_damage d
                   where d.entry_id = v.id and d.kind <> 'dwelling' and not d.is_withdrawn
                     and not exists (select from victim_damage x where x.corrects = d.id)) as "other_damage!",
                  (select coalesce(jsonb_agg(jsonb_build_array(a.happened_on, a.kind, a.status, a.words) order by a.happened_on, a.id), '[]')
                   from assistance_record a where a.entry_id = v.id and not a.is_withdrawn
                     and not exists (select from assistance_record x where x.corrects = a.id)) as "assistance!"
           from victim_entry v join victim_present p on p.entry_id = v.id join district t on t.id = v.district_id
           where v.id = any($1) order by v.number"#,
        entries
    )
    .fetch_all(conn)
    .await?;
    let table = |value: Value| -> Result<Vec<Vec<Option<String>>>> {
        serde_json::from_value(value).map_err(|e| Problem::Internal(e.into()))
    };
    rows.into_iter()
        .map(|r| {
            Ok(Leaving {
                number: r.number,
                resident_no: r.resident_no,
                district: r.district,
                is_protected: r.is_protected,
                name: r.name,
                name_kana: r.name_kana,
                birth: r.birth,
                sex: r.sex,
                registered_address: r.registered_address,
                actual_residence: r.actual_residence,
                phones: r.phones,
                household_label: r.household_label,
                relationship: r.relationship,
                special_care: r.special_care,
                special_care_reasons: r.special_care_reasons,
                certificate: r.certificate,
                dwelling: r.dwelling_grade,
                other_damage: table(r.other_damage)?,
                assistance: table(r.assistance)?,
                whereabouts: r.whereabouts,
                place: r.place,
                whereabouts_words: r.whereabouts_words,
            })
        })
        .collect()
}
