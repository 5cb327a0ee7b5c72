//! Sheets to print: numbered copies, on record before the first byte leaves.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use chrono::NaiveDate;
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::sheet::{
    PrintedSheet, SheetActKind, SheetCopy, SheetLine, home_numbers, in_walking_order,
};
use super::super::store::sheets::{self, NewSheet, Which};
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Caller, Lead, Valid};
use crate::city;
use crate::db::Tx;
use crate::problem::{Problem, Problems, Result};
use crate::safety::api::members::id_taken;
use crate::safety::api::rounds::require_touched;
use crate::safety::api::today;
use crate::safety::board::Bucket;
use crate::safety::member::Member;
use crate::safety::round::Round;
use crate::safety::store as rounds;
use crate::safety::store::members::{Filter, Read};

/// Lines on one copy, at most: a pack of paper that one person can carry.
const LONGEST: usize = 1_000;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(print_sheet))
        .routes(routes!(list_sheets))
        .routes(routes!(add_sheet_act))
}

#[derive(Deserialize, Validate, ToSchema)]
struct PrintSheet {
    /// Made by the caller: the same id answers the same copy.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    district_id: Uuid,
    /// Only whom this volunteer looks in on; everybody of the district when not said.
    #[garde(skip)]
    volunteer_id: Option<Uuid>,
    /// Leave out whom somebody has already found.
    #[garde(skip)]
    #[serde(default)]
    only_unconfirmed: bool,
    /// Who is given the paper; the volunteer when not said.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    recipient_name: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    recipient_body: String,
    #[garde(skip)]
    return_due_on: Option<NaiveDate>,
}

/// Make a numbered copy of a visit sheet: whoever may be shown to a volunteer now, never a protected person. Durable, with its audit
/// row, before the first byte. Needs a fresh second factor.
#[utoipa::path(post, path = "/rounds/{id}/sheets", operation_id = "print_sheet", tag = "channels", params(("id" = Uuid, Path)), request_body = PrintSheet, responses((status = 201, body = PrintedSheet), Problems))]
async fn print_sheet(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Valid(input): Valid<PrintSheet>,
) -> Result<(StatusCode, Json<PrintedSheet>)> {
    let now = app.clock.now();
    caller.scope.require_district(input.district_id)?;
    caller.require_step_up(now)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let round = rounds::rounds::round(&mut tx, id, now).await?;
    require_touched(&caller, &round)?;
    let which = Which {
        id: Some(input.id),
        ..Which::default()
    };
    let mut read = lawful(&app, &mut tx, &round, input.district_id).await?;
    let is_repeated = !sheets::copies(&mut tx, which).await?.is_empty();
    if !is_repeated {
        read.retain(|r| is_on_it(&r.member, &input));
        insert(&app, &mut tx, &caller, &round, &input, &read).await?;
    }
    let copy = sheets::copies(&mut tx, which).await?.pop();
    let copy = copy
        .filter(|c| c.round_id == id && c.district.id == input.district_id)
        .ok_or_else(id_taken)?;
    let (sheet, people) = assemble(&app, &mut tx, &round, copy, read).await?;
    if is_repeated {
        let entry = Entry::new("sheets.print_again", "person", &people)
            .event(round.event.id)
            .detail(json!({"round": id, "copy": input.id}));
        audit::append(&mut tx, entry).await?;
    }
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(sheet)))
}

/// Everybody of the district whom a volunteer may be shown in this round now.
async fn lawful(app: &App, tx: &mut Tx, round: &Round, district: Uuid) -> Result<Vec<Read>> {
    let filter = Filter {
        district: Some(district),
        ..Filter::default()
    };
    let today = today(app.clock.now());
    let read = rounds::members::members(tx, round.id, &filter, i64::MAX, today).await?;
    let may = |m: &Member| {
        m.is_disclosable
            && !m.is_protected
            && m.out_of_scope_reason.is_none()
            && matches!(m.kind.as_str(), "person" | "household" | "unlisted")
    };
    Ok(read.into_iter().filter(|r| may(&r.member)).collect())
}

fn is_on_it(m: &Member, input: &PrintSheet) -> bool {
    let is_hers = input
        .volunteer_id
        .is_none_or(|v| m.assigned.iter().any(|a| a.volunteer_id == v));
    let is_open = matches!(m.bucket, Bucket::Unchecked | Bucket::Tried);
    is_hers && (is_open || !input.only_unconfirmed)
}

async fn insert(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    round: &Round,
    input: &PrintSheet,
    read: &[Read],
) -> Result<()> {
    let given = match input.volunteer_id {
        Some(volunteer) => Some(
            sheets::walker(tx, volunteer, input.district_id)
                .await?
                .ok_or_else(|| {
                    Problem::field(
                        "/volunteer_id",
                        "この校区を受け持つ協力者から選んでください。",
                    )
                })?,
        ),
        None => None,
    };
    let (name, body) = match &given {
        Some((walker, body)) if input.recipient_name.trim().is_empty() => {
            (walker.name.as_str(), body.as_str())
        }
        _ => (input.recipient_name.trim(), input.recipient_body.trim()),
    };
    if name.is_empty() {
        return Err(Problem::field(
            "/recipient_name",
            "用紙を渡す相手の名前を入れてください。",
        ));
    }
    if read.is_empty() {
        return Err(Problem::Conflict(
            "用紙に載せられる人がいません。担当と、同意の状況を確かめてください。".into(),
        ));
    }
    if read.len() > LONGEST {
        return Err(Problem::Conflict(format!(
            "{}人は1部に載りません。協力者ごとに刷ってください。",
            read.len()
        )));
    }
    let lines = order(read);
    let (consented, others): (Vec<&Read>, Vec<&Read>) = read.iter().partition(|r| r.is_consented);
    let grounds = [
        (LegalGround::Consent, ids(&consented)),
        (LegalGround::Emergency, ids(&others)),
    ];
    let legal = if others.is_empty() {
        LegalGround::Consent
    } else {
        LegalGround::Emergency
    };
    let new = NewSheet {
        id: input.id,
        event_id: round.event.id,
        round_id: round.id,
        district_id: input.district_id,
        volunteer_id: input.volunteer_id,
        recipient_name: name,
        recipient_body: body,
        purpose: "安否の確認のための訪問",
        legal_ground: legal.as_str().unwrap_or_default(),
        return_due_on: input.return_due_on,
        by: caller.scope.actor_id(),
        by_kind: caller.scope.principal().as_str(),
        at: app.clock.now(),
        lines: &lines,
    };
    sheets::insert(tx, &new).await?;
    for (ground, people) in grounds {
        if !people.is_empty() {
            let entry = Entry::new("sheets.print", "person", &people)
                .ground(ground)
                .event(round.event.id)
                .detail(
                    json!({"round": round.id, "copy": input.id, "volunteer": input.volunteer_id}),
                );
            audit::append(tx, entry).await?;
        }
    }
    Ok(())
}

fn ids(read: &[&Read]) -> Vec<Uuid> {
    read.iter().filter_map(|r| r.member.person_id).collect()
}

/// The lines of a copy: `(person, member)` in the order of a walk.
fn order(read: &[Read]) -> Vec<(Option<Uuid>, Uuid)> {
    let mut members: Vec<Member> = read.iter().map(|r| r.member.clone()).collect();
    in_walking_order(&mut members);
    members.iter().map(|m| (m.person_id, m.id)).collect()
}

/// The copy as it is printed, with what is known of those on its lines; and who they are.
async fn assemble(
    app: &App,
    tx: &mut Tx,
    round: &Round,
    copy: SheetCopy,
    read: Vec<Read>,
) -> Result<(PrintedSheet, Vec<Uuid>)> {
    let mut known: HashMap<Uuid, Member> =
        read.into_iter().map(|r| (r.member.id, r.member)).collect();
    let (numbers, members): (Vec<i16>, Vec<Member>) = sheets::lines(tx, copy.id)
        .await?
        .into_iter()
        .filter_map(|(line_no, id)| known.remove(&id).map(|m| (line_no, m)))
        .unzip();
    let people: Vec<Uuid> = members.iter().filter_map(|m| m.person_id).collect();
    let mut contacts = rounds::members::contacts(tx, &people).await?;
    let homes = home_numbers(&members);
    let lines = numbers
        .into_iter()
        .zip(homes)
        .zip(members)
        .map(|((line_no, home_no), m)| {
            let mut phones = m
                .person_id
                .and_then(|p| contacts.remove(&p))
                .unwrap_or_default();
            phones.retain(|c| c.kind != "mail" && c.kind != "fax");
            line(line_no, home_no, m, phones)
        })
        .collect();
    let (legal_ground, purpose) = sheets::terms(tx, copy.id).await?;
    let district = [copy.district.id];
    let phones = city::phones(app, tx, &district).await?;
    let sheet = PrintedSheet {
        municipality: city::store::name(tx).await?,
        event: round.event.clone(),
        round_name: round.name.clone(),
        looks_for_marker: round.looks_for_marker,
        marker_label: app.settings.marker_label.clone(),
        district_phone: phones.on_the_wire(&district),
        legal_ground,
        purpose,
        as_of: copy.printed_at,
        lines,
        copy,
    };
    Ok((sheet, people))
}

fn line(
    line_no: i16,
    home_no: i32,
    m: Member,
    phones: Vec<crate::safety::member::Reach>,
) -> SheetLine {
    let subject = |key: &str| {
        let text = m.subject.as_ref().and_then(|s| s.get(key)?.as_str());
        text.unwrap_or_default().to_owned()
    };
    SheetLine {
        line_no,
        home_no,
        name: m.name.clone().unwrap_or_else(|| subject("label")),
        name_kana: m.name_kana.clone().unwrap_or_default(),
        age: m.age,
        sex: m.sex.clone(),
        address: m.address.clone().unwrap_or_else(|| subject("place")),
        phones,
        help_needed: m.help_needed.clone(),
        help_note: m.help_note.clone().unwrap_or_else(|| subject("need")),
        bucket: m.bucket,
    }
}

#[derive(Debug, Deserialize, IntoParams)]
struct OfDistrict {
    district: Option<Uuid>,
}

/// The copies of a round, the newest first, and what became of each.
#[utoipa::path(get, path = "/rounds/{id}/sheets", operation_id = "list_sheets", tag = "channels", params(("id" = Uuid, Path), OfDistrict), responses((status = 200, body = Items<SheetCopy>), Problems))]
async fn list_sheets(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Query(of): Query<OfDistrict>,
) -> Result<Json<Items<SheetCopy>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let round = rounds::rounds::round(&mut tx, id, app.clock.now()).await?;
    require_touched(&caller, &round)?;
    let which = Which {
        round_id: Some(id),
        district_id: of.district,
        ..Which::default()
    };
    let items = sheets::copies(&mut tx, which).await?;
    let copies: Vec<Uuid> = items.iter().map(|c| c.id).collect();
    audit::append(&mut tx, Entry::new("sheets.list", "print_copy", &copies)).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct AddSheetAct {
    /// Made by the caller: saying it twice is saying it once.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    kind: SheetActKind,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    note: String,
}

/// Say what became of a copy: typed in, returned, destroyed, lost.
#[utoipa::path(post, path = "/sheets/{serial}/acts", operation_id = "add_sheet_act", tag = "channels", params(("serial" = i64, Path)), request_body = AddSheetAct, responses((status = 201, body = SheetCopy), Problems))]
async fn add_sheet_act(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(serial): Path<i64>,
    Valid(input): Valid<AddSheetAct>,
) -> Result<(StatusCode, Json<SheetCopy>)> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let copy = by_serial(&mut tx, serial).await?;
    let (id, note) = (input.id, input.note.trim());
    let by = caller.scope.actor_id();
    if !sheets::insert_act(&mut tx, id, copy.id, input.kind, note, by, now).await? {
        return Err(id_taken());
    }
    let entry = Entry::new("sheets.act", "print_copy", std::slice::from_ref(&copy.id))
        .detail(json!({"kind": input.kind}));
    audit::append(&mut tx, entry).await?;
    let copy = by_serial(&mut tx, serial).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(copy)))
}

/// The copy with this number, as far as the caller may see it.
pub(super) async fn by_serial(tx: &mut Tx, serial: i64) -> Result<SheetCopy> {
    let which = Which {
        serial: Some(serial),
        ..Which::default()
    };
    sheets::copies(tx, which)
        .await?
        .pop()
        .ok_or(Problem::NotFound)
}
