//! The desk's side: how the mails of a round are doing, stop and send again, and addresses that came back.

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::choose::{self, NotAsked};
use super::super::store::panel::{Bounce, MailCounts};
use super::super::{AskedByMail, ask, mail_domain, store};
use crate::accounts::api::Items;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Lead, Staff};
use crate::db::{Principal, Tx};
use crate::events;
use crate::problem::{Problem, Problems, Result};
use crate::safety::api::rounds::{require_touched, within};
use crate::safety::round::{Round, RoundKind};
use crate::safety::store::rounds;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_mails))
        .routes(routes!(stop_mails))
        .routes(routes!(send_mails_again))
        .routes(routes!(list_bounces))
        .routes(routes!(lift_bounce))
}

/// The mails of a round at one instant: counts, never names.
#[derive(Serialize, ToSchema)]
struct RoundMails {
    round_id: Uuid,
    as_of: DateTime<Utc>,
    /// Without one mails wait.
    has_mail_server: bool,
    /// Since when the server could not be used; null while it can, or nobody tried.
    unreachable_since: Option<DateTime<Utc>>,
    /// What it said last.
    unreachable_words: Option<String>,
    /// The round asks by mail; false: stopped, or started without.
    asks_by_mail: bool,
    remind_minutes: Option<i32>,
    reminders: i16,
    rate_per_minute: Option<u32>,
    #[serde(flatten)]
    counts: MailCounts,
    not_asked: NotAsked,
}

/// How the mails of a round are doing; a lead's are those of the lead's districts.
#[utoipa::path(get, path = "/rounds/{id}/mails", operation_id = "show_mails", tag = "mails", params(("id" = Uuid, Path)), responses((status = 200, body = RoundMails), Problems))]
async fn show_mails(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<RoundMails>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    tx.continue_as(Principal::Index).await?;
    let round = rounds::round(&mut tx, id, now).await?;
    require_touched(&caller, &round)?;
    let within = within(&caller);
    let counts = store::panel::counts(&mut tx, id, within).await?;
    let rules = store::panel::rules(&mut tx, id).await?;
    let down = store::panel::unreachable(&mut tx).await?;
    tx.continue_as(Principal::Job).await?;
    let reaches = store::links::reaches_in(&mut tx, id, within).await?;
    let bounced = store::queue::hard_bounced(&mut tx, &choose::keys(&reaches)).await?;
    tx.commit().await?;
    let (_, not_asked) = choose::choose(&reaches, &bounced);
    let (unreachable_since, unreachable_words) = down.unzip();
    Ok(Json(RoundMails {
        round_id: id,
        as_of: now,
        has_mail_server: app.settings.mail.is_some(),
        unreachable_since,
        unreachable_words,
        asks_by_mail: rules.asks_by_mail,
        remind_minutes: rules.remind_minutes,
        reminders: rules.reminders,
        rate_per_minute: app.settings.mail.as_ref().map(|server| server.rate),
        counts,
        not_asked,
    }))
}

/// What stopping or sending again came to.
#[derive(Serialize, ToSchema)]
struct MailsChanged {
    asks_by_mail: bool,
    /// Mails that were waiting and are not sent any more.
    cancelled: i64,
    /// Mails queued just now: to those who have not answered.
    queued: i64,
}

async fn open_round(tx: &mut Tx, app: &App, id: Uuid) -> Result<Round> {
    let round = rounds::round(tx, id, app.clock.now()).await?;
    rounds::require_open(&round)?;
    match round.kind {
        RoundKind::Safety => Ok(round),
        RoundKind::Evacuation => Err(Problem::Conflict(
            "メールで聞くのは、安否確認だけです。".into(),
        )),
    }
}

/// Stop asking by mail in a round: what waits is not sent, nobody is reminded. Links that were sent still work.
#[utoipa::path(post, path = "/rounds/{id}/mails/stop", operation_id = "stop_mails", tag = "mails", params(("id" = Uuid, Path)), responses((status = 200, body = MailsChanged), Problems))]
async fn stop_mails(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<MailsChanged>> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let round = open_round(&mut tx, &app, id).await?;
    store::panel::set_asks(&mut tx, id, false).await?;
    let cancelled = store::panel::cancel_queued(&mut tx, id, app.clock.now()).await?;
    let entry = Entry::new("mails.stop", "round", std::slice::from_ref(&id))
        .event(round.event.id)
        .detail(json!({"cancelled": cancelled}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(MailsChanged {
        asks_by_mail: false,
        cancelled,
        queued: 0,
    }))
}

/// Ask again by mail: everybody of the round who has not answered and has no mail waiting, and whoever was never asked.
#[utoipa::path(post, path = "/rounds/{id}/mails/again", operation_id = "send_mails_again", tag = "mails", params(("id" = Uuid, Path)), responses((status = 200, body = MailsChanged), Problems))]
async fn send_mails_again(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<MailsChanged>> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    let round = open_round(&mut tx, &app, id).await?;
    store::panel::set_asks(&mut tx, id, true).await?;
    let event = events::store::by_id(&mut tx, round.event.id, now).await?;
    let again = store::queue::remind(&mut tx, Some(id), &mail_domain(&app), now).await?;
    let AskedByMail { queued, .. } = ask(&app, &mut tx, id, &event).await?;
    let queued = queued + i64::try_from(again).unwrap_or(i64::MAX);
    let entry = Entry::new("mails.again", "round", std::slice::from_ref(&id))
        .ground(LegalGround::Internal)
        .event(round.event.id)
        .detail(json!({"queued": queued}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(MailsChanged {
        asks_by_mail: true,
        cancelled: 0,
        queued,
    }))
}

/// Addresses that came back and were not lifted, the newest first: whose they are, and what their server said.
#[utoipa::path(get, path = "/mail-bounces", operation_id = "list_bounces", tag = "mails", responses((status = 200, body = Items<Bounce>), Problems))]
async fn list_bounces(State(app): State<App>, Staff(caller): Staff) -> Result<Json<Items<Bounce>>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = store::panel::bounces(&mut tx).await?;
    let people: Vec<Uuid> = items
        .iter()
        .flat_map(|b| b.people.iter().map(|p| p.id))
        .collect();
    let entry = Entry::new("mails.list_bounces", "person", &people).ground(LegalGround::Internal);
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}

/// Write to an address again: it was put right, or its server was wrong. What came back stays on record.
#[utoipa::path(post, path = "/mail-bounces/{id}/lift", operation_id = "lift_bounce", tag = "mails", params(("id" = Uuid, Path)), responses((status = 200, body = Items<Bounce>), Problems))]
async fn lift_bounce(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<Items<Bounce>>> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let by = caller.scope.actor_id();
    store::panel::lift(&mut tx, id, by, app.clock.now()).await?;
    let entry = Entry::new(
        "mails.lift_bounce",
        "mail_bounce",
        std::slice::from_ref(&id),
    );
    audit::append(&mut tx, entry).await?;
    let items = store::panel::bounces(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Items { items }))
}
