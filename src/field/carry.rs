//! Items that come by hand: a file or a series of QR codes from a phone that found no network, read by the console.
//!
//! Each item is its own authority, so anybody may bring them, and bringing them twice is the same as once; the phone's signature
//! over the whole says that nothing was left out on the way. The phone learns at its own next contact that they are here already.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use sqlx::PgConnection;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::ingest::Job;
use super::receive::MAX_ITEMS;
use super::seal::{Sealed, device_key};
use super::{Disposition, Receipt, bind, store};
use crate::accounts::session;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{ClientAddress, DEVICE_COOKIE, STAFF_COOKIE};
use crate::db::{Principal, Scope};
use crate::keys::sha256;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(carry_field))
}

/// How the items were carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CarriedBy {
    File,
    Qr,
}

impl CarriedBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Qr => "qr",
        }
    }
}

/// What the phone signed when it gave its items away.
#[derive(Debug, Deserialize, ToSchema)]
struct Manifest {
    device: Uuid,
    /// By the phone's own clock.
    made_at: String,
    count: u32,
    /// SHA-256 over the items' ids in order, each followed by a line feed; base64url.
    ids_sha256: String,
    /// ECDSA P-256 over the text of the others (docs/api.md).
    sig: String,
}

impl Manifest {
    fn text(&self) -> String {
        format!(
            "machimori-carried-v1\n{}\n{}\n{}\n{}",
            self.device, self.made_at, self.count, self.ids_sha256
        )
    }

    async fn is_signed(&self, app: &App) -> Result<bool> {
        use base64::Engine as _;
        let keys = store::public_keys(app.db.auth()?, &[self.device]).await?;
        let key = keys.first().and_then(|(_, spki)| device_key(spki));
        let sig = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&self.sig);
        Ok(match (key, sig) {
            (Some(key), Ok(sig)) => key.verify_sig(self.text().as_bytes(), &sig).is_ok(),
            _ => false,
        })
    }
}

#[derive(Deserialize)]
struct Carried<'a> {
    kind: CarriedBy,
    manifest: Manifest,
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

/// What the console read: at most 200 items and 256 KiB at once; a longer file is sent in parts under one manifest.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the contract's shape; the items are parsed one by one"
)]
struct CarriedUpload {
    kind: CarriedBy,
    manifest: Manifest,
    items: Vec<Sealed>,
}

/// What became of the items.
#[derive(Debug, Serialize, ToSchema)]
struct CarriedAnswer {
    /// The phone's signature over the whole holds: nothing was left out or added.
    is_signed: bool,
    results: Vec<Receipt>,
}

/// Bring the items of another phone's file or QR series. Exactly once, also when the phone sends them itself later.
#[utoipa::path(post, path = "/field/carried", operation_id = "carry_field", tag = "field", request_body = CarriedUpload, responses((status = 200, body = CarriedAnswer), Problems))]
async fn carry_field(
    State(app): State<App>,
    address: ClientAddress,
    jar: CookieJar,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<CarriedAnswer>> {
    let body = body.map_err(|_| {
        Problem::TooLarge(
            "一度に読み込めるのは256KiBまでです。画面を開き直して、もう一度お試しください。".into(),
        )
    })?;
    let _room = app.field.receiver.room(body.len())?;
    let text = String::from_utf8_lossy(&body);
    let carried: Carried = serde_json::from_str(&text).map_err(|_| {
        Problem::field(
            "/items",
            "まちもりの「運ぶファイル」ではありません。電話でもう一度作ってください。",
        )
    })?;
    if carried.items.len() > MAX_ITEMS {
        return Err(Problem::TooLarge(format!(
            "一度に送れるのは{MAX_ITEMS}件までです。分けて送ってください。"
        )));
    }
    let raw = carried.items.iter().map(|i| i.get().to_owned()).collect();
    let items = app.field.receiver.prepare(&app, raw).await?;
    let items = app.field.receiver.within_limits(items, &address.block())?;
    let is_signed = carried.manifest.is_signed(&app).await?;
    let job = Job {
        items,
        contact: None,
        now: app.clock.now(),
        request_id: crate::door::current_request_id(),
        carried_by: Some(carried.kind.as_str()),
    };
    let results = app.field.writer.write(&app, job).await?;
    bind::take_up_late(&app, &results).await?;
    note(&app, &jar, &carried, &results).await?;
    Ok(Json(CarriedAnswer { is_signed, results }))
}

/// Record that a file or series was read, by whom, and what it held.
async fn note(
    app: &App,
    jar: &CookieJar,
    carried: &Carried<'_>,
    results: &[Receipt],
) -> Result<()> {
    let mut reader = (None, None);
    for name in [STAFF_COOKIE, DEVICE_COOKIE] {
        if let Some(cookie) = jar.get(name)
            && let Some(caller) = session::resolve(app, cookie.value()).await?
        {
            reader = match caller.scope.device_id() {
                Some(device) => (None, Some(device)),
                None => (caller.scope.actor_id(), None),
            };
            break;
        }
    }
    let id = Uuid::now_v7();
    let mut tx = app.db.begin(&Scope::of(Principal::Ingest)).await?;
    insert(&mut tx, id, carried, results, reader).await?;
    let entry = Entry::new("field.carried", "carried_file", std::slice::from_ref(&id))
        .detail(json!({"read_by": reader.0, "read_by_device": reader.1, "items": results.len()}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await
}

async fn insert(
    conn: &mut PgConnection,
    id: Uuid,
    carried: &Carried<'_>,
    results: &[Receipt],
    (read_by, read_by_device): (Option<Uuid>, Option<Uuid>),
) -> Result<()> {
    let count = |d: Disposition| {
        let n = results.iter().filter(|r| r.result == d).count();
        i32::try_from(n).unwrap_or(i32::MAX)
    };
    sqlx::query!(
        "insert into carried_file (id, kind, sha256, made_by_device, items, stored, already_stored, quarantined, read_by, read_by_device)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id,
        carried.kind.as_str(),
        &sha256(carried.manifest.text().as_bytes())[..],
        carried.manifest.device,
        i32::try_from(carried.items.len()).unwrap_or(i32::MAX),
        count(Disposition::Stored),
        count(Disposition::AlreadyStored),
        count(Disposition::Quarantined),
        read_by,
        read_by_device
    )
    .execute(conn)
    .await?;
    Ok(())
}
