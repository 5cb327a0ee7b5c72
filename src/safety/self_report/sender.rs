//! What sends the mails, on every instance that knows a mail server: take a few, hand them over one by one, keep what the server said.
//!
//! A mail is taken under a lease that is far longer than the sending of it, so that two instances never send it at once; one that died
//! loses its lease, and the mail leaves again with the same Message-ID.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::due::{Due, unwanted, write};
use super::store::queue::{self, Tried};
use super::{link_of, mail_domain, store};
use crate::app::App;
use crate::city;
use crate::db::{Principal, Scope, Tx};
use crate::keys::SealPurpose;
use crate::mail::verdict::{Trouble, Verdict, back_off, server_back_off, verdict};
use crate::mail::{self, Connection, MailServer, Taken};
use crate::problem::Result;

/// How often an instance looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often somebody looks whom to remind.
const REMIND_EVERY: Duration = Duration::from_secs(30);
/// Taken at a time.
const AT_ONCE: i64 = 5;
/// Longer than sending all of them takes.
const LEASE: TimeDelta = TimeDelta::minutes(15);
/// So often a recipient's server may ask to come back.
pub const MOST_TRIES: u16 = 20;

/// One instance's sending.
pub struct Sender {
    server: MailServer,
    connection: Option<Connection>,
    failures: u32,
    rests_until: Option<DateTime<Utc>>,
}

/// What a turn came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub taken: usize,
    pub sent: usize,
}

impl Sender {
    pub fn new(server: MailServer) -> Self {
        Self {
            server,
            connection: None,
            failures: 0,
            rests_until: None,
        }
    }

    /// Take what is due and send it. Nothing while the server rests.
    pub async fn turn(&mut self, app: &App) -> Result<Turn> {
        let now = app.clock.now();
        if self.rests_until.is_some_and(|until| until > now) {
            return Ok(Turn::default());
        }
        let lease = now + LEASE;
        let mut tx = app.db.begin(&job()).await?;
        let ids = queue::take(&mut tx, self.server.rate, AT_ONCE, now, lease).await?;
        let mails = match ids.is_empty() {
            true => Vec::new(),
            false => queue::due(&mut tx, &ids, now).await?,
        };
        let city = match mails.is_empty() {
            true => Whose::default(),
            false => Whose::of(app, &mut tx, &mails).await?,
        };
        tx.commit().await?;
        let mut turn = Turn {
            taken: mails.len(),
            sent: 0,
        };
        for (n, mail) in mails.iter().enumerate() {
            match self.one(app, mail, &city).await? {
                After::Sent => turn.sent += 1,
                After::NotSent => {}
                After::ServerIsDown => {
                    let rest: Vec<Uuid> = mails[n..].iter().map(|m| m.id).collect();
                    let mut tx = app.db.begin(&job()).await?;
                    queue::give_back(&mut tx, &rest, false, None).await?;
                    tx.commit().await?;
                    break;
                }
            }
        }
        Ok(turn)
    }

    async fn one(&mut self, app: &App, mail: &Due, city: &Whose) -> Result<After> {
        let now = app.clock.now();
        if let Some((status, why)) = unwanted(mail, now) {
            finish(app, mail.id, status, why, now).await?;
            return Ok(After::NotSent);
        }
        let (to, bytes) = match self.compose(app, mail, city) {
            Ok(written) => written,
            Err(error) => {
                tracing::error!(mail.id = %mail.id, %error, "a mail could not be written");
                finish(app, mail.id, "refused", "unwritable", now).await?;
                return Ok(After::NotSent);
            }
        };
        let said = tokio::time::timeout(mail::LONGEST, self.hand_over(&to, &bytes)).await;
        let said = said.unwrap_or_else(|_| {
            Err(Trouble {
                phase: mail::verdict::Phase::Content,
                code: None,
                words: "no end in time".into(),
            })
        });
        self.keep(app, mail, said).await
    }

    fn compose(
        &self,
        app: &App,
        mail: &Due,
        city: &Whose,
    ) -> anyhow::Result<(lettre::Address, Vec<u8>)> {
        let link = match &mail.link {
            Some((id, sealed)) => {
                let token = app.keys.open(SealPurpose::LinkToken, *id, sealed)?;
                let token = String::from_utf8(token)?;
                Some(link_of(&app.settings.public_url, &token))
            }
            None => None,
        };
        let phone = city.phones.of(mail.district_id.as_slice());
        let letter = write(mail, link.as_deref(), &city.name, phone)?;
        let to = mail.address.parse()?;
        let bytes = mail::compose(&mail::Letter {
            from: &self.server.from,
            to: &to,
            message_id: &mail.message_id,
            written_at: mail.queued_at,
            subject: &letter.subject,
            body: &letter.body,
        })?;
        Ok((to, bytes))
    }

    async fn hand_over(&mut self, to: &lettre::Address, bytes: &[u8]) -> Result<Taken, Trouble> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.server.connect().await?,
        };
        let mut said = connection.send(to, bytes).await;
        // A connection that was idle may have been closed meanwhile: that is nobody's trouble yet.
        if matches!(&said, Err(t) if t.code.is_none() && t.phase == mail::verdict::Phase::Sender) {
            connection.close().await;
            connection = self.server.connect().await?;
            said = connection.send(to, bytes).await;
        }
        match &said {
            Ok(_) => self.connection = Some(connection),
            Err(_) => connection.close().await,
        }
        said
    }

    /// Write down what the server said, and what follows.
    async fn keep(&mut self, app: &App, mail: &Due, said: Result<Taken, Trouble>) -> Result<After> {
        let now = app.clock.now();
        let mut tx = app.db.begin(&job()).await?;
        let after = match said {
            Ok(taken) => {
                self.failures = 0;
                note(
                    &mut tx,
                    mail.id,
                    "sent",
                    Some(taken.code),
                    &taken.words,
                    now,
                )
                .await?;
                queue::done(&mut tx, mail.id, "sent", "", now).await?;
                After::Sent
            }
            Err(trouble) => match verdict(&trouble) {
                Verdict::ServerIsDown => {
                    let words = &trouble.words;
                    note(&mut tx, mail.id, "unreachable", trouble.code, words, now).await?;
                    self.failures = self.failures.saturating_add(1);
                    self.rests_until = Some(now + server_back_off(self.failures));
                    tracing::warn!(
                        code = trouble.code,
                        failures = self.failures,
                        "the mail server cannot be used; mails wait"
                    );
                    After::ServerIsDown
                }
                verdict => {
                    self.failures = 0;
                    not_taken(&mut tx, mail, &trouble, verdict, now).await?;
                    After::NotSent
                }
            },
        };
        tx.commit().await?;
        Ok(after)
    }

    /// Close the connection when there is nothing to do.
    pub async fn rest(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
    }
}

/// What every mail says of its sender.
#[derive(Default)]
struct Whose {
    name: String,
    phones: city::Phones,
}

impl Whose {
    async fn of(app: &App, tx: &mut Tx, mails: &[Due]) -> Result<Self> {
        let districts: Vec<Uuid> = mails.iter().filter_map(|m| m.district_id).collect();
        Ok(Self {
            name: city::store::name(tx).await?,
            phones: city::phones(app, tx, &districts).await?,
        })
    }
}

enum After {
    Sent,
    NotSent,
    ServerIsDown,
}

fn job() -> Scope {
    Scope::of(Principal::Job)
}

async fn finish(app: &App, id: Uuid, status: &str, why: &str, now: DateTime<Utc>) -> Result<()> {
    let mut tx = app.db.begin(&job()).await?;
    queue::done(&mut tx, id, status, why, now).await?;
    tx.commit().await
}

async fn note(
    tx: &mut Tx,
    mail_id: Uuid,
    result: &'static str,
    code: Option<u16>,
    words: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    let tried = Tried {
        result,
        code,
        words,
        at,
    };
    queue::tried(tx, mail_id, &tried).await
}

/// The recipient's server did not take it: later, or never.
async fn not_taken(
    tx: &mut Tx,
    mail: &Due,
    trouble: &Trouble,
    verdict: Verdict,
    now: DateTime<Utc>,
) -> Result<()> {
    let tries = mail.tries.saturating_add(1);
    let (code, words) = (trouble.code, trouble.words.as_str());
    let is_hard = match verdict {
        Verdict::Later if tries < MOST_TRIES => {
            note(tx, mail.id, "deferred", code, words, now).await?;
            let next_at = now + back_off(tries, rand::random());
            return queue::give_back(tx, &[mail.id], true, Some(next_at)).await;
        }
        Verdict::Refused { is_hard } => is_hard,
        Verdict::Later | Verdict::ServerIsDown => false,
    };
    note(tx, mail.id, "refused", code, words, now).await?;
    let kind = if is_hard { "hard" } else { "soft" };
    queue::bounced(tx, mail, kind, code, words, now).await?;
    queue::done(tx, mail.id, "refused", kind, now).await
}

/// Queue the reminders that are due, and void the links of people who came under protection.
pub async fn look_after(app: &App) -> Result<u64> {
    let now = app.clock.now();
    let mut tx = app.db.begin(&job()).await?;
    store::links::revoke_stale(&mut tx, now).await?;
    let reminded = queue::remind(&mut tx, None, &mail_domain(app), now).await?;
    tx.commit().await?;
    Ok(reminded)
}

/// Send until the service stops. Without a mail server mails wait, and nobody is reminded.
pub async fn run(app: App, mut stop: tokio::sync::watch::Receiver<bool>) {
    let Some(server) = app.settings.mail.clone() else {
        return;
    };
    let mut sender = Sender::new(server);
    let mut looked = tokio::time::Instant::now();
    loop {
        if looked.elapsed() >= REMIND_EVERY {
            looked = tokio::time::Instant::now();
            if let Err(problem) = look_after(&app).await {
                tracing::warn!(%problem, "nobody was reminded by mail this time");
            }
        }
        let turn = match sender.turn(&app).await {
            Ok(turn) => turn,
            Err(problem) => {
                tracing::warn!(%problem, "mails could not be looked after; they wait");
                Turn::default()
            }
        };
        let is_stopping = *stop.borrow();
        if turn.taken > 0 && !is_stopping {
            continue;
        }
        sender.rest().await;
        tokio::select! {
            _ = stop.wait_for(|s| *s) => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
