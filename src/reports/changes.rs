//! What came after the close: the headline figures as they were kept beside what is known now. Pure.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Figures, RoundFigures};

/// A figure that a report is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Headline {
    ToConfirm,
    Confirmed,
    Safe,
    NeedHelp,
    Unknown,
    Tried,
    Unchecked,
    OutOfScope,
    Contradicted,
    LateItems,
    RescueCalls,
    OpenRescues,
    Attendance,
    SetAsideWaiting,
}

impl Headline {
    pub fn words(self) -> &'static str {
        match self {
            Self::ToConfirm => "確認する人",
            Self::Confirmed => "確認できた人",
            Self::Safe => "無事",
            Self::NeedHelp => "要対応",
            Self::Unknown => "不明",
            Self::Tried => "応答なし等",
            Self::Unchecked => "未確認",
            Self::OutOfScope => "対象外",
            Self::Contradicted => "食い違い",
            Self::LateItems => "締め切り後に届いた知らせ",
            Self::RescueCalls => "救助の要請",
            Self::OpenRescues => "終わっていない救助",
            Self::Attendance => "参加者",
            Self::SetAsideWaiting => "保留中の知らせ",
        }
    }
}

/// A figure that is no longer what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportChange)]
pub struct Change {
    pub figure: Headline,
    /// Null: not known.
    pub at_close: Option<u32>,
    pub now: Option<u32>,
}

/// The headline figures, over all rounds.
pub fn headlines(figures: &Figures) -> Vec<(Headline, Option<u32>)> {
    let sum = |of: fn(&RoundFigures) -> u32| {
        let sum = figures.rounds.iter().map(of).sum();
        (!figures.rounds.is_empty()).then_some(sum)
    };
    vec![
        (Headline::ToConfirm, sum(|r| r.totals.to_confirm)),
        (Headline::Confirmed, sum(|r| r.totals.confirmed)),
        (Headline::Safe, sum(|r| r.totals.counts.safe)),
        (Headline::NeedHelp, sum(|r| r.totals.counts.need_help)),
        (Headline::Unknown, sum(|r| r.totals.counts.unknown)),
        (Headline::Tried, sum(|r| r.totals.counts.tried)),
        (Headline::Unchecked, sum(|r| r.totals.counts.unchecked)),
        (Headline::OutOfScope, sum(|r| r.totals.counts.out_of_scope)),
        (
            Headline::Contradicted,
            sum(|r| r.totals.counts.contradicted),
        ),
        (Headline::LateItems, sum(|r| r.late_items)),
        (Headline::RescueCalls, Some(figures.rescues.calls)),
        (Headline::OpenRescues, Some(figures.rescues.open)),
        (
            Headline::Attendance,
            figures.attendance.as_ref().and_then(|a| a.total),
        ),
        (Headline::SetAsideWaiting, Some(figures.set_aside.waiting)),
    ]
}

/// What differs between the close and now.
pub fn changes(at_close: &Figures, now: &Figures) -> Vec<Change> {
    headlines(at_close)
        .into_iter()
        .zip(headlines(now))
        .filter(|(then, now)| then.1 != now.1)
        .map(|((figure, at_close), (_, now))| Change {
            figure,
            at_close,
            now,
        })
        .collect()
}
