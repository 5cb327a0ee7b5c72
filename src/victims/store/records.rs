//! What is appended to an entry: whereabouts, damage, assistance, consent. A correction points at what it corrects; nothing is
//! overwritten, and saying it twice is the same as once.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use sqlx::postgres::PgQueryResult;
use uuid::Uuid;

use super::super::entry::{Assistance, Consent, Damage, Given, Whereabouts};
use super::super::provision::RecipientKind;
use super::super::words::{
    AssistanceKind, AssistanceStatus, ConsentStatus, DamageGrade, DamageKind, VictimPlace,
};
use crate::problem::{Problem, Result};

/// Every word on where she is, the newest first.
pub async fn whereabouts(conn: &mut PgConnection, entry: Uuid) -> Result<Vec<Whereabouts>> {
    Ok(sqlx::query_as!(
        Whereabouts,
        r#"select w.id, w.whereabouts, w.site_id, s.name as "place?", w.words, w.since, w.source_kind, a.name as "recorded_by?",
                  w.recorded_at, w.corrects, w.is_withdrawn,
                  exists (select from victim_whereabouts x where x.corrects = w.id) as "is_corrected!"
           from victim_whereabouts w left join site s on s.id = w.site_id left join account a on a.id = w.recorded_by
           where w.entry_id = $1 order by w.since desc, w.recorded_at desc, w.id desc"#,
        entry
    )
    .fetch_all(conn)
    .await?)
}

/// Every word on damage, the newest first.
pub async fn damage(conn: &mut PgConnection, entry: Uuid) -> Result<Vec<Damage>> {
    Ok(sqlx::query_as!(
        Damage,
        r#"select d.id, d.kind, d.grade, d.words, d.place, d.reported_by, d.reported_at, a.name as "recorded_by?", d.recorded_at,
                  d.corrects, d.is_withdrawn, exists (select from victim_damage x where x.corrects = d.id) as "is_corrected!"
           from victim_damage d left join account a on a.id = d.recorded_by
           where d.entry_id = $1 order by d.reported_at desc, d.recorded_at desc, d.id desc"#,
        entry
    )
    .fetch_all(conn)
    .await?)
}

/// Every record of assistance, the newest first.
pub async fn assistance(conn: &mut PgConnection, entry: Uuid) -> Result<Vec<Assistance>> {
    Ok(sqlx::query_as!(
        Assistance,
        r#"select r.id, r.kind, r.status, r.words, r.happened_on, r.amount_yen, r.department, a.name as "recorded_by?", r.recorded_at,
                  r.corrects, r.is_withdrawn, exists (select from assistance_record x where x.corrects = r.id) as "is_corrected!"
           from assistance_record r left join account a on a.id = r.recorded_by
           where r.entry_id = $1 order by r.happened_on desc, r.recorded_at desc, r.id desc"#,
        entry
    )
    .fetch_all(conn)
    .await?)
}

/// Every word on consent, the newest first.
pub async fn consents(conn: &mut PgConnection, entry: Uuid) -> Result<Vec<Consent>> {
    Ok(sqlx::query_as!(
        Consent,
        r#"select c.id, c.recipient_kind, c.recipient_name, c.status, c.obtained_on, c.means, c.obtained_by, a.name as "recorded_by?",
                  c.recorded_at, not exists (select from victim_consent n where n.entry_id = c.entry_id
                      and n.recipient_kind = c.recipient_kind and n.recipient_name = c.recipient_name
                      and (n.recorded_at, n.id) > (c.recorded_at, c.id)) as "is_in_force!"
           from victim_consent c left join account a on a.id = c.recorded_by
           where c.entry_id = $1 order by c.recorded_at desc, c.id desc"#,
        entry
    )
    .fetch_all(conn)
    .await?)
}

/// To whom the entry was given, the newest first.
pub async fn disclosures(conn: &mut PgConnection, entry: Uuid) -> Result<Vec<Given>> {
    Ok(sqlx::query_as!(
        Given,
        r#"select d.id, c.serial as "serial?", d.recipient_kind, d.recipient_name, d.legal_basis, d.purpose, d.fields, d.provided_at
           from victim_disclosure_entry e join victim_disclosure d on d.id = e.disclosure_id
           left join print_copy c on c.id = d.copy_id
           where e.entry_id = $1 order by d.provided_at desc, d.id desc"#,
        entry
    )
    .fetch_all(conn)
    .await?)
}

/// What every appended record says besides itself.
#[derive(Debug, Clone, Copy)]
pub struct Appended {
    pub id: Uuid,
    pub entry: Uuid,
    pub corrects: Option<Uuid>,
    pub is_withdrawn: bool,
    pub by: Option<Uuid>,
}

/// Where she is.
#[derive(Debug)]
pub struct NewWhereabouts<'a> {
    pub whereabouts: VictimPlace,
    pub site_id: Option<Uuid>,
    pub words: &'a str,
    pub since: DateTime<Utc>,
}

pub async fn add_whereabouts(
    conn: &mut PgConnection,
    a: Appended,
    new: NewWhereabouts<'_>,
) -> Result<()> {
    let done = sqlx::query!(
        "insert into victim_whereabouts (id, entry_id, whereabouts, site_id, words, since, source_kind, recorded_by, corrects, is_withdrawn)
         select $1, $2, $3, $4, $5, $6, 'hand', $7, $8, $9
         where $8::uuid is null or exists (select from victim_whereabouts o where o.id = $8 and o.entry_id = $2)
         on conflict (id) do nothing",
        a.id,
        a.entry,
        new.whereabouts.as_str(),
        new.site_id,
        new.words,
        new.since,
        a.by,
        a.corrects,
        a.is_withdrawn
    )
    .execute(&mut *conn)
    .await;
    let there = sqlx::query_scalar!(
        "select entry_id from victim_whereabouts where id = $1",
        a.id
    );
    match written(done)? {
        true => Ok(()),
        false => repeated(there.fetch_optional(conn).await?, a.entry),
    }
}

/// Damage as it is reported.
#[derive(Debug)]
pub struct NewDamage<'a> {
    pub kind: DamageKind,
    pub grade: DamageGrade,
    pub words: &'a str,
    pub place: &'a str,
    pub reported_by: &'a str,
    pub reported_at: DateTime<Utc>,
}

pub async fn add_damage(conn: &mut PgConnection, a: Appended, new: NewDamage<'_>) -> Result<()> {
    let done = sqlx::query!(
        "insert into victim_damage (id, entry_id, kind, grade, words, place, reported_by, reported_at, recorded_by, corrects, is_withdrawn)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
         where $10::uuid is null or exists (select from victim_damage o where o.id = $10 and o.entry_id = $2)
         on conflict (id) do nothing",
        a.id,
        a.entry,
        new.kind.as_str(),
        new.grade.as_str(),
        new.words,
        new.place,
        new.reported_by,
        new.reported_at,
        a.by,
        a.corrects,
        a.is_withdrawn
    )
    .execute(&mut *conn)
    .await;
    let there = sqlx::query_scalar!("select entry_id from victim_damage where id = $1", a.id);
    match written(done)? {
        true => Ok(()),
        false => repeated(there.fetch_optional(conn).await?, a.entry),
    }
}

/// What was done for her.
#[derive(Debug)]
pub struct NewAssistance<'a> {
    pub kind: AssistanceKind,
    pub status: AssistanceStatus,
    pub words: &'a str,
    pub happened_on: NaiveDate,
    pub amount_yen: Option<i64>,
    pub department: &'a str,
}

pub async fn add_assistance(
    conn: &mut PgConnection,
    a: Appended,
    new: NewAssistance<'_>,
) -> Result<()> {
    let done = sqlx::query!(
        "insert into assistance_record (id, entry_id, kind, status, words, happened_on, amount_yen, department, recorded_by, corrects,
             is_withdrawn)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
         where $10::uuid is null or exists (select from assistance_record o where o.id = $10 and o.entry_id = $2)
         on conflict (id) do nothing",
        a.id,
        a.entry,
        new.kind.as_str(),
        new.status.as_str(),
        new.words,
        new.happened_on,
        new.amount_yen,
        new.department,
        a.by,
        a.corrects,
        a.is_withdrawn
    )
    .execute(&mut *conn)
    .await;
    let there = sqlx::query_scalar!("select entry_id from assistance_record where id = $1", a.id);
    match written(done)? {
        true => Ok(()),
        false => repeated(there.fetch_optional(conn).await?, a.entry),
    }
}

/// Her word on giving her record away.
#[derive(Debug)]
pub struct NewConsent<'a> {
    pub recipient_kind: RecipientKind,
    pub recipient_name: &'a str,
    pub status: ConsentStatus,
    pub obtained_on: NaiveDate,
    pub means: &'a str,
    pub obtained_by: &'a str,
}

pub async fn add_consent(
    conn: &mut PgConnection,
    id: Uuid,
    entry: Uuid,
    by: Option<Uuid>,
    new: NewConsent<'_>,
) -> Result<()> {
    let done = sqlx::query!(
        "insert into victim_consent (id, entry_id, recipient_kind, recipient_name, status, obtained_on, means, obtained_by, recorded_by,
             recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp()) on conflict (id) do nothing",
        id,
        entry,
        new.recipient_kind.as_str(),
        new.recipient_name,
        new.status.as_str(),
        new.obtained_on,
        new.means,
        new.obtained_by,
        by
    )
    .execute(&mut *conn)
    .await;
    let there = sqlx::query_scalar!("select entry_id from victim_consent where id = $1", id);
    match written(done)? {
        true => Ok(()),
        false => repeated(there.fetch_optional(conn).await?, entry),
    }
}

/// Whether the record was written; what the database refuses, in words.
fn written(done: std::result::Result<PgQueryResult, sqlx::Error>) -> Result<bool> {
    match done {
        Ok(done) => Ok(done.rows_affected() == 1),
        Err(sqlx::Error::Database(db)) => match db.constraint() {
            Some(name) if name.ends_with("_corrects_key") => Err(Problem::Conflict(
                "この記録は、すでに直されています。画面を開き直して、新しい記録を見てください。"
                    .into(),
            )),
            Some(name) if name.ends_with("_site_fkey") => Err(Problem::field(
                "/site_id",
                "この避難所はありません。選び直してください。",
            )),
            _ => Err(sqlx::Error::Database(db).into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Nothing was written: it was said before, or it corrects what is not there.
fn repeated(there: Option<Uuid>, entry: Uuid) -> Result<()> {
    match there {
        Some(of) if of == entry => Ok(()),
        Some(_) => Err(Problem::Conflict(
            "この番号の記録は、別の方のものとしてすでにあります。画面を開き直してください。".into(),
        )),
        None => Err(Problem::field(
            "/corrects",
            "直す記録が見つかりません。画面を開き直してください。",
        )),
    }
}
