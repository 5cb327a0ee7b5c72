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

/// Decides for each observation (ids distinct) whether it stands.
///
/// A withdrawal undoes the row it points at, with that row's own effect: undoing a replacement
/// brings the replaced one back. A replacement takes the place of the row it points at. Rows that
/// correct each other in a ring correct nothing: otherwise two of them could make a rescue vanish.
pub(super) fn standings(observations: &[&Observation]) -> HashMap<Uuid, Standing> {
    let by_id: HashMap<Uuid, &Observation> = observations.iter().map(|o| (o.id, *o)).collect();
    let target = |o: &Observation| o.corrects.filter(|id| by_id.contains_key(id));

    let mut waiting: HashMap<Uuid, usize> = HashMap::new();
    for id in observations.iter().filter_map(|o| target(o)) {
        *waiting.entry(id).or_default() += 1;
    }
    let mut ready: Vec<&Observation> = observations
        .iter()
        .copied()
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
                if o.stated_outcome() == Some(Outcome::NeedsRescue) {
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

    observations
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
