//! The day itself: people walk, words reach headquarters by every door, the close, and what came after it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::compare;
use super::door::Door;
use super::facility::Facility;
use super::gate::Gates;
use super::mailbox::MailBox;
use super::post::Held;
use super::script::Truth;
use super::setup::{own_drill, running_drill, start_round};
use super::timeline::Act;
use super::walker::{Hand, Walker};
use crate::clock::Clock;
use crate::demo::dice::Seed;

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
    /// Where the service sends its mails, so that residents can answer by them.
    pub mail_listen: Option<SocketAddr>,
    pub is_quiet: bool,
}

/// What came of it.
pub struct Played {
    pub members: usize,
    pub tally: Tally,
}

/// What was said and sent so far.
#[derive(Debug, Default)]
pub struct Tally {
    pub words: usize,
    pub uploads: usize,
    /// Words that reached headquarters after the close.
    pub late: usize,
    is_closed: bool,
    /// Empty: the ledger says what happened.
    pub differences: Vec<String>,
}

impl Tally {
    /// So many words reach headquarters now.
    pub(super) fn heard(&mut self, words: usize) {
        if self.is_closed {
            self.late += words;
        }
    }
}

pub(super) struct Play<'a> {
    pub(super) day: &'a Day,
    pub(super) staff: Door,
    pub(super) public: Door,
    pub(super) clock: Clock,
    pub(super) event: Uuid,
    pub(super) round: Uuid,
    pub(super) walkers: Vec<Walker>,
    pub(super) gates: Option<Gates>,
    pub(super) facilities: Vec<Facility>,
    /// By member.
    pub(super) links: BTreeMap<Uuid, Held>,
    /// What must be known in the end, by member.
    pub(super) truths: BTreeMap<Uuid, Truth>,
    /// What hung last, by home; nobody looked at the other homes.
    pub(super) placards: BTreeMap<Uuid, &'static str>,
    pub(super) homes: usize,
    pub(super) tally: Tally,
}

/// Play a day through `staff`, a session at headquarters.
pub fn play(day: &Day, public: &Door, staff: &Door) -> anyhow::Result<Played> {
    let mail_box = day.mail_listen.map(MailBox::open).transpose()?;
    let event = match day.event {
        Some(id) => running_drill(staff, id)?,
        None => own_drill(day, staff)?,
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
        gates: None,
        facilities: Vec::new(),
        links: BTreeMap::new(),
        truths: BTreeMap::new(),
        placards: BTreeMap::new(),
        homes: 0,
        tally: Tally::default(),
    };
    play.enrol(mail_box.as_ref())?;
    play.ask_facilities()?;
    if day.event.is_none() {
        play.open_gates()?;
    }
    play.run()?;
    play.type_attendance()?;
    play.compare()?;
    play.leave()?;
    Ok(Played {
        members: play.truths.len(),
        tally: play.tally,
    })
}

impl Play<'_> {
    fn run(&mut self) -> anyhow::Result<()> {
        let acts = self.timeline();
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
                let Tally { words, uploads, .. } = self.tally;
                bar.set_message(format!("{words} words, {uploads} uploads"));
            }
            self.act(act)?;
        }
        for walker in 0..self.walkers.len() {
            self.send(walker)?;
        }
        bar.finish();
        Ok(())
    }

    fn act(&mut self, act: Act) -> anyhow::Result<()> {
        match act {
            Act::Say { walker, story, say } => self.say(walker, story, say),
            Act::Send { walker } => self.send(walker),
            Act::Answer {
                walker,
                story,
                step,
            } => self.answer(walker, story, step),
            Act::Gate(n) => self.take_in(n),
            Act::SendGate(device) => self.send_gate(device),
            Act::Facility { facility, report } => self.report_facility(facility, report),
            Act::Close => {
                let path = format!("/rounds/{}/close", self.round);
                self.staff.post(&path, &json!({}))?;
                self.tally.is_closed = true;
                Ok(())
            }
        }
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

    fn compare(&mut self) -> anyhow::Result<()> {
        let report = self.of_event("report")?;
        let mut told = self.beside_the_board()?;
        told.extend(self.beside_the_doors()?);
        let said = compare::report::of_round(&report, self.round);
        told.extend(compare::report::counts(
            &self.truths,
            &said,
            self.tally.late,
        ));
        told.extend(compare::report::ways(&self.truths, &said));
        told.extend(compare::report::unreached(&self.truths, &said));
        told.extend(self.hung().beside_the_report(&said));
        if let Some(gates) = &self.gates {
            let path = format!("/drills/{}/attendance", self.event);
            let taken = self.staff.get(&path)?;
            told.extend(compare::attendance(gates, "attendance", &taken, "by_venue"));
            let reported = &report["now"]["attendance"];
            told.extend(compare::attendance(
                gates,
                "report, attendance",
                reported,
                "venues",
            ));
        }
        self.tally.differences.extend(told);
        Ok(())
    }

    fn beside_the_board(&self) -> anyhow::Result<Vec<String>> {
        let mut told = compare::states(&self.truths, &self.members()?);
        told.extend(compare::board(&self.truths, &self.of_round("board")?));
        told.extend(compare::rescues(&self.truths, &self.of_event("rescues")?));
        Ok(told)
    }

    fn beside_the_doors(&self) -> anyhow::Result<Vec<String>> {
        let placards = self.of_round("placards")?;
        let mut told = self.hung().beside_the_round(&placards);
        let facilities = self.of_round("facilities")?;
        told.extend(compare::facilities(&self.facilities, &facilities));
        if self.day.mail_listen.is_some() {
            let stories = self.walkers.iter().flat_map(|w| &w.stories);
            told.extend(compare::mails(stories, &self.of_round("mails")?));
        }
        Ok(told)
    }

    fn hung(&self) -> compare::Hung {
        compare::Hung::of(self.homes, &self.placards)
    }

    fn of_round(&self, what: &str) -> anyhow::Result<Value> {
        self.staff.get(&format!("/rounds/{}/{what}", self.round))
    }

    fn of_event(&self, what: &str) -> anyhow::Result<Value> {
        self.staff.get(&format!("/events/{}/{what}", self.event))
    }

    /// No simulated phone stays behind; a drill of its own is ended.
    fn leave(&self) -> anyhow::Result<()> {
        let phones = self.walkers.iter().filter_map(|w| match &w.hand {
            Hand::Phone(phone) => Some(phone.device()),
            Hand::Paper(_) | Hand::Desk => None,
        });
        let gates = self.gates.iter().flat_map(Gates::devices);
        for device in phones.chain(gates) {
            self.staff
                .post(&format!("/devices/{device}/revoke"), &json!({}))?;
        }
        self.close_gates()?;
        if self.day.event.is_none() {
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
