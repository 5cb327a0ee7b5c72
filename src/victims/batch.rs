//! All check-ins, or all answers of the rounds, of a disaster into its registry at once: a job, a few people a transaction, so that it
//! goes on where it stood when the machine stops.

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::store::batch;
use super::take_over::take_over;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::db::{Principal, Scope};
use crate::jobs::JobApp;
use crate::problem::{Problem, Result};

/// What is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchSource {
    /// Everybody received at a door.
    CheckIns,
    /// Everybody of the roster about whom a round heard something.
    Rounds,
}

impl BatchSource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CheckIns => "check_ins",
            Self::Rounds => "rounds",
        }
    }
}

/// People that one transaction takes.
const PEOPLE_AT_ONCE: i64 = 100;

/// Take the people of a batch over.
#[derive(Debug, Serialize, Deserialize)]
pub struct TakeOverVictims {
    pub batch_id: Uuid,
    pub actor_id: Option<Uuid>,
}

impl TaskHandler for TakeOverVictims {
    const IDENTIFIER: &'static str = "take_over_victims";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = context
            .get_ext::<JobApp>()
            .map(|JobApp(app)| app.clone())
            .ok_or_else(|| "the worker has no application".to_owned())?;
        while some_people(&app, self.batch_id, self.actor_id)
            .await
            .map_err(words)?
        {}
        Ok::<(), String>(())
    }
}

fn words(problem: Problem) -> String {
    match problem {
        Problem::Internal(cause) => format!("{cause:#}"),
        other => other.to_string(),
    }
}

/// Take the next people over; false when nobody is left.
async fn some_people(app: &App, id: Uuid, actor: Option<Uuid>) -> Result<bool> {
    let mut tx = app.db.begin(&Scope::of(Principal::Job).by(actor)).await?;
    let (event_id, status) = batch::hold(&mut tx, id).await?;
    if status != "applying" {
        return Ok(false);
    }
    let todo = batch::todo(&mut tx, id, PEOPLE_AT_ONCE).await?;
    if todo.is_empty() {
        batch::set_status(&mut tx, id, "applied", actor).await?;
        tx.commit().await?;
        return Ok(false);
    }
    let mut entries = Vec::with_capacity(todo.len());
    for (seq, entry_id, from) in todo {
        let taken = take_over(&mut tx, event_id, entry_id, from, actor).await?;
        batch::set_done(&mut tx, id, seq, &taken).await?;
        entries.push(taken.id);
    }
    let entry = Entry::new("victims.take_over", "victim_entry", &entries)
        .ground(LegalGround::VictimInternal)
        .event(event_id)
        .detail(serde_json::json!({ "batch": id }));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(true)
}
