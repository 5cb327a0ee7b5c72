//! The venues of a simulated drill: a device at each takes people in without a network, and some are typed in from paper afterwards.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::{Value, json};
use uuid::Uuid;

use super::handset::Handset;
use super::play::{Play, items, uuid};
use super::script::{Counted, Gate, GateAct, Seen, Way};

/// The gates of a drill of its own.
pub(super) struct Gates {
    pub script: Gate,
    pub venues: [Uuid; 2],
    desks: Vec<Uuid>,
    devices: Vec<Handset>,
    body: Uuid,
    volunteers: Vec<Uuid>,
    /// What was entered by mistake.
    mistakes: BTreeMap<u32, Uuid>,
}

impl Gates {
    pub fn minutes(&self) -> impl Iterator<Item = (usize, u32)> {
        self.script.acts.iter().map(|a| a.minute).enumerate()
    }

    /// When each device has a signal again: once all is entered.
    pub fn sent_at(&self, close_min: u32) -> impl Iterator<Item = (usize, u32)> {
        let ways = Gate::ways(close_min).into_iter();
        ways.map(|way| way.heard_at(0)).enumerate()
    }

    pub fn devices(&self) -> impl Iterator<Item = Uuid> {
        self.devices.iter().map(Handset::device)
    }

    /// An entry as a device or the desk says it.
    fn entry(&self, venue: usize, seen: Seen) -> Value {
        let person = json!({"venue_id": self.venues[venue], "kind": "person", "way": "list"});
        let group = json!({"venue_id": self.venues[venue], "kind": "group", "way": "head_count"});
        match seen {
            Seen::Alone(n) => with(person, json!({"name": format!("来場者 {n}")})),
            Seen::OfBody(n) => {
                let name = format!("会員 {n}");
                with(person, json!({"name": name, "body_id": self.body}))
            }
            Seen::Volunteer(n) => with(person, json!({"volunteer_id": self.volunteers[n]})),
            Seen::Mistake(n) => with(person, json!({"name": format!("別の会場の人 {n}")})),
            Seen::TakenBack(n) => {
                let corrects = self.mistakes.get(&n);
                with(person, json!({"corrects": corrects, "is_withdrawal": true}))
            }
            Seen::CountOfBody(people) => {
                with(group, json!({"people": people, "body_id": self.body}))
            }
            Seen::CountOfGroup(people) => {
                with(group, json!({"people": people, "group_label": "子ども会"}))
            }
        }
    }
}

impl Play<'_> {
    /// Plan two venues and a body, open a desk at each, enrol a device there.
    pub(super) fn open_gates(&mut self) -> anyhow::Result<()> {
        let path = format!("/drills/{}", self.event);
        let events = self.staff.get("/events")?;
        let found = items(&events).find(|e| uuid(&e["id"]) == Some(self.event));
        let event = found.context("the drill is gone")?;
        let round = self.staff.get(&format!("/rounds/{}", self.round))?;
        let districts = round["districts"].as_array().cloned().unwrap_or_default();
        let districts: Vec<&Value> = districts.iter().map(|d| &d["id"]).collect();
        let (Some(first), Some(last)) = (districts.first(), districts.last()) else {
            anyhow::bail!("a round without districts");
        };
        let plan = json!({"name": event["name"], "starts_at": event["started_at"], "ends_at": event["planned_end_at"], "districts": districts});
        self.staff.put(&path, &plan)?;
        let [hall, school, body] = std::array::from_fn(|_| Uuid::now_v7());
        let body_path = format!("{path}/bodies/{body}");
        let named = json!({"name": "自主防災会", "body": "voluntary_disaster_org"});
        self.staff.put(&body_path, &named)?;
        let volunteers = self.volunteers()?;
        let mut gates = Gates {
            script: Gate::of(self.day.seed, volunteers.len()),
            venues: [hall, school],
            desks: Vec::new(),
            devices: Vec::new(),
            body,
            volunteers,
            mistakes: BTreeMap::new(),
        };
        let ways = Gate::ways(self.day.minutes);
        let places = [("公民館", *first), ("小学校", *last)];
        for ((venue, place), way) in gates.venues.into_iter().zip(places).zip(ways) {
            let (desk, device) = self.open_gate(venue, place, way)?;
            gates.desks.push(desk);
            gates.devices.push(device);
        }
        self.gates = Some(gates);
        Ok(())
    }

    /// A venue, a desk there, and the device at it.
    fn open_gate(
        &self,
        venue: Uuid,
        (name, district): (&str, &Value),
        way: Way,
    ) -> anyhow::Result<(Uuid, Handset)> {
        let named = json!({"name": name, "district_id": district});
        let venue_path = format!("/drills/{}/venues/{venue}", self.event);
        self.staff.put(&venue_path, &named)?;
        let desk = Uuid::now_v7();
        let open = json!({"id": desk, "venue_id": venue});
        let desks = format!("/events/{}/desks", self.event);
        self.staff.post(&desks, &open)?;
        let invites = format!("/desks/{desk}/invites");
        let invite = self.staff.post(&invites, &json!({}))?;
        let (device, _) = Handset::enrol(&self.public, &invite, way)?;
        Ok((desk, device))
    }

    /// Those who help in the drill, whoever they are.
    fn volunteers(&self) -> anyhow::Result<Vec<Uuid>> {
        let all = self.staff.get("/volunteers")?;
        Ok(items(&all).filter_map(|v| uuid(&v["id"])).collect())
    }

    /// A device takes somebody in.
    pub(super) fn take_in(&mut self, n: usize) -> anyhow::Result<()> {
        let gates = self.gates.as_mut().context("no gate is open")?;
        let GateAct { venue, seen, .. } = gates.script.acts[n];
        let entry = gates.entry(venue, seen);
        let device = &mut gates.devices[venue];
        let id = device.tap("attendance", self.event, self.clock.now(), entry)?;
        if let Seen::Mistake(n) = seen {
            gates.mistakes.insert(n, id);
        }
        self.tally.words += 1;
        Ok(())
    }

    pub(super) fn send_gate(&mut self, device: usize) -> anyhow::Result<()> {
        let gates = self.gates.as_mut().context("no gate is open")?;
        gates.devices[device].upload(&self.public, self.clock.now(), &mut self.tally)
    }

    /// The list on paper is typed in at headquarters: some twice, some by mistake; and what the body says of itself in the end.
    pub(super) fn type_attendance(&mut self) -> anyhow::Result<()> {
        let Some(gates) = &self.gates else {
            return Ok(());
        };
        let script = &gates.script;
        let name =
            |n: u32| json!({"id": Uuid::now_v7(), "name": format!("紙の名簿 {n}"), "way": "typed"});
        let entry = |extra: Value| with(gates.entry(0, Seen::Alone(0)), extra);
        let mut entries: Vec<Value> = (0..script.typed).map(|n| entry(name(n))).collect();
        let twice = usize::try_from(script.said_twice)?;
        let again: Vec<Value> = entries.iter().take(twice).cloned().collect();
        let back = entries
            .iter()
            .rev()
            .take(usize::try_from(script.taken_back)?);
        let back: Vec<Value> = back
            .map(|e| {
                let back =
                    json!({"id": Uuid::now_v7(), "corrects": e["id"], "is_withdrawal": true});
                with(e.clone(), back)
            })
            .collect();
        entries.extend(again);
        entries.extend(back);
        let count = gates.entry(0, Seen::CountOfBody(script.last_count));
        entries.push(with(count, json!({"id": Uuid::now_v7()})));
        let path = format!("/drills/{}/attendance", self.event);
        for entry in &entries {
            self.staff.post(&path, entry)?;
        }
        self.tally.words += entries.len();
        Ok(())
    }

    pub(super) fn close_gates(&self) -> anyhow::Result<()> {
        for desk in self.gates.iter().flat_map(|g| &g.desks) {
            self.staff
                .post(&format!("/desks/{desk}/close"), &json!({}))?;
        }
        Ok(())
    }
}

impl Gates {
    /// What must be counted, by venue.
    pub fn truths(&self) -> impl Iterator<Item = (Uuid, Counted)> {
        self.venues.into_iter().zip(self.script.venues)
    }
}

fn with(mut entry: Value, extra: Value) -> Value {
    if let (Some(into), Value::Object(extra)) = (entry.as_object_mut(), extra) {
        into.extend(extra);
    }
    entry
}
