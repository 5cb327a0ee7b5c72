//! Making the demo city in a database: people are drawn on a thread of their own and written in
//! batches, so that memory stays the same for a hundred people and for a million.
//!
//! Every row has an id that follows from the seed and is written at most once: a load that was cut
//! off is finished by starting it again.

use std::sync::Arc;

use anyhow::bail;
use serde_json::json;
use tokio::sync::mpsc;

use super::batch::Batch;
use super::city::City;
use super::dice::Seed;
use super::progress::Progress;
use super::store;
use crate::audit::{self, Entry};
use crate::db::{Db, Scope};

/// Households in one transaction.
const BATCH_HOUSEHOLDS: usize = 1_000;

/// What a load came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Loaded {
    Made,
    /// The same city was there already, whole.
    AlreadyThere,
}

/// Fills the database with the city of this seed with `people` listed residents.
///
/// Refuses, and changes nothing, where people live who are not of this city.
pub async fn load(db: &Db, seed: Seed, people: u64) -> anyhow::Result<Loaded> {
    let scope = Scope::cli(None);
    let plan = json!({"seed": seed.0, "people": people});
    let mut tx = db.begin(&scope).await?;
    let contents = store::contents(&mut tx).await?;
    match (contents.is_demo, contents.is_inhabited, contents.started) {
        (false, true, _) => bail!(
            "this database holds people or districts that are not of the demo city; nothing was changed. \
             Make the demo in a database of its own (another --var or DATABASE_URL)"
        ),
        (true, _, Some(started)) if started != plan => bail!(
            "this database already holds a demo city with seed {} and {} people; nothing was changed. \
             Start over with an empty database (./dev run --fresh)",
            started["seed"],
            started["people"]
        ),
        (true, _, Some(_)) if contents.is_finished => return Ok(Loaded::AlreadyThere),
        _ => {}
    }
    let city = Arc::new(City::new(seed, people));
    store::mark(&mut tx).await?;
    audit::append(
        &mut tx,
        Entry::new("demo.start", "instance", &[]).detail(plan.clone()),
    )
    .await?;
    store::insert_city(&mut tx, &city).await?;
    tx.commit().await?;

    load_people(db, &scope, city).await?;

    let mut tx = db.begin(&scope).await?;
    audit::append(
        &mut tx,
        Entry::new("demo.finish", "instance", &[]).detail(plan),
    )
    .await?;
    tx.commit().await?;
    Ok(Loaded::Made)
}

async fn load_people(db: &Db, scope: &Scope, city: Arc<City>) -> anyhow::Result<()> {
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
    drawing.await?;
    progress.finish();
    Ok(())
}

/// Draws until the city is complete or nobody takes the batches any more.
fn draw(city: &City, batches: &mpsc::Sender<Batch>) {
    let mut households = city.households().peekable();
    while households.peek().is_some() {
        let mut batch = Batch::default();
        for household in households.by_ref().take(BATCH_HOUSEHOLDS) {
            batch.push(city, household);
        }
        if batches.blocking_send(batch).is_err() {
            return;
        }
    }
}
