//! Making a gathering: squares are counted by the database, one district after another, cut into cells here, and written at once.
//! Memory holds one district's squares and the city's cells, whatever the number of people.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use geo::{
    BooleanOps, Centroid, CoordsIter, Distance, Haversine, MultiPolygon, Point, Rect, coord,
    unary_union,
};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::cells::{self, Block, Cell, Gathered, LAT_STEP, LON_STEP};
use super::{Snapshot, store};
use crate::audit::{self, Entry, LegalGround};
use crate::db::{Principal, Scope, Tx};
use crate::districts::store::{Border, borders};
use crate::geometry::{Area, LngLat};
use crate::jobs::JobApp;
use crate::problem::{Problem, Result};

/// A cell as it is written.
pub struct Drawn {
    pub cell_no: i32,
    pub district_id: Uuid,
    pub cell: Cell,
    pub point: LngLat,
    pub area: Area,
    pub reach_m: i32,
}

/// Look at the roster and put its cells in force; the gathering before stays when nothing moved. `tx` is anybody's who may have it
/// done: what is read is read as the service's own work, and leaves it only in cells.
pub async fn make(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<Snapshot> {
    if tx.scope().principal() != Principal::Job {
        tx.continue_as(Principal::Job).await?;
    }
    store::alone(tx).await?;
    if let Some(known) = store::by_id(tx, id).await? {
        return Ok(known);
    }
    let before = store::in_force(tx).await?;
    let kept = match &before {
        Some(snapshot) => store::kept(tx, snapshot.id).await?,
        None => store::Kept::default(),
    };
    let borders = borders(tx).await?;
    let (cells, out) = gather_all(tx, &borders, &kept, before.is_none()).await?;
    let left_out = cells::left_out(out, kept.left_out);
    let unmoved = before.filter(|_| cells == kept.cells && kept.left_out == Some(left_out));
    if let Some(snapshot) = unmoved {
        store::look(tx, snapshot.id, now).await?;
        return Ok(Snapshot {
            looked_at: now,
            ..snapshot
        });
    }
    let drawn = draw(&borders, cells);
    let snapshot = Snapshot {
        id,
        as_of: now,
        looked_at: now,
        people: drawn.iter().map(|d| small(d.cell.people)).sum(),
        cells: i32::try_from(drawn.len()).unwrap_or(i32::MAX),
        left_out: small(left_out.0),
    };
    let by = tx.scope().actor_id();
    store::put_in_force(tx, &snapshot, &drawn, left_out.1, by).await?;
    let entry = Entry::new(
        "coverage.snapshot",
        "coverage_snapshot",
        std::slice::from_ref(&id),
    )
    .ground(LegalGround::Internal)
    .detail(
        json!({"people": snapshot.people, "cells": snapshot.cells, "left_out": snapshot.left_out}),
    );
    audit::append(tx, entry).await?;
    Ok(snapshot)
}

fn small(people: i64) -> i32 {
    i32::try_from(people).unwrap_or(i32::MAX)
}

/// The cells of every district, and how many people are in none.
async fn gather_all(
    tx: &mut Tx,
    borders: &[Border],
    kept: &store::Kept,
    is_first: bool,
) -> Result<(HashMap<Uuid, Vec<Cell>>, i64)> {
    let mut cells = HashMap::new();
    let mut out = store::without_square(tx).await?;
    let mut squares = store::Squares::default();
    for border in borders {
        let before = kept.cells.get(&border.id).map_or(&[][..], Vec::as_slice);
        store::squares(tx, border.id, &mut squares).await?;
        let bounds = bounds(&border.area);
        let Gathered {
            cells: made,
            left_out,
        } = cells::gather(bounds, &squares.0, before, is_first);
        out += left_out;
        if !made.is_empty() {
            cells.insert(border.id, made);
        }
    }
    Ok((cells, out))
}

/// The squares that a district touches.
fn bounds(area: &Area) -> Block {
    let around = area.bounds();
    let square = |degrees: f64, step: f64| (degrees / step).floor() as i32;
    Block {
        west: square(around.min().x, LON_STEP),
        south: square(around.min().y, LAT_STEP),
        east: square(around.max().x, LON_STEP) + 1,
        north: square(around.max().y, LAT_STEP) + 1,
    }
}

/// Cells with their numbers, in the districts' order, and where they lie.
fn draw(borders: &[Border], mut cells: HashMap<Uuid, Vec<Cell>>) -> Vec<Drawn> {
    let mut drawn = Vec::new();
    for border in borders {
        for cell in cells.remove(&border.id).unwrap_or_default() {
            let area = outline(&cell.blocks, border.area.polygons());
            let middle = area.centroid().unwrap_or(Point::new(0.0, 0.0));
            let reach_m = area
                .coords_iter()
                .map(|corner| Haversine.distance(middle, Point::from(corner)))
                .fold(0.0, f64::max);
            // Both come out of areas on the globe.
            let (Ok(point), Ok(area)) = (LngLat::new(middle.x(), middle.y()), Area::new(area))
            else {
                continue;
            };
            drawn.push(Drawn {
                cell_no: i32::try_from(drawn.len()).unwrap_or(i32::MAX - 1) + 1,
                district_id: border.id,
                cell,
                point,
                area,
                reach_m: (reach_m * 1.01).ceil() as i32,
            });
        }
    }
    drawn
}

/// The part of the district that the blocks cover; the blocks themselves where they cover none of it.
fn outline(blocks: &[Block], district: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    let rects: Vec<_> = blocks.iter().map(|b| rect(b).to_polygon()).collect();
    let whole = unary_union(&rects);
    let within = whole.intersection(district);
    match within.0.is_empty() {
        true => whole,
        false => within,
    }
}

fn rect(block: &Block) -> Rect<f64> {
    let corner = |x: i32, y: i32| coord! { x: f64::from(x) * LON_STEP, y: f64::from(y) * LAT_STEP };
    Rect::new(
        corner(block.west, block.south),
        corner(block.east, block.north),
    )
}

/// Gather the city anew each night.
#[derive(Debug, Serialize, Deserialize)]
pub struct MakeSnapshot {}

impl TaskHandler for MakeSnapshot {
    const IDENTIFIER: &'static str = "make_coverage_snapshot";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(JobApp(app)) = context.get_ext::<JobApp>().map(|app| JobApp(app.0.clone())) else {
            return Err("the worker has no application".to_owned());
        };
        let done = async {
            let mut tx = app.db.begin(&Scope::of(Principal::Job)).await?;
            make(&mut tx, Uuid::now_v7(), app.clock.now()).await?;
            tx.commit().await
        };
        done.await.map_err(|problem: Problem| problem.to_string())
    }
}
