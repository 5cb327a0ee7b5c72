//! The arithmetic of a round's board: which count a member falls into.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::derive::MemberState;
use super::observation::Outcome;

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
        None if state.attempts_count > 0 => Bucket::Tried,
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
