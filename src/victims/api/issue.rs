//! Handing a provision over: numbered, appended to the registry and to the audit before the first byte leaves; and the list of all that
//! was given, for headquarters and the auditor.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use axum_extra::extract::Query;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::provision::{ProvisionField, RecipientKind};
use super::super::store::disclosure::{self, VictimDisclosure};
use super::super::store::provision::{self, Held, Provision};
use super::super::store::records;
use super::super::table::{self, ProvisionSheet};
use super::provisions::one;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Caller, Overseer, Staff};
use crate::city;
use crate::data_keys::{DataPurpose, data_key};
use crate::db::Tx;
use crate::events;
use crate::keys::sha256;
use crate::problem::{Problem, Problems, Result};
use crate::sheet::{SheetFile, SheetFormat, attachment, local};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(issue_provision))
        .routes(routes!(download_provision))
        .routes(routes!(show_provision_sheet))
        .routes(routes!(list_victim_disclosures))
}

/// Hand it over: it is numbered and appended to each entry. Saying it again changes nothing. Needs a fresh second factor.
#[utoipa::path(post, path = "/provisions/{id}/issue", operation_id = "issue_provision", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = Provision), Problems))]
async fn issue_provision(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Provision>> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let held = provision::hold(&mut tx, id).await?;
    caller.require_step_up(now)?;
    if !held.is_issued {
        let entries = may_leave(&mut tx, id, &held).await?;
        issue(&mut tx, &app, &caller, id, &held, &entries, now).await?;
        let entry = Entry::new("victims.provide", "victim_entry", &entries)
            .ground(held.recipient_kind.ground())
            .event(held.event_id)
            .detail(
                json!({ "provision": id, "fields": held.fields, "means": held.means,
                "recipient_kind": held.recipient_kind, "recipient": held.recipient_name }),
            );
        audit::append(&mut tx, entry).await?;
    }
    let told = one(&mut tx, &caller, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Whom it is of, if all of it is still lawful.
async fn may_leave(tx: &mut Tx, id: Uuid, held: &Held) -> Result<Vec<Uuid>> {
    if held.is_cancelled {
        return Err(Problem::Conflict(
            "取りやめた提供です。必要なら、もう一度準備してください。".into(),
        ));
    }
    if held.needs_second && held.confirmed_by.is_none() {
        return Err(Problem::SecondPerson(
            "人数が多いか、支援措置の方を含むため、準備した人とは別の人の確認が必要です。".into(),
        ));
    }
    let chosen = disclosure::chosen(tx, id).await?;
    let may_protected =
        held.recipient_kind == RecipientKind::Herself || !held.protected_why.is_empty();
    let changed = chosen
        .iter()
        .filter(|c| {
            c.is_removed
                || (c.is_protected && !may_protected)
                || (c.was_refused && held.recipient_kind.asks_consent())
        })
        .count();
    if changed > 0 {
        return Err(Problem::Conflict(format!(
            "準備のあとに、{changed}人が、台帳から外れるか、支援措置の対象になるか、同意を撤回しています。この提供を取りやめて、準備し直してください。"
        )));
    }
    Ok(chosen.into_iter().map(|c| c.entry_id).collect())
}

async fn issue(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    id: Uuid,
    held: &Held,
    entries: &[Uuid],
    now: DateTime<Utc>,
) -> Result<()> {
    let people = i32::try_from(entries.len()).map_err(|e| Problem::Internal(e.into()))?;
    let (by, kind) = (caller.scope.actor_id(), caller.scope.principal().as_str());
    let serial = disclosure::number(tx, id, held, people, now, by, kind).await?;
    let sheet = sheet(tx, app, held, entries, serial, now).await?;
    let bytes = match format(&held.means) {
        Some(format) => sheet.table().bytes(format).await?,
        None => serde_json::to_vec(&sheet).map_err(anyhow::Error::from)?,
    };
    let key = data_key(tx, &app.keys, DataPurpose::Victim, held.event_id).await?;
    let sealed = key.seal(id, &bytes)?;
    disclosure::issue(tx, id, now, &sha256(&bytes), &sealed).await
}

fn format(means: &str) -> Option<SheetFormat> {
    match means {
        "csv" => Some(SheetFormat::Csv),
        "xlsx" => Some(SheetFormat::Xlsx),
        _ => None,
    }
}

async fn sheet(
    tx: &mut Tx,
    app: &App,
    held: &Held,
    entries: &[Uuid],
    serial: i64,
    now: DateTime<Utc>,
) -> Result<ProvisionSheet> {
    let event = events::store::by_id(tx, held.event_id, app.clock.now()).await?;
    let fields: Vec<ProvisionField> = held
        .fields
        .iter()
        .filter_map(|f| ProvisionField::of(f))
        .collect();
    let people = disclosure::leaving(tx, entries).await?;
    let mut headings = table::headings(&fields);
    let mut rows: Vec<Vec<String>> = people.iter().map(|p| table::row(p, &fields)).collect();
    if let (RecipientKind::Herself, [entry], [row]) =
        (held.recipient_kind, entries, rows.as_mut_slice())
    {
        let consents = records::consents(tx, *entry).await?;
        let given = records::disclosures(tx, *entry).await?;
        headings.extend(table::OWN_HEADINGS.map(str::to_owned));
        row.extend(table::own_cells(&consents, &given));
    }
    Ok(ProvisionSheet {
        serial,
        municipality: city::store::name(tx).await?,
        event: event.name,
        recipient_kind: held.recipient_kind.as_str().to_owned(),
        recipient_name: held.recipient_name.clone(),
        basis: held.recipient_kind.basis_words().to_owned(),
        purpose: held.purpose.clone(),
        note: held.recipient_kind.note().to_owned(),
        as_of: local(now),
        return_due_on: held.return_due_on,
        headings,
        rows,
    })
}

/// The bytes that left, exactly; audited durably before the first of them leaves again.
async fn kept(app: &App, caller: &Caller, id: Uuid) -> Result<(Held, Vec<u8>)> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let held = provision::hold(&mut tx, id).await?;
    caller.require_step_up(app.clock.now())?;
    let sealed = held.file_sealed.as_deref().ok_or_else(|| {
        Problem::Conflict(
            "まだ提供していません。「提供する」を押してから取り出してください。".into(),
        )
    })?;
    let key = data_key(&mut tx, &app.keys, DataPurpose::Victim, held.event_id).await?;
    let bytes = key.open(id, sealed)?;
    let entries: Vec<Uuid> = disclosure::chosen(&mut tx, id)
        .await?
        .into_iter()
        .map(|c| c.entry_id)
        .collect();
    let entry = Entry::new("victims.take_provision", "victim_entry", &entries)
        .ground(held.recipient_kind.ground())
        .event(held.event_id)
        .detail(json!({ "provision": id }));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok((held, bytes))
}

/// The file as it was handed over; a broken download is repeated, the same bytes under the same number.
#[utoipa::path(get, path = "/provisions/{id}/file", operation_id = "download_provision", tag = "victims", params(("id" = Uuid, Path)), responses(SheetFile, Problems))]
async fn download_provision(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Response> {
    let (held, bytes) = kept(&app, &caller, id).await?;
    let format = format(&held.means).ok_or_else(|| {
        Problem::Conflict("印刷で提供した記録です。画面を印刷してください。".into())
    })?;
    attachment(bytes, format, "victims-provision", app.clock.now())
}

/// What is printed, as it was handed over.
#[utoipa::path(get, path = "/provisions/{id}/sheet", operation_id = "show_provision_sheet", tag = "victims", params(("id" = Uuid, Path)), responses((status = 200, body = ProvisionSheet), Problems))]
async fn show_provision_sheet(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<ProvisionSheet>> {
    let (held, bytes) = kept(&app, &caller, id).await?;
    if held.means != "print" {
        return Err(Problem::Conflict(
            "ファイルで提供した記録です。ファイルを取り出してください。".into(),
        ));
    }
    let sheet = serde_json::from_slice(&bytes).map_err(anyhow::Error::from)?;
    Ok(Json(sheet))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Which {
    event: Option<Uuid>,
    /// `next` of the page before.
    before: Option<DateTime<Utc>>,
}

/// A page of what was given.
#[derive(Debug, Serialize, ToSchema)]
struct VictimDisclosurePage {
    items: Vec<VictimDisclosure>,
    next: Option<DateTime<Utc>>,
}

const PAGE: i64 = 100;

/// To whom what was given, when, by whom, on which ground; never of whom or what it said. An auditor looks here.
#[utoipa::path(get, path = "/victim-disclosures", operation_id = "list_victim_disclosures", tag = "victims", params(Which), responses((status = 200, body = VictimDisclosurePage), Problems))]
async fn list_victim_disclosures(
    State(app): State<App>,
    Overseer(caller): Overseer,
    Query(which): Query<Which>,
) -> Result<Json<VictimDisclosurePage>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let mut items = disclosure::given(&mut tx, which.event, which.before, PAGE + 1).await?;
    let has_more = i64::try_from(items.len()).is_ok_and(|n| n > PAGE);
    items.truncate(usize::try_from(PAGE).unwrap_or(0));
    let ids: Vec<Uuid> = items.iter().map(|d| d.id).collect();
    let entry = Entry::new("victims.read_disclosures", "victim_disclosure", &ids);
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let next = items.last().filter(|_| has_more).map(|d| d.provided_at);
    Ok(Json(VictimDisclosurePage { items, next }))
}
