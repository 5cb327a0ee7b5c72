//! The victim registry over HTTP. Headquarters only; an auditor sees to whom what was given.

mod ask;
mod batches;
mod edit;
mod export;
mod issue;
mod list;
mod provisions;
mod records;

pub(crate) use export::taken;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::entry::Victim;
use super::store;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::db::Tx;
use crate::events::{self, Event, EventKind};
use crate::problem::{Problem, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(list::routes())
        .merge(edit::routes())
        .merge(records::routes())
        .merge(batches::routes())
        .merge(ask::routes())
        .merge(provisions::routes())
        .merge(issue::routes())
        .merge(export::routes())
}

/// The disaster, whose registry may be written; a drill has none.
async fn disaster(tx: &mut Tx, app: &App, id: Uuid) -> Result<Event> {
    let event = events::store::by_id(tx, id, app.clock.now()).await?;
    if event.kind == EventKind::Drill {
        return Err(Problem::Conflict(
            "訓練の記録は被災者台帳に入れられません。".into(),
        ));
    }
    if event.is_standing {
        return Err(Problem::Conflict(
            "常設の災害には台帳がありません。災害を始めて、その災害で作ってください。".into(),
        ));
    }
    Ok(event)
}

/// An act on one entry, and the entry as it is now.
async fn told(tx: &mut Tx, app: &App, action: &'static str, id: Uuid) -> Result<Victim> {
    let victim = store::victim(tx, &app.keys, id).await?;
    let entry = Entry::new(action, "victim_entry", std::slice::from_ref(&id))
        .ground(LegalGround::VictimInternal)
        .event(victim.event_id);
    audit::append(tx, entry).await?;
    Ok(victim)
}
