//! The day itself: phones enrolled and walking, uploads when there is a signal, headquarters answering calls, the close, and what came
//! after it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::compare;
use super::door::Door;
use super::script::{self, Answer, Gate, OUT_OF_SCOPE, Story, Truth, UNTOUCHED, Way};
use crate::clock::Clock;
use crate::demo::dice::{Part, Seed};
use crate::field::phone::{Phone, Tap, random_key, spki};
use crate::field::seal::{Sealed, server_key};

/// How the day is to be.
pub struct Day {
    pub seed: Seed,
    /// A running drill to play into; else one of its own, which it ends.
    pub event: Option<Uuid>,
    pub districts: usize,
    pub phones: usize,
    /// Simulated minutes a minute; zero: as fast as the service answers.
    pub speed: f64,
    /// From the start of the round to its close.
    pub minutes: u32,
    pub is_quiet: bool,
}

/// What came of it.
pub struct Played {
    pub members: usize,
    pub taps: usize,
    pub uploads: usize,
    /// Empty: the ledger says what happened.
    pub differences: Vec<String>,
}

/// What happens at a minute.
enum Act {
    Tap {
        phone: usize,
        story: usize,
        say: usize,
    },
    Upload {
        phone: usize,
    },
    Answer {
        story: (usize, usize),
        step: usize,
    },
    Close,
}

/// A simulated volunteer.
struct Walker {
    phone: Phone,
    way: Way,
    stories: Vec<Story>,
    /// The ids of each story's taps so far.
    said: Vec<Vec<Uuid>>,
    held: Vec<Sealed>,
    uploads: u32,
}

struct Play<'a> {
    day: &'a Day,
    staff: Door,
    public: Door,
    clock: Clock,
    event: Uuid,
    round: Uuid,
    walkers: Vec<Walker>,
    taps: usize,
    uploads: usize,
    differences: Vec<String>,
}

/// Play a day through `staff`, a session at headquarters.
pub fn play(day: &Day, public: &Door, staff: &Door) -> anyhow::Result<Played> {
    let (event, gate) = match day.event {
        Some(id) => (running_drill(staff, id)?, None),
        None => (own_drill(day, staff)?, Some(Gate::of(day.seed))),
    };
    let round = start_round(day, staff, event)?;
    let mut play = Play {
        day,
        staff: staff.clone(),
        public: public.clone(),
        clock: Clock::default(),
        event,
        round,
        walkers: Vec::new(),
        taps: 0,
        uploads: 0,
        differences: Vec::new(),
    };
    let truths = play.enrol()?;
    play.run()?;
    if let Some(gate) = &gate {
        play.attend(gate)?;
    }
    play.compare(&truths)?;
    play.leave(gate.is_some())?;
    Ok(Played {
        members: truths.len(),
        taps: play.taps,
        uploads: play.uploads,
        differences: play.differences,
    })
}

/// Only ever a drill: nothing invented may enter a disaster.
fn running_drill(staff: &Door, id: Uuid) -> anyhow::Result<Uuid> {
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

fn own_drill(day: &Day, staff: &Door) -> anyhow::Result<Uuid> {
    let id = Uuid::now_v7();
    let name = format!("シミュレーション（種 {}）", day.seed.0);
    staff.post(
        "/events",
        &json!({"id": id, "kind": "drill", "name": name, "hazards": ["earthquake"]}),
    )?;
    Ok(id)
}

fn start_round(day: &Day, staff: &Door, event: Uuid) -> anyhow::Result<Uuid> {
    let districts = chosen_districts(day, staff)?;
    let id = Uuid::now_v7();
    let body =
        json!({"id": id, "kind": "safety", "name": "シミュレーション", "districts": districts});
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

impl Play<'_> {
    /// Enrol the phones of those who have people, and write every member's truth.
    fn enrol(&mut self) -> anyhow::Result<BTreeMap<Uuid, Truth>> {
        let mut truths = BTreeMap::new();
        let mut hands = BTreeSet::new();
        for m in self.members()? {
            let id = uuid(&m["id"]).context("a member without an id")?;
            let is_out = !m["out_of_scope_reason"].is_null();
            truths.insert(id, if is_out { OUT_OF_SCOPE } else { UNTOUCHED });
            let assigned = m["assigned"].as_array().into_iter().flatten();
            hands.extend(assigned.filter_map(|a| uuid(&a["volunteer_id"])));
        }
        let mut taken = BTreeSet::new();
        for volunteer in hands.into_iter().take(self.day.phones) {
            let n = u64::try_from(self.walkers.len())?;
            let (phone, members) = self.phone(volunteer)?;
            let own: Vec<Uuid> = members.into_iter().filter(|m| taken.insert(*m)).collect();
            let stories = script::stories(self.day.seed, n, &own);
            truths.extend(script::truths(&stories));
            self.walkers.push(Walker {
                phone,
                way: script::way(self.day.seed, n, self.day.minutes),
                said: vec![Vec::new(); stories.len()],
                stories,
                held: Vec::new(),
                uploads: 0,
            });
        }
        ensure!(
            !self.walkers.is_empty(),
            "nobody is assigned to anybody in this round"
        );
        Ok(truths)
    }

    /// Invite a phone, redeem the invite, read its list.
    fn phone(&self, volunteer: Uuid) -> anyhow::Result<(Phone, Vec<Uuid>)> {
        let until = self.clock.now() + TimeDelta::hours(1);
        let invite = self.staff.post(
            &format!("/volunteers/{volunteer}/invites"),
            &json!({"expires_at": until}),
        )?;
        let link = invite["link"].as_str().unwrap_or_default();
        let token = link
            .split("#i=")
            .nth(1)
            .context("an invite without a token")?;
        let key = random_key();
        let redeem = json!({"token": token, "public_key": URL_SAFE_NO_PAD.encode(spki(&key)?), "label": "シミュレーション"});
        let (session, enrolled) = self.public.enter("/field/redeem", &redeem)?;
        let device = uuid(&enrolled["device_id"]).context("a phone without an id")?;
        let server = server_key(enrolled["seal_public_key"].as_str().unwrap_or_default())
            .context("the server's key cannot be read")?;
        let bundle = session.get("/field/bundle")?;
        let rounds = bundle["rounds"].as_array().into_iter().flatten();
        let members = rounds
            .filter(|r| uuid(&r["id"]) == Some(self.round))
            .flat_map(|r| r["members"].as_array().into_iter().flatten())
            .filter_map(|m| uuid(&m["id"]))
            .collect();
        Ok((Phone::new(device, key, server), members))
    }

    /// Everything that happens, by the minute.
    fn acts(&self) -> Vec<(u32, Act)> {
        let mut acts = vec![(self.day.minutes, Act::Close)];
        for (phone, walker) in self.walkers.iter().enumerate() {
            let n = u64::try_from(phone).unwrap_or_default();
            let mut dice = self.day.seed.dice(Part::RescueStep, n);
            let mut minute = 2 + dice.below(20);
            for (story, told) in walker.stories.iter().enumerate() {
                // Whoever has many doors reaches the last ones late; the day ends all the same.
                let begun = minute.min(self.day.minutes.saturating_sub(40));
                for (say, tap) in told.says.iter().enumerate() {
                    let at = begun + tap.after_min;
                    let heard = walker.way.heard_at(at);
                    acts.push((at, Act::Tap { phone, story, say }));
                    acts.push((heard, Act::Upload { phone }));
                    if say == 0 && told.call.is_some() {
                        for (step, wait) in [2, 6, 20].into_iter().enumerate() {
                            let story = (phone, story);
                            acts.push((heard + wait, Act::Answer { story, step }));
                        }
                    }
                }
                minute += script::walk_min(&mut dice);
            }
        }
        // Taps of a minute come before its uploads, and a story's taps in their order.
        acts.sort_by_key(|(minute, act)| {
            let turn = match act {
                Act::Tap { story, say, .. } => (0, *story, *say),
                Act::Upload { .. } => (1, 0, 0),
                Act::Answer { step, .. } => (2, *step, 0),
                Act::Close => (3, 0, 0),
            };
            (*minute, turn)
        });
        acts
    }

    fn run(&mut self) -> anyhow::Result<()> {
        let acts = self.acts();
        let last = acts.last().map_or(0, |(minute, _)| *minute);
        let bar = indicatif::ProgressBar::new(u64::from(last));
        if self.day.is_quiet {
            bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        bar.set_style(indicatif::ProgressStyle::with_template(
            "{bar:40} {pos}/{len} min  {msg}",
        )?);
        let began = self.clock.now();
        for (minute, act) in acts {
            self.wait_until(began, minute);
            if u64::from(minute) > bar.position() {
                bar.set_position(u64::from(minute));
                bar.set_message(format!("{} taps, {} uploads", self.taps, self.uploads));
            }
            match act {
                Act::Tap { phone, story, say } => self.tap(phone, story, say)?,
                Act::Upload { phone } => self.upload(phone)?,
                Act::Answer { story, step } => self.answer(story, step)?,
                Act::Close => {
                    self.staff
                        .post(&format!("/rounds/{}/close", self.round), &json!({}))?;
                }
            }
        }
        for phone in 0..self.walkers.len() {
            self.upload(phone)?;
        }
        bar.finish();
        Ok(())
    }

    fn wait_until(&self, began: DateTime<Utc>, minute: u32) {
        if self.day.speed <= 0.0 {
            return;
        }
        let at =
            began + TimeDelta::milliseconds((f64::from(minute) * 60_000.0 / self.day.speed) as i64);
        if let Ok(wait) = (at - self.clock.now()).to_std() {
            // A session must not fall asleep on a slow day: looked at once a minute.
            for _ in 0..wait.as_secs() / 60 {
                std::thread::sleep(Duration::from_secs(60));
                let _ = self.staff.get("/session");
            }
            std::thread::sleep(Duration::from_secs_f64(wait.as_secs_f64() % 60.0));
        }
    }

    fn tap(&mut self, phone: usize, story: usize, say: usize) -> anyhow::Result<()> {
        let walker = &mut self.walkers[phone];
        let said = &walker.stories[story].says[say];
        let corrects = said.corrects.map(|back| walker.said[story][say - back]);
        let payload = json!({"round_id": self.round, "member_id": said.member, "outcome": said.outcome, "attempt": said.attempt,
            "needs": [], "note": "", "corrects": corrects, "is_withdrawal": said.is_withdrawal});
        let off = TimeDelta::minutes(walker.way.clock_off_min);
        walker.phone.clock_offset_ms = -off.num_milliseconds();
        let tap = Tap {
            id: Uuid::now_v7(),
            kind: "observation",
            event: Some(self.event),
            observed_at: self.clock.now() + off,
            payload,
        };
        walker.said[story].push(tap.id);
        walker.held.push(
            walker
                .phone
                .seal(&tap)
                .map_err(|e| anyhow::anyhow!("{e:?}"))?,
        );
        self.taps += 1;
        Ok(())
    }

    /// Send what the phone holds. Sometimes the answer is lost, and all of it is sent again.
    fn upload(&mut self, phone: usize) -> anyhow::Result<()> {
        let walker = &mut self.walkers[phone];
        if walker.held.is_empty() {
            return Ok(());
        }
        walker.uploads += 1;
        let is_lost =
            walker.way.loses_every > 0 && walker.uploads.is_multiple_of(walker.way.loses_every);
        for items in walker.held.chunks(200) {
            let body = json!({"items": items, "device_id": walker.phone.device, "held": items.len(), "device_time": self.clock.now()});
            for _ in 0..=usize::from(is_lost) {
                let answer = self.public.post("/field/sync", &body)?;
                self.uploads += 1;
                let results = answer["results"].as_array().cloned().unwrap_or_default();
                if results.len() != items.len() {
                    self.differences.push(format!(
                        "upload: {} items, {} answers",
                        items.len(),
                        results.len()
                    ));
                }
                for result in &results {
                    if !matches!(result["result"].as_str(), Some("stored" | "already_stored")) {
                        self.differences
                            .push(format!("item {}: {result}", result["id"]));
                    }
                }
            }
        }
        walker.held.clear();
        Ok(())
    }

    /// Headquarters takes a call, gives it to a team, closes it with what was found.
    fn answer(&mut self, (phone, story): (usize, usize), step: usize) -> anyhow::Result<()> {
        let walker = &self.walkers[phone];
        let told = &walker.stories[story];
        let (Some(answer), Some(call)) = (told.call, walker.said[story].first()) else {
            bail!("an answer to a call that nobody made");
        };
        let path = format!("/rescues/{}", told.says[0].member);
        let id = Uuid::now_v7();
        match (step, answer) {
            (0, _) => self.staff.post(&format!("{path}/steps"), &json!({"id": id, "kind": "acknowledged"})),
            (1, _) => self
                .staff
                .post(&format!("{path}/steps"), &json!({"id": id, "kind": "assigned", "given_to": "救護班"})),
            (_, Answer::Closed) => {
                let found = json!({"id": id, "closes": [call], "outcome": "injured_minor", "how": "救護班が手当てした（シミュレーション）"});
                self.staff.post(&format!("{path}/resolve"), &found)
            }
            (_, Answer::Open) => return Ok(()),
        }
        .map(drop)
    }

    /// People come to the venue: one by one, and as a body.
    fn attend(&mut self, gate: &Gate) -> anyhow::Result<()> {
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

    fn compare(&mut self, truths: &BTreeMap<Uuid, Truth>) -> anyhow::Result<()> {
        let members = self.members()?;
        let board = self.staff.get(&format!("/rounds/{}/board", self.round))?;
        let queue = self.staff.get(&format!("/events/{}/rescues", self.event))?;
        let report = self.staff.get(&format!("/events/{}/report", self.event))?;
        self.differences.extend(compare::states(truths, &members));
        self.differences.extend(compare::board(truths, &board));
        self.differences.extend(compare::rescues(truths, &queue));
        self.differences
            .extend(compare::report(truths, &report, self.round));
        Ok(())
    }

    /// No simulated phone stays behind; a drill of its own is ended.
    fn leave(&self, is_own: bool) -> anyhow::Result<()> {
        for walker in &self.walkers {
            self.staff.post(
                &format!("/devices/{}/revoke", walker.phone.device),
                &json!({}),
            )?;
        }
        if is_own {
            let why = json!({"reason": "シミュレーションが終わりました"});
            self.staff
                .post(&format!("/events/{}/end", self.event), &why)?;
        }
        Ok(())
    }

    /// Every member of the round, page after page.
    fn members(&self) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let page = self
                .staff
                .get(&format!("/rounds/{}/members?limit=500{after}", self.round))?;
            all.extend(items(&page).cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(all),
            }
        }
    }
}

impl Way {
    /// When what is tapped at a minute can leave.
    fn heard_at(&self, minute: u32) -> u32 {
        match self.dead {
            Some((from, until)) if (from..until).contains(&minute) => until,
            _ => minute,
        }
    }
}

fn items(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["items"].as_array().into_iter().flatten()
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

fn merge(into: &mut Value, extra: Value) {
    if let (Some(into), Value::Object(extra)) = (into.as_object_mut(), extra) {
        into.extend(extra);
    }
}
