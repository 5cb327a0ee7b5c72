//! What was seen, and what was decided about it: the evidence from which a person's state is
//! derived.
//!
//! Outcome, whereabouts and attempt are three axes and never one list: someone may be away
//! (whereabouts), found through a neighbour (attempt), and safe (outcome). "Unchecked" is the
//! absence of an outcome and therefore no value here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// 安否: what is known about the person's condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 無事
    Safe,
    /// 不明: looked for and not known
    Unknown,
    /// 軽傷
    InjuredMinor,
    /// 要支援: medicine, power, help to move
    NeedsSupport,
    /// 重傷
    InjuredSerious,
    /// 要救助
    NeedsRescue,
    /// 死亡: said by headquarters only
    Deceased,
}

impl Outcome {
    /// Rank for "less severe" and "more severe". `deceased` stands apart and above; its own rules
    /// are in `derive`.
    pub fn severity(self) -> u8 {
        match self {
            Self::Safe => 0,
            Self::Unknown => 1,
            Self::InjuredMinor => 2,
            Self::NeedsSupport => 3,
            Self::InjuredSerious => 4,
            Self::NeedsRescue => 5,
            Self::Deceased => 6,
        }
    }

    /// A call for help that only a person's resolution ends.
    pub fn is_alarm(self) -> bool {
        matches!(self, Self::NeedsRescue | Self::InjuredSerious)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unknown => "unknown",
            Self::InjuredMinor => "injured_minor",
            Self::NeedsSupport => "needs_support",
            Self::InjuredSerious => "injured_serious",
            Self::NeedsRescue => "needs_rescue",
            Self::Deceased => "deceased",
        }
    }
}

/// 所在: where the person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// 在宅
    Home,
    /// 避難所 (which one: `shelter_id`)
    Shelter,
    /// 親族宅等
    Relatives,
    /// 入院
    Hospital,
    /// 施設入所・ショートステイ
    CareFacility,
    /// 外出・旅行
    Away,
    /// 転居
    Moved,
    /// 不明
    Unknown,
}

impl Whereabouts {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Shelter => "shelter",
            Self::Relatives => "relatives",
            Self::Hospital => "hospital",
            Self::CareFacility => "care_facility",
            Self::Away => "away",
            Self::Moved => "moved",
            Self::Unknown => "unknown",
        }
    }
}

/// How it came to be known, or how the try failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Attempt {
    /// 対面
    Met,
    /// 電話
    Phone,
    /// 家族から
    Family,
    /// 近隣から
    Neighbour,
    /// 掲示 (placard, flag): speaks for the household
    Marker,
    /// 本人入力
    SelfReport,
    /// 施設照会
    Facility,
    /// 避難所受付
    CheckIn,
    /// 応答なし
    NoAnswer,
    /// 不在
    Absent,
    /// 到達不能
    AccessImpossible,
    /// 拒否
    Refused,
}

impl Attempt {
    /// How much the word weighs against another's: met = check_in > self_report = family = facility
    /// > phone > neighbour > marker > a try that reached nobody.
    pub fn strength(self) -> u8 {
        match self {
            Self::Met | Self::CheckIn => STRONGEST,
            Self::SelfReport | Self::Family | Self::Facility => 4,
            Self::Phone => 3,
            Self::Neighbour => 2,
            Self::Marker => 1,
            Self::NoAnswer | Self::Absent | Self::AccessImpossible | Self::Refused => 0,
        }
    }

    /// A try that reached nobody, or was turned away: it counts and is dated, and says nothing good
    /// about the person.
    pub fn has_failed(self) -> bool {
        self.strength() == 0
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Phone => "phone",
            Self::Family => "family",
            Self::Neighbour => "neighbour",
            Self::Marker => "marker",
            Self::SelfReport => "self_report",
            Self::Facility => "facility",
            Self::CheckIn => "check_in",
            Self::NoAnswer => "no_answer",
            Self::Absent => "absent",
            Self::AccessImpossible => "access_impossible",
            Self::Refused => "refused",
        }
    }
}

/// Through which door a word came, apart from how it was known ([`Attempt`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A volunteer's or a lead's phone.
    Field,
    /// Typed in by staff.
    Console,
    /// A personal link, without log-in.
    Link,
    /// A visit sheet, typed in.
    Paper,
    /// A shelter's reception.
    Gate,
}

/// 「無事ですシート」: what hung at a door where a placard was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Marker {
    /// 出ている: everyone at home is safe.
    Shown,
    /// 出ていない: looked for, and nothing is known by it. Never danger.
    NotShown,
    /// SOS: one rescue for the home.
    Sos,
}

impl Marker {
    pub const ALL: [Self; 3] = [Self::Shown, Self::NotShown, Self::Sos];

    /// What a placard says of the home.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Shown => Some(Outcome::Safe),
            Self::NotShown => None,
            Self::Sos => Some(Outcome::NeedsRescue),
        }
    }

    /// What hung there, of an older phone or another hand that said only what follows from it.
    pub fn behind(attempt: Attempt, said: Option<Self>, outcome: Option<Outcome>) -> Option<Self> {
        if attempt != Attempt::Marker {
            return None;
        }
        said.or(match outcome {
            Some(Outcome::Safe) => Some(Self::Shown),
            Some(Outcome::NeedsRescue) => Some(Self::Sos),
            _ => None,
        })
    }
}

/// Strength of having stood before the person; a resolution weighs as much.
pub(super) const STRONGEST: u8 = 5;

/// One thing seen, heard or tried, as it was recorded: never changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// UUIDv7 made where it was observed; unique, and the same on every repeat.
    pub id: Uuid,
    #[serde(default)]
    pub outcome: Option<Outcome>,
    #[serde(default)]
    pub whereabouts: Option<Whereabouts>,
    /// The shelter meant when `whereabouts` is `shelter`.
    #[serde(default)]
    pub shelter_id: Option<Uuid>,
    pub attempt: Attempt,
    #[serde(default)]
    pub needs: Vec<String>,
    /// Speaks for everyone of the household in this round: a placard, a call about the whole home.
    #[serde(default)]
    pub for_household: bool,
    /// Filed on another member of the household and given here because it speaks for this one too.
    #[serde(default)]
    pub via_household: bool,
    /// The observation that this one replaces, or takes back when `is_withdrawal`.
    #[serde(default)]
    pub corrects: Option<Uuid>,
    #[serde(default)]
    pub is_withdrawal: bool,
    /// The observer's principal (`volunteer`, `district_lead`, `hq_staff`, …).
    #[serde(default)]
    pub observer_kind: String,
    #[serde(default)]
    pub device_id: Option<Uuid>,
    #[serde(default)]
    pub device_seq: Option<i64>,
    /// As the observing device's clock had it.
    pub observed_at: DateTime<Utc>,
    /// Server time minus device time, as the device last learned it: added to `observed_at`.
    #[serde(default)]
    pub clock_offset_ms: i64,
    /// Arrived after the round was closed. It counts.
    #[serde(default)]
    pub is_late: bool,
    /// Kept and shown, and does not count until a human decides.
    #[serde(default)]
    pub is_quarantined: bool,
}

impl Observation {
    /// The outcome that this observation may be held to, if any.
    ///
    /// A failed try can raise an alarm but not give the all-clear. Death is for headquarters to
    /// say: from anyone else it means that somebody does not respond, which is a rescue.
    pub fn stated_outcome(&self) -> Option<Outcome> {
        match self.outcome? {
            Outcome::Safe | Outcome::Unknown if self.attempt.has_failed() => None,
            Outcome::Deceased if !self.is_from_headquarters() => Some(Outcome::NeedsRescue),
            outcome => Some(outcome),
        }
    }

    /// A try that brought nothing: nobody was reached, or the placard was not out. Speaking with somebody is none, whatever
    /// was said.
    pub fn is_in_vain(&self) -> bool {
        self.attempt.has_failed()
            || (self.attempt == Attempt::Marker && self.stated_outcome().is_none())
    }

    pub fn is_from_headquarters(&self) -> bool {
        matches!(self.observer_kind.as_str(), "hq_staff" | "admin")
    }
}

/// A human's closing of named observations (rescues, serious injuries), with what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    pub id: Uuid,
    /// Exactly these are closed; a rescue not listed stays open, whenever it arrives.
    pub closes: Vec<Uuid>,
    /// What was found. `None` closes without a word about this person: so a household's rescue is
    /// closed for the members whom the finding was not about. A resolution that finds
    /// `needs_rescue` closes nothing.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    #[serde(default)]
    pub whereabouts: Option<Whereabouts>,
    #[serde(default)]
    pub shelter_id: Option<Uuid>,
    pub resolved_at: DateTime<Utc>,
}
