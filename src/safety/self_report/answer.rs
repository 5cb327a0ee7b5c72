//! An answer by a personal link, on its way to becoming evidence.

use chrono::{DateTime, TimeDelta, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::SpeaksAs;
use super::store::answers::{self as store, Link};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::city;
use crate::db::{Principal, Scope, Tx};
use crate::events::EventKind;
use crate::keys::HmacPurpose;
use crate::problem::{Problem, Result};
use crate::safety::STANDING_ROUND;
use crate::safety::observation::{Attempt, Channel, Outcome, Whereabouts};
use crate::safety::record::{self, NewObservation};

/// So many answers by one link in ten minutes: a stuck key, not a resident.
const MOST_ANSWERS: i64 = 30;

/// What somebody may say of herself, or of her family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SaidOutcome {
    /// 無事
    Safe,
    /// 軽いけが
    InjuredMinor,
    /// ひどいけが
    InjuredSerious,
    /// 手伝いが必要
    NeedsSupport,
    /// いますぐ助けが必要
    NeedsRescue,
}

impl From<SaidOutcome> for Outcome {
    fn from(said: SaidOutcome) -> Self {
        match said {
            SaidOutcome::Safe => Self::Safe,
            SaidOutcome::InjuredMinor => Self::InjuredMinor,
            SaidOutcome::InjuredSerious => Self::InjuredSerious,
            SaidOutcome::NeedsSupport => Self::NeedsSupport,
            SaidOutcome::NeedsRescue => Self::NeedsRescue,
        }
    }
}

/// An answer.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct Answer {
    /// What stands behind the `#` of the link.
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    pub token: String,
    /// Made on the phone: saying it twice records it once.
    #[garde(skip)]
    pub id: Uuid,
    #[garde(skip)]
    pub outcome: SaidOutcome,
    #[garde(skip)]
    pub whereabouts: Option<Whereabouts>,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub note: String,
    /// It is so for everybody of the home.
    #[garde(skip)]
    #[serde(default)]
    pub for_household: bool,
    /// The answer of this link that it replaces: a slip of the finger, or more about the same.
    #[garde(skip)]
    pub corrects: Option<Uuid>,
}

/// What was recorded: only what the answer itself said.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answered {
    pub id: Uuid,
    pub event_kind: EventKind,
    pub outcome: SaidOutcome,
    pub whereabouts: Option<Whereabouts>,
    pub for_household: bool,
    pub recorded_at: DateTime<Utc>,
    /// The round was closed already; it counts all the same.
    pub is_late: bool,
    /// The drill is over: somebody has to look whether it is meant for real.
    pub is_set_aside: bool,
}

/// The link of a token, in its own scope; or words that say what to do.
pub async fn enter(app: &App, token: &str, block: &str) -> Result<(Tx, Link)> {
    let hmac = app
        .keys
        .hmac(HmacPurpose::LinkToken, token.trim().as_bytes());
    let Some(id) = store::by_token(app.db.auth()?, &hmac).await? else {
        app.links.knocked_in_vain(block)?;
        let mut conn = app.db.auth()?.acquire().await?;
        let phones = city::phones(app, &mut conn, &[]).await?;
        return Err(Problem::Gone(format!(
            "このリンクは使えません。期限が切れたか、取り消されたか、途中で切れています。{}",
            city::call_in_words(phones.of(&[]))
        )));
    };
    let mut tx = app.db.begin(&Scope::link(id)).await?;
    let link = store::link(&mut tx, id, app.clock.now()).await?;
    Ok((tx, link))
}

/// Record an answer, once, and derive what follows. The transaction is the link's own.
pub async fn record(app: &App, mut tx: Tx, link: &Link, answer: &Answer) -> Result<Answered> {
    let now = app.clock.now();
    tx.continue_as(Principal::Ingest).await?;
    not_too_often(&mut tx, link, now).await?;
    let corrects = match answer.corrects {
        Some(id) if store::is_of_link(&mut tx, id, link.id).await? => Some(id),
        _ => None,
    };
    let told = observation(link, answer, corrects, (link.round_id, link.member_id), now);
    let is_set_aside = link.event_kind == EventKind::Drill && link.is_event_over;
    let mut touched = Vec::new();
    if is_set_aside {
        let payload = set_aside_payload(link, &told)?;
        let is_new = store::set_aside(&mut tx, told.id, link.event_id, now, &payload).await?;
        if is_new && told.outcome.is_some_and(Outcome::is_alarm) {
            store::ring(&mut tx, link.round_id).await?;
        }
        append(
            &mut tx,
            "answers.set_aside",
            link,
            link.event_id,
            link.member_id,
        )
        .await?;
    } else {
        touched = keep(&mut tx, link, link.event_id, told).await?;
    }
    tx.commit().await?;
    app.boards.changed(touched);
    Ok(Answered {
        id: answer.id,
        event_kind: link.event_kind,
        outcome: answer.outcome,
        whereabouts: answer.whereabouts,
        for_household: answer.for_household || link.for_household,
        recorded_at: now,
        is_late: link.is_closed,
        is_set_aside,
    })
}

/// 「訓練ではありません」: a call into the standing disaster event, unmarked, outside the drill's figures.
pub async fn call_for_real(app: &App, mut tx: Tx, link: &Link, call: &Answer) -> Result<Answered> {
    let now = app.clock.now();
    tx.continue_as(Principal::Ingest).await?;
    not_too_often(&mut tx, link, now).await?;
    let key = record::key_of(&format!("{STANDING_ROUND} {}", link.member_id));
    let member = record::member_in(&mut tx, STANDING_ROUND, link.member_id, key).await?;
    let told = observation(link, call, None, (STANDING_ROUND, member), now);
    let touched = keep(&mut tx, link, crate::events::STANDING_EVENT, told).await?;
    tx.commit().await?;
    app.boards.changed(touched);
    Ok(Answered {
        id: call.id,
        event_kind: EventKind::Disaster,
        outcome: call.outcome,
        whereabouts: call.whereabouts,
        for_household: call.for_household || link.for_household,
        recorded_at: now,
        is_late: false,
        is_set_aside: false,
    })
}

async fn not_too_often(tx: &mut Tx, link: &Link, now: DateTime<Utc>) -> Result<()> {
    let (_, lately) = store::answered(tx, link.id, now - TimeDelta::minutes(10)).await?;
    match lately < MOST_ANSWERS {
        true => Ok(()),
        false => Err(Problem::TooMany { retry_after_s: 600 }),
    }
}

/// Append an observation once, derive, and audit; answers the rounds that changed.
async fn keep(tx: &mut Tx, link: &Link, event_id: Uuid, told: NewObservation) -> Result<Vec<Uuid>> {
    let (id, member_id) = (told.id, told.member_id);
    if record::insert_observations(tx, &[told]).await?.is_empty() {
        return match store::is_of_link(tx, id, link.id).await? {
            true => Ok(Vec::new()),
            false => Err(Problem::Conflict(
                "同じ番号の別の記録があり、いまの返事は記録されていません。画面を開き直して、もう一度お願いします。".into(),
            )),
        };
    }
    let change = record::rederive(tx, &[member_id]).await?;
    append(tx, "answers.record", link, event_id, member_id).await?;
    Ok(change.rounds.into_iter().collect())
}

async fn append(
    tx: &mut Tx,
    action: &'static str,
    link: &Link,
    event_id: Uuid,
    member_id: Uuid,
) -> Result<()> {
    let entry = Entry::new(action, "member", std::slice::from_ref(&member_id))
        .event(event_id)
        .detail(json!({"link": link.id}));
    audit::append(tx, entry).await
}

fn observation(
    link: &Link,
    answer: &Answer,
    corrects: Option<Uuid>,
    (round_id, member_id): (Uuid, Uuid),
    now: DateTime<Utc>,
) -> NewObservation {
    NewObservation {
        id: answer.id,
        round_id,
        member_id,
        outcome: Some(answer.outcome.into()),
        whereabouts: answer.whereabouts,
        attempt: match link.speaks_as {
            SpeaksAs::Own => Attempt::SelfReport,
            SpeaksAs::Family => Attempt::Family,
        },
        channel: Channel::Link,
        marker: None,
        needs: Vec::new(),
        note: answer.note.trim().to_owned(),
        told_by: String::new(),
        told_phone: String::new(),
        shelter_id: None,
        for_household: answer.for_household || link.for_household,
        corrects,
        is_withdrawal: false,
        observer_kind: Principal::SelfReport.as_str(),
        observer_id: None,
        device_id: None,
        device_seq: None,
        observed_at: now,
        clock_offset_ms: 0,
        copy_id: None,
        typed_by: None,
        link_id: Some(link.id),
        adopted_from: None,
    }
}

/// As a phone would have said it, so that staff can take it up into a disaster's round.
fn set_aside_payload(link: &Link, told: &NewObservation) -> Result<serde_json::Value> {
    let mut payload = serde_json::to_value(told).map_err(anyhow::Error::from)?;
    let kept = [
        "round_id",
        "member_id",
        "outcome",
        "whereabouts",
        "attempt",
        "note",
        "for_household",
    ];
    if let Some(fields) = payload.as_object_mut() {
        fields.retain(|name, _| kept.contains(&name.as_str()));
        fields.insert("link_id".into(), json!(link.id));
    }
    Ok(payload)
}
