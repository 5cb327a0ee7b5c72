//! The coalescing writer: many uploads share one transaction and one durable commit; each is answered after it.
//!
//! The order of a transaction: look up, append items, add unlisted people, append observations, derive, note contacts, audit.
//! Rows are locked in the order of their ids, so two writers wait for each other and never for ever. What the database will not
//! take makes the batch fall apart into uploads, and an upload into items, until the one bad item is set aside alone.

use std::ops::RangeInclusive;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::batch;
use super::receive::Prepared;
use super::store::Contact;
use super::{Reason, Receipt};
use crate::app::App;
use crate::problem::{Problem, Result};

/// One upload on its way into the database.
pub struct Job {
    pub items: Vec<Prepared>,
    pub contact: Option<Contact>,
    pub now: DateTime<Utc>,
    pub request_id: Option<String>,
    /// When the items came by hand: `file` or `qr`.
    pub carried_by: Option<&'static str>,
}

struct Queued {
    job: Job,
    done: oneshot::Sender<Result<Vec<Receipt>>>,
}

/// Uploads that wait for a writer, at most: the next one is told to come back.
const QUEUE: usize = 4096;
/// More of them take each other's turns on the disk; fewer let phones wait for the one before.
const WRITERS: usize = 4;
/// Items of one transaction, at most (one more upload may exceed it).
const BATCH_ITEMS: usize = 500;
/// A batch that takes longer is given up: its outcome is unknown and repeating it is harmless.
const DEADLINE: Duration = Duration::from_secs(25);
const TRIES: usize = 3;

/// The queue, and the tasks that empty it: begun with the first upload.
#[derive(Default)]
pub struct Writer {
    queue: OnceLock<mpsc::Sender<Queued>>,
    put_off: AtomicU64,
}

/// When an upload that finds no room is to come back: not all of them at once.
const COME_BACK_S: RangeInclusive<u64> = 2..=9;
/// So many between two lines of the log: a full queue is no time for writing logs.
const PUT_OFF_LOGGED_EVERY: u64 = 1000;

impl Writer {
    /// Hand an upload over; answers after its commit.
    pub async fn write(&self, app: &App, job: Job) -> Result<Vec<Receipt>> {
        let queue = self.queue.get_or_init(|| begin(app));
        let (done, answer) = oneshot::channel();
        queue
            .try_send(Queued { job, done })
            .map_err(|_| self.no_room())?;
        answer
            .await
            .map_err(|_| Problem::Unavailable { retry_after_s: 5 })?
    }

    /// How many uploads were told to come back because too many waited, since the service began.
    pub fn put_off(&self) -> u64 {
        self.put_off.load(Ordering::Relaxed)
    }

    fn no_room(&self) -> Problem {
        let before = self.put_off.fetch_add(1, Ordering::Relaxed);
        if before.is_multiple_of(PUT_OFF_LOGGED_EVERY) {
            tracing::warn!(
                put_off = before + 1,
                "more uploads than can be written: phones are told to come back"
            );
        }
        Problem::Unavailable {
            retry_after_s: rand::random_range(COME_BACK_S),
        }
    }
}

fn begin(app: &App) -> mpsc::Sender<Queued> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..WRITERS {
        tokio::spawn(run(app.clone(), receiver.clone()));
    }
    sender
}

/// One writer. While it commits, the others collect.
async fn run(app: App, receiver: Arc<Mutex<mpsc::Receiver<Queued>>>) {
    loop {
        let mut batch = Vec::new();
        {
            let mut queue = receiver.lock().await;
            let Some(first) = queue.recv().await else {
                return;
            };
            let mut items = first.job.items.len();
            batch.push(first);
            while items < BATCH_ITEMS
                && let Ok(next) = queue.try_recv()
            {
                items += next.job.items.len();
                batch.push(next);
            }
        }
        let (jobs, answers): (Vec<Job>, Vec<_>) =
            batch.into_iter().map(|q| (q.job, q.done)).unzip();
        for (done, result) in answers.into_iter().zip(settle(&app, jobs).await) {
            // Whoever hung up keeps the item and sends it again.
            let _ = done.send(result);
        }
    }
}

/// Write the uploads together; those that cannot be written together, apart.
async fn settle(app: &App, jobs: Vec<Job>) -> Vec<Result<Vec<Receipt>>> {
    let count = jobs.len();
    match attempt(app, &jobs).await {
        Ok(receipts) => receipts.into_iter().map(Ok).collect(),
        Err(Failure::Away(retry_after_s)) => {
            tracing::warn!(
                uploads = count,
                retry_after_s,
                "the database is away or slow: phones are told to come back"
            );
            (0..count)
                .map(|_| Err(Problem::Unavailable { retry_after_s }))
                .collect()
        }
        Err(Failure::Refused(why)) => {
            tracing::warn!(uploads = count, error = %why, "a batch of uploads was refused; trying them one by one");
            let mut results = Vec::with_capacity(count);
            for job in jobs {
                results.push(alone(app, job).await);
            }
            results
        }
    }
}

/// Write one upload, item by item when the whole is refused.
async fn alone(app: &App, job: Job) -> Result<Vec<Receipt>> {
    let mut receipts = Vec::with_capacity(job.items.len());
    let mut contact = job.contact;
    let (now, request_id, carried_by) = (job.now, job.request_id.clone(), job.carried_by);
    match attempt(app, std::slice::from_ref(&job)).await {
        Ok(mut done) => return Ok(done.pop().unwrap_or_default()),
        Err(Failure::Away(retry_after_s)) => return Err(Problem::Unavailable { retry_after_s }),
        Err(Failure::Refused(_)) => {}
    }
    for item in job.items {
        let mut single = Job {
            items: vec![item],
            contact: contact.take(),
            now,
            request_id: request_id.clone(),
            carried_by,
        };
        let mut result = attempt(app, std::slice::from_ref(&single)).await;
        if let Err(Failure::Refused(why)) = &result {
            tracing::warn!(error = %why, "an item was refused by the database and is set aside");
            single.items.iter_mut().for_each(set_aside);
            result = attempt(app, std::slice::from_ref(&single)).await;
        }
        match result {
            Ok(done) => receipts.extend(done.into_iter().flatten()),
            Err(Failure::Away(retry_after_s)) => {
                return Err(Problem::Unavailable { retry_after_s });
            }
            Err(Failure::Refused(why)) => return Err(Problem::Internal(anyhow::anyhow!(why))),
        }
    }
    Ok(receipts)
}

/// Keep the text and nothing that the database refused.
fn set_aside(item: &mut Prepared) {
    item.envelope = None;
    item.said = None;
    item.refused = Some(Reason::Unreadable);
}

enum Failure {
    /// The database is away or slow; nothing is known about the outcome. Seconds to wait.
    Away(u64),
    /// The database, or our own code, will not take something in it.
    Refused(String),
}

async fn attempt(app: &App, jobs: &[Job]) -> Result<Vec<Vec<Receipt>>, Failure> {
    let mut tries = 0;
    loop {
        tries += 1;
        let work = AssertUnwindSafe(batch::write(app, jobs)).catch_unwind();
        let problem = match tokio::time::timeout(DEADLINE, work).await {
            Err(_) => return Err(Failure::Away(5)),
            Ok(Err(_)) => return Err(Failure::Refused("a writer panicked".into())),
            Ok(Ok(Ok(receipts))) => return Ok(receipts),
            Ok(Ok(Err(problem))) => problem,
        };
        match problem {
            Problem::Unavailable { retry_after_s } => return Err(Failure::Away(retry_after_s)),
            Problem::Internal(error) if collided(&error) && tries < TRIES => {}
            Problem::Internal(error) if collided(&error) => return Err(Failure::Away(2)),
            other => return Err(Failure::Refused(cause(&other))),
        }
    }
}

/// Two transactions stood in each other's way: the same one succeeds when repeated.
fn collided(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Database(db)) => {
            matches!(
                db.code().as_deref(),
                Some("40P01" | "40001" | "55P03" | "57014")
            )
        }
        _ => false,
    }
}

/// The cause without the values in it: what a phone wrote does not belong into a log.
fn cause(problem: &Problem) -> String {
    let Problem::Internal(error) = problem else {
        return problem.to_string();
    };
    match error.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Database(db)) => format!(
            "database error {} {}",
            db.code().unwrap_or_default(),
            db.constraint().unwrap_or_default()
        ),
        Some(_) => "database error".into(),
        None => "internal error".into(),
    }
}
