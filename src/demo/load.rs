//! Making the demo city in a database: people are drawn on a thread of their own and written in
//! batches, so that memory stays the same for a hundred people and for a million.
//!
//! Every row has an id that follows from the seed and is written at most once: a load that was cut
//! off is finished by starting it again.

use std::sync::Arc;

use anyhow::bail;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::batch::Batch;
use super::city::City;
use super::dice::Seed;
use super::drill::{self, Member, Resident};
use super::progress::Progress;
use super::{logins, store};
use crate::audit::{self, Entry};
use crate::clock::Clock;
use crate::coverage;
use crate::db::{Db, Scope};
use crate::keys::Keys;

/// Households in one transaction.
const BATCH_HOUSEHOLDS: usize = 1_000;
/// Members of the drill's round in one transaction.
const BATCH_MEMBERS: usize = 1_000;

/// What a load came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Loaded {
    Made,
    /// The same city was there already, whole.
    AlreadyThere,
}

/// Which city: the same plan is the same city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub seed: Seed,
    /// Residents on the roster.
    pub people: u64,
}

/// Fills the database with this city, its log-ins included.
///
/// Refuses, and changes nothing, where people live who are not of this city.
pub async fn load(db: &Db, keys: &Keys, plan: Plan) -> anyhow::Result<Loaded> {
    match look(db).await? {
        Found::Nothing => make(db, keys, plan).await,
        Found::Demo { plan: there, .. } if there != plan => bail!(
            "this database already holds a demo city with seed {} and {} people; nothing was changed. \
             Start over with an empty database (./dev run --fresh)",
            there.seed.0,
            there.people
        ),
        Found::Demo {
            is_finished: true, ..
        } => Ok(Loaded::AlreadyThere),
        Found::Demo {
            is_finished: false, ..
        } => make(db, keys, plan).await,
    }
}

/// Fills an empty database with this city; keeps, and finishes, whatever demo city is there.
pub async fn load_or_keep(db: &Db, keys: &Keys, plan: Plan) -> anyhow::Result<Loaded> {
    let plan = match look(db).await? {
        Found::Nothing => plan,
        Found::Demo { plan, .. } => plan,
    };
    load(db, keys, plan).await
}

enum Found {
    Nothing,
    Demo { plan: Plan, is_finished: bool },
}

async fn look(db: &Db) -> anyhow::Result<Found> {
    let mut tx = db.begin(&Scope::cli(None)).await?;
    let contents = store::contents(&mut tx).await?;
    tx.commit().await?;
    match contents.started {
        Some(Json(plan)) if contents.is_demo => Ok(Found::Demo {
            plan,
            is_finished: contents.is_finished,
        }),
        _ if contents.is_inhabited => bail!(
            "this database holds people or districts that are not of the demo city; nothing was changed. \
             Make the demo in a database of its own (another --var or DATABASE_URL)"
        ),
        _ => Ok(Found::Nothing),
    }
}

async fn make(db: &Db, keys: &Keys, plan: Plan) -> anyhow::Result<Loaded> {
    let scope = Scope::cli(None);
    let city = Arc::new(City::new(plan.seed, plan.people));
    let mut tx = db.begin(&scope).await?;
    store::mark(&mut tx).await?;
    audit::append(
        &mut tx,
        Entry::new("demo.start", "instance", &[]).detail(json!(plan)),
    )
    .await?;
    store::insert_city(&mut tx, &city).await?;
    logins::create(&mut tx, keys, &city).await?;
    tx.commit().await?;

    let residents = load_people(db, &scope, city.clone()).await?;
    load_drill(db, &scope, &city, &residents).await?;
    let mut tx = db.begin(&scope).await?;
    store::plans::insert(&mut tx).await?;
    coverage::snapshot::make(&mut tx, Uuid::now_v7(), Clock::default().now()).await?;
    tx.commit().await?;

    let mut tx = db.begin(&scope).await?;
    audit::append(
        &mut tx,
        Entry::new("demo.finish", "instance", &[]).detail(json!(plan)),
    )
    .await?;
    tx.commit().await?;
    Ok(Loaded::Made)
}

/// Answers those who took part in the past drill.
async fn load_people(db: &Db, scope: &Scope, city: Arc<City>) -> anyhow::Result<Vec<Resident>> {
    let progress = Progress::of_people(city.people);
    // Two batches under way: one being written, one being drawn.
    let (batches, mut drawn) = mpsc::channel::<Batch>(1);
    let drawing = tokio::task::spawn_blocking(move || draw(&city, &batches));
    while let Some(batch) = drawn.recv().await {
        let mut tx = db.begin_read(scope).await?;
        store::people::insert(&mut tx, &batch).await?;
        tx.commit().await?;
        progress.add(batch.listed);
    }
    let residents = drawing.await?;
    progress.finish();
    Ok(residents)
}

async fn load_drill(
    db: &Db,
    scope: &Scope,
    city: &City,
    residents: &[Resident],
) -> anyhow::Result<()> {
    let mut tx = db.begin(scope).await?;
    let round_id = store::drill::begin(&mut tx, city).await?;
    tx.commit().await?;
    let drawn = |batch: &[Resident]| -> Vec<Member> {
        batch
            .iter()
            .map(|resident| drill::member(city, resident))
            .collect()
    };
    for batch in residents.chunks(BATCH_MEMBERS).map(drawn) {
        let mut tx = db.begin_read(scope).await?;
        store::drill::insert_members(&mut tx, round_id, &batch).await?;
        tx.commit().await?;
    }
    let mut tx = db.begin(scope).await?;
    store::drill::close(&mut tx, city, round_id).await?;
    tx.commit().await?;
    for batch in residents.chunks(BATCH_MEMBERS).map(drawn) {
        let mut tx = db.begin_read(scope).await?;
        store::drill::insert_late(&mut tx, round_id, &batch).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Draws until the city is complete or nobody takes the batches any more. Answers those who took part
/// in the past drill.
fn draw(city: &City, batches: &mpsc::Sender<Batch>) -> Vec<Resident> {
    let in_drill = drill::districts(city);
    let mut residents = Vec::new();
    let mut households = city.households().peekable();
    while households.peek().is_some() {
        let mut batch = Batch::default();
        for household in households.by_ref().take(BATCH_HOUSEHOLDS) {
            let people = household.people.iter();
            residents.extend(
                people.filter_map(|person| Resident::of(city, &in_drill, household.id, person)),
            );
            batch.push(city, household);
        }
        if batches.blocking_send(batch).is_err() {
            break;
        }
    }
    residents
}
