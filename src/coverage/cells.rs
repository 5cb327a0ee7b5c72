//! Gathering people into cells, so that no figure is ever about fewer than five.
//!
//! A district is cut along the lines of a fixed grid, as near to the middle as both halves still hold enough people: a cell is a block
//! of squares with whoever lives there, empty squares included, and says of none of them that somebody does. Figures are multiples of
//! five. A later gathering moves a cell's figure only when at least five people came or went since the figure was made, and then by
//! whole fives: whoever subtracts two gatherings with and without one person finds nothing.

use serde::{Deserialize, Serialize};

/// No figure is about fewer.
pub const FEWEST: i64 = 5;
/// A cut leaves at least so many on either side, so that a cell does not fall below five before its figure may move.
const FEWEST_IN_A_CUT: i64 = 10;

/// The sides of a square in degrees: a tenth of a third-order mesh (JIS X 0410), about 100 m.
pub const LON_STEP: f64 = 4.5 / 3600.0;
pub const LAT_STEP: f64 = 3.0 / 3600.0;
/// How much wider than high a square is counted when the longer side is cut.
const WIDTH: f64 = 1.24;

/// A block of squares; east and north are the first squares beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub west: i32,
    pub south: i32,
    pub east: i32,
    pub north: i32,
}

/// People in one square.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Square {
    pub x: i32,
    pub y: i32,
    pub people: i64,
}

/// A cell: its blocks, the figure that planners see, and what it held when the figure was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub blocks: Vec<Block>,
    /// What is shown.
    pub people: i64,
    /// What was true then; never shown.
    pub reference: i64,
}

/// What has become of a district: its cells, and how many people are in none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    pub cells: Vec<Cell>,
    pub left_out: i64,
}

impl Block {
    pub fn holds(&self, x: i32, y: i32) -> bool {
        (self.west..self.east).contains(&x) && (self.south..self.north).contains(&y)
    }

    fn middle(&self) -> (f64, f64) {
        (
            f64::from(self.west + self.east) / 2.0 * WIDTH,
            f64::from(self.south + self.north) / 2.0,
        )
    }

    /// The two parts on either side of a line between squares.
    fn cut(self, axis: Axis, at: i32) -> (Self, Self) {
        match axis {
            Axis::Lon => (Self { east: at, ..self }, Self { west: at, ..self }),
            Axis::Lat => (Self { north: at, ..self }, Self { south: at, ..self }),
        }
    }
}

impl Cell {
    fn holds(&self, square: &Square) -> bool {
        self.blocks.iter().any(|b| b.holds(square.x, square.y))
    }
}

#[derive(Debug, Clone, Copy)]
enum Axis {
    Lon,
    Lat,
}

/// Gather the people of one district. `before` are its cells of the last gathering; `is_first`: the city was never gathered.
pub fn gather(bounds: Block, squares: &[Square], before: &[Cell], is_first: bool) -> Gathered {
    let all = count(squares);
    let inside: Vec<Square> = squares
        .iter()
        .copied()
        .filter(|s| bounds.holds(s.x, s.y))
        .collect();
    let cells = match before {
        // A district that appears beside others appears with five people more than it can have been hiding.
        [] if count(&inside) < if is_first { FEWEST } else { 2 * FEWEST } => Vec::new(),
        [] => anew(bounds, &inside, fives(count(&inside))),
        _ => moved(before, &inside),
    };
    let held = squares.iter().filter(|s| cells.iter().any(|c| c.holds(s)));
    let left_out = all - held.map(|s| s.people).sum::<i64>();
    Gathered { cells, left_out }
}

/// The figure of those left out, which moves as a cell's does. Answers what is shown and what was true then.
pub fn left_out(now: i64, before: Option<(i64, i64)>) -> (i64, i64) {
    match before {
        // Upwards: some are left out, and not how many of five.
        None => ((now + FEWEST - 1) / FEWEST * FEWEST, now),
        Some((shown, reference)) => {
            let step = (now - reference) / FEWEST * FEWEST;
            ((shown + step).max(0), reference + step)
        }
    }
}

fn count(squares: &[Square]) -> i64 {
    squares.iter().map(|s| s.people).sum()
}

/// To the nearest multiple of five, five at least.
fn fives(people: i64) -> i64 {
    ((people + 2) / FEWEST * FEWEST).max(FEWEST)
}

/// Cells of a block that had none, whose figures come to `shown` together.
fn anew(block: Block, squares: &[Square], shown: i64) -> Vec<Cell> {
    let parts = cut(block, squares.to_vec());
    let counts: Vec<i64> = parts.iter().map(|(_, count)| *count).collect();
    parts
        .into_iter()
        .zip(shared_out(&counts, shown))
        .map(|((block, reference), people)| Cell {
            blocks: vec![block],
            people,
            reference,
        })
        .collect()
}

/// Cut a block in two as long as both parts hold enough.
fn cut(block: Block, squares: Vec<Square>) -> Vec<(Block, i64)> {
    let all = count(&squares);
    if all < 2 * FEWEST_IN_A_CUT {
        return vec![(block, all)];
    }
    let is_wide =
        f64::from(block.east - block.west) * WIDTH >= f64::from(block.north - block.south);
    let axes = match is_wide {
        true => [Axis::Lon, Axis::Lat],
        false => [Axis::Lat, Axis::Lon],
    };
    let Some((axis, at)) = axes
        .into_iter()
        .find_map(|axis| Some((axis, line(block, axis, &squares, all)?)))
    else {
        return vec![(block, all)];
    };
    let (low, high) = block.cut(axis, at);
    let (in_low, in_high) = squares.into_iter().partition(|s| low.holds(s.x, s.y));
    let mut parts = cut(low, in_low);
    parts.extend(cut(high, in_high));
    parts
}

/// The line nearest to the middle with enough people on both sides.
fn line(block: Block, axis: Axis, squares: &[Square], all: i64) -> Option<i32> {
    let (from, to) = match axis {
        Axis::Lon => (block.west, block.east),
        Axis::Lat => (block.south, block.north),
    };
    let mut in_row = vec![0; usize::try_from(to - from).unwrap_or(0)];
    for square in squares {
        let at = match axis {
            Axis::Lon => square.x - from,
            Axis::Lat => square.y - from,
        };
        if let Some(row) = usize::try_from(at).ok().and_then(|at| in_row.get_mut(at)) {
            *row += square.people;
        }
    }
    let mut below = 0;
    let mut best: Option<i32> = None;
    for (at, row) in (from + 1..to).zip(&in_row) {
        below += row;
        let off = |at: i32| (2 * at - from - to).abs();
        if below >= FEWEST_IN_A_CUT
            && all - below >= FEWEST_IN_A_CUT
            && best.is_none_or(|b| off(at) < off(b))
        {
            best = Some(at);
        }
    }
    best
}

/// Multiples of five that come to `shown`, each near its count and five at least.
fn shared_out(counts: &[i64], shown: i64) -> Vec<i64> {
    let mut people: Vec<i64> = counts
        .iter()
        .map(|c| (c / FEWEST * FEWEST).max(FEWEST))
        .collect();
    let mut missing = (shown - people.iter().sum::<i64>()) / FEWEST;
    let mut order: Vec<usize> = (0..counts.len()).collect();
    while missing != 0 {
        // Whoever lost most by rounding is given first, and gives last.
        order.sort_by_key(|&n| (people[n] - counts[n], n));
        if missing > 0 {
            people[order[0]] += FEWEST;
            missing -= 1;
        } else {
            let Some(&from) = order.iter().rev().find(|&&n| people[n] > FEWEST) else {
                break;
            };
            people[from] -= FEWEST;
            missing += 1;
        }
    }
    people
}

/// The cells of before, those changed in which at least five people came or went.
fn moved(before: &[Cell], squares: &[Square]) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut too_few = Vec::new();
    for cell in before {
        let inside: Vec<Square> = squares.iter().copied().filter(|s| cell.holds(s)).collect();
        let now = count(&inside);
        let step = (now - cell.reference) / FEWEST * FEWEST;
        let next = Cell {
            people: cell.people + step,
            reference: cell.reference + step,
            ..cell.clone()
        };
        match &cell.blocks[..] {
            _ if step == 0 => cells.push(next),
            _ if now < FEWEST_IN_A_CUT || next.people < FEWEST => too_few.push(Cell {
                people: next.people.max(0),
                ..next
            }),
            [block] if now >= 2 * FEWEST_IN_A_CUT => {
                let parts = anew(*block, &inside, next.people);
                match parts.len() {
                    1 => cells.push(next),
                    _ => cells.extend(parts),
                }
            }
            _ => cells.push(next),
        }
    }
    for few in too_few {
        join(&mut cells, few);
    }
    cells.retain(|c| c.people >= FEWEST);
    cells
}

/// A cell with too few people becomes part of the nearest one. With none beside it, it stays as long as it holds five.
fn join(cells: &mut Vec<Cell>, few: Cell) {
    let (x, y) = few.blocks[0].middle();
    let off = |cell: &Cell| {
        let (to_x, to_y) = cell.blocks[0].middle();
        (to_x - x).powi(2) + (to_y - y).powi(2)
    };
    match cells.iter_mut().min_by(|a, b| off(a).total_cmp(&off(b))) {
        Some(cell) => {
            cell.blocks.extend(few.blocks);
            cell.people += few.people;
            cell.reference += few.reference;
        }
        None if few.reference >= FEWEST => cells.push(few),
        None => {}
    }
}

#[cfg(test)]
#[path = "cells_tests.rs"]
mod tests;
