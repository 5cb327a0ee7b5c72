//! Settling items set aside over HTTP.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::store::{self, Item, NewSettlement};
use super::{ItemAct, Origin, require_kind};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Staff, Valid};
use crate::db::{Principal, Tx};
use crate::field::facts::{DeviceFacts, RoundFacts};
use crate::field::kinds::observation::Seen;
use crate::field::kinds::observation::filing::{Header, observation};
use crate::field::store::{device_principal, district_of};
use crate::problem::{Problem, Problems, Result};
use crate::safety::derive::corrected;
use crate::safety::observation::Channel;
use crate::safety::record::{self, NewObservation, NewUnlisted, key_of, member_in};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(settle_item))
}

#[derive(Deserialize, Validate, ToSchema)]
struct SettleItem {
    /// Made by the caller: saying it twice settles it once.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    act: ItemAct,
    /// Into which round it is taken up; with `adopted` only.
    #[garde(skip)]
    round_id: Option<Uuid>,
    /// About whom it is there, when the item does not say so itself.
    #[garde(skip)]
    member_id: Option<Uuid>,
    /// Why, or how it was made sure of.
    #[garde(length(chars, min = 2, max = 1000))]
    #[schema(min_length = 2, max_length = 1000)]
    reason: String,
}

/// What became of an item.
#[derive(Debug, Serialize, ToSchema)]
struct ItemSettled {
    item_id: Uuid,
    act: ItemAct,
    round_id: Option<Uuid>,
    /// The observation by which it counts now.
    observation_id: Option<Uuid>,
}

/// Settle an item set aside: take it up into a round by a new observation, put it away, or have it wait again.
#[utoipa::path(post, path = "/quarantine/{id}/settle", operation_id = "settle_item", tag = "review", params(("id" = Uuid, Path)), request_body = SettleItem, responses((status = 201, body = ItemSettled), Problems))]
async fn settle_item(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(item_id): Path<Uuid>,
    Valid(input): Valid<SettleItem>,
) -> Result<(StatusCode, Json<ItemSettled>)> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let item = store::item(&mut tx, item_id).await?;
    if let Some(done) = store::settlement(&mut tx, input.id).await? {
        if done.item_id != item_id || done.act != input.act.as_str() {
            return Err(Problem::Conflict(
                "同じ番号の別の記録があり、いまの入力は記録されていません。画面を開き直してください。".into(),
            ));
        }
        let again = ItemSettled {
            item_id,
            act: input.act,
            round_id: done.round_id,
            observation_id: done.observation_id,
        };
        return Ok((StatusCode::CREATED, Json(again)));
    }
    require_waiting(&item, input.act)?;
    let adopted = match input.act {
        ItemAct::Adopted => Some(adopt(&mut tx, item_id, &item, &input).await?),
        ItemAct::NotNeeded | ItemAct::Reopened => None,
    };
    let settled = ItemSettled {
        item_id,
        act: input.act,
        round_id: adopted.as_ref().map(|o| o.round_id),
        observation_id: adopted.as_ref().map(|o| o.id),
    };
    let new = NewSettlement {
        id: input.id,
        item_id,
        act: input.act,
        reason: &input.reason,
        round_id: settled.round_id,
        observation_id: settled.observation_id,
        by: caller.scope.actor_id(),
        at: app.clock.now(),
    };
    store::insert(&mut tx, &new).await?;
    let member = adopted.map(|o| o.member_id);
    let entry = Entry::new(
        "quarantine.settle",
        "sync_item",
        std::slice::from_ref(&item_id),
    )
    .detail(json!({"act": input.act, "round": settled.round_id, "member": member}));
    audit::append(&mut tx, entry).await?;
    let change = match member {
        None => record::Change::default(),
        Some(member) => {
            tx.continue_as(Principal::Ingest).await?;
            record::rederive(&mut tx, &[member]).await?
        }
    };
    tx.commit().await?;
    app.boards.changed(change.rounds);
    Ok((StatusCode::CREATED, Json(settled)))
}

/// Refuse what was settled meanwhile.
fn require_waiting(item: &Item, act: ItemAct) -> Result<()> {
    let last = item.last_act.as_deref();
    let why = if item.is_observed || last == Some("adopted") {
        "もう安否確認に取り込まれています。直すときは、その方のページで記録を訂正してください。"
    } else if act != ItemAct::Reopened && last == Some("not_needed") {
        "もう片づいています。見直すときは、先に「見直す」を押してください。"
    } else if act == ItemAct::Reopened && last != Some("not_needed") {
        "まだ片づいていない報告です。"
    } else {
        return Ok(());
    };
    Err(Problem::Conflict(why.into()))
}

/// Make the item count: a new observation in the round, on whoever it is about there.
async fn adopt(
    tx: &mut Tx,
    item_id: Uuid,
    item: &Item,
    input: &SettleItem,
) -> Result<NewObservation> {
    let by_hand = || {
        Problem::Conflict(
            "この報告は取り込めません。電話などで確かめ、その方のページで記録してください。".into(),
        )
    };
    let seen = match (&item.payload, item.kind.as_str(), item.reason.as_str()) {
        (_, _, "id_reused") => return Err(by_hand()),
        (Some(payload), "observation", _) => Seen::deserialize(payload).map_err(|_| by_hand())?,
        _ => return Err(by_hand()),
    };
    let device_principal = match (&item.device_principal, item.is_by_link) {
        (Some(word), _) if item.device_id.is_some() => device_principal(word),
        (_, true) => Principal::SelfReport,
        _ => return Err(by_hand()),
    };
    let missing = || Problem::field("/round_id", "どの安否確認に取り込むかを選んでください。");
    let round_id = input.round_id.ok_or_else(missing)?;
    let round = store::round(tx, round_id).await?.ok_or_else(missing)?;
    let observed_at = item.observed_at.unwrap_or(item.recorded_at);
    let origin = Origin {
        event_id: item.event_id,
        is_of_disaster: item.event_kind.as_deref() == Some("disaster"),
        reason: item.reason.clone(),
        happened_at: happened_at(item, observed_at),
    };
    require_kind(&origin, &round)?;
    let member_id = about(tx, &seen, &round, input.member_id).await?;
    let device = DeviceFacts {
        principal: device_principal,
        actor_id: item.volunteer_id.or(item.account_id),
        volunteer_id: item.volunteer_id,
        is_revoked: false,
        districts: Vec::new(),
        last_contact_at: None,
        held_items: 0,
    };
    let mut adopted = NewObservation {
        adopted_from: Some(item_id),
        ..observation(
            key_of(&format!("{item_id} {round_id}")),
            &seen,
            (round_id, member_id),
            &device,
            Header {
                device_id: item.device_id,
                device_seq: item.device_seq,
                observed_at,
                clock_offset_ms: item.clock_offset_ms,
            },
        )
    };
    if item.is_by_link {
        adopted.channel = Channel::Link;
    }
    record::insert_observations(tx, std::slice::from_ref(&adopted)).await?;
    Ok(adopted)
}

/// Nothing happens after its arrival, whatever the phone's clock says.
fn happened_at(item: &Item, observed_at: DateTime<Utc>) -> DateTime<Utc> {
    corrected(observed_at, item.clock_offset_ms).min(item.recorded_at)
}

/// Whom the item is about in the round: whom staff chose; whom it names, the same person there; or somebody on no list.
async fn about(tx: &mut Tx, seen: &Seen, round: &RoundFacts, chosen: Option<Uuid>) -> Result<Uuid> {
    let choose = || {
        Problem::field(
            "/member_id",
            "だれのことかが分かりません。電話で確かめ、その方を選んでください。",
        )
    };
    if let Some(chosen) = chosen {
        return match store::is_member(tx, round.id, chosen).await? {
            true => Ok(chosen),
            false => Err(choose()),
        };
    }
    if let Some(named) = seen.about() {
        if store::is_member(tx, round.id, named).await? {
            return Ok(named);
        }
        if store::is_known(tx, named).await? {
            let key = key_of(&format!("{} {named}", round.id));
            return member_in(tx, round.id, named, key).await;
        }
    }
    let Some(subject) = &seen.subject else {
        return Err(choose());
    };
    let id = key_of(&format!("{} {}", round.id, subject.id));
    let district_id = district_of(tx, subject.point(), round.id, &[]).await?;
    let unlisted = NewUnlisted {
        id,
        round_id: round.id,
        district_id,
        subject: serde_json::to_value(subject).map_err(anyhow::Error::from)?,
        volunteer_id: None,
    };
    record::insert_unlisted(tx, &[unlisted]).await?;
    Ok(id)
}
