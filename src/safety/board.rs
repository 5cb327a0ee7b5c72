//! The arithmetic of a round's board: which count a member falls into.

use std::ops::AddAssign;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::derive::MemberState;
use super::observation::Outcome;
use crate::accounts::DistrictName;
use crate::events::EventName;
use crate::live::State;

/// Where a member counts. Every member is in exactly one bucket, kept in `round_member.bucket`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// 未確認: nobody tried.
    Unchecked,
    /// 応答なし等: tried, and nothing is known. A refusal is here.
    Tried,
    /// 無事
    Safe,
    /// 要対応: any injury, need or rescue. A death too: the board of a district must not tell what
    /// headquarters has not made known.
    NeedHelp,
    /// 不明: looked for, and reported as not known.
    Unknown,
    /// 対象外: died, moved, in hospital, delisted; off every visit list.
    OutOfScope,
}

impl Bucket {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchecked => "unchecked",
            Self::Tried => "tried",
            Self::Safe => "safe",
            Self::NeedHelp => "need_help",
            Self::Unknown => "unknown",
            Self::OutOfScope => "out_of_scope",
        }
    }
}

/// The bucket of a member in that state. An open call for help shows even for someone who left the
/// round's scope.
pub fn bucket(state: &MemberState, is_out_of_scope: bool) -> Bucket {
    if !state.open_rescue.is_empty() || !state.open_injury.is_empty() {
        return Bucket::NeedHelp;
    }
    if is_out_of_scope {
        return Bucket::OutOfScope;
    }
    match state.outcome {
        Some(Outcome::Safe) => Bucket::Safe,
        Some(Outcome::Unknown) => Bucket::Unknown,
        Some(_) => Bucket::NeedHelp,
        None if state.is_tried() => Bucket::Tried,
        None => Bucket::Unchecked,
    }
}

/// The counts of one district, or of all.
///
/// `members = safe + need_help + unknown + tried + unchecked + out_of_scope`. The others are
/// counted apart, across the buckets, and never added to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    pub members: u32,
    pub safe: u32,
    pub need_help: u32,
    pub unknown: u32,
    pub tried: u32,
    pub unchecked: u32,
    pub out_of_scope: u32,
    /// Members whom a volunteer may not be shown now.
    pub not_disclosable: u32,
    pub contradicted: u32,
    /// Entries of the rescue queue, those withdrawn by the observer and not yet closed included.
    pub open_rescues: u32,
    pub late_additions: u32,
    pub unlisted: u32,
}

impl Counts {
    /// Members of whom something is known.
    pub fn confirmed(&self) -> u32 {
        self.safe + self.need_help + self.unknown
    }

    /// Members to be confirmed: all but those out of scope.
    pub fn to_confirm(&self) -> u32 {
        self.members - self.out_of_scope
    }

    /// Counts `members` that share a bucket.
    pub fn add(&mut self, bucket: Bucket, members: u32) {
        self.members += members;
        *match bucket {
            Bucket::Unchecked => &mut self.unchecked,
            Bucket::Tried => &mut self.tried,
            Bucket::Safe => &mut self.safe,
            Bucket::NeedHelp => &mut self.need_help,
            Bucket::Unknown => &mut self.unknown,
            Bucket::OutOfScope => &mut self.out_of_scope,
        } += members;
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.members += other.members;
        self.safe += other.safe;
        self.need_help += other.need_help;
        self.unknown += other.unknown;
        self.tried += other.tried;
        self.unchecked += other.unchecked;
        self.out_of_scope += other.out_of_scope;
        self.not_disclosable += other.not_disclosable;
        self.contradicted += other.contradicted;
        self.open_rescues += other.open_rescues;
        self.late_additions += other.late_additions;
        self.unlisted += other.unlisted;
    }
}

/// One district's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DistrictBoard {
    pub district: DistrictName,
    #[serde(flatten)]
    pub counts: Counts,
    /// Volunteers who have members of this district in this round.
    pub volunteers: u32,
    /// Those of them who have a phone that has been silent for longer than the setting allows.
    pub silent_volunteers: u32,
    /// When anything was last heard: from a phone, or of a member. Null since the start: a silent district.
    pub last_heard_at: Option<DateTime<Utc>>,
}

/// A round at one instant: counts and ids, never names of residents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Board {
    pub round_id: Uuid,
    pub event: EventName,
    pub name: String,
    pub as_of: DateTime<Utc>,
    pub started_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub totals: Counts,
    pub districts: Vec<DistrictBoard>,
    /// Entries in the rescue queue of the whole event, also of its closed rounds.
    pub rescues_open: u32,
}

/// What changed on a board. `districts` holds whole lines of the districts that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BoardPatch {
    pub as_of: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub totals: Counts,
    pub districts: Vec<DistrictBoard>,
    pub rescues_open: u32,
}

impl State for Board {
    const NAME: &'static str = "board";
    type Patch = BoardPatch;

    fn as_of(&self) -> DateTime<Utc> {
        self.as_of
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.closed_at == other.closed_at
            && self.rescues_open == other.rescues_open
            && self.districts == other.districts
            && self.name == other.name
    }

    /// With nothing changed it still tells that the counts hold until `as_of`.
    fn since(&self, before: &Self) -> BoardPatch {
        BoardPatch {
            as_of: self.as_of,
            closed_at: self.closed_at,
            totals: self.totals,
            districts: self
                .districts
                .iter()
                .filter(|d| !before.districts.contains(d))
                .cloned()
                .collect(),
            rescues_open: self.rescues_open,
        }
    }
}

impl Board {
    /// The lines of some districts only, as a lead sees the round.
    pub fn only(&self, districts: &[Uuid]) -> Self {
        let districts: Vec<DistrictBoard> = self
            .districts
            .iter()
            .filter(|d| districts.contains(&d.district.id))
            .cloned()
            .collect();
        let mut totals = Counts::default();
        for district in &districts {
            totals += district.counts;
        }
        Self {
            totals,
            rescues_open: totals.open_rescues,
            districts,
            ..self.clone()
        }
    }
}
