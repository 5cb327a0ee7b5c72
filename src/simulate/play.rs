//! The day itself: phones enrolled and walking, uploads when there is a signal, headquarters answering calls, the close, and what came
//! after it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::bail;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::compare;
use super::door::Door;
use super::script::{self, Answer, Gate, Truth};
use super::setup::{own_drill, running_drill, start_round};
use super::walker::Walker;
use crate::clock::Clock;
use crate::demo::dice::{Part, Seed};

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

pub(super) struct Play<'a> {
    pub(super) day: &'a Day,
    pub(super) staff: Door,
    pub(super) public: Door,
    pub(super) clock: Clock,
    pub(super) event: Uuid,
    pub(super) round: Uuid,
    pub(super) walkers: Vec<Walker>,
    pub(super) taps: usize,
    pub(super) uploads: usize,
    pub(super) differences: Vec<String>,
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

impl Play<'_> {
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
    pub(super) fn members(&self) -> anyhow::Result<Vec<Value>> {
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

pub(super) fn items(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["items"].as_array().into_iter().flatten()
}

pub(super) fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}
