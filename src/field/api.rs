//! The phones' door.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Receipt;
use super::bundle::gate::GateNow;
use super::bundle::{self, Bundle};
use super::ingest::Job;
use super::receive::{MAX_BYTES, MAX_ITEMS, Prepared, Upload};
use super::seal::Sealed;
use super::store::Contact;
use super::{bind, carry, settle};
use crate::accounts::session;
use crate::app::App;
use crate::call::{ClientAddress, DEVICE_COOKIE, Field};
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_bundle))
        .routes(routes!(show_gate))
        .routes(routes!(sync_field))
        .merge(carry::routes())
        .layer(DefaultBodyLimit::max(MAX_BYTES))
        .merge(settle::api::routes())
        .merge(bind::api::routes())
}

/// The list that this phone may hold now. With `If-None-Match`, 304 when it has it already.
#[utoipa::path(get, path = "/field/bundle", operation_id = "show_bundle", tag = "field", responses((status = 200, body = Bundle), (status = 304, description = "The phone's list is current"), Problems))]
async fn show_bundle(
    State(app): State<App>,
    Field(caller): Field,
    headers: HeaderMap,
) -> Result<Response> {
    let device_id = caller.scope.device_id().ok_or(Problem::Forbidden)?;
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok())
        .map(|v| v.trim_start_matches("W/"));
    let (etag, bundle) = bundle::assemble(&app, &caller, device_id, known).await?;
    let etag = [(header::ETAG, etag)];
    Ok(match bundle {
        Some(bundle) => (etag, Json(bundle)).into_response(),
        None => (StatusCode::NOT_MODIFIED, etag).into_response(),
    })
}

/// How the places of this phone's gate stand now, and how many came to its venue: counts, no names. Empty for a volunteer.
#[utoipa::path(get, path = "/field/gate", operation_id = "show_gate", tag = "field", responses((status = 200, body = GateNow), Problems))]
async fn show_gate(State(app): State<App>, Field(caller): Field) -> Result<Json<GateNow>> {
    Ok(Json(bundle::gate::now(&app, &caller.scope).await?))
}

/// What a phone uploads.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the contract's shape; the items are parsed one by one"
)]
struct SyncUpload {
    /// At most 200, 256 KiB together.
    items: Vec<Sealed>,
    /// The phone that uploads, which may carry others' items.
    device_id: Option<Uuid>,
    /// How many items the phone holds, these included.
    held: Option<u32>,
    /// The phone's clock.
    device_time: Option<DateTime<Utc>>,
}

/// What became of an upload.
#[derive(Debug, Serialize, ToSchema)]
struct SyncAnswer {
    server_time: DateTime<Utc>,
    /// Which copy of the ledger answers; when it changes the phone sends everything again.
    epoch: Uuid,
    /// One receipt per item. An item without a receipt is kept by the phone and sent again.
    results: Vec<Receipt>,
}

/// Upload sealed items. Needs no session: an item's signature is its authority, whoever carries it.
#[utoipa::path(post, path = "/field/sync", operation_id = "sync_field", tag = "field", request_body = SyncUpload, responses((status = 200, body = SyncAnswer), Problems))]
async fn sync_field(
    State(app): State<App>,
    address: ClientAddress,
    jar: CookieJar,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<SyncAnswer>> {
    let body = body.map_err(|_| {
        Problem::TooLarge("一度に送れるのは256KiBまでです。分けて送ってください。".into())
    })?;
    let _room = app.field.receiver.room(body.len())?;
    let text = String::from_utf8_lossy(&body);
    let upload: Upload = serde_json::from_str(&text).map_err(|_| {
        Problem::field(
            "/items",
            "送られた記録の束が読めません。電話に残し、送り直してください。",
        )
    })?;
    if upload.items.len() > MAX_ITEMS {
        return Err(Problem::TooLarge(format!(
            "一度に送れるのは{MAX_ITEMS}件までです。分けて送ってください。"
        )));
    }
    let now = app.clock.now();
    let raw = upload.items.iter().map(|i| i.get().to_owned()).collect();
    let items = app.field.receiver.prepare(&app, raw).await?;
    let items = app.field.receiver.within_limits(items, &address.block())?;
    let contact = contact(&app, &jar, &upload, &items, now).await?;
    let results = match items.is_empty() && contact.is_none() {
        true => Vec::new(),
        false => {
            let job = Job {
                items,
                contact,
                now,
                request_id: crate::door::current_request_id(),
                carried_by: None,
            };
            let receipts = app.field.writer.write(&app, job).await?;
            bind::take_up_late(&app, &receipts).await?;
            receipts
        }
    };
    Ok(Json(SyncAnswer {
        server_time: app.clock.now(),
        epoch: app.field.epoch(&app).await?,
        results,
    }))
}

/// The phone that is in touch: believed when it signed something in the upload or shows its session.
async fn contact(
    app: &App,
    jar: &CookieJar,
    upload: &Upload<'_>,
    items: &[Prepared],
    at: DateTime<Utc>,
) -> Result<Option<Contact>> {
    let signer = items.iter().find_map(|i| i.device);
    let Some(device_id) = upload.device_id.or(signer) else {
        return Ok(None);
    };
    let has_signed = items.iter().any(|i| i.device == Some(device_id));
    let is_known = has_signed
        || match jar.get(DEVICE_COOKIE) {
            Some(cookie) => session::resolve(app, cookie.value())
                .await?
                .is_some_and(|c| c.scope.device_id() == Some(device_id)),
            None => false,
        };
    // Of what it says it holds, these have just arrived.
    let received = u32::try_from(items.len()).unwrap_or(u32::MAX);
    let held = upload.held.map(|n| n.saturating_sub(received));
    Ok(is_known.then_some(Contact {
        device_id,
        at,
        held,
    }))
}
