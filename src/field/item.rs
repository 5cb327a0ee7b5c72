//! What a phone says, once its seal is open: parsed at the edge into types that cannot be wrong.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value;
use uuid::Uuid;

use super::kinds::observation::Seen;
use super::kinds::opening::{HeadCount, Opening};
use super::kinds::round_start::RoundStart;
use super::kinds::simple::{Availability, Practice};
use super::kinds::stay::{CheckIn, CheckOut};
use crate::drills::attendance::Attendance;

/// The kinds of the one sync envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Observation,
    RoundStart,
    Attendance,
    CheckIn,
    CheckOut,
    Opening,
    HeadCount,
    Availability,
    Practice,
    /// Whatever could not be read; never said by a phone.
    #[serde(skip)]
    Unreadable,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::RoundStart => "round_start",
            Self::Attendance => "attendance",
            Self::CheckIn => "check_in",
            Self::CheckOut => "check_out",
            Self::Opening => "opening",
            Self::HeadCount => "head_count",
            Self::Availability => "availability",
            Self::Practice => "practice",
            Self::Unreadable => "unreadable",
        }
    }
}

/// The plain envelope of one tap.
#[derive(Debug, Clone, Deserialize)]
pub struct Envelope {
    pub id: Uuid,
    pub kind: Kind,
    #[serde(default)]
    pub event: Option<Uuid>,
    pub device_seq: i64,
    /// By the device's own clock.
    pub observed_at: DateTime<Utc>,
    /// Server time minus device time in milliseconds, as the device last learned it.
    #[serde(default)]
    pub clock_offset_ms: i64,
    pub payload: Value,
}

impl Envelope {
    /// Parse what the seal held. `None` when it is no envelope, or not the one that its header names.
    pub fn parse(plain: &[u8], id: Uuid, seq: i64) -> Option<Self> {
        let mut envelope: Self = serde_json::from_slice(plain).ok()?;
        without_nul(&mut envelope.payload);
        let is_its_own = envelope.id == id && envelope.device_seq == seq;
        let is_dated = (1..=9999).contains(&envelope.observed_at.year());
        (is_its_own && is_dated).then_some(envelope)
    }

    /// When it happened by the server's clock, as far as the device knew; nothing happens after its arrival.
    pub fn happened_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        TimeDelta::try_milliseconds(self.clock_offset_ms)
            .and_then(|offset| self.observed_at.checked_add_signed(offset))
            .map_or(now, |at| at.min(now))
    }

    /// The payload by its kind; the error says what is wrong with it (for the log, so without its words).
    pub fn said(&self) -> Result<Said, serde_json::Error> {
        let payload = &self.payload;
        Ok(match self.kind {
            Kind::Observation => Said::Observation(Box::new(Seen::deserialize(payload)?)),
            Kind::RoundStart => Said::RoundStart(RoundStart::deserialize(payload)?),
            Kind::Attendance => Said::Attendance(whole(payload, Attendance::is_whole)?),
            Kind::CheckIn => Said::CheckIn(Box::new(whole(payload, CheckIn::is_whole)?)),
            Kind::CheckOut => Said::CheckOut(whole(payload, CheckOut::is_whole)?),
            Kind::Opening => Said::Opening(whole(payload, Opening::is_whole)?),
            Kind::HeadCount => Said::HeadCount(Box::new(whole(payload, HeadCount::is_whole)?)),
            Kind::Availability => Said::Availability(Availability::deserialize(payload)?),
            Kind::Practice => Said::Practice(Practice::deserialize(payload)?),
            Kind::Unreadable => return Err(serde_json::Error::custom("said by nobody")),
        })
    }
}

/// A payload whose parts agree with each other.
fn whole<T: DeserializeOwned>(
    payload: &Value,
    is_whole: impl Fn(&T) -> bool,
) -> Result<T, serde_json::Error> {
    let said = T::deserialize(payload)?;
    match is_whole(&said) {
        true => Ok(said),
        false => Err(serde_json::Error::custom("its parts do not agree")),
    }
}

/// What an item says. What follows from it is its kind's (`kinds`); all of them are kept in `sync_item`.
#[derive(Debug, Clone)]
pub enum Said {
    Observation(Box<Seen>),
    RoundStart(RoundStart),
    Attendance(Attendance),
    CheckIn(Box<CheckIn>),
    CheckOut(CheckOut),
    Opening(Opening),
    HeadCount(Box<HeadCount>),
    Availability(Availability),
    Practice(Practice),
}

impl Said {
    /// Somebody must come: rings even when the item is set aside.
    pub fn is_rescue(&self) -> bool {
        match self {
            Self::Observation(seen) => seen.is_rescue(),
            Self::CheckIn(said) => said.is_rescue(),
            _ => false,
        }
    }
}

/// PostgreSQL's text holds no U+0000: what a phone sent stays readable without it (the sealed text keeps it).
fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(items) => items.iter_mut().for_each(without_nul),
        Value::Object(members) => {
            if members.keys().any(|k| k.contains('\0')) {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(k, v)| (k.replace('\0', "\u{fffd}"), v))
                    .collect();
            }
            members.values_mut().for_each(without_nul);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn envelope(payload: Value) -> Envelope {
        let id = Uuid::now_v7();
        let plain = json!({"id": id, "kind": "observation", "device_seq": 3, "observed_at": "2026-01-17T08:00:00Z",
            "clock_offset_ms": 3_600_000, "payload": payload});
        Envelope::parse(plain.to_string().as_bytes(), id, 3).unwrap()
    }

    #[test]
    fn an_envelope_under_another_header_is_no_envelope() {
        let id = Uuid::now_v7();
        let plain = json!({"id": id, "kind": "availability", "device_seq": 3, "observed_at": "2026-01-17T08:00:00Z",
            "payload": {"status": "available"}})
        .to_string();
        assert!(Envelope::parse(plain.as_bytes(), id, 3).is_some());
        assert!(Envelope::parse(plain.as_bytes(), id, 4).is_none());
        assert!(Envelope::parse(plain.as_bytes(), Uuid::now_v7(), 3).is_none());
    }

    #[test]
    fn a_slow_clock_is_corrected_and_a_fast_one_cannot_reach_past_the_arrival() {
        let arrived = "2026-01-17T09:30:00Z".parse().unwrap();
        let slow = envelope(json!({}));
        assert_eq!(
            slow.happened_at(arrived).to_rfc3339(),
            "2026-01-17T09:00:00+00:00"
        );
        let early = "2026-01-17T08:10:00Z".parse().unwrap();
        assert_eq!(slow.happened_at(early), early);
    }

    #[test]
    fn a_nul_in_a_note_does_not_reach_the_database() {
        let seen = envelope(
            json!({"round_id": Uuid::now_v7(), "attempt": "met", "note": "a\u{0}b", "x\u{0}": 1}),
        );
        assert!(!seen.payload.to_string().contains("\\u0000"));
        let Said::Observation(seen) = seen.said().unwrap() else {
            panic!("an observation")
        };
        assert_eq!(seen.note, "a\u{fffd}b");
    }

    #[test]
    fn an_attempt_nobody_knows_is_refused_by_its_name() {
        let seen = envelope(json!({"round_id": Uuid::now_v7(), "attempt": "telepathy"}));
        assert!(seen.said().is_err());
    }
}
