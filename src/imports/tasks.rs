//! The console's imports run as jobs: reading a file, applying it. Each acts for the account that asked.

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{apply, purge, stage, upload};
use crate::app::App;
use crate::db::{Principal, Scope};
use crate::jobs::JobApp;
use crate::problem::{Problem, Result};

/// Read an uploaded file and compare it with the present.
#[derive(Debug, Serialize, Deserialize)]
pub struct StageImport {
    pub import_id: Uuid,
    pub actor_id: Option<Uuid>,
}

impl TaskHandler for StageImport {
    const IDENTIFIER: &'static str = "stage_import";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = app_of(&context)?;
        let file = upload::path(&app, self.import_id);
        stage(
            &app.db,
            &scope(self.actor_id),
            &app.clock,
            &app.settings.program,
            &file,
            self.import_id,
            &|_| {},
        )
        .await
        .map_err(words)?;
        // Everything needed is in the database now; the file holds people's data and goes.
        upload::forget(&app, self.import_id).await;
        Ok::<(), String>(())
    }
}

/// Make a staged list the version in force.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApplyImport {
    pub import_id: Uuid,
    pub actor_id: Option<Uuid>,
    pub except_errors: bool,
}

impl TaskHandler for ApplyImport {
    const IDENTIFIER: &'static str = "apply_import";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = app_of(&context)?;
        let done = apply(
            &app.db,
            &scope(self.actor_id),
            &app.clock,
            self.import_id,
            self.except_errors,
        )
        .await;
        match done {
            // Said in the batch; trying again would say the same.
            Err(Problem::Conflict(_) | Problem::SecondPerson(_)) => Ok::<(), String>(()),
            Ok(rounds) => {
                app.boards.changed(rounds);
                Ok(())
            }
            Err(problem) => Err(words(problem)),
        }
    }
}

/// Forget the staged rows of imports that are long over. Runs each night.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeImports {}

impl TaskHandler for PurgeImports {
    const IDENTIFIER: &'static str = "purge_imports";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = app_of(&context)?;
        purge(&app.db, &scope(None), &app.clock)
            .await
            .map_err(words)
    }
}

/// A job's own role, in the name of the account that asked.
fn scope(actor_id: Option<Uuid>) -> Scope {
    Scope::of(Principal::Job).by(actor_id)
}

fn app_of(context: &WorkerContext) -> Result<App, String> {
    context
        .get_ext::<JobApp>()
        .map(|JobApp(app)| app.clone())
        .ok_or_else(|| "the worker has no application".to_owned())
}

fn words(problem: Problem) -> String {
    match problem {
        Problem::Internal(cause) => format!("{cause:#}"),
        other => other.to_string(),
    }
}
