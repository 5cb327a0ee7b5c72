//! Members: lists, histories, assignments by hand.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::board::Bucket;
use super::super::derive::{MemberState, corrected};
use super::super::evidence::word;
use super::super::member::{Assigned, Member, ObservationView, Reach, ResolutionView};
use crate::accounts::DistrictName;
use crate::problem::{Problem, Result};

pub(super) struct Row {
    pub id: Uuid,
    pub kind: String,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    pub subject: Option<Value>,
    pub district_id: Uuid,
    pub district_name: String,
    pub name: Option<String>,
    pub name_kana: Option<String>,
    pub birth_on: Option<NaiveDate>,
    pub sex: Option<String>,
    pub address: Option<String>,
    pub help_needed: Option<Vec<String>>,
    pub help_note: Option<String>,
    pub is_protected: bool,
    pub is_disclosable: bool,
    pub is_consented: bool,
    pub bucket: String,
    pub is_contradicted: bool,
    pub open_rescues: i16,
    pub attempts_count: i32,
    pub last_attempt_at: Option<DateTime<Utc>>,
    pub last_heard_at: Option<DateTime<Utc>>,
    pub rescue_since: Option<DateTime<Utc>>,
    pub out_of_scope_reason: Option<String>,
    pub is_late_addition: bool,
    pub state: Json<MemberState>,
    pub assigned: Json<Vec<Assigned>>,
}

/// A member as read, with what only the service needs.
pub struct Read {
    pub member: Member,
    pub state: MemberState,
    /// Shown on the ground of consent; otherwise of an activation (or, to headquarters, of its own task).
    pub is_consented: bool,
}

impl Row {
    pub(super) fn on(self, today: NaiveDate) -> Result<Read> {
        let state = self.state.0;
        let member = Member {
            id: self.id,
            kind: self.kind,
            person_id: self.person_id,
            household_id: self.household_id,
            subject: self.subject,
            district: DistrictName {
                id: self.district_id,
                name: self.district_name,
            },
            name: self.name,
            name_kana: self.name_kana,
            age: self.birth_on.and_then(|on| today.years_since(on)),
            sex: self.sex,
            address: self.address,
            help_needed: self.help_needed.unwrap_or_default(),
            help_note: self.help_note,
            is_protected: self.is_protected,
            is_disclosable: self.is_disclosable,
            bucket: word::<Bucket>(&self.bucket)?,
            outcome: state.outcome,
            whereabouts: state.whereabouts,
            is_contradicted: self.is_contradicted,
            open_rescues: self.open_rescues.unsigned_abs().into(),
            attempts_count: self.attempts_count.unsigned_abs(),
            last_attempt_at: self.last_attempt_at,
            last_heard_at: self.last_heard_at,
            rescue_since: self.rescue_since,
            out_of_scope_reason: self.out_of_scope_reason,
            is_late_addition: self.is_late_addition,
            assigned: self.assigned.0,
        };
        Ok(Read {
            member,
            state,
            is_consented: self.is_consented,
        })
    }
}

/// Which members a list is about.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    pub district: Option<Uuid>,
    pub bucket: Option<Bucket>,
    /// `protected`, `contradicted`, `unlisted`, `unassigned` or `not_disclosable`.
    pub only: Option<&'static str>,
    /// The last member of the page before.
    pub after: Option<Uuid>,
}

/// A page of the members that the caller may see, by reading.
pub async fn members(
    conn: &mut PgConnection,
    round_id: Uuid,
    filter: &Filter,
    limit: i64,
    today: NaiveDate,
) -> Result<Vec<Read>> {
    let rows = sqlx::query_file_as!(
        Row,
        "src/safety/store/members.sql",
        round_id,
        filter.district,
        filter.bucket.map(Bucket::as_str),
        filter.only,
        filter.after,
        None::<Uuid>,
        None::<Uuid>,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|r| r.on(today)).collect()
}

/// One member whom the caller may see.
pub async fn member(conn: &mut PgConnection, id: Uuid, today: NaiveDate) -> Result<Read> {
    sqlx::query_file_as!(
        Row,
        "src/safety/store/members.sql",
        None::<Uuid>,
        None::<Uuid>,
        None::<&str>,
        None::<&str>,
        None::<Uuid>,
        id,
        None::<Uuid>,
        1
    )
    .fetch_one(conn)
    .await?
    .on(today)
}

/// The members of an event's rounds who are in the rescue queue.
pub(super) async fn in_rescue_queue(
    conn: &mut PgConnection,
    event_id: Uuid,
    today: NaiveDate,
) -> Result<Vec<Read>> {
    let rows = sqlx::query_file_as!(
        Row,
        "src/safety/store/members.sql",
        None::<Uuid>,
        None::<Uuid>,
        None::<&str>,
        None::<&str>,
        None::<Uuid>,
        None::<Uuid>,
        event_id,
        10_000
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|r| r.on(today)).collect()
}

/// How these people can be reached.
pub async fn contacts(
    conn: &mut PgConnection,
    people: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<Reach>>> {
    let rows = sqlx::query!(
        "select person_id, kind, value, holder, relation from contact
         where person_id = any($1) and ended_on is null order by person_id, kind, id",
        people
    )
    .fetch_all(conn)
    .await?;
    let mut found: BTreeMap<Uuid, Vec<Reach>> = BTreeMap::new();
    for r in rows {
        found.entry(r.person_id).or_default().push(Reach {
            kind: r.kind,
            value: r.value,
            holder: r.holder,
            relation: r.relation,
        });
    }
    Ok(found)
}

/// The evidence about a member, and what speaks for her household, the oldest first.
pub async fn observations(
    conn: &mut PgConnection,
    member_id: Uuid,
) -> Result<Vec<ObservationView>> {
    let rows = sqlx::query!(
        r#"select o.id, o.member_id, o.outcome, o.whereabouts, o.shelter_id, o.attempt, o.needs, o.note, o.told_by, o.told_phone,
                  o.channel, o.marker, pc.serial as "sheet_serial?", ta.name as "typed_by_name?", o.for_household,
                  o.corrects, o.is_withdrawal, o.observer_kind, coalesce(v.name, a.name) as "observer_name?",
                  o.observed_at, o.clock_offset_ms, o.recorded_at, o.is_late,
                  exists (select from member_link l where l.from_member_id = o.member_id and l.to_member_id = m.id
                          and l.undone_at is null) as "is_linked!"
           from round_member m
           join observation o on o.member_id = m.id
               or (o.for_household and o.member_id in (
                   select h.id from round_member h where h.round_id = m.round_id and h.household_id = m.household_id))
               or o.member_id in (select l.from_member_id from member_link l where l.to_member_id = m.id and l.undone_at is null)
           left join volunteer v on v.id = o.observer_id
           left join account a on a.id = o.observer_id
           left join account ta on ta.id = o.typed_by
           left join print_copy pc on pc.id = o.copy_id
           where m.id = $1
           order by o.observed_at, o.id"#,
        member_id
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(ObservationView {
                id: r.id,
                via_household: r.member_id != member_id && !r.is_linked,
                outcome: r.outcome.as_deref().map(word).transpose()?,
                whereabouts: r.whereabouts.as_deref().map(word).transpose()?,
                shelter_id: r.shelter_id,
                attempt: word(&r.attempt)?,
                needs: r.needs,
                note: r.note,
                told_by: r.told_by,
                told_phone: r.told_phone,
                channel: word(&r.channel)?,
                marker: r.marker.as_deref().map(word).transpose()?,
                sheet_serial: r.sheet_serial,
                typed_by_name: r.typed_by_name,
                for_household: r.for_household,
                corrects: r.corrects,
                is_withdrawal: r.is_withdrawal,
                observer_kind: r.observer_kind,
                observer_name: r.observer_name,
                observed_at: corrected(r.observed_at, r.clock_offset_ms),
                recorded_at: r.recorded_at,
                is_late: r.is_late,
            })
        })
        .collect()
}

/// Whether this observation is about this member.
pub async fn is_about(conn: &mut PgConnection, id: Uuid, member_id: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from observation where id = $1 and member_id = $2) as "yes!""#,
        id,
        member_id
    )
    .fetch_one(conn)
    .await?)
}

/// How this member's rescues were closed, the oldest first.
pub async fn resolutions(conn: &mut PgConnection, member_id: Uuid) -> Result<Vec<ResolutionView>> {
    let rows = sqlx::query!(
        r#"select r.id, r.closes, r.outcome, r.whereabouts, r.how, a.name as "resolved_by_name?", r.resolved_by_kind, r.resolved_at
           from resolution r left join account a on a.id = r.resolved_by
           where r.member_id = $1
              or r.member_id in (select l.from_member_id from member_link l where l.to_member_id = $1 and l.undone_at is null)
           order by r.resolved_at, r.id"#,
        member_id
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(ResolutionView {
                id: r.id,
                closes: r.closes,
                outcome: word(&r.outcome)?,
                whereabouts: r.whereabouts.as_deref().map(word).transpose()?,
                how: r.how,
                resolved_by_name: r.resolved_by_name,
                resolved_by_kind: r.resolved_by_kind,
                resolved_at: r.resolved_at,
            })
        })
        .collect()
}

/// Set who looks in on a member: others are relieved, new ones are assigned by hand. Volunteers must serve the district.
pub async fn set_assignment(
    conn: &mut PgConnection,
    member: &Member,
    round_id: Uuid,
    volunteers: &[Uuid],
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update assignment set ended_at = $3 where member_id = $1 and ended_at is null and not volunteer_id = any($2)",
        member.id,
        volunteers,
        at
    )
    .execute(&mut *conn)
    .await?;
    let fit = sqlx::query_scalar!(
        r#"select count(distinct v.id) as "n!" from volunteer v join volunteer_district vd on vd.volunteer_id = v.id
           where v.id = any($1) and v.ended_on is null and vd.district_id = $2"#,
        volunteers,
        member.district.id
    )
    .fetch_one(&mut *conn)
    .await?;
    if usize::try_from(fit).ok() != Some(volunteers.len()) {
        return Err(Problem::field(
            "/volunteer_ids",
            "この校区を受け持つ協力者から選んでください。",
        ));
    }
    sqlx::query!(
        "insert into assignment (id, round_id, member_id, person_id, volunteer_id, basis, assigned_by, assigned_at)
         select gen_random_uuid(), $1, $2, $3, n.id, 'hand', $5, $6 from unnest($4::uuid[]) as n(id)
         where not exists (select from assignment a where a.member_id = $2 and a.volunteer_id = n.id and a.ended_at is null)
         on conflict do nothing",
        round_id,
        member.id,
        member.person_id,
        volunteers,
        by,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Refuse a member that is not of this round, or that the caller may not see.
pub async fn require_in_round(
    conn: &mut PgConnection,
    round_id: Uuid,
    member_id: Uuid,
) -> Result<()> {
    sqlx::query_scalar!(
        "select id from round_member where id = $1 and round_id = $2",
        member_id,
        round_id
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}
