//! Who came: counted for everybody who looks, said and listed by those who run the gates.

use std::convert::Infallible;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use axum_extra::extract::Query;
use chrono::{DateTime, Utc};
use futures::stream::Stream;
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::attendance::{Attendance, Attendee, Said, Subject, Way};
use super::super::live::{self, AttendanceNow};
use super::super::store::{self, gate, places};
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Lead, Valid, Viewer};
use crate::db::Principal;
use crate::events::EventKind;
use crate::operations::card;
use crate::problem::{Problem, Problems, Result};
use crate::sheet::{SheetFile, SheetFormat, Table, local};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_attendance, attend))
        .routes(routes!(stream_attendance))
        .routes(routes!(list_attendance))
        .routes(routes!(export_attendance))
}

/// How many are there now, by venue: counts, never names.
#[utoipa::path(get, path = "/drills/{event}/attendance", operation_id = "show_attendance", tag = "drills", params(("event" = Uuid, Path)), responses((status = 200, body = AttendanceNow), Problems))]
async fn show_attendance(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(event): Path<Uuid>,
) -> Result<Json<AttendanceNow>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    store::event(&mut tx, event, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(live::now(&app, event).await?))
}

/// The same, live (server-sent events): `attendance` with the whole first, then `patch` with the whole again when it changed.
#[utoipa::path(get, path = "/drills/{event}/attendance/stream", operation_id = "stream_attendance", tag = "drills", params(("event" = Uuid, Path)), responses(
    (status = 200, content_type = "text/event-stream", body = AttendanceNow), Problems))]
async fn stream_attendance(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(event): Path<Uuid>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    store::event(&mut tx, event, app.clock.now()).await?;
    tx.commit().await?;
    let hub = app.attendance.clone();
    hub.stream(app, caller, event, |_, now| Ok(now.clone()))
        .await
}

#[derive(Deserialize, Validate, ToSchema)]
struct Attend {
    /// Made by the caller: saying it twice counts once.
    #[garde(skip)]
    id: Uuid,
    /// When it happened, when it is typed in later.
    #[garde(skip)]
    observed_at: Option<DateTime<Utc>>,
    #[garde(custom(in_words))]
    #[serde(flatten)]
    attendance: Attendance,
}

fn in_words(attendance: &Attendance, (): &()) -> garde::Result {
    let longest = [&attendance.name, &attendance.group_label]
        .map(|t| t.chars().count())
        .into_iter()
        .max();
    match (attendance.is_whole(), longest > Some(100)) {
        (_, true) => Err(garde::Error::new("名前は100文字までにしてください。")),
        (true, _) => Ok(()),
        (false, _) => Err(garde::Error::new(match attendance.kind {
            Subject::Person => "来た人の名前を入れるか、名簿かカードで選んでください。",
            Subject::Group => "団体の名前と人数（0人から10万人まで）を入れてください。",
        })),
    }
}

/// Say that somebody came, or how many of a body; a lead at the own venues. Also before the start, and after the end.
#[utoipa::path(post, path = "/drills/{event}/attendance", operation_id = "attend", tag = "drills", params(("event" = Uuid, Path)), request_body = Attend, responses((status = 201, body = AttendanceNow), Problems))]
async fn attend(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(event): Path<Uuid>,
    Valid(input): Valid<Attend>,
) -> Result<(StatusCode, Json<AttendanceNow>)> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let (of, district) = places::of_venue(&mut tx, input.attendance.venue_id).await?;
    caller.scope.require_district(district)?;
    tx.continue_as(Principal::Ingest).await?;
    let card = input.attendance.card.as_deref();
    let card = card.map(|code| card::hmac(&app.keys, code));
    let place = gate::place(&mut tx, &input.attendance, card.as_deref(), now).await?;
    let place = place.filter(|_| of == event).ok_or(Problem::NotFound)?;
    if !place.knows_person {
        return Err(Problem::field(
            "/card",
            "このカードや番号の人が見つかりません。名前で受け付けてください。",
        ));
    }
    if !place.knows_body {
        return Err(Problem::field(
            "/body_id",
            "この団体は、この訓練にありません。選び直してください。",
        ));
    }
    let said = Said {
        id: input.id,
        observer_kind: caller.scope.principal().as_str(),
        observer_id: caller.scope.actor_id(),
        device_id: caller.scope.device_id(),
        device_seq: None,
        observed_at: input.observed_at.unwrap_or(now).min(now),
        clock_offset_ms: 0,
    };
    if gate::append(&mut tx, &said, &input.attendance, card.as_deref()).await? {
        let ids: Vec<Uuid> = input.attendance.person_id.into_iter().collect();
        let entry = Entry::new("drills.attend", "person", &ids)
            .event(event)
            .detail(json!({"venue": input.attendance.venue_id, "kind": input.attendance.kind}));
        audit::append(&mut tx, entry).await?;
    } else if !gate::says_the_same(&mut tx, input.id, &input.attendance).await? {
        return Err(Problem::Conflict(
            "同じ番号の別の受付があります。画面を開き直してください。".into(),
        ));
    }
    tx.commit().await?;
    app.attendance.changed([event]);
    Ok((StatusCode::CREATED, Json(live::now(&app, event).await?)))
}

#[derive(Debug, Deserialize, IntoParams)]
struct AtVenue {
    venue: Option<Uuid>,
}

/// Who came, the newest first; a lead at the own venues.
#[utoipa::path(get, path = "/drills/{event}/attendance/list", operation_id = "list_attendance", tag = "drills", params(("event" = Uuid, Path), AtVenue), responses((status = 200, body = Items<Attendee>), Problems))]
async fn list_attendance(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(event): Path<Uuid>,
    Query(at): Query<AtVenue>,
) -> Result<Json<Items<Attendee>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    store::event(&mut tx, event, app.clock.now()).await?;
    let items = gate::list(&mut tx, event, at.venue).await?;
    let people: Vec<Uuid> = items.iter().filter_map(|a| a.person_id).collect();
    audit::append(
        &mut tx,
        Entry::new("drills.list_attendance", "person", &people).event(event),
    )
    .await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Debug, Deserialize, IntoParams)]
struct As {
    #[param(inline)]
    format: SheetFormat,
}

/// Who came, as a table. Needs a fresh second factor.
#[utoipa::path(get, path = "/drills/{event}/attendance/export", operation_id = "export_attendance", tag = "drills", params(("event" = Uuid, Path), As), responses(SheetFile, Problems))]
async fn export_attendance(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(event): Path<Uuid>,
    Query(As { format }): Query<As>,
) -> Result<Response> {
    let now = app.clock.now();
    caller.require_step_up(now)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let drill = store::event(&mut tx, event, now).await?;
    let items = gate::list(&mut tx, event, None).await?;
    let people: Vec<Uuid> = items.iter().filter_map(|a| a.person_id).collect();
    let entry = Entry::new("drills.export_attendance", "person", &people)
        .ground(LegalGround::Internal)
        .event(event)
        .detail(json!({"format": format, "rows": items.len()}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    of_attendees(&drill.name, &items, now)
        .download(format, "attendance", now)
        .await
}

fn of_attendees(name: &str, items: &[Attendee], now: DateTime<Utc>) -> Table {
    let rows = items.iter().map(|a| {
        vec![
            a.venue.clone(),
            local(a.observed_at),
            match a.kind {
                Subject::Person => "人".to_owned(),
                Subject::Group => "団体の人数".to_owned(),
            },
            a.name.clone(),
            a.body.clone().unwrap_or_default(),
            a.people.map(|n| n.to_string()).unwrap_or_default(),
            Way::words(a.way.as_str()).to_owned(),
        ]
    });
    Table::of(
        EventKind::Drill,
        "参加者",
        &format!("{name}　参加者（{}現在）", local(now)),
        &[
            "会場",
            "時刻",
            "種類",
            "氏名",
            "団体",
            "人数",
            "受付のしかた",
        ],
        rows,
    )
}
