//! A mail that is due: whether it is still wanted, and what it says.

use chrono::{DateTime, Utc};
use serde::Deserialize as _;
use serde_json::Value;
use uuid::Uuid;

use super::words::{Letter, Topic, letter};
use super::{DrillNews, Lang, SpeaksAs};
use crate::events::EventKind;

/// A mail that an instance has taken, with everything that decides about it.
#[derive(Debug, Clone)]
pub struct Due {
    pub id: Uuid,
    pub message_id: String,
    pub kind: String,
    pub address: String,
    pub address_key: String,
    pub lang: Lang,
    /// Mails with the same link that were taken by their server.
    pub sent_before: i64,
    pub tries: u16,
    pub params: Value,
    pub queued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub event_kind: EventKind,
    pub event_name: String,
    /// The round is closed, or its event over.
    pub is_over: bool,
    pub asks_by_mail: bool,
    /// The link's id and its sealed token.
    pub link: Option<(Uuid, Vec<u8>)>,
    pub speaks_as: SpeaksAs,
    pub for_household: bool,
    pub is_link_void: bool,
    /// Somebody whom the link speaks for has not answered, by whatever way.
    pub is_unanswered: bool,
    pub is_bounced: bool,
    /// Protected, moved, died, or the address left the roster.
    pub is_left_out: bool,
    /// Whose number the mail names.
    pub district_id: Option<Uuid>,
}

/// Why a mail that is due is not sent: its last status, and the reason.
pub fn unwanted(mail: &Due, now: DateTime<Utc>) -> Option<(&'static str, &'static str)> {
    let asks = mail.link.is_some();
    if mail.is_left_out {
        Some(("cancelled", "left_out"))
    } else if mail.is_bounced {
        Some(("cancelled", "bounced"))
    } else if asks && !mail.is_unanswered {
        Some(("cancelled", "answered"))
    } else if asks && mail.is_over {
        Some(("cancelled", "closed"))
    } else if asks && !mail.asks_by_mail {
        Some(("cancelled", "stopped"))
    } else if asks && mail.is_link_void {
        Some(("cancelled", "link_void"))
    } else if mail.expires_at <= now {
        Some(("expired", "expired"))
    } else {
        None
    }
}

/// What the mail says. `link`: where the token leads.
pub fn write(
    mail: &Due,
    link: Option<&str>,
    city: &str,
    phone: Option<&str>,
) -> anyhow::Result<Letter> {
    let topic = match (mail.kind.as_str(), link) {
        ("safety_request" | "safety_reminder", Some(link)) => Topic::Ask {
            link,
            sent_before: mail.sent_before,
            speaks_as: mail.speaks_as,
            for_household: mail.for_household,
        },
        ("drill_postponed" | "drill_cancelled", _) => {
            Topic::Drill(DrillNews::deserialize(&mail.params)?)
        }
        (kind, _) => anyhow::bail!("nothing is known to be said in a mail of kind {kind}"),
    };
    Ok(letter(
        &topic,
        mail.lang,
        mail.event_kind,
        &mail.event_name,
        city,
        phone,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Due {
        Due {
            id: Uuid::nil(),
            message_id: String::new(),
            kind: "safety_request".into(),
            address: String::new(),
            address_key: String::new(),
            lang: Lang::Ja,
            sent_before: 0,
            tries: 0,
            params: Value::Null,
            queued_at: at(0),
            expires_at: at(10),
            event_kind: EventKind::Disaster,
            event_name: String::new(),
            is_over: false,
            asks_by_mail: true,
            link: Some((Uuid::nil(), Vec::new())),
            speaks_as: SpeaksAs::Own,
            for_household: false,
            is_link_void: false,
            is_unanswered: true,
            is_bounced: false,
            is_left_out: false,
            district_id: None,
        }
    }

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2026-01-17T{hour:02}:00:00Z").parse().unwrap()
    }

    #[test]
    fn nobody_is_asked_who_answered_or_whose_round_is_over() {
        let why = |mail: Due| unwanted(&mail, at(1)).map(|(_, why)| why);
        assert_eq!(why(mail()), None);
        let changed = |change: fn(&mut Due)| {
            let mut mail = mail();
            change(&mut mail);
            why(mail)
        };
        assert_eq!(changed(|m| m.is_unanswered = false), Some("answered"));
        assert_eq!(changed(|m| m.is_over = true), Some("closed"));
        assert_eq!(changed(|m| m.asks_by_mail = false), Some("stopped"));
        assert_eq!(changed(|m| m.is_link_void = true), Some("link_void"));
        assert_eq!(changed(|m| m.is_bounced = true), Some("bounced"));
        assert_eq!(changed(|m| m.is_left_out = true), Some("left_out"));
        assert_eq!(changed(|m| m.expires_at = at(1)), Some("expired"));
    }

    #[test]
    fn news_of_a_cancelled_drill_is_sent_although_the_drill_is_over() {
        let news = Due {
            link: None,
            is_over: true,
            kind: "drill_cancelled".into(),
            ..mail()
        };
        assert_eq!(unwanted(&news, at(1)), None);
    }
}
