//! Desks over HTTP: opened for a shelter or a drill's venue, invited to, closed.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::TimeDelta;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::desk::{Desk, GateList, LONGEST_HOURS};
use super::super::store::desks::{self, NewDesk};
use super::super::store::places;
use super::super::store::state::Of;
use crate::accounts::enrol::{self, Invitee};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Lead, Valid};
use crate::db::Tx;
use crate::events;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_desks, open_desk))
        .routes(routes!(invite_to_desk))
        .routes(routes!(close_desk))
}

/// The desks of an event.
#[derive(Debug, Serialize, ToSchema)]
struct Desks {
    items: Vec<Desk>,
}

/// Reception desks of an event, and the devices at them: last contact, and how many items each says it still holds.
#[utoipa::path(get, path = "/events/{id}/desks", operation_id = "list_desks", tag = "shelters", params(("id" = Uuid, Path)), responses((status = 200, body = Desks), Problems))]
async fn list_desks(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<Desks>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    events::store::by_id(&mut tx, id, now).await?;
    let items = desks::desks(&mut tx, Some(id), None, now).await?;
    tx.commit().await?;
    Ok(Json(Desks { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct OpenDesk {
    /// Made by the caller: opening it twice is opening it once.
    #[garde(skip)]
    id: Uuid,
    /// The shelter or evacuation building at whose door it stands …
    #[garde(skip)]
    site_id: Option<Uuid>,
    /// … or the venue of the drill, or both.
    #[garde(skip)]
    venue_id: Option<Uuid>,
    /// The place's name when not said.
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    label: String,
    /// Whose people it searches; the district in which the place lies when not said.
    #[garde(length(max = 50))]
    #[schema(max_items = 50)]
    #[serde(default)]
    districts: Vec<Uuid>,
    #[garde(skip)]
    #[serde(default)]
    gate_list: GateList,
    /// How long it stands; a day when not said.
    #[garde(range(min = 1, max = LONGEST_HOURS))]
    #[schema(minimum = 1, maximum = 72)]
    hours: Option<i64>,
}

/// Open a desk; a lead for a place in the own districts. 409 when the event is over or the standing one.
#[utoipa::path(post, path = "/events/{id}/desks", operation_id = "open_desk", tag = "shelters", params(("id" = Uuid, Path)), request_body = OpenDesk, responses((status = 201, body = Desk), Problems))]
async fn open_desk(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Valid(input): Valid<OpenDesk>,
) -> Result<(StatusCode, Json<Desk>)> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let of = standing(&mut tx, &app, id).await?;
    let place = place(&mut tx, &input, of).await?;
    let districts = match input.districts.is_empty() {
        true => place.district_id.into_iter().collect(),
        false => input.districts.clone(),
    };
    for district in &districts {
        caller.scope.require_district(*district)?;
    }
    let label = match input.label.trim() {
        "" => place.name.as_str(),
        said => said,
    };
    let new = NewDesk {
        id: input.id,
        of,
        site_id: place.site_id,
        venue_id: input.venue_id,
        label,
        gate_list: input.gate_list,
        made_by: caller.scope.actor_id(),
        opens_at: now,
        ends_at: now + TimeDelta::hours(input.hours.unwrap_or(24)),
    };
    if desks::insert(&mut tx, &new, &districts).await? {
        let entry = Entry::new("desks.open", "desk", std::slice::from_ref(&input.id))
            .event(id)
            .detail(json!({"site": place.site_id, "venue": input.venue_id, "gate_list": input.gate_list}));
        audit::append(&mut tx, entry).await?;
    }
    let desk = one(&mut tx, &app, input.id).await?;
    if desk.event_id != id {
        return Err(Problem::Conflict(
            "同じ番号の別の受付があります。画面を開き直して、もう一度入れてください。".into(),
        ));
    }
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(desk)))
}

/// Invite a device to a desk: a link, a QR code and nine digits, shown once. It works until the desk's hour.
#[utoipa::path(post, path = "/desks/{id}/invites", operation_id = "invite_to_desk", tag = "shelters", params(("id" = Uuid, Path)), responses((status = 201, body = enrol::Invite), Problems))]
async fn invite_to_desk(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<enrol::Invite>)> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let desk = one(&mut tx, &app, id).await?;
    for district in &desk.districts {
        caller.scope.require_district(district.id)?;
    }
    if !desk.is_open {
        return Err(Problem::Conflict(
            "この受付は終わっています。新しい受付を開いてから、招待してください。".into(),
        ));
    }
    let invite = enrol::invite(
        &mut tx,
        &app.keys,
        &app.settings.public_url,
        Invitee::Reception(id),
        caller.scope.actor_id(),
        desk.ends_at,
    )
    .await?;
    let entry = Entry::new("desks.invite", "desk", std::slice::from_ref(&id))
        .event(desk.event_id)
        .detail(json!({"invite": invite.id}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(invite)))
}

/// Close a desk: its devices lose their list at their next contact; what they still hold is kept when it comes.
#[utoipa::path(post, path = "/desks/{id}/close", operation_id = "close_desk", tag = "shelters", params(("id" = Uuid, Path)), responses((status = 200, body = Desk), Problems))]
async fn close_desk(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<Desk>> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let desk = one(&mut tx, &app, id).await?;
    for district in &desk.districts {
        caller.scope.require_district(district.id)?;
    }
    desks::close(&mut tx, id, app.clock.now()).await?;
    let entry = Entry::new("desks.close", "desk", std::slice::from_ref(&id)).event(desk.event_id);
    audit::append(&mut tx, entry).await?;
    let desk = one(&mut tx, &app, id).await?;
    tx.commit().await?;
    Ok(Json(desk))
}

async fn one(tx: &mut Tx, app: &App, id: Uuid) -> Result<Desk> {
    let found = desks::desks(tx, None, Some(id), app.clock.now()).await?;
    found.into_iter().next().ok_or(Problem::NotFound)
}

/// The event, when a desk can stand in it: a drill's before it begins too, so that its devices are ready.
async fn standing(tx: &mut Tx, app: &App, id: Uuid) -> Result<Of> {
    let event = events::store::by_id(tx, id, app.clock.now()).await?;
    if event.is_standing || event.is_over() {
        return Err(Problem::Conflict(
            "この災害・訓練では受付を開けません。始まっているものを選び直してください。".into(),
        ));
    }
    Ok(Of {
        event_id: id,
        kind: event.kind,
    })
}

/// Where a desk stands.
struct Place {
    name: String,
    site_id: Option<Uuid>,
    district_id: Option<Uuid>,
}

async fn place(tx: &mut Tx, input: &OpenDesk, of: Of) -> Result<Place> {
    match (input.site_id, input.venue_id) {
        (_, Some(venue)) => {
            let (district_id, name, site) = desks::venue(tx, venue, of.event_id).await?;
            // People are received at a venue only when it is a shelter and somebody said so.
            let site_id = input.site_id.filter(|s| Some(*s) == site || site.is_none());
            tx.scope().require_district(district_id)?;
            Ok(Place {
                name,
                site_id,
                district_id: Some(district_id),
            })
        }
        (Some(site), None) => {
            let site = places::site(tx, site).await?;
            site.require_own(tx.scope())?;
            Ok(Place {
                name: site.name,
                site_id: Some(site.id),
                district_id: site.district_id,
            })
        }
        (None, None) => Err(Problem::field(
            "/site_id",
            "受付を置く避難所か、訓練の会場を選んでください。",
        )),
    }
}
