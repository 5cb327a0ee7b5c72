//! The venue of a simulated drill: people come one by one and as a body, some are said twice, some by mistake.

use anyhow::Context;
use serde_json::{Value, json};
use uuid::Uuid;

use super::play::{Play, items, uuid};
use super::script::Gate;

impl Play<'_> {
    /// People come to the venue: one by one, and as a body.
    pub(super) fn attend(&mut self, gate: &Gate) -> anyhow::Result<()> {
        let path = format!("/drills/{}", self.event);
        let events = self.staff.get("/events")?;
        let found = items(&events).find(|e| uuid(&e["id"]) == Some(self.event));
        let event = found.context("the drill is gone")?;
        let district = self.first_district()?;
        let plan = json!({"name": event["name"], "starts_at": event["started_at"], "ends_at": event["planned_end_at"], "districts": [district]});
        self.staff.put(&path, &plan)?;
        let [venue, body] = std::array::from_fn(|_| Uuid::now_v7());
        self.staff.put(
            &format!("{path}/venues/{venue}"),
            &json!({"name": "公民館", "district_id": district}),
        )?;
        self.staff.put(
            &format!("{path}/bodies/{body}"),
            &json!({"name": "自主防災会", "body": "voluntary_disaster_org"}),
        )?;
        let act = |extra: Value| {
            let mut act =
                json!({"id": Uuid::now_v7(), "venue_id": venue, "kind": "person", "way": "typed"});
            merge(&mut act, extra);
            act
        };
        let mut acts: Vec<Value> = (0..gate.alone)
            .map(|n| act(json!({"name": format!("参加者 {n}")})))
            .collect();
        acts.extend(
            (0..gate.of_body).map(|n| act(json!({"name": format!("会員 {n}"), "body_id": body}))),
        );
        let twice: Vec<Value> = acts
            .iter()
            .take(usize::try_from(gate.said_twice)?)
            .cloned()
            .collect();
        let back = acts.iter().rev().skip(usize::try_from(gate.of_body)?);
        let back: Vec<Value> = back
            .take(usize::try_from(gate.taken_back)?)
            .map(|a| act(json!({"corrects": a["id"], "is_withdrawal": true, "name": a["name"]})))
            .collect();
        acts.extend(twice);
        acts.extend(back);
        acts.extend(gate.counts.map(|people| {
            act(json!({"kind": "group", "way": "head_count", "people": people, "body_id": body}))
        }));
        let mut total = Value::Null;
        for act in &acts {
            total = self.staff.post(&format!("{path}/attendance"), act)?["total"].clone();
        }
        if total.as_u64() != Some(u64::from(gate.total())) {
            self.differences.push(format!(
                "attendance: the ledger says {total}, true is {}",
                gate.total()
            ));
        }
        Ok(())
    }

    fn first_district(&self) -> anyhow::Result<Value> {
        let round = self.staff.get(&format!("/rounds/{}", self.round))?;
        Ok(round["districts"][0]["id"].clone())
    }
}

fn merge(into: &mut Value, extra: Value) {
    if let (Some(into), Value::Object(extra)) = (into.as_object_mut(), extra) {
        into.extend(extra);
    }
}
