//! What follows from what a mail server said: pure, so that each answer's meaning stands in one place.
//!
//! A server of ours that is down is nobody's try. A refusal at the recipient is the recipient's; a hard one is kept until somebody
//! lifts it, and only for an address that does not exist: a full mailbox or a policy may be gone tomorrow.

use std::error::Error as _;

use chrono::TimeDelta;

/// How far a mail came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Connect,
    Sender,
    Recipient,
    Content,
}

/// A mail that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub phase: Phase,
    /// `None`: the line broke, or nobody answered.
    pub code: Option<u16>,
    pub words: String,
}

impl Trouble {
    pub(super) fn of(phase: Phase, error: &lettre::transport::smtp::Error) -> Self {
        let words = error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string);
        Self {
            phase,
            code: error.status().map(u16::from),
            words: words.chars().take(200).collect(),
        }
    }

    pub(super) fn silence(phase: Phase) -> Self {
        Self {
            phase,
            code: None,
            words: "no answer in time".into(),
        }
    }
}

/// What to do with a mail that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Our server, not this mail: everything waits.
    ServerIsDown,
    /// This recipient's server asked to come back, or the line broke when the mail may have been taken already.
    Later,
    /// Not this mail any more. `is_hard`: not this address any more.
    Refused { is_hard: bool },
}

/// What follows.
pub fn verdict(trouble: &Trouble) -> Verdict {
    let Some(code) = trouble.code else {
        return match trouble.phase {
            Phase::Content => Verdict::Later,
            Phase::Connect | Phase::Sender | Phase::Recipient => Verdict::ServerIsDown,
        };
    };
    match (trouble.phase, code) {
        // "Service not available, closing": RFC 5321 lets it come at any time.
        (Phase::Connect | Phase::Sender, _) | (_, 421) => Verdict::ServerIsDown,
        (_, 400..=499) => Verdict::Later,
        (phase, code) => Verdict::Refused {
            is_hard: is_no_such_address(phase, code, &trouble.words),
        },
    }
}

/// The enhanced code says it where there is one (RFC 3463, 5.1.x); a bare 550 after RCPT means the mailbox.
fn is_no_such_address(phase: Phase, code: u16, words: &str) -> bool {
    match enhanced(words) {
        Some((5, subject)) => subject == 1,
        _ => phase == Phase::Recipient && matches!(code, 550 | 551 | 553),
    }
}

/// Class and subject of `5.1.1 …`.
fn enhanced(words: &str) -> Option<(u8, u16)> {
    let code = words.split_whitespace().next()?;
    let mut parts = code.split('.');
    let found = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next()?.parse::<u16>().ok()?;
    parts.next().is_none().then_some(found)
}

/// How long a recipient is left alone after so many tries: 1 minute, 2, 4 … an hour, spread so that not all come back at once.
/// `spread`: between 0 and 1.
pub fn back_off(tries: u16, spread: f64) -> TimeDelta {
    let longest = TimeDelta::hours(1).num_seconds();
    let doubled = 60_i64.saturating_mul(1 << tries.saturating_sub(1).min(10));
    let seconds = doubled.min(longest);
    TimeDelta::milliseconds(seconds * 750)
        + TimeDelta::milliseconds(
            // Up to half as long again; exact enough for a wait.
            ((seconds * 500) as f64 * spread.clamp(0.0, 1.0)) as i64,
        )
}

/// How long our own server is left alone after so many failures in a row.
pub fn server_back_off(failures: u32) -> TimeDelta {
    TimeDelta::seconds(
        5_i64
            .saturating_mul(1 << failures.saturating_sub(1).min(6))
            .min(300),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(phase: Phase, code: u16, words: &str) -> Verdict {
        verdict(&Trouble {
            phase,
            code: Some(code),
            words: words.into(),
        })
    }

    fn broke(phase: Phase) -> Verdict {
        verdict(&Trouble {
            phase,
            code: None,
            words: String::new(),
        })
    }

    #[test]
    fn only_an_address_that_does_not_exist_is_a_hard_bounce() {
        let hard = Verdict::Refused { is_hard: true };
        let soft = Verdict::Refused { is_hard: false };
        assert_eq!(said(Phase::Recipient, 550, "5.1.1 no such user"), hard);
        assert_eq!(said(Phase::Recipient, 550, "User unknown"), hard);
        assert_eq!(said(Phase::Recipient, 553, ""), hard);
        assert_eq!(said(Phase::Content, 550, "5.1.1 no such user"), hard);
        assert_eq!(said(Phase::Recipient, 550, "5.7.1 relaying denied"), soft);
        assert_eq!(said(Phase::Recipient, 552, "5.2.2 mailbox full"), soft);
        assert_eq!(said(Phase::Recipient, 554, "blocked"), soft);
        assert_eq!(said(Phase::Content, 550, "looks like spam"), soft);
    }

    #[test]
    fn a_server_of_ours_that_is_down_is_nobodys_try() {
        for phase in [Phase::Connect, Phase::Sender, Phase::Recipient] {
            assert_eq!(broke(phase), Verdict::ServerIsDown, "{phase:?}");
        }
        assert_eq!(
            said(Phase::Connect, 535, "5.7.8 wrong password"),
            Verdict::ServerIsDown
        );
        assert_eq!(
            said(Phase::Sender, 550, "5.7.1 not our sender"),
            Verdict::ServerIsDown
        );
        assert_eq!(
            said(Phase::Recipient, 421, "closing"),
            Verdict::ServerIsDown
        );
    }

    #[test]
    fn whoever_asks_to_come_back_is_asked_again_and_so_is_whoever_broke_off_at_the_end() {
        assert_eq!(
            said(Phase::Recipient, 451, "4.7.1 greylisted"),
            Verdict::Later
        );
        assert_eq!(said(Phase::Content, 452, "busy"), Verdict::Later);
        assert_eq!(broke(Phase::Content), Verdict::Later);
    }

    #[test]
    fn waits_grow_and_end_at_an_hour() {
        assert_eq!(back_off(1, 0.0), TimeDelta::seconds(45));
        assert_eq!(back_off(1, 1.0), TimeDelta::seconds(75));
        assert_eq!(back_off(3, 0.5), TimeDelta::seconds(240));
        assert_eq!(back_off(u16::MAX, 1.0), TimeDelta::minutes(75));
        assert_eq!(server_back_off(1), TimeDelta::seconds(5));
        assert_eq!(server_back_off(u32::MAX), TimeDelta::minutes(5));
    }
}
