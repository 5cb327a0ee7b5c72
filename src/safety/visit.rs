//! Whom to visit next: need × silence × nearness, with the reasons in words' codes. Pure and in whole numbers;
//! `web/src/safety/visit.ts` is the same function for a phone without network. Both answer to `tests/vectors/visits.json`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::board::Bucket;

/// What the order asks about somebody.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Candidate {
    pub id: Uuid,
    pub bucket: Bucket,
    #[serde(default)]
    pub has_open_rescue: bool,
    #[serde(default)]
    pub is_contradicted: bool,
    /// Codes of the help needed in ordinary times.
    #[serde(default)]
    pub help_needed: Vec<String>,
    /// Codes of what was asked for in this round.
    #[serde(default)]
    pub needs: Vec<String>,
    #[serde(default)]
    pub tries: u32,
    /// Somebody spoke with her, or of her.
    #[serde(default)]
    pub is_heard: bool,
    /// Since anybody last tried or heard; since the round's start when nobody did.
    pub silent_minutes: i64,
    /// From where the visitor is, in a straight line; not known when either place is not.
    #[serde(default)]
    pub distance_m: Option<i64>,
}

/// Why somebody is next; the words are the screen's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VisitReason {
    /// 救助を求めている: 119 first; whoever is near can look.
    Rescue,
    /// 電気・酸素・薬が命にかかわる
    Lifeline,
    /// 話が食いちがっている
    Contradicted,
    /// 助けを求めている
    Asked,
    /// 移動などに手助けがいる
    Help,
    /// まだだれも訪ねていない
    Nobody,
    /// 訪ねたが返事がない
    Tried,
    /// 話せたが、無事かどうかはまだ
    Heard,
    /// 近い
    Near,
}

/// Somebody's place in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Visit {
    pub id: Uuid,
    pub score: i64,
    pub reasons: Vec<VisitReason>,
}

/// Help without which a night can kill.
const LIFELINES: [&str; 3] = ["power_supply", "oxygen", "medicine"];
/// Longer than this counts no more.
const SILENCE_AT_MOST_MINUTES: i64 = 240;
/// Just tried: wait a little before going again.
const REST_MINUTES: i64 = 20;
/// As far as a place that is not known.
const UNKNOWN_M: i64 = 500;
const NEAR_M: i64 = 150;
const FAR_M: i64 = 20_000;

/// Those who still need a visit, the first to go to first. Whoever is safe, elsewhere or out of scope is left out.
pub fn order(candidates: &[Candidate]) -> Vec<Visit> {
    let mut visits: Vec<Visit> = candidates.iter().filter_map(visit).collect();
    visits.sort_by_key(|v| (-v.score, v.id));
    visits
}

fn visit(c: &Candidate) -> Option<Visit> {
    let is_open = matches!(
        c.bucket,
        Bucket::Unchecked | Bucket::Tried | Bucket::NeedHelp
    );
    if !is_open && !c.is_contradicted && !c.has_open_rescue {
        return None;
    }
    let (need, mut reasons) = need(c);
    let silence = silence(c);
    let distance_m = c.distance_m.unwrap_or(UNKNOWN_M).clamp(0, FAR_M);
    let score = need * silence * 1000 / (300 + distance_m);
    match c.bucket {
        Bucket::Unchecked if c.is_heard => reasons.push(VisitReason::Heard),
        Bucket::Unchecked => reasons.push(VisitReason::Nobody),
        Bucket::Tried => reasons.push(VisitReason::Tried),
        _ => {}
    }
    if c.distance_m.is_some_and(|d| d <= NEAR_M) {
        reasons.push(VisitReason::Near);
    }
    Some(Visit {
        id: c.id,
        score,
        reasons,
    })
}

fn need(c: &Candidate) -> (i64, Vec<VisitReason>) {
    let mut reasons = Vec::new();
    let mut need = 10;
    if c.has_open_rescue {
        need += 200;
        reasons.push(VisitReason::Rescue);
    }
    if c.help_needed
        .iter()
        .any(|h| LIFELINES.contains(&h.as_str()))
    {
        need += 40;
        reasons.push(VisitReason::Lifeline);
    }
    if c.is_contradicted {
        need += 20;
        reasons.push(VisitReason::Contradicted);
    }
    if !c.needs.is_empty() {
        need += 15;
        reasons.push(VisitReason::Asked);
    }
    let others = c
        .help_needed
        .iter()
        .filter(|h| !LIFELINES.contains(&h.as_str()))
        .count();
    if others > 0 {
        need += 5 * i64::try_from(others.min(4)).unwrap_or(4);
        reasons.push(VisitReason::Help);
    }
    (need, reasons)
}

/// Waiting makes it more urgent; whoever was visited a moment ago is left in peace, unless she called for help.
fn silence(c: &Candidate) -> i64 {
    let minutes = c.silent_minutes.clamp(0, SILENCE_AT_MOST_MINUTES);
    let is_visited = c.tries > 0 || c.is_heard;
    let is_resting = is_visited && minutes < REST_MINUTES && !c.has_open_rescue;
    match is_resting {
        true => 5,
        false => 30 + minutes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Deserialize)]
    struct Vectors {
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        name: String,
        candidates: Vec<Candidate>,
        order: Vec<Visit>,
    }

    #[test]
    fn the_order_is_the_one_written_by_hand() {
        let text = include_str!("../../tests/vectors/visits.json");
        let vectors: Vectors = serde_json::from_str(text).unwrap();
        assert!(vectors.cases.len() >= 8);
        for case in vectors.cases {
            assert_eq!(order(&case.candidates), case.order, "{}", case.name);
        }
    }

    fn candidate(n: u128, silent_minutes: i64, distance_m: Option<i64>) -> Candidate {
        Candidate {
            id: Uuid::from_u128(n),
            bucket: Bucket::Unchecked,
            has_open_rescue: false,
            is_contradicted: false,
            help_needed: Vec::new(),
            needs: Vec::new(),
            tries: 0,
            is_heard: false,
            silent_minutes,
            distance_m,
        }
    }

    proptest! {
        #[test]
        fn longer_silence_more_need_and_a_shorter_way_never_put_anybody_back(
            minutes in 0i64..600, more in 0i64..600, distance in 0i64..30_000, nearer in 0i64..30_000
        ) {
            let score = |c: &Candidate| order(std::slice::from_ref(c))[0].score;
            let one = candidate(1, minutes, Some(distance));
            prop_assert!(score(&candidate(1, minutes + more, Some(distance))) >= score(&one));
            prop_assert!(score(&candidate(1, minutes, Some((distance - nearer).max(0)))) >= score(&one));
            let needy = Candidate { help_needed: vec!["oxygen".into()], ..one.clone() };
            prop_assert!(score(&needy) > score(&one) || score(&one) == 0);
            let calling = Candidate { has_open_rescue: true, ..needy.clone() };
            prop_assert!(score(&calling) > score(&needy));
        }

        #[test]
        fn the_order_does_not_depend_on_the_order_of_asking(minutes in proptest::collection::vec(0i64..300, 0..20)) {
            let all: Vec<Candidate> = minutes.iter().enumerate().map(|(n, m)| candidate(n as u128, *m, Some(*m * 7 % 900))).collect();
            let mut backwards = all.clone();
            backwards.reverse();
            prop_assert_eq!(order(&all), order(&backwards));
            prop_assert_eq!(order(&all).len(), all.len());
        }
    }
}
