//! Facilities: registered by headquarters; what each says of its people in a round.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use chrono::{DateTime, TimeDelta, Utc};
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::facility::{
    Facility, FacilityKind, FacilityNow, FacilityReport, FacilitySums, Figures, RoundFacilities,
};
use super::super::store::facilities::{self, NewCount, NewFacility};
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Caller, Lead, Staff, Valid, Viewer};
use crate::db::{Principal, Tx};
use crate::geometry::LngLat;
use crate::keys::derived_id;
use crate::problem::{Problem, Problems, Result};
use crate::safety::api::members::{id_taken, settle};
use crate::safety::api::rounds::{require_touched, within};
use crate::safety::api::today;
use crate::safety::observation::{Attempt, Channel, Outcome};
use crate::safety::record::{self, NewObservation};
use crate::safety::store as rounds;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_facilities))
        .routes(routes!(put_facility))
        .routes(routes!(list_round_facilities))
        .routes(routes!(list_facility_counts))
        .routes(routes!(add_facility_count))
}

#[derive(Debug, Deserialize, IntoParams)]
struct OfDistrict {
    district: Option<Uuid>,
}

/// Facilities; a lead's are those of the lead's districts. Those that ended come last.
#[utoipa::path(get, path = "/facilities", operation_id = "list_facilities", tag = "channels", params(OfDistrict), responses((status = 200, body = Items<Facility>), Problems))]
async fn list_facilities(
    State(app): State<App>,
    Lead(caller): Lead,
    Query(of): Query<OfDistrict>,
) -> Result<Json<Items<Facility>>> {
    if let Some(district) = of.district {
        caller.scope.require_district(district)?;
    }
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = facilities::all(&mut tx, of.district).await?;
    let ids: Vec<Uuid> = items.iter().map(|f| f.id).collect();
    audit::append(&mut tx, Entry::new("facilities.list", "facility", &ids)).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct PutFacility {
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    name_kana: String,
    #[garde(skip)]
    kind: FacilityKind,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    address: String,
    #[garde(skip)]
    lon: Option<f64>,
    #[garde(skip)]
    lat: Option<f64>,
    #[garde(skip)]
    district_id: Uuid,
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    #[serde(default)]
    phone: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    contact_name: String,
    /// Not said: not known.
    #[garde(inner(range(min = 0, max = 100_000)))]
    #[schema(minimum = 0, maximum = 100_000)]
    capacity: Option<i32>,
    /// It is no more: in no new round.
    #[garde(skip)]
    #[serde(default)]
    is_ended: bool,
}

/// Register a facility (the id is the caller's), or change what is known of it. A new one joins the open rounds of its district.
#[utoipa::path(put, path = "/facilities/{id}", operation_id = "put_facility", tag = "channels", params(("id" = Uuid, Path)), request_body = PutFacility, responses((status = 200, body = Facility), Problems))]
async fn put_facility(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<PutFacility>,
) -> Result<Json<Facility>> {
    let point = match (input.lon, input.lat) {
        (Some(lon), Some(lat)) => Some(LngLat::new(lon, lat).map_err(|_| {
            Problem::field(
                "/lon",
                "経度・緯度が読めません。空けておくか、直してください。",
            )
        })?),
        _ => None,
    };
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let new = NewFacility {
        id,
        name: input.name.trim(),
        name_kana: input.name_kana.trim(),
        kind: input.kind,
        address: input.address.trim(),
        point,
        district_id: input.district_id,
        phone: input.phone.trim(),
        contact_name: input.contact_name.trim(),
        capacity: input.capacity,
        is_ended: input.is_ended,
        today: today(now),
        at: now,
    };
    facilities::put(&mut tx, &new).await?;
    let entry = Entry::new("facilities.put", "facility", std::slice::from_ref(&id))
        .detail(json!({"is_ended": input.is_ended}));
    audit::append(&mut tx, entry).await?;
    let facility = facilities::by_id(&mut tx, id).await?;
    tx.continue_as(Principal::Job).await?;
    let joined = facilities::join_open_rounds(&mut tx, id, now).await?;
    tx.commit().await?;
    app.boards.changed(joined);
    Ok(Json(facility))
}

/// The facilities of a round and what they said last: a block of its own, in no figure of the residents. A lead sees the own districts.
#[utoipa::path(get, path = "/rounds/{id}/facilities", operation_id = "list_round_facilities", tag = "channels", params(("id" = Uuid, Path)), responses((status = 200, body = RoundFacilities), Problems))]
async fn list_round_facilities(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<Uuid>,
) -> Result<Json<RoundFacilities>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    tx.continue_as(Principal::Index).await?;
    let round = rounds::rounds::round(&mut tx, id, now).await?;
    require_touched(&caller, &round)?;
    let items = facilities::in_round(&mut tx, id, within(&caller)).await?;
    tx.commit().await?;
    Ok(Json(RoundFacilities {
        round_id: id,
        event: round.event,
        as_of: now,
        totals: FacilitySums::of(&items),
        items,
    }))
}

/// Everything that a facility said in a round, the newest first, with who told it.
#[utoipa::path(get, path = "/rounds/{id}/facilities/{member_id}/counts", operation_id = "list_facility_counts", tag = "channels", params(("id" = Uuid, Path), ("member_id" = Uuid, Path)), responses((status = 200, body = Items<FacilityReport>), Problems))]
async fn list_facility_counts(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((id, member_id)): Path<(Uuid, Uuid)>,
) -> Result<Json<Items<FacilityReport>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    facilities::require_in_round(&mut tx, id, member_id).await?;
    let items = facilities::reports(&mut tx, member_id).await?;
    audit::append(
        &mut tx,
        Entry::new("facilities.list_counts", "member", &[member_id]),
    )
    .await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct AddFacilityCount {
    /// Made by the caller: saying it twice is saying it once.
    #[garde(skip)]
    id: Uuid,
    #[garde(dive)]
    #[serde(flatten)]
    figures: Figures,
    /// Who there said so.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    told_by: String,
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    #[serde(default)]
    told_phone: String,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    note: String,
    /// When it was so; now when not said.
    #[garde(skip)]
    as_of: Option<DateTime<Utc>>,
    /// The report that this one replaces.
    #[garde(skip)]
    corrects: Option<Uuid>,
}

/// Write down what a facility says of its people. The newest `as_of` counts; a correction is a new row. People who must be fetched
/// ring in the rescue queue until somebody closes it.
#[utoipa::path(post, path = "/rounds/{id}/facilities/{member_id}/counts", operation_id = "add_facility_count", tag = "channels", params(("id" = Uuid, Path), ("member_id" = Uuid, Path)), request_body = AddFacilityCount, responses((status = 201, body = FacilityNow), Problems))]
async fn add_facility_count(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((id, member_id)): Path<(Uuid, Uuid)>,
    Valid(input): Valid<AddFacilityCount>,
) -> Result<(StatusCode, Json<FacilityNow>)> {
    let now = app.clock.now();
    input.figures.check()?;
    if input
        .as_of
        .is_some_and(|at| at > now + TimeDelta::minutes(5))
    {
        return Err(Problem::field(
            "/as_of",
            "現在時刻より先です。人数がそうだった時刻に直してください。",
        ));
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    facilities::require_in_round(&mut tx, id, member_id).await?;
    let replaced = match input.corrects {
        Some(corrects) => facilities::calls_for_rescue(&mut tx, corrects, member_id)
            .await?
            .ok_or_else(|| {
                Problem::field(
                    "/corrects",
                    "この施設の報告ではありません。画面を開き直してください。",
                )
            })?,
        None => false,
    };
    let as_of = input.as_of.unwrap_or(now);
    let new = NewCount {
        id: input.id,
        round_id: id,
        member_id,
        figures: input.figures,
        note: input.note.trim(),
        told_by: input.told_by.trim(),
        told_phone: input.told_phone.trim(),
        as_of,
        recorded_at: now,
        recorded_by: caller.scope.actor_id(),
        recorded_by_kind: caller.scope.principal().as_str(),
        corrects: input.corrects,
    };
    let is_new = facilities::insert_count(&mut tx, &new).await?;
    if !is_new
        && facilities::calls_for_rescue(&mut tx, input.id, member_id)
            .await?
            .is_none()
    {
        return Err(id_taken());
    }
    if is_new {
        ring(&mut tx, &caller, &new, replaced).await?;
    }
    settle(&app, tx, member_id, "facilities.add_count", is_new).await?;
    app.boards.changed([id]);
    let mut tx = app.db.begin_read(&caller.scope).await?;
    tx.continue_as(Principal::Index).await?;
    let items = facilities::in_round(&mut tx, id, None).await?;
    tx.commit().await?;
    let facility = items.into_iter().find(|f| f.member_id == member_id);
    Ok((
        StatusCode::CREATED,
        Json(facility.ok_or(Problem::NotFound)?),
    ))
}

/// The call for rescue that a report makes, or takes back by correcting one: then it stays queued until a human closes it.
async fn ring(tx: &mut Tx, caller: &Caller, new: &NewCount<'_>, replaced: bool) -> Result<()> {
    let calls = new.figures.calls_for_rescue();
    if !calls && !replaced {
        return Ok(());
    }
    let call_of = |count: Uuid| derived_id(&format!("facility call {count}"));
    let people = new.figures.needs_rescue.unwrap_or_default();
    let call = NewObservation {
        id: call_of(new.id),
        round_id: new.round_id,
        member_id: new.member_id,
        outcome: calls.then_some(Outcome::NeedsRescue),
        whereabouts: None,
        attempt: Attempt::Facility,
        channel: Channel::Console,
        marker: None,
        needs: Vec::new(),
        note: match calls {
            true => format!("施設から：救助が必要 {people}人。{}", new.note),
            false => format!("施設が報告を訂正：救助が必要な人はいない。{}", new.note),
        },
        told_by: new.told_by.to_owned(),
        told_phone: new.told_phone.to_owned(),
        shelter_id: None,
        for_household: false,
        corrects: new.corrects.filter(|_| replaced).map(call_of),
        is_withdrawal: !calls,
        observer_kind: caller.scope.principal().as_str(),
        observer_id: caller.scope.actor_id(),
        device_id: None,
        device_seq: None,
        observed_at: new.as_of,
        clock_offset_ms: 0,
        copy_id: None,
        typed_by: None,
        link_id: None,
        adopted_from: None,
    };
    record::insert_observations(tx, &[call]).await?;
    Ok(())
}
