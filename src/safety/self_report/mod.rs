//! Answers by a personal link, without log-in, and the mails that bring the links. A resident, or the family whose address the
//! roster holds, opens the link and taps; the token decides whose word it is, and nothing of the person is shown.
//!
//! Invariants: nothing is changed by opening a link, only by a tap; an answer is an observation like any other and a correction a new
//! one; a mail is queued in the transaction that wants it and leaves once, or twice as the same mail; nobody is asked who answered by
//! whatever way; a drill's mails and answers say that it is a drill, and a real call is possible out of it.

mod answer;
pub mod api;
pub mod choose;
mod due;
pub mod sender;
pub mod store;
pub mod words;

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::db::Tx;
use crate::events::{DRILL_LASTS, Event, EventKind};
use crate::keys::{HmacPurpose, Keys, SealPurpose};
use crate::problem::{Problem, Result};
use choose::{Asked, NotAsked};

/// The words that a page or a mail is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Lang {
    #[serde(rename = "ja")]
    Ja,
    /// やさしい日本語
    #[serde(rename = "ja-easy")]
    JaEasy,
    #[serde(rename = "en")]
    En,
}

impl Lang {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::JaEasy => "ja-easy",
            Self::En => "en",
        }
    }

    /// The word that the table's check admits.
    fn of(word: &str) -> Self {
        match word {
            "en" => Self::En,
            "ja-easy" => Self::JaEasy,
            _ => Self::Ja,
        }
    }
}

/// Whose word an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpeaksAs {
    /// 本人
    #[serde(rename = "self")]
    Own,
    /// 家族
    Family,
}

impl SpeaksAs {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Family => "family",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "family" => Self::Family,
            _ => Self::Own,
        }
    }
}

/// Slows down whoever tries tokens that are none. Tokens cannot be guessed; a flood of guesses can still be a nuisance.
pub struct Door {
    wrong: DefaultKeyedRateLimiter<String>,
}

impl Default for Door {
    fn default() -> Self {
        // Many residents share one address of their telephone company: generous, and only wrong tokens count.
        let burst = NonZeroU32::new(100).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(Duration::from_secs(6))
            .unwrap_or(Quota::per_second(NonZeroU32::MIN));
        Self {
            wrong: RateLimiter::keyed(quota.allow_burst(burst)),
        }
    }
}

impl Door {
    /// Count a wrong token of this address; refuse when there were too many.
    fn knocked_in_vain(&self, block: &str) -> Result<()> {
        if self.wrong.len() > 10_000 {
            self.wrong.retain_recent();
        }
        self.wrong
            .check_key(&block.to_owned())
            .map_err(|_| Problem::TooMany { retry_after_s: 60 })
    }
}

/// A token: 192 random bits in hexadecimal. No letter that a mail program would leave out of a link.
fn new_token() -> String {
    let mut bytes = [0u8; 24];
    rand::fill(&mut bytes);
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Where a token leads. It stands in the fragment, which no server and no proxy ever sees.
pub(crate) fn link_of(public_url: &str, token: &str) -> String {
    format!("{public_url}/a/#{token}")
}

/// The right-hand side of message ids: the sender's domain, so that they are the city's own.
fn mail_domain(app: &App) -> String {
    match &app.settings.mail {
        Some(server) => server.from.email.domain().to_owned(),
        None => app
            .settings
            .public_url
            .split("//")
            .last()
            .and_then(|rest| rest.split([':', '/']).next())
            .filter(|host| !host.is_empty())
            .unwrap_or("machimori.invalid")
            .to_owned(),
    }
}

/// Until when links and mails of a round over this event are good.
fn lifetimes(event: &Event, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    match event.kind {
        // After a drill's end an answer may be meant for real: the link still hears it.
        EventKind::Drill => {
            let end = event
                .planned_end_at
                .unwrap_or(event.started_at + DRILL_LASTS);
            (end + TimeDelta::days(7), end)
        }
        EventKind::Disaster => (now + TimeDelta::days(30), now + TimeDelta::days(7)),
    }
}

/// What asking by mail came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AskedByMail {
    /// Mails queued just now.
    pub queued: i64,
    /// Of the round's members in scope: reached by no mail, and why.
    pub not_asked: NotAsked,
}

/// Ask everybody of a round who has a mail address and was not asked yet: links are made and mails queued, in this transaction, which
/// runs as `m_job` or `m_hq_staff`. Safe to repeat.
pub async fn ask(app: &App, tx: &mut Tx, round_id: Uuid, event: &Event) -> Result<AskedByMail> {
    let now = app.clock.now();
    let answered = store::links::answered(tx, round_id).await?;
    let mut reaches = store::links::reaches(tx, round_id).await?;
    reaches.retain(|r| !answered.contains(&r.member_id));
    let bounced = store::queue::hard_bounced(tx, &choose::keys(&reaches)).await?;
    let (asked, not_asked) = choose::choose(&reaches, &bounced);
    let linked = store::links::linked(tx, round_id).await?;
    let fresh: Vec<&Asked> = asked
        .iter()
        .filter(|a| !linked.contains(&(a.member_id, a.contact_id)))
        .collect();
    let queued = i64::try_from(fresh.len()).unwrap_or(i64::MAX);
    if !fresh.is_empty() {
        let (link_until, mail_until) = lifetimes(event, now);
        let by = tx.scope().actor_id();
        let links = make_links(&app.keys, &fresh, now, link_until, by)?;
        store::links::insert(tx, round_id, &links).await?;
        let domain = mail_domain(app);
        let mails: Vec<store::queue::NewMail<'_>> = links
            .iter()
            .map(|link| store::queue::NewMail::request(link, &domain))
            .collect();
        let of = store::queue::About {
            event_id: event.id,
            event_kind: event.kind.as_str(),
            round_id: Some(round_id),
            queued_at: now,
            expires_at: mail_until,
        };
        store::queue::insert(tx, &of, &mails).await?;
        let entry = Entry::new("mails.queue", "round", std::slice::from_ref(&round_id))
            .ground(LegalGround::Internal)
            .event(event.id)
            .detail(json!({"mails": queued, "not_asked": not_asked}));
        audit::append(tx, entry).await?;
    }
    Ok(AskedByMail { queued, not_asked })
}

fn make_links<'a>(
    keys: &Keys,
    asked: &[&'a Asked],
    made_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    made_by: Option<Uuid>,
) -> Result<Vec<store::links::NewLink<'a>>> {
    asked
        .iter()
        .map(|asked| {
            let id = Uuid::now_v7();
            let token = new_token();
            Ok(store::links::NewLink {
                id,
                asked,
                token_hmac: keys.hmac(HmacPurpose::LinkToken, token.as_bytes()),
                token_sealed: keys.seal(SealPurpose::LinkToken, id, token.as_bytes())?,
                made_at,
                made_by,
                expires_at,
            })
        })
        .collect()
}

/// What a drill's mails say when it is postponed or called off.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DrillNews {
    pub reason: String,
    pub from_start: DateTime<Utc>,
    /// Start and end of a postponed drill; none when it is called off.
    pub to: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Tell everybody with a mail address on the roster of the drill's districts that it is postponed or called off. Answers how many mails
/// were queued. Runs as `m_hq_staff` or `m_job`.
pub async fn tell_about_drill(
    app: &App,
    tx: &mut Tx,
    event_id: Uuid,
    news: &DrillNews,
) -> Result<i64> {
    let now = app.clock.now();
    let reaches = store::links::drill_reaches(tx, event_id).await?;
    let bounced = store::queue::hard_bounced(tx, &choose::keys(&reaches)).await?;
    let told = choose::once_each(&reaches, &bounced);
    let domain = mail_domain(app);
    let kind = match news.to {
        Some(_) => "drill_postponed",
        None => "drill_cancelled",
    };
    let params = serde_json::to_value(news).map_err(anyhow::Error::from)?;
    let mails: Vec<store::queue::NewMail<'_>> = told
        .iter()
        .map(|asked| store::queue::NewMail::notice(kind, asked, &domain, params.clone()))
        .collect();
    let of = store::queue::About {
        event_id,
        event_kind: EventKind::Drill.as_str(),
        round_id: None,
        queued_at: now,
        expires_at: news.from_start.max(now) + TimeDelta::days(1),
    };
    store::queue::insert(tx, &of, &mails).await?;
    Ok(i64::try_from(mails.len()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_cannot_be_guessed_and_survives_every_mail_program() {
        let (one, other) = (new_token(), new_token());
        assert_ne!(one, other);
        assert_eq!(one.len(), 48);
        assert!(one.chars().all(|c| c.is_ascii_hexdigit()));
        assert_eq!(
            link_of("https://bosai.city.example", "ab12"),
            "https://bosai.city.example/a/#ab12"
        );
    }

    #[test]
    fn only_so_many_wrong_tokens_come_from_one_address() {
        let door = Door::default();
        let tries = (0..200).filter(|_| door.knocked_in_vain("192.0.2.1").is_ok());
        assert_eq!(tries.count(), 100);
        assert!(door.knocked_in_vain("192.0.2.2").is_ok());
    }
}
