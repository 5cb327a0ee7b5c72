//! Where the day is played: a drill, and a round in it over districts that have people and volunteers.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use serde_json::json;
use uuid::Uuid;

use super::door::Door;
use super::play::{Day, items, uuid};

/// Only ever a drill: nothing invented may enter a disaster.
pub(super) fn running_drill(staff: &Door, id: Uuid) -> anyhow::Result<Uuid> {
    let events = staff.get("/events")?;
    let found = items(&events).find(|e| uuid(&e["id"]) == Some(id));
    let event = found.context("there is no such event")?;
    ensure!(
        event["kind"] == "drill",
        "this is a disaster: a simulation plays into drills only"
    );
    ensure!(
        event["ended_at"].is_null() && event["is_planned"] == false,
        "this drill is not running"
    );
    Ok(id)
}

pub(super) fn own_drill(day: &Day, staff: &Door) -> anyhow::Result<Uuid> {
    let id = Uuid::now_v7();
    let name = format!("シミュレーション（種 {}）", day.seed.0);
    staff.post(
        "/events",
        &json!({"id": id, "kind": "drill", "name": name, "hazards": ["earthquake"]}),
    )?;
    Ok(id)
}

pub(super) fn start_round(day: &Day, staff: &Door, event: Uuid) -> anyhow::Result<Uuid> {
    let districts = chosen_districts(day, staff)?;
    let id = Uuid::now_v7();
    // Mails go out only when the day takes them itself: nobody's real mail box is asked about it.
    let asks_by_mail = day.mail_listen.is_some();
    let body = json!({"id": id, "kind": "safety", "name": "シミュレーション", "districts": districts, "asks_by_mail": asks_by_mail});
    staff.post(&format!("/events/{event}/rounds"), &body)?;
    Ok(id)
}

/// Districts with people on the roster and volunteers, by name.
fn chosen_districts(day: &Day, staff: &Door) -> anyhow::Result<Vec<Uuid>> {
    let volunteers = staff.get("/volunteers")?;
    let served: BTreeSet<Uuid> = items(&volunteers)
        .flat_map(|v| v["districts"].as_array().into_iter().flatten())
        .filter_map(|d| uuid(&d["id"]))
        .collect();
    let all = staff.get("/districts")?;
    let found: Vec<Uuid> = items(&all)
        .filter(|d| d["residents"].as_u64().is_some_and(|n| n > 0))
        .filter_map(|d| uuid(&d["id"]))
        .filter(|id| served.contains(id))
        .take(day.districts)
        .collect();
    ensure!(
        !found.is_empty(),
        "no district has both people on the roster and volunteers; load a roster or the demo city first"
    );
    Ok(found)
}
