//! Sheets come back: line by line into the ledger, as walked and not as typed.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::sheet::{LineToType, SheetCopy, SheetToType};
use super::super::store::{sheets, typing};
use super::sheets::by_serial;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Caller, Lead, Valid};
use crate::db::{Principal, Tx};
use crate::problem::{Problem, Problems, Result};
use crate::safety::api::members::{MemberNow, id_taken, require_marker, require_told_by, settle};
use crate::safety::api::{ground, today};
use crate::safety::member::Member;
use crate::safety::observation::{Attempt, Channel, Marker, Outcome};
use crate::safety::record::{self, NewObservation};
use crate::safety::store as rounds;
use crate::safety::store::members::Filter;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_sheet))
        .routes(routes!(type_line))
}

/// A copy to be typed in, by its number: who stands on which line, and what was typed in already.
#[utoipa::path(get, path = "/sheets/{serial}", operation_id = "show_sheet", tag = "channels", params(("serial" = i64, Path)), responses((status = 200, body = SheetToType), Problems))]
async fn show_sheet(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(serial): Path<i64>,
) -> Result<Json<SheetToType>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let copy = by_serial(&mut tx, serial).await?;
    let round = rounds::rounds::round(&mut tx, copy.round_id, now).await?;
    let filter = Filter {
        district: Some(copy.district.id),
        ..Filter::default()
    };
    let read = rounds::members::members(&mut tx, round.id, &filter, i64::MAX, today(now)).await?;
    let mut known: HashMap<Uuid, _> = read.into_iter().map(|r| (r.member.id, r)).collect();
    let mut typed = typing::typed(&mut tx, copy.id).await?;
    let on_it = sheets::lines(&mut tx, copy.id).await?;
    let on_it: Vec<_> = on_it
        .into_iter()
        .filter_map(|(line_no, id)| known.remove(&id).map(|read| (line_no, read)))
        .collect();
    let people: Vec<Uuid> = on_it
        .iter()
        .filter_map(|(_, r)| r.member.person_id)
        .collect();
    let entry = Entry::new("sheets.show", "person", &people)
        .ground(ground(&caller, on_it.iter().any(|(_, r)| !r.is_consented)))
        .event(round.event.id)
        .detail(serde_json::json!({"copy": copy.id}));
    audit::append(&mut tx, entry).await?;
    let walkers = sheets::walkers(&mut tx, copy.district.id).await?;
    tx.commit().await?;
    let lines = on_it
        .into_iter()
        .map(|(line_no, r)| {
            let typed = typed.remove(&r.member.id).unwrap_or_default();
            line_to_type(line_no, r.member, typed)
        })
        .collect();
    Ok(Json(SheetToType {
        event: round.event,
        round_name: round.name,
        is_round_closed: round.closed_at.is_some(),
        looks_for_marker: round.looks_for_marker,
        marker_label: app.settings.marker_label.clone(),
        walkers,
        lines,
        copy,
    }))
}

fn line_to_type(
    line_no: i16,
    m: Member,
    typed: Vec<super::super::sheet::TypedEntry>,
) -> LineToType {
    let subject = |key: &str| {
        let text = m.subject.as_ref().and_then(|s| s.get(key)?.as_str());
        text.unwrap_or_default().to_owned()
    };
    LineToType {
        line_no,
        member_id: m.id,
        name: m.name.clone().unwrap_or_else(|| subject("label")),
        name_kana: m.name_kana.clone().unwrap_or_default(),
        age: m.age,
        address: m.address.clone().unwrap_or_else(|| subject("place")),
        bucket: m.bucket,
        typed,
    }
}

#[derive(Deserialize, Validate, ToSchema)]
struct TypeLine {
    /// Made by the caller: saying it twice is saying it once.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    outcome: Option<Outcome>,
    #[garde(skip)]
    attempt: Attempt,
    /// What hung at the door, with the attempt `marker`; it speaks for the home.
    #[garde(skip)]
    marker: Option<Marker>,
    #[garde(length(max = 20), inner(length(chars, max = 40)))]
    #[schema(max_items = 20, max_length = 40)]
    #[serde(default)]
    needs: Vec<String>,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    note: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    told_by: String,
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    #[serde(default)]
    told_phone: String,
    /// As written on the sheet: when it was seen, not when it is typed.
    #[garde(skip)]
    observed_at: DateTime<Utc>,
    /// Who walked, when the copy does not say it.
    #[garde(skip)]
    volunteer_id: Option<Uuid>,
    /// The line has a second entry beside the first, not in its place.
    #[garde(skip)]
    #[serde(default)]
    is_another_visit: bool,
    /// What was typed in from this line and is put right, or taken back.
    #[garde(skip)]
    corrects: Option<Uuid>,
    #[garde(skip)]
    #[serde(default)]
    is_withdrawal: bool,
}

impl TypeLine {
    fn check(&self, copy: &SheetCopy, now: DateTime<Utc>) -> Result<()> {
        if self.outcome == Some(Outcome::Deceased) {
            return Err(Problem::field(
                "/outcome",
                "死亡は本部が確かめて、その人の画面から記録します。",
            ));
        }
        if self.is_withdrawal {
            return match self.corrects {
                Some(_) => Ok(()),
                None => Err(Problem::field(
                    "/corrects",
                    "取り消す入力を選んでください。",
                )),
            };
        }
        if self.observed_at > now + TimeDelta::minutes(5) {
            return Err(Problem::field(
                "/observed_at",
                "現在時刻より先です。用紙に書かれた時刻と日付を確かめてください。",
            ));
        }
        // Minutes are written on paper: one that began before the printing is the same one.
        if self.observed_at < copy.printed_at - TimeDelta::minutes(1) {
            return Err(Problem::field(
                "/observed_at",
                "この用紙を印刷した時刻より前です。用紙に書かれた時刻と日付を確かめてください。",
            ));
        }
        require_told_by(self.attempt, self.outcome, &self.told_by)?;
        if self.attempt == Attempt::Marker && self.marker.is_none() {
            return Err(Problem::field(
                "/marker",
                "何が出ていたかを選んでください。",
            ));
        }
        require_marker(self.attempt, self.marker, self.outcome)
    }
}

/// A line after something was typed in from it.
#[derive(Debug, Serialize, ToSchema)]
struct TypedNow {
    line: LineToType,
    member: MemberNow,
}

/// Type a line in: seen by whoever walked, at the time on the paper. A line that was typed in before is a conflict, unless the
/// entry puts right what stands there or is another visit. Late ones count as well.
#[utoipa::path(post, path = "/sheets/{serial}/lines/{line_no}", operation_id = "type_line", tag = "channels", params(("serial" = i64, Path), ("line_no" = i16, Path)), request_body = TypeLine, responses((status = 201, body = TypedNow), Problems))]
async fn type_line(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((serial, line_no)): Path<(i64, i16)>,
    Valid(input): Valid<TypeLine>,
) -> Result<(StatusCode, Json<TypedNow>)> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let copy = by_serial(&mut tx, serial).await?;
    input.check(&copy, now)?;
    let lines = sheets::lines(&mut tx, copy.id).await?;
    let member_id = lines
        .iter()
        .find(|(no, _)| *no == line_no)
        .map(|(_, member)| *member)
        .ok_or(Problem::NotFound)?;
    typing::hold_line(&mut tx, copy.id, line_no).await?;
    let before = typing::typed(&mut tx, copy.id)
        .await?
        .remove(&member_id)
        .unwrap_or_default();
    let is_repeated = rounds::members::is_about(&mut tx, input.id, member_id).await?;
    if !is_repeated {
        refuse_doubt(&input, &before)?;
    }
    let walked = walked_by(&mut tx, &copy, &input).await?;
    let observation = observation(&caller, &copy, member_id, walked, input);
    let is_new = !record::insert_observations(&mut tx, &[observation])
        .await?
        .is_empty();
    if !is_new && !is_repeated {
        return Err(id_taken());
    }
    let member = rounds::members::member(&mut tx, member_id, today(now))
        .await?
        .member;
    let typed = typing::typed(&mut tx, copy.id).await?.remove(&member_id);
    let after = settle(&app, tx, member_id, "sheets.type_line", is_new).await?;
    let mut line = line_to_type(line_no, member, typed.unwrap_or_default());
    line.bucket = after.bucket;
    Ok((
        StatusCode::CREATED,
        Json(TypedNow {
            line,
            member: after,
        }),
    ))
}

/// Another desk has typed the line in, or what is to be put right does not stand there any more.
fn refuse_doubt(input: &TypeLine, before: &[super::super::sheet::TypedEntry]) -> Result<()> {
    match input.corrects {
        Some(corrects) if !before.iter().any(|e| e.id == corrects) => Err(Problem::Conflict(
            "その入力は、もう直されたか取り消されています。用紙を開き直してください。".into(),
        )),
        None if !before.is_empty() && !input.is_another_visit => Err(Problem::Conflict(
            "この行はすでに入力されています。直すか、もう一度訪ねた記録として加えるかを選んでください。".into(),
        )),
        _ => Ok(()),
    }
}

/// The observer is whoever walked: as the copy says, else as the desk says.
async fn walked_by(tx: &mut Tx, copy: &SheetCopy, input: &TypeLine) -> Result<Option<Uuid>> {
    let Some(volunteer) = input.volunteer_id else {
        return Ok(copy.volunteer.as_ref().map(|v| v.id));
    };
    match sheets::walker(tx, volunteer, copy.district.id).await? {
        Some((walker, _)) => Ok(Some(walker.id)),
        None => Err(Problem::field(
            "/volunteer_id",
            "この校区を受け持つ協力者から選んでください。",
        )),
    }
}

fn observation(
    caller: &Caller,
    copy: &SheetCopy,
    member_id: Uuid,
    walked_by: Option<Uuid>,
    input: TypeLine,
) -> NewObservation {
    let is_withdrawal = input.is_withdrawal;
    let said = input.outcome.or(input.marker.and_then(Marker::outcome));
    NewObservation {
        id: input.id,
        round_id: copy.round_id,
        member_id,
        outcome: said.filter(|_| !is_withdrawal),
        whereabouts: None,
        attempt: input.attempt,
        channel: Channel::Paper,
        marker: input.marker.filter(|_| !is_withdrawal),
        needs: input.needs,
        note: input.note,
        told_by: input.told_by,
        told_phone: input.told_phone,
        shelter_id: None,
        for_household: input.attempt == Attempt::Marker,
        corrects: input.corrects,
        is_withdrawal,
        observer_kind: Principal::Volunteer.as_str(),
        observer_id: walked_by,
        device_id: None,
        device_seq: None,
        observed_at: input.observed_at,
        clock_offset_ms: 0,
        copy_id: Some(copy.id),
        typed_by: caller.scope.actor_id(),
        link_id: None,
        adopted_from: None,
    }
}
