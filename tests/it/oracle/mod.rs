//! The oracle of the phones' sync: what is kept and what is derived from it, written by hand in `tests/vectors/sync`, against the
//! real door with really sealed and signed items. Nothing here calls the derivation.

mod schedule;
mod stage;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use stage::{Stage, State, TapLine, Town, Who, first_phone};

/// A file of the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[expect(dead_code, reason = "for whoever reads the file")]
    about: String,
    scenarios: Vec<Scenario>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    name: String,
    /// `drill` or `disaster`.
    #[serde(default = "drill")]
    event: String,
    #[serde(default = "one_person")]
    people: BTreeMap<String, Who>,
    #[serde(default = "one_phone")]
    phones: Vec<String>,
    taps: Vec<TapLine>,
    /// How the items come in. Not said: the same must follow from any order, from repeats and from torn batches.
    #[serde(default)]
    steps: Option<Vec<Step>>,
    /// What is kept of the taps; not said of one: `stored`.
    #[serde(default)]
    kept: BTreeMap<String, String>,
    /// The taps that count as evidence; not said: all of them, once each.
    #[serde(default)]
    observed: Option<Vec<String>>,
    #[serde(default)]
    late: Vec<String>,
    states: BTreeMap<String, State>,
    /// States among the real calls.
    #[serde(default)]
    real_calls: BTreeMap<String, State>,
}

/// One thing that happens.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Step {
    /// An upload arrives, and its answer at the phone.
    Send {
        items: Vec<String>,
        #[serde(default = "first_phone")]
        by: String,
        answers: Vec<String>,
    },
    /// The same upload from two tabs, and through a second instance of the service, all at once: each item is new once.
    SendThriceAtOnce {
        items: Vec<String>,
    },
    /// The console reads a file that the items' phone made.
    ReadFile {
        items: Vec<String>,
        answers: Vec<String>,
    },
    /// Headquarters binds the round that a phone began to its own.
    Bind {
        start: String,
    },
    MinutesPass(i64),
    CloseRound,
    EndEvent,
    /// The drill's planned end was so many minutes after the beginning.
    PlannedEnd(i64),
    /// The phone is reported lost.
    Revoke(String),
    Assign {
        member: String,
        to: String,
    },
    Resolve {
        member: String,
        closes: Vec<String>,
        outcome: String,
    },
}

fn drill() -> String {
    "drill".into()
}

fn one_person() -> BTreeMap<String, Who> {
    BTreeMap::from([("a".into(), Who::default())])
}

fn one_phone() -> Vec<String> {
    vec![first_phone()]
}

/// An order in which the same items come in.
#[derive(Debug, Clone, Copy)]
enum Delivery {
    AsTapped,
    BackwardsOneByOne,
    /// A batch breaks off in the middle and all of it is sent again.
    Torn,
    /// By the first phone, whoever made them, and each again by its own.
    CarriedAndSent,
}

const DELIVERIES: [Delivery; 4] = [
    Delivery::AsTapped,
    Delivery::BackwardsOneByOne,
    Delivery::Torn,
    Delivery::CarriedAndSent,
];

impl Scenario {
    async fn stage<'t>(&self, town: &'t Town) -> Stage<'t> {
        let mut stage = Stage::set(town, &self.event, &self.people, &self.phones).await;
        for line in &self.taps {
            let mut line = line.clone();
            if let Some(subject) = &mut line.subject {
                // Found again among the real calls by its label.
                subject["label"] = json!(format!(
                    "{} {}",
                    stage.event,
                    line.about.as_deref().unwrap()
                ));
            }
            stage.tap(&line);
        }
        stage
    }

    async fn run(&self, town: &Town) {
        match &self.steps {
            Some(steps) => {
                let mut stage = self.stage(town).await;
                for (n, step) in steps.iter().enumerate() {
                    let whence = format!("{}, step {}", self.name, n + 1);
                    happen(&mut stage, step, &whence).await;
                }
                self.compare(&mut stage, "as it happened").await;
                self.say_it_all_again(&mut stage).await;
            }
            None => {
                for delivery in DELIVERIES {
                    let mut stage = self.stage(town).await;
                    deliver(&stage, delivery).await;
                    self.compare(&mut stage, &format!("{delivery:?}")).await;
                    self.say_it_all_again(&mut stage).await;
                }
            }
        }
    }

    /// Every item that ever was is sent once more: nothing is new, nothing moves.
    async fn say_it_all_again(&self, stage: &mut Stage<'_>) {
        for (name, (phone, _)) in stage.items.iter().rev() {
            let answer = stage.send(phone, std::slice::from_ref(name)).await;
            assert_ne!(answer, ["stored"], "{}: {name} was new twice", self.name);
        }
        self.compare(stage, "said again").await;
    }

    async fn compare(&self, stage: &mut Stage<'_>, how: &str) {
        let whence = format!("{} ({how})", self.name);
        let mut kept: BTreeMap<String, String> = self
            .taps
            .iter()
            .map(|t| (t.id.clone(), "stored".to_owned()))
            .collect();
        kept.extend(self.kept.clone());
        kept.retain(|_, word| word != "elsewhere");
        assert_eq!(stage.kept().await, kept, "{whence}: what is kept");
        let rows = i64::try_from(self.taps.len()).unwrap();
        let sent = stage.kept_rows().await;
        assert_eq!(sent, rows, "{whence}: nothing is lost and nothing doubled");
        let observed = self
            .observed
            .clone()
            .unwrap_or_else(|| self.taps.iter().map(|t| t.id.clone()).collect());
        let (mut seen, mut late) = stage.observed().await;
        let (mut expected, mut expected_late) = (observed, self.late.clone());
        for list in [&mut seen, &mut late, &mut expected, &mut expected_late] {
            list.sort();
        }
        assert_eq!(seen, expected, "{whence}: what counts");
        assert_eq!(late, expected_late, "{whence}: what is late");
        for (states, is_real_call) in [(&self.states, false), (&self.real_calls, true)] {
            for (name, expected) in states {
                let state = stage.state(name, is_real_call).await;
                assert_eq!(
                    state.as_ref(),
                    Some(expected),
                    "{whence}: the state of {name}"
                );
            }
        }
        if self.real_calls.is_empty() {
            for name in self.people.keys() {
                assert_eq!(
                    stage.state(name, true).await,
                    None,
                    "{whence}: {name} is among the real calls"
                );
            }
        }
    }
}

async fn deliver(stage: &Stage<'_>, delivery: Delivery) {
    let mut by_phone: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, (phone, _)) in &stage.items {
        by_phone.entry(phone).or_default().push(name.clone());
    }
    let all: Vec<String> = stage.items.keys().cloned().collect();
    match delivery {
        Delivery::AsTapped => {
            for (phone, names) in by_phone {
                stage.send(phone, &names).await;
            }
        }
        Delivery::BackwardsOneByOne => {
            for name in all.iter().rev() {
                stage
                    .send(&stage.items[name].0, std::slice::from_ref(name))
                    .await;
            }
        }
        Delivery::Torn => {
            for (phone, names) in by_phone.into_iter().rev() {
                stage.send(phone, &names[..names.len() / 2]).await;
                stage.send(phone, &names).await;
            }
        }
        Delivery::CarriedAndSent => {
            if let Some(carrier) = by_phone.keys().next() {
                stage.send(carrier, &all).await;
            }
            for (phone, names) in &by_phone {
                stage.send(phone, names).await;
            }
        }
    }
}

async fn happen(stage: &mut Stage<'_>, step: &Step, whence: &str) {
    let app = &stage.town.app;
    let staff = &stage.town.staff;
    match step {
        Step::Send { items, by, answers } => {
            assert_eq!(&stage.send(by, items).await, answers, "{whence}");
        }
        Step::SendThriceAtOnce { items } => {
            let beside = app.beside().await.client;
            let phone = &stage.items[&items[0]].0;
            let (a, b, c) = tokio::join!(
                stage.send(phone, items),
                stage.send(phone, items),
                stage.send_to(&beside, phone, items)
            );
            let new = [a, b, c].concat().iter().filter(|r| *r == "stored").count();
            assert_eq!(new, items.len(), "{whence}: each is new once");
        }
        Step::ReadFile { items, answers } => {
            assert_eq!(&stage.read_file(items).await, answers, "{whence}");
        }
        Step::Bind { start } => {
            let path = format!("/api/v1/round-starts/{}/bind", stage.named(start));
            let body = json!({"id": Uuid::now_v7(), "to_round_id": stage.round});
            staff.post(&path, body).await.expect(201);
        }
        Step::MinutesPass(minutes) => app.app.clock.advance(TimeDelta::minutes(*minutes)),
        Step::CloseRound => {
            let path = format!("/api/v1/rounds/{}/close", stage.round);
            staff.post(&path, json!({})).await.expect(200);
        }
        Step::EndEvent => {
            let path = format!("/api/v1/events/{}/end", stage.event);
            staff
                .post(&path, json!({"reason": "終了"}))
                .await
                .expect(200);
        }
        Step::PlannedEnd(minutes) => {
            let end = stage.begin + TimeDelta::minutes(*minutes);
            sqlx::query("update event set planned_end_at = $2 where id = $1")
                .bind(stage.event)
                .bind(end)
                .execute(app.sql())
                .await
                .unwrap();
        }
        Step::Revoke(phone) => {
            sqlx::query("update device set revoked_at = now() where id = $1")
                .bind(stage.device(phone))
                .execute(app.sql())
                .await
                .unwrap();
        }
        Step::Assign { member, to } => {
            let member = stage.member(member);
            sqlx::query(
                "insert into assignment (id, round_id, member_id, person_id, volunteer_id, basis)
                 select gen_random_uuid(), round_id, id, person_id, $2, 'standing' from round_member where id = $1",
            )
            .bind(member)
            .bind(stage.volunteers[to])
            .execute(app.sql())
            .await
            .unwrap();
        }
        Step::Resolve {
            member,
            closes,
            outcome,
        } => {
            let closes: Vec<Uuid> = closes.iter().map(|name| stage.named(name)).collect();
            let path = format!("/api/v1/rescues/{}/resolve", stage.member(member));
            let body = json!({"id": Uuid::now_v7(), "closes": closes, "outcome": outcome, "how": "電話で確かめた"});
            staff.post(&path, body).await.expect(201);
        }
    }
}

/// The whole table, file by file.
fn tables() -> Vec<(String, Vec<Scenario>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/sync");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let table: Table =
                serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            (name, table.scenarios)
        })
        .collect()
}

async fn holds(names: &[&str]) {
    let town = Town::new().await;
    let tables = tables();
    for name in names {
        let (_, scenarios) = tables.iter().find(|(n, _)| n == name).unwrap();
        for scenario in scenarios {
            scenario.run(&town).await;
        }
    }
}

#[tokio::test]
async fn words_in_any_order_by_any_phone_and_clock_lead_to_the_state_in_the_table() {
    holds(&["order", "corrections", "clocks", "devices"]).await;
}

#[tokio::test]
async fn what_breaks_off_comes_late_or_is_odd_is_kept_as_the_table_says() {
    holds(&["interrupted", "late", "set_aside", "by_hand"]).await;
}

#[tokio::test]
async fn households_strangers_and_real_calls_end_up_where_the_table_says() {
    holds(&["households", "real_calls"]).await;
}

#[test]
fn the_table_has_more_than_forty_scenarios_and_every_file_is_run() {
    let tables = tables();
    let all: Vec<&Scenario> = tables.iter().flat_map(|(_, s)| s).collect();
    assert!(all.len() >= 40, "{}", all.len());
    let names: std::collections::BTreeSet<&str> = all.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names.len(), all.len(), "two scenarios of one name");
    let files: Vec<&str> = tables.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(
        files,
        [
            "by_hand",
            "clocks",
            "corrections",
            "devices",
            "households",
            "interrupted",
            "late",
            "order",
            "real_calls",
            "set_aside"
        ]
    );
    let _: Value = json!(files);
}
