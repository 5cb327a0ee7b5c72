//! The points of one kind, readiness and hazard: an R-tree of blocks, and in each block the points themselves side by side.
//!
//! A tree down to single points costs a cache miss for each step and each point; over a nation that is most of a look-up. Points
//! come in the order of a curve that keeps neighbours together, so that consecutive ones make small blocks.

use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{RStarInsertionStrategy, RTree, RTreeParams};

/// Points of one block: a few cache lines to read, few enough that the wrong ones among them cost less than a step down a tree.
const BLOCK: usize = 48;

/// Geocentric position in metres, and the site's number in the index.
#[derive(Debug, Clone, Copy)]
pub struct Leaf {
    pub xyz: [f64; 3],
    pub site: u32,
}

/// A point near enough: the square of the straight line through the earth, and the site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    pub chord_2: f64,
    pub site: u32,
}

/// Which points (from, to) lie in a block.
type Block = GeomWithData<Rectangle<[f64; 3]>, (u32, u32)>;

/// Wider than by default: fewer steps down, each of which waits for memory.
struct Wide;

impl RTreeParams for Wide {
    const MIN_SIZE: usize = 6;
    const MAX_SIZE: usize = 16;
    const REINSERTION_COUNT: usize = 2;
    type DefaultInsertionStrategy = RStarInsertionStrategy;
}

pub struct Blocks {
    tree: RTree<Block, Wide>,
    xyz: Vec<[f64; 3]>,
    sites: Vec<u32>,
}

impl Blocks {
    /// `leaves` in the order of a curve along which neighbours are near each other.
    pub fn build(leaves: &[Leaf]) -> Self {
        let blocks = leaves.chunks(BLOCK).enumerate().map(|(n, points)| {
            let corner = |pick: fn(f64, f64) -> f64| {
                let pick = |a: [f64; 3], b: [f64; 3]| {
                    [pick(a[0], b[0]), pick(a[1], b[1]), pick(a[2], b[2])]
                };
                points
                    .iter()
                    .map(|p| p.xyz)
                    .reduce(pick)
                    .unwrap_or_default()
            };
            let from = n * BLOCK;
            let run = (from as u32, (from + points.len()) as u32);
            Block::new(
                Rectangle::from_corners(corner(f64::min), corner(f64::max)),
                run,
            )
        });
        Self {
            tree: RTree::bulk_load_with_params(blocks.collect()),
            xyz: leaves.iter().map(|leaf| leaf.xyz).collect(),
            sites: leaves.iter().map(|leaf| leaf.site).collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    /// Brings the nearest of these points through the earth into `found`, which keeps `most` of them, nearest first, none as
    /// far as the square root of `within_2`.
    pub fn nearest(&self, from: &[f64; 3], most: usize, within_2: f64, found: &mut Vec<Near>) {
        for (block, least_2) in self.tree.nearest_neighbor_iter_with_distance_2(from) {
            if least_2 >= reach_2(found, most, within_2) {
                break;
            }
            let (start, end) = (block.data.0 as usize, block.data.1 as usize);
            for (xyz, site) in self.xyz[start..end].iter().zip(&self.sites[start..end]) {
                let [x, y, z] = [xyz[0] - from[0], xyz[1] - from[1], xyz[2] - from[2]];
                let near = Near {
                    chord_2: x * x + y * y + z * z,
                    site: *site,
                };
                if near.chord_2 < reach_2(found, most, within_2) {
                    found.truncate(most - 1);
                    let at =
                        found.partition_point(|n| (n.chord_2, n.site) < (near.chord_2, near.site));
                    found.insert(at, near);
                }
            }
        }
    }
}

/// What is as far as this is not among the nearest.
fn reach_2(found: &[Near], most: usize, within_2: f64) -> f64 {
    match found.get(most - 1) {
        Some(farthest) => farthest.chord_2.min(within_2),
        None => within_2,
    }
}
