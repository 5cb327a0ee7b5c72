//! Rows of a roster that no number ties to a person: a human says who they are. A decision keeps the row as it waited, so that it can
//! be taken back until the list is applied.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::store::{keep_what_is_stronger, settle};
use crate::imports::Complaint;
use crate::problem::{Problem, Result};
use crate::text::kana::{kana_key, search_key};
use crate::text::{address, phone};

/// What a human says of a waiting row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// One of the people alike.
    Person(Uuid),
    /// Somebody who is not kept yet.
    New,
    /// Not taken in.
    LeaveOut,
}

impl Decision {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::New => "new",
            Self::LeaveOut => "leave_out",
        }
    }
}

/// What can be said of many rows in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Together {
    /// Rows that resemble nobody are new people.
    NewWithoutCandidate,
    /// Rows that resemble one person, whom no other row resembles or takes, are that person.
    PersonWithOneCandidate,
    /// Every decision is taken back.
    TakeBack,
}

/// How many rows wait, and how many of them can be decided together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sorts {
    pub waiting: i64,
    pub decided: i64,
    /// Waiting, and resembling nobody.
    pub without_candidate: i64,
    /// Waiting, and resembling one person whom no other row resembles or takes.
    pub one_candidate: i64,
}

/// Somebody in the words that people are told apart by.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Described {
    pub name: Option<String>,
    pub name_kana: Option<String>,
    pub birth_on: Option<chrono::NaiveDate>,
    pub sex: Option<String>,
    pub address: Option<String>,
    pub actual_address: Option<String>,
    #[serde(default)]
    pub phones: Vec<Number>,
    pub resident_no: Option<String>,
}

/// A telephone number as it is written.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = DescribedNumber)]
pub struct Number {
    pub value: String,
}

/// One of the people whom a row might mean.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Candidate {
    pub person_id: Uuid,
    pub who: Described,
    /// Still on the roster.
    pub is_listed: bool,
    /// `resident`, `died`, `moved`, `hospitalised`, `facility`.
    pub status: String,
    /// Fields that the row fills and that say something else here, width, spaces and variant characters apart.
    pub differs: Vec<String>,
    /// Place of another row of this list that already is this person.
    pub taken_by: Option<i64>,
    /// Line of that row.
    pub taken_by_line: Option<i64>,
}

/// A row that waits or waited.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WaitingRow {
    pub seq: i64,
    pub line: Option<i64>,
    pub who: Described,
    /// `person`, `new`, `leave_out`; null while it waits.
    pub decision: Option<String>,
    /// Who was chosen.
    pub person_id: Option<Uuid>,
    pub candidates: Vec<Candidate>,
    pub complaints: Vec<Complaint>,
}

/// A page of the rows that wait or waited, in the order of the file.
pub async fn waiting(
    conn: &mut PgConnection,
    batch_id: Uuid,
    after: i64,
    limit: i64,
) -> Result<Vec<WaitingRow>> {
    let rows = sqlx::query!(
        r#"select seq, line, decision, case when decision = 'person' then target_id end as person_id, complaints,
               coalesce(waited->'incoming', incoming) as "incoming!",
               (select coalesce(jsonb_agg(jsonb_build_object('person_id', p.id, 'record', roster_record(p), 'taken_by', t.seq,
                       'taken_by_line', t.line) order by p.id), '[]')
                from jsonb_array_elements_text(r.extra->'candidates') c join person p on p.id = c.value::uuid
                left join lateral (select o.seq, o.line from import_row o
                    where o.batch_id = $1 and o.seq <> r.seq and o.target_id = p.id and o.before is not null limit 1) t on true) as "candidates!"
           from import_row r where batch_id = $1 and (action = 'skip' or decision is not null) and seq > $2 order by seq limit $3"#,
        batch_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let who: Described = from_json(r.incoming)?;
            let candidates: Vec<Alike> = from_json(r.candidates)?;
            Ok(WaitingRow {
                seq: r.seq,
                line: r.line,
                decision: r.decision,
                person_id: r.person_id,
                candidates: candidates.into_iter().map(|c| c.beside(&who)).collect(),
                complaints: from_json(r.complaints)?,
                who,
            })
        })
        .collect()
}

/// A candidate as the database tells it.
#[derive(Deserialize)]
struct Alike {
    person_id: Uuid,
    record: Kept,
    taken_by: Option<i64>,
    taken_by_line: Option<i64>,
}

#[derive(Deserialize)]
struct Kept {
    #[serde(flatten)]
    who: Described,
    is_listed: bool,
    status: String,
}

impl Alike {
    fn beside(self, row: &Described) -> Candidate {
        Candidate {
            person_id: self.person_id,
            differs: differing(row, &self.record.who),
            who: self.record.who,
            is_listed: self.record.is_listed,
            status: self.record.status,
            taken_by: self.taken_by,
            taken_by_line: self.taken_by_line,
        }
    }
}

/// Fields that the row fills and the person has otherwise.
fn differing(row: &Described, kept: &Described) -> Vec<String> {
    let place = |text: &str| address::parse(text, None).key;
    let text = |a: &Option<String>, b: &Option<String>, key: &dyn Fn(&str) -> String| {
        let key = |t: &Option<String>| t.as_deref().map(key).unwrap_or_default();
        !key(a).is_empty() && key(a) != key(b)
    };
    let numbers = |who: &Described| -> Vec<String> {
        let key = |n: &Number| phone::parse(&n.value).map_or(n.value.clone(), |p| p.key);
        who.phones.iter().map(key).collect()
    };
    let (ours, theirs) = (numbers(row), numbers(kept));
    let found = [
        ("name", text(&row.name, &kept.name, &search_key)),
        (
            "name_kana",
            text(&row.name_kana, &kept.name_kana, &kana_key),
        ),
        (
            "birth_on",
            row.birth_on.is_some() && row.birth_on != kept.birth_on,
        ),
        ("sex", text(&row.sex, &kept.sex, &str::to_owned)),
        ("address", text(&row.address, &kept.address, &place)),
        (
            "actual_address",
            text(&row.actual_address, &kept.actual_address, &place),
        ),
        ("phones", ours.iter().any(|n| !theirs.contains(n))),
        (
            "resident_no",
            text(&row.resident_no, &kept.resident_no, &str::to_owned),
        ),
    ];
    found
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(field, _)| field.to_owned())
        .collect()
}

/// How many rows wait and what can be decided together.
pub async fn sorts(conn: &mut PgConnection, batch_id: Uuid) -> Result<Sorts> {
    let one_candidate = with_one_candidate(conn, batch_id).await?.len() as i64;
    let r = sqlx::query!(
        r#"select count(*) filter (where decision is null) as "waiting!", count(*) filter (where decision is not null) as "decided!",
               count(*) filter (where decision is null and not extra ? 'candidates') as "without!"
           from import_row where batch_id = $1 and (action = 'skip' or decision is not null)"#,
        batch_id
    )
    .fetch_one(conn)
    .await?;
    Ok(Sorts {
        waiting: r.waiting,
        decided: r.decided,
        without_candidate: r.without,
        one_candidate,
    })
}

/// Waiting rows with the one person whom each resembles, if no other row resembles or takes that person.
async fn with_one_candidate(conn: &mut PgConnection, batch_id: Uuid) -> Result<Vec<(i64, Uuid)>> {
    let rows = sqlx::query!(
        r#"with alike as (
               select r.seq, r.decision, c.value::uuid as person_id, jsonb_array_length(r.extra->'candidates') as candidates
               from import_row r cross join lateral jsonb_array_elements_text(r.extra->'candidates') c
               where r.batch_id = $1 and (r.action = 'skip' or r.decision is not null)),
           sole as (select person_id from alike group by person_id having count(*) = 1)
           select a.seq, a.person_id as "person_id!" from alike a join sole using (person_id)
           where a.candidates = 1 and a.decision is null and not exists (
               select from import_row o where o.batch_id = $1 and o.target_id = a.person_id and o.before is not null)
           order by a.seq"#,
        batch_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.seq, r.person_id)).collect())
}

/// Decide about one row, whatever was said of it before.
pub async fn decide(
    conn: &mut PgConnection,
    batch_id: Uuid,
    seq: i64,
    decision: Decision,
) -> Result<()> {
    take_back(conn, batch_id, Some(seq)).await?;
    let decided = match decision {
        Decision::Person(person_id) => are_these(conn, batch_id, &[(seq, person_id)]).await?,
        Decision::New => are_new(conn, batch_id, Some(seq)).await?,
        Decision::LeaveOut => leave_out(conn, batch_id, seq).await?,
    };
    if decided == 0 {
        return Err(Problem::Conflict(
            "この行はその人と結び付けられません。画面を読み込み直して確かめてください。".into(),
        ));
    }
    Ok(())
}

/// Decide about all rows of a sort. Answers how many, and the people chosen.
pub async fn decide_together(
    conn: &mut PgConnection,
    batch_id: Uuid,
    what: Together,
) -> Result<(i64, Vec<Uuid>)> {
    match what {
        Together::NewWithoutCandidate => Ok((are_new(conn, batch_id, None).await?, Vec::new())),
        Together::PersonWithOneCandidate => {
            let pairs = with_one_candidate(conn, batch_id).await?;
            let decided = are_these(conn, batch_id, &pairs).await?;
            Ok((decided, pairs.into_iter().map(|(_, id)| id).collect()))
        }
        Together::TakeBack => Ok((take_back(conn, batch_id, None).await?, Vec::new())),
    }
}

/// The row (or all rows that resemble nobody) are new people.
async fn are_new(conn: &mut PgConnection, batch_id: Uuid, seq: Option<i64>) -> Result<i64> {
    let done = sqlx::query!(
        "update import_row set action = 'add', change_class = 'new', decision = 'new', complaints = undecided_apart(complaints),
             waited = jsonb_build_object('incoming', incoming, 'complaints', complaints, 'target_id', target_id)
         where batch_id = $1 and action = 'skip' and decision is null and (seq = $2 or $2 is null and not extra ? 'candidates')",
        batch_id,
        seq
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() as i64)
}

/// These rows are these people, each one of its candidates whom no other row is. What a row does not say (a number that the list
/// lacks) stays what it is.
async fn are_these(conn: &mut PgConnection, batch_id: Uuid, pairs: &[(i64, Uuid)]) -> Result<i64> {
    let (seqs, persons): (Vec<i64>, Vec<Uuid>) = pairs.iter().copied().unzip();
    let done = sqlx::query!(
        "update import_row r set decision = 'person', complaints = undecided_apart(r.complaints),
             waited = jsonb_build_object('incoming', r.incoming, 'complaints', r.complaints, 'target_id', r.target_id),
             target_id = p.id, before = roster_record(p), action = 'pending',
             incoming = case when r.incoming->>'resident_no' is null then r.incoming - 'resident_no' else r.incoming end
         from unnest($2::int8[], $3::uuid[]) as chosen(seq, person_id) join person p on p.id = chosen.person_id
         where r.batch_id = $1 and r.seq = chosen.seq and r.action = 'skip' and r.decision is null and r.extra->'candidates' ? p.id::text
             and not exists (select from import_row o where o.batch_id = $1 and o.seq <> r.seq and o.target_id = p.id and o.before is not null)",
        batch_id,
        &seqs,
        &persons
    )
    .execute(&mut *conn)
    .await?;
    keep_what_is_stronger(conn, batch_id).await?;
    settle(conn, batch_id).await?;
    Ok(done.rows_affected() as i64)
}

async fn leave_out(conn: &mut PgConnection, batch_id: Uuid, seq: i64) -> Result<i64> {
    let done = sqlx::query!(
        "update import_row set decision = 'leave_out', complaints = undecided_apart(complaints),
             waited = jsonb_build_object('incoming', incoming, 'complaints', complaints, 'target_id', target_id)
         where batch_id = $1 and seq = $2 and action = 'skip' and decision is null",
        batch_id,
        seq
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() as i64)
}

/// The row (or every row that was decided) waits again, as it was.
pub async fn take_back(conn: &mut PgConnection, batch_id: Uuid, seq: Option<i64>) -> Result<i64> {
    let done = sqlx::query!(
        "update import_row set action = 'skip', change_class = '', decision = null, waited = null, before = null, incoming = waited->'incoming',
             complaints = waited->'complaints', target_id = (waited->>'target_id')::uuid
         where batch_id = $1 and decision is not null and ($2::int8 is null or seq = $2)",
        batch_id,
        seq
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() as i64)
}

fn from_json<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Result<T> {
    serde_json::from_value(value).map_err(|e| Problem::Internal(e.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(name: &str, address: &str, phones: &[&str]) -> Described {
        Described {
            name: Some(name.into()),
            address: Some(address.into()),
            phones: phones
                .iter()
                .map(|n| Number { value: (*n).into() })
                .collect(),
            ..Described::default()
        }
    }

    #[test]
    fn what_is_written_otherwise_does_not_differ_and_what_the_row_lacks_is_no_difference() {
        let row = who("髙橋　花子", "豊中市試験町１－２", &["０６-6858-1111"]);
        let mut kept = who("高橋 花子", "豊中市試験町1-2", &["0668581111"]);
        kept.birth_on = chrono::NaiveDate::from_ymd_opt(1935, 3, 1);
        kept.resident_no = Some("1".into());
        assert_eq!(differing(&row, &kept), Vec::<String>::new());
        let other = who("高橋 花代", "豊中市試験町1-3", &["0668581112"]);
        assert_eq!(differing(&row, &other), ["name", "address", "phones"]);
    }
}
