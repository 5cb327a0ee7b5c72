//! Writing an entry's items by hand; its changes are kept by the table's own trigger.

use sqlx::PgConnection;
use uuid::Uuid;

use super::super::items::VictimItems;
use super::lock;
use crate::data_keys::{DataPurpose, data_key};
use crate::districts::UNDECIDED;
use crate::keys::Keys;
use crate::problem::{OnConstraint, Problem, Result};
use crate::text::address;
use crate::text::kana::{kana_key, search_key};

/// The note as it is kept; None: stays as it is, Some(None): none.
async fn sealed(
    conn: &mut PgConnection,
    keys: &Keys,
    event_id: Uuid,
    id: Uuid,
    note: Option<&str>,
) -> Result<Option<Option<Vec<u8>>>> {
    match note.map(str::trim) {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => {
            let key = data_key(conn, keys, DataPurpose::Victim, event_id).await?;
            Ok(Some(Some(key.seal(id, text.as_bytes())?)))
        }
    }
}

/// A statement that writes the items as $3 to $21, whatever stands before and behind them.
macro_rules! write_items {
    ($sql:literal, ($first:expr, $second:expr), $items:ident, ($($rest:expr),*)) => {
        sqlx::query!(
            $sql,
            $first,
            $second,
            $items.resident_no,
            $items.name,
            $items.name_kana,
            search_key(&$items.name),
            kana_key(&$items.name_kana),
            $items.birth_on(),
            $items.birth,
            $items.sex.map(|s| s.as_str()),
            $items.registered_address,
            $items.actual_residence,
            address_key($items),
            $items.district_id.unwrap_or(UNDECIDED),
            $items.special_care,
            &$items.special_care_reasons,
            &$items.phones,
            $items.household_label,
            $items.relationship,
            $items.certificate.as_str(),
            $items.is_protected,
            $($rest),*
        )
    };
}

/// An entry typed by hand. Saying it twice is the same as once; false when it was there.
pub async fn insert(
    conn: &mut PgConnection,
    keys: &Keys,
    event_id: Uuid,
    id: Uuid,
    items: &VictimItems,
    made_by: Option<Uuid>,
) -> Result<bool> {
    lock(conn, event_id).await?;
    let there = sqlx::query_scalar!("select event_id from victim_entry where id = $1", id)
        .fetch_optional(&mut *conn)
        .await?;
    match there {
        Some(event) if event == event_id => return Ok(false),
        Some(_) => {
            return Err(Problem::Conflict(
                "この番号の記録は、別の災害の台帳にあります。".into(),
            ));
        }
        None => {}
    }
    let note = sealed(conn, keys, event_id, id, items.note.as_deref())
        .await?
        .flatten();
    write_items!(
        "insert into victim_entry (id, event_id, number, resident_no, name, name_kana, name_key, kana_key, birth_on, birth_text, sex,
             registered_address, actual_residence, address_key, district_id, special_care, special_care_reasons, phones, household_label,
             relationship, certificate, is_protected, note_sealed, has_contact, made_by)
         values ($1, $2, (select coalesce(max(number), 0) + 1 from victim_entry where event_id = $2), $3, $4, $5, $6, $7, $8, $9, $10,
             $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, cardinality($17::text[]) > 0, $23)",
        (id, event_id),
        items,
        (note, made_by)
    )
    .execute(&mut *conn)
    .await
    .on_constraint("victim_entry_district_fkey", no_district)?;
    sqlx::query!(
        "insert into victim_source (id, entry_id, event_id, kind, taken_by) values ($1, $1, $2, 'hand', $3)",
        id,
        event_id,
        made_by
    )
    .execute(conn)
    .await?;
    Ok(true)
}

fn no_district() -> Problem {
    Problem::field("/district_id", "この校区はありません。選び直してください。")
}

fn address_key(items: &VictimItems) -> String {
    let written = match items.actual_residence.as_str() {
        "" => &items.registered_address,
        actual => actual,
    };
    match written.is_empty() {
        true => String::new(),
        false => address::parse(written, None).key,
    }
}

/// Write the items over those of `version`; false when somebody changed the entry meanwhile.
pub async fn update(
    conn: &mut PgConnection,
    keys: &Keys,
    event_id: Uuid,
    id: Uuid,
    version: i32,
    items: &VictimItems,
) -> Result<bool> {
    let note = sealed(conn, keys, event_id, id, items.note.as_deref()).await?;
    let done = write_items!(
        "update victim_entry set resident_no = $3, name = $4, name_kana = $5, name_key = $6, kana_key = $7, birth_on = $8, birth_text = $9,
             sex = $10, registered_address = $11, actual_residence = $12, address_key = $13, district_id = $14, special_care = $15,
             special_care_reasons = $16, phones = $17, household_label = $18, relationship = $19, certificate = $20, is_protected = $21,
             note_sealed = case when $22 then $23 else note_sealed end, has_contact = cardinality($17::text[]) > 0, changed_at = now(),
             version = version + 1
         where id = $1 and version = $2 and removed_at is null",
        (id, version),
        items,
        (note.is_some(), note.flatten())
    )
    .execute(conn)
    .await
    .on_constraint("victim_entry_district_fkey", no_district)?;
    Ok(done.rows_affected() == 1)
}

/// Take an entry out of the registry; nothing of it is deleted. False when somebody changed it meanwhile.
pub async fn remove(conn: &mut PgConnection, id: Uuid, version: i32, why: &str) -> Result<bool> {
    let done = sqlx::query!(
        "update victim_entry set removed_at = now(), removed_why = $3, changed_at = now(), version = version + 1
         where id = $1 and version = $2 and removed_at is null",
        id,
        version,
        why
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Put a removed entry back.
pub async fn restore(conn: &mut PgConnection, id: Uuid) -> Result<bool> {
    let again = || {
        Problem::Conflict(
            "この方の記録は、あとから新しく作られています。新しいほうの記録を見てください。".into(),
        )
    };
    let done = sqlx::query!(
        "update victim_entry set removed_at = null, removed_why = null, changed_at = now(), version = version + 1
         where id = $1 and removed_at is not null",
        id
    )
    .execute(conn)
    .await;
    let done = match done {
        Err(sqlx::Error::Database(db))
            if matches!(
                db.constraint(),
                Some("victim_entry_event_person_key" | "victim_entry_event_evacuee_key")
            ) =>
        {
            return Err(again());
        }
        other => other?,
    };
    Ok(done.rows_affected() == 1)
}

/// Move an entry into the household of `with`, or into one of its own; false when somebody changed it meanwhile.
pub async fn move_household(
    conn: &mut PgConnection,
    event_id: Uuid,
    id: Uuid,
    version: i32,
    with: Option<Uuid>,
    relationship: &str,
) -> Result<bool> {
    let (party, label) = match with {
        None => (Some(Uuid::now_v7()), String::new()),
        Some(other) => household_of(conn, event_id, id, other).await?,
    };
    let done = sqlx::query!(
        "update victim_entry set party_id = $3, household_label = $4, relationship = $5, changed_at = now(), version = version + 1
         where id = $1 and version = $2 and removed_at is null",
        id,
        version,
        party,
        label,
        relationship
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The other's household, made when there is none yet.
async fn household_of(
    conn: &mut PgConnection,
    event_id: Uuid,
    id: Uuid,
    other: Uuid,
) -> Result<(Option<Uuid>, String)> {
    if id == other {
        return Err(Problem::field(
            "/with",
            "ご本人です。別の方を選んでください。",
        ));
    }
    let found = sqlx::query!(
        "select party_id, household_label, name from victim_entry where id = $1 and event_id = $2 and removed_at is null for update",
        other,
        event_id
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or_else(|| Problem::field("/with", "この災害の台帳にいない方です。選び直してください。"))?;
    let label = match found.household_label.as_str() {
        "" => format!("{} 世帯", found.name),
        label => label.to_owned(),
    };
    let party = found.party_id.unwrap_or_else(Uuid::now_v7);
    if found.party_id.is_none() || found.household_label.is_empty() {
        sqlx::query!(
            "update victim_entry set party_id = $2, household_label = $3, changed_at = now(), version = version + 1 where id = $1",
            other,
            party,
            label
        )
        .execute(conn)
        .await?;
    }
    Ok((Some(party), label))
}
