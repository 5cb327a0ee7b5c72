//! Which observations still stand after corrections and withdrawals.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::observation::{Observation, Outcome};

/// What became of a corrected observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    InForce,
    /// Replaced or taken back.
    Superseded,
    /// Replaced by one that calls for rescue as well, so that its own call is carried on there.
    CarriedOn,
}

/// What an observation does to another, as far as standing goes.
#[derive(Debug, Clone, Copy)]
struct Link {
    id: Uuid,
    corrects: Option<Uuid>,
    is_withdrawal: bool,
    is_rescue: bool,
}

/// Decides for each observation (ids distinct) whether it stands.
///
/// A withdrawal undoes the row it points at, with that row's own effect: undoing a replacement
/// brings the replaced one back. A replacement takes the place of the row it points at. Rows that
/// correct each other in a ring correct nothing: otherwise two of them could make a rescue vanish.
pub(super) fn standings(observations: &[&Observation]) -> HashMap<Uuid, Standing> {
    let links: Vec<Link> = observations
        .iter()
        .map(|o| Link {
            id: o.id,
            corrects: o.corrects,
            is_withdrawal: o.is_withdrawal,
            is_rescue: o.stated_outcome() == Some(Outcome::NeedsRescue),
        })
        .collect();
    decide(&links)
}

/// Of rows `(id, corrects, is_withdrawal)` (ids distinct), those that stand by the same rule; a withdrawal itself says nothing.
pub(super) fn in_force(
    rows: impl IntoIterator<Item = (Uuid, Option<Uuid>, bool)>,
) -> HashSet<Uuid> {
    let links: Vec<Link> = rows
        .into_iter()
        .map(|(id, corrects, is_withdrawal)| Link {
            id,
            corrects,
            is_withdrawal,
            is_rescue: false,
        })
        .collect();
    let standing = decide(&links);
    links
        .iter()
        .filter(|l| !l.is_withdrawal && standing.get(&l.id) == Some(&Standing::InForce))
        .map(|l| l.id)
        .collect()
}

fn decide(links: &[Link]) -> HashMap<Uuid, Standing> {
    let by_id: HashMap<Uuid, &Link> = links.iter().map(|o| (o.id, o)).collect();
    let target = |o: &Link| o.corrects.filter(|id| by_id.contains_key(id));

    let mut waiting: HashMap<Uuid, usize> = HashMap::new();
    for id in links.iter().filter_map(target) {
        *waiting.entry(id).or_default() += 1;
    }
    let mut ready: Vec<&Link> = links
        .iter()
        .filter(|o| !waiting.contains_key(&o.id))
        .collect();
    let mut undone: HashSet<Uuid> = HashSet::new();
    let mut replaced: HashSet<Uuid> = HashSet::new();
    let mut carried: HashSet<Uuid> = HashSet::new();
    while let Some(o) = ready.pop() {
        let Some(corrected) = target(o) else { continue };
        if !undone.contains(&o.id) {
            if o.is_withdrawal {
                undone.insert(corrected);
            } else {
                replaced.insert(corrected);
                if o.is_rescue {
                    carried.insert(corrected);
                }
            }
        }
        if let Some(left) = waiting.get_mut(&corrected) {
            *left -= 1;
            if *left == 0 {
                ready.push(by_id[&corrected]);
            }
        }
    }

    links
        .iter()
        .map(|o| {
            let standing = if carried.contains(&o.id) {
                Standing::CarriedOn
            } else if undone.contains(&o.id) || replaced.contains(&o.id) {
                Standing::Superseded
            } else {
                Standing::InForce
            };
            (o.id, standing)
        })
        .collect()
}
