//! The states of a place in an event: what was said of it, in any order, and what follows. Pure.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::config::CrowdingFrom;

/// How far a place is: asked to open, being prepared, open, closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = OpeningStatus)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Requested,
    Preparing,
    Open,
    Closed,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Preparing => "preparing",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// 混雑状況, in the words of the public lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Crowding {
    /// 空いています
    Available,
    /// やや混雑
    SomewhatCrowded,
    /// 混雑
    Crowded,
    /// 満員: said by somebody there, or as many as the capacity.
    Full,
}

impl Crowding {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::SomewhatCrowded => "somewhat_crowded",
            Self::Crowded => "crowded",
            Self::Full => "full",
        }
    }
}

/// One word about a place.
#[derive(Debug, Clone)]
pub struct Word {
    pub id: Uuid,
    pub status: Status,
    pub is_self_opened: bool,
    pub crowding: Option<Crowding>,
    /// When it was said, by the corrected clock.
    pub at: DateTime<Utc>,
    /// The earlier word that this one replaces.
    pub corrects: Option<Uuid>,
    /// The earlier word was not meant; this one says nothing in its place.
    pub is_withdrawal: bool,
}

/// How a place stands by what was said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    pub status: Status,
    pub since: DateTime<Utc>,
    /// 自主開設: the present opening was begun by whoever was there.
    pub is_self_opened: bool,
    pub opened_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    /// As somebody there sees it; holds until the next word about the place.
    pub crowding: Option<Crowding>,
}

/// How a place stands; nothing when nobody said anything. The order of the words does not matter.
pub fn derive(words: &[Word]) -> Option<Stand> {
    let replaced: BTreeSet<Uuid> = words.iter().filter_map(|w| w.corrects).collect();
    let mut counted: Vec<&Word> = words
        .iter()
        .filter(|w| !w.is_withdrawal && !replaced.contains(&w.id))
        .collect();
    counted.sort_by_key(|w| (w.at, w.id));
    let mut stand: Option<Stand> = None;
    for word in counted {
        let was = stand.take();
        let is_news = was.as_ref().is_none_or(|s| s.status != word.status);
        let mut now = was.unwrap_or(Stand {
            status: word.status,
            since: word.at,
            is_self_opened: false,
            opened_at: None,
            closed_at: None,
            crowding: None,
        });
        now.status = word.status;
        now.crowding = word.crowding.filter(|_| word.status == Status::Open);
        if is_news {
            now.since = word.at;
            now.is_self_opened = word.is_self_opened;
            match word.status {
                Status::Open => (now.opened_at, now.closed_at) = (Some(word.at), None),
                Status::Closed => now.closed_at = Some(word.at),
                Status::Requested | Status::Preparing => {}
            }
        }
        stand = Some(now);
    }
    stand
}

/// How crowded a place is by its census. Nothing without a known capacity: unknown is not empty.
pub fn by_census(present: i32, capacity: Option<i32>, from: CrowdingFrom) -> Option<Crowding> {
    let capacity = i64::from(capacity.filter(|c| *c > 0)?);
    let present = i64::from(present);
    let percent = present * 100 / capacity;
    Some(match percent {
        _ if present >= capacity => Crowding::Full,
        p if p >= i64::from(from.crowded_percent) => Crowding::Crowded,
        p if p >= i64::from(from.somewhat_percent) => Crowding::SomewhatCrowded,
        _ => Crowding::Available,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(status: Status, minute: i64) -> Word {
        Word {
            id: Uuid::now_v7(),
            status,
            is_self_opened: false,
            crowding: None,
            at: DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).expect("an instant"),
            corrects: None,
            is_withdrawal: false,
        }
    }

    #[test]
    fn a_word_taken_back_leaves_the_place_as_it_was_before() {
        let asked = word(Status::Requested, 0);
        let slip = word(Status::Open, 5);
        let back = Word {
            corrects: Some(slip.id),
            is_withdrawal: true,
            ..word(Status::Open, 6)
        };
        let stand = derive(&[back.clone(), slip.clone(), asked]).expect("said");
        assert_eq!((stand.status, stand.opened_at), (Status::Requested, None));
        assert_eq!(derive(&[slip, back]), None);
    }

    #[test]
    fn the_latest_word_holds_in_whatever_order_the_words_came() {
        let words = [
            word(Status::Requested, 0),
            word(Status::Preparing, 5),
            word(Status::Open, 9),
            word(Status::Closed, 30),
        ];
        let forth = derive(&words);
        let back: Vec<Word> = words.iter().rev().cloned().collect();
        assert_eq!(derive(&back), forth);
        let stand = forth.expect("said");
        assert_eq!(stand.status, Status::Closed);
        assert_eq!(stand.opened_at, Some(words[2].at));
        assert_eq!(stand.closed_at, Some(words[3].at));
        assert_eq!(derive(&[]), None);
    }

    #[test]
    fn a_correction_takes_the_place_of_the_word_it_names_and_opening_again_forgets_the_close() {
        let open = word(Status::Open, 0);
        let wrong = word(Status::Closed, 5);
        let again = Word {
            corrects: Some(wrong.id),
            ..word(Status::Open, 6)
        };
        let stand = derive(&[wrong, again, open.clone()]).expect("said");
        assert_eq!((stand.status, stand.since), (Status::Open, open.at));
        assert_eq!(stand.closed_at, None);
    }

    #[test]
    fn full_holds_until_the_next_word_and_who_opened_it_stays_known() {
        let own = Word {
            is_self_opened: true,
            ..word(Status::Open, 0)
        };
        let full = Word {
            crowding: Some(Crowding::Full),
            ..word(Status::Open, 5)
        };
        let stand = derive(&[own.clone(), full.clone()]).expect("said");
        assert_eq!(stand.crowding, Some(Crowding::Full));
        assert!(stand.is_self_opened);
        assert_eq!(stand.since, own.at);
        let stand = derive(&[own, full, word(Status::Open, 9)]).expect("said");
        assert_eq!(stand.crowding, None);
    }

    #[test]
    fn a_place_of_unknown_capacity_is_neither_empty_nor_full() {
        let from = CrowdingFrom {
            somewhat_percent: 30,
            crowded_percent: 60,
        };
        let said = |present, capacity| by_census(present, capacity, from);
        assert_eq!(said(500, None), None);
        assert_eq!(said(500, Some(0)), None);
        assert_eq!(said(29, Some(100)), Some(Crowding::Available));
        assert_eq!(said(30, Some(100)), Some(Crowding::SomewhatCrowded));
        assert_eq!(said(99, Some(100)), Some(Crowding::Crowded));
        assert_eq!(said(100, Some(100)), Some(Crowding::Full));
    }
}
