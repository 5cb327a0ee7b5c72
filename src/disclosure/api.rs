//! Activations over HTTP.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Activation, ActivationStatus, LONGEST_HOURS, duty_code, store};
use crate::accounts::api::Items;
use crate::accounts::tries::{Limit, Try};
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Caller, Staff, Valid};
use crate::db::{Principal, Scope};
use crate::events::{self, EventKind};
use crate::keys::HmacPurpose;
use crate::problem::{Problem, Problems, Result};

pub(super) const NEVER_IN_A_DRILL: &str = "訓練では、同意のない方の情報を開示できません（災害対策基本法49条の11第3項は、災害のときだけです）。\
     本当の災害なら、災害を新しく開始してください。";
pub(super) const SECOND_PERSON: &str =
    "開示には二人の確認が必要です。別の職員が自分のログインで「確認」を押してください。";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_activations, open_activation))
        .routes(routes!(confirm_activation))
        .routes(routes!(close_activation))
        .routes(routes!(review_activation))
}

/// All emergency activations, the newest first.
#[utoipa::path(get, path = "/activations", operation_id = "list_activations", tag = "disclosure", responses((status = 200, body = Items<Activation>), Problems))]
async fn list_activations(
    State(app): State<App>,
    Staff(caller): Staff,
) -> Result<Json<Items<Activation>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = store::activations(&mut tx, None).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct OpenActivation {
    /// Made by the caller: saying it twice opens one activation.
    #[garde(skip)]
    id: Uuid,
    /// A running disaster; never a drill.
    #[garde(skip)]
    event_id: Uuid,
    #[garde(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    districts: Vec<Uuid>,
    /// Why it is specially necessary to protect life or body: it stays on the record.
    #[garde(length(chars, min = 10, max = 1000))]
    #[schema(min_length = 10, max_length = 1000)]
    reason: String,
    #[garde(range(min = 1, max = LONGEST_HOURS))]
    #[schema(minimum = 1, maximum = 72)]
    hours: i32,
    /// From the sealed envelope, when no second person can be reached.
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    duty_code: Option<String>,
}

/// Open an emergency activation (災対法 49-11(3)): shows nobody until another person confirms, unless opened by duty code.
#[utoipa::path(post, path = "/activations", operation_id = "open_activation", tag = "disclosure", request_body = OpenActivation, responses((status = 201, body = Activation), Problems))]
async fn open_activation(
    State(app): State<App>,
    Staff(caller): Staff,
    Valid(input): Valid<OpenActivation>,
) -> Result<(StatusCode, Json<Activation>)> {
    let by = stepped_up(&app, &caller)?;
    let code = input.duty_code.as_deref().filter(|c| !c.trim().is_empty());
    if code.is_some() {
        count_duty_try(&app, by).await?;
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    let event = events::store::by_id(&mut tx, input.event_id, app.clock.now()).await?;
    if event.kind == EventKind::Drill {
        return Err(Problem::Conflict(NEVER_IN_A_DRILL.into()));
    }
    if event.is_standing || event.is_over() {
        return Err(Problem::Conflict(
            "いま続いている災害を選んでください。まだなければ、先に災害を開始してください。".into(),
        ));
    }
    let known = store::activations(&mut tx, Some(input.id)).await?.pop();
    if known.is_none() {
        if let Some(code) = code
            && !duty_code::spend(&mut tx, &app.keys, code, Some(by)).await?
        {
            return Err(Problem::field(
                "/duty_code",
                "当直コードが違うか、使用済みです。封筒の番号を確かめてください。",
            ));
        }
        let new = store::NewActivation {
            id: input.id,
            event_id: input.event_id,
            districts: &input.districts,
            reason: &input.reason,
            hours: input.hours,
            opened_by: by,
            by_duty_code: code.is_some(),
        };
        store::open(&mut tx, &new).await?;
        let action = if code.is_some() {
            "disclosure.open_by_duty_code"
        } else {
            "disclosure.open"
        };
        let entry = Entry::new(action, "activation", std::slice::from_ref(&input.id))
            .ground(LegalGround::Emergency)
            .event(input.event_id)
            .detail(json!({"districts": input.districts, "hours": input.hours}));
        audit::append(&mut tx, entry).await?;
    }
    let activation = store::activation(&mut tx, input.id).await?;
    tx.commit().await?;
    if activation.by_duty_code && known.is_none() {
        tracing::warn!(activation.id = %activation.id, "one person opened an emergency disclosure with the duty code");
    }
    Ok((StatusCode::CREATED, Json(activation)))
}

/// The account, its second factor fresh.
fn stepped_up(app: &App, caller: &Caller) -> Result<Uuid> {
    caller.require_step_up(app.clock.now())?;
    caller.scope.actor_id().ok_or(Problem::Forbidden)
}

/// Five wrong duty codes in fifteen minutes are enough. Counted before the code is looked at, in a transaction of its own.
async fn count_duty_try(app: &App, by: Uuid) -> Result<()> {
    let now = app.clock.now();
    let key = app
        .keys
        .hmac(HmacPurpose::RateKey, format!("duty:{by}").as_bytes());
    let limit = Limit {
        kind: "account",
        key,
        most: 5,
        forgives: false,
    };
    let mut tx = app.db.begin(&Scope::of(Principal::Auth)).await?;
    // Also a right code stays counted: it works once anyway.
    let _ = Try::begin(&mut tx, vec![limit], now).await?;
    tx.commit().await
}

/// Confirm an activation as the second person: from now on it shows people.
#[utoipa::path(post, path = "/activations/{id}/confirm", operation_id = "confirm_activation", tag = "disclosure", params(("id" = Uuid, Path)), responses((status = 200, body = Activation), Problems))]
async fn confirm_activation(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Activation>> {
    let by = stepped_up(&app, &caller)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let before = store::activation(&mut tx, id).await?;
    if before.opened_by.id == by {
        return Err(Problem::SecondPerson(SECOND_PERSON.into()));
    }
    if before.status == ActivationStatus::Ended {
        return Err(Problem::Conflict(
            "この開示は終わっています。必要なら、新しく開示を始めてください。".into(),
        ));
    }
    store::confirm(&mut tx, id, by).await?;
    changed(tx, "disclosure.confirm", &before).await
}

/// Close an activation before its time.
#[utoipa::path(post, path = "/activations/{id}/close", operation_id = "close_activation", tag = "disclosure", params(("id" = Uuid, Path)), responses((status = 200, body = Activation), Problems))]
async fn close_activation(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Activation>> {
    let by = caller.scope.actor_id().ok_or(Problem::Forbidden)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let before = store::activation(&mut tx, id).await?;
    store::close(&mut tx, id, by).await?;
    changed(tx, "disclosure.close", &before).await
}

/// Review an activation that one person opened with the duty code.
#[utoipa::path(post, path = "/activations/{id}/review", operation_id = "review_activation", tag = "disclosure", params(("id" = Uuid, Path)), responses((status = 200, body = Activation), Problems))]
async fn review_activation(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Activation>> {
    let by = stepped_up(&app, &caller)?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let before = store::activation(&mut tx, id).await?;
    if !before.by_duty_code {
        return Err(Problem::Conflict(
            "二人で確認した開示に、点検は要りません。".into(),
        ));
    }
    if before.opened_by.id == by {
        return Err(Problem::SecondPerson(
            "点検は、開示した本人ではない職員がしてください。".into(),
        ));
    }
    store::review(&mut tx, id, by).await?;
    changed(tx, "disclosure.review", &before).await
}

async fn changed(
    mut tx: crate::db::Tx,
    action: &'static str,
    before: &Activation,
) -> Result<Json<Activation>> {
    let entry = Entry::new(action, "activation", std::slice::from_ref(&before.id))
        .ground(LegalGround::Emergency)
        .event(before.event_id);
    audit::append(&mut tx, entry).await?;
    let activation = store::activation(&mut tx, before.id).await?;
    tx.commit().await?;
    Ok(Json(activation))
}
