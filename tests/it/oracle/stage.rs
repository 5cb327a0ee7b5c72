//! A scenario on its own stage: an event with one round, the people and phones it names, its taps sealed and signed. Many stages
//! stand in one database.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use machimori::field::STANDING_ROUND;
use machimori::field::phone::{Phone, Tap};
use machimori::field::seal::{Sealed, server_key};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::field::town::{round_of, words};
use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};

/// What every stage shares: the town and a colleague at headquarters.
pub struct Town {
    pub app: TestApp,
    pub here: Uuid,
    pub elsewhere: Uuid,
    pub staff: Client,
}

impl Town {
    pub async fn new() -> Self {
        let app = TestApp::new().await;
        let here = app.district("東豊校区", 1).await;
        let elsewhere = app.district("西豊校区", 2).await;
        let staff = app.staff().await;
        Self {
            app,
            here,
            elsewhere,
            staff,
        }
    }
}

/// Somebody of the round.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Who {
    /// The home that she shares with others of the same label.
    pub home: Option<String>,
    pub lives_elsewhere: bool,
}

/// A tap on a phone, as the table writes it.
#[derive(Debug, Clone, Deserialize)]
pub struct TapLine {
    pub id: String,
    #[serde(default = "first_phone")]
    pub phone: String,
    #[serde(default)]
    pub about: Option<String>,
    /// Minutes from the beginning of the scenario, by the true clock.
    pub at: i64,
    /// So many minutes the phone's clock is ahead.
    #[serde(default)]
    pub clock: i64,
    /// The phone has not learned yet that its clock is wrong.
    #[serde(default)]
    pub is_clock_unknown: bool,
    #[serde(default)]
    pub corrects: Option<String>,
    /// Made on the phone: `about` names somebody on no list.
    #[serde(default)]
    pub subject: Option<Value>,
    /// A round that nobody started.
    #[serde(default)]
    pub round: Option<String>,
    #[serde(default)]
    pub kind: Option<String>,
    /// Bears the id of another tap.
    #[serde(default)]
    pub same_id_as: Option<String>,
    /// Changed by somebody after it was signed.
    #[serde(default)]
    pub is_forged: bool,
    /// Names the person of the standby list, as in a round that the phone began.
    #[serde(default)]
    pub is_of_standby_list: bool,
    /// Whatever else the payload says.
    #[serde(flatten)]
    pub says: Map<String, Value>,
}

pub fn first_phone() -> String {
    "p".into()
}

pub struct Stage<'t> {
    pub town: &'t Town,
    pub event: Uuid,
    pub round: Uuid,
    pub begin: DateTime<Utc>,
    pub people: BTreeMap<String, (Uuid, Uuid)>,
    phones: HashMap<String, Phone>,
    keys: HashMap<String, (Uuid, p256::ecdsa::SigningKey)>,
    pub volunteers: HashMap<String, Uuid>,
    /// Ids that the table names: taps, people on no list, rounds of nobody.
    names: HashMap<String, Uuid>,
    pub items: BTreeMap<String, (String, Sealed)>,
}

impl<'t> Stage<'t> {
    pub async fn set(
        town: &'t Town,
        kind: &str,
        people: &BTreeMap<String, Who>,
        phones: &[String],
    ) -> Self {
        let app = &town.app;
        let mut stage = Self::empty(town, kind).await;
        let mut homes: HashMap<&str, Uuid> = HashMap::new();
        for (label, who) in people {
            let district = if who.lives_elsewhere {
                town.elsewhere
            } else {
                town.here
            };
            let mut resident = Resident::of(label, district);
            if let Some(home) = &who.home {
                if !homes.contains_key(home.as_str()) {
                    homes.insert(home, app.household(home).await);
                }
                resident = resident.household(homes[home.as_str()]);
            }
            let person = app.resident(resident).await;
            stage.freeze(label, person).await;
        }
        for label in phones {
            let volunteer = app.volunteer(label, &[town.here]).await;
            stage.volunteers.insert(label.clone(), volunteer);
            let enrolled = app.phone(volunteer).await;
            let server = server_key(&app.app.keys.seal_public_base64()).unwrap();
            let key = (enrolled.device_id, enrolled.key.clone());
            stage.keys.insert(label.clone(), key);
            let phone = Phone::new(enrolled.device_id, enrolled.key, server);
            stage.phones.insert(label.clone(), phone);
        }
        stage
    }

    /// The same people and phones on another day, in another round.
    pub async fn again(self, kind: &str) -> Self {
        let mut stage = Self::empty(self.town, kind).await;
        for (label, (person, _)) in &self.people {
            stage.freeze(label, *person).await;
        }
        stage.phones = self.phones;
        stage.keys = self.keys;
        stage.volunteers = self.volunteers;
        stage
    }

    async fn freeze(&mut self, label: &str, person: Uuid) {
        let member = Uuid::now_v7();
        sqlx::query(
            "insert into round_member (id, round_id, person_id, household_id, district_id)
             select $1, $2, id, household_id, district_id from person where id = $3",
        )
        .bind(member)
        .bind(self.round)
        .bind(person)
        .execute(self.town.app.sql())
        .await
        .unwrap();
        self.people.insert(label.to_owned(), (person, member));
    }

    async fn empty(town: &'t Town, kind: &str) -> Self {
        let app = &town.app;
        let begin = app.app.clock.now();
        let event = Uuid::now_v7();
        sqlx::query("insert into event (id, kind, name, started_at, planned_end_at) values ($1, $2, '神託', $3, $4)")
            .bind(event)
            .bind(kind)
            .bind(begin - TimeDelta::days(30))
            .bind((kind == "drill").then_some(begin + TimeDelta::hours(2)))
            .execute(app.sql())
            .await
            .unwrap();
        let round = round_of(app, event, &[town.here, town.elsewhere]).await;
        Self {
            town,
            event,
            round,
            begin,
            people: BTreeMap::new(),
            phones: HashMap::new(),
            keys: HashMap::new(),
            volunteers: HashMap::new(),
            names: HashMap::new(),
            items: BTreeMap::new(),
        }
    }

    /// The id of something that the table names, made when it is first named.
    pub fn named(&mut self, name: &str) -> Uuid {
        *self
            .names
            .entry(name.to_owned())
            .or_insert_with(Uuid::now_v7)
    }

    /// The member meant by a name: of the list, or made on a phone.
    pub fn member(&mut self, name: &str) -> Uuid {
        match self.people.get(name) {
            Some((_, member)) => *member,
            None => self.named(name),
        }
    }

    pub fn device(&self, phone: &str) -> Uuid {
        self.phones[phone].device
    }

    /// Seal and sign a tap, as its phone does in the moment.
    pub fn tap(&mut self, line: &TapLine) {
        let id = match &line.same_id_as {
            Some(other) => self.named(other),
            None => self.named(&line.id),
        };
        let payload = self.payload(line);
        let true_time = self.begin + TimeDelta::minutes(line.at);
        let tap = Tap {
            id,
            kind: kind_of(line.kind.as_deref()),
            event: Some(self.event),
            observed_at: true_time + TimeDelta::minutes(line.clock),
            payload,
        };
        let phone = self.phones.get_mut(&line.phone).unwrap();
        phone.clock_offset_ms = if line.is_clock_unknown {
            0
        } else {
            -line.clock * 60_000
        };
        let mut sealed = phone.seal(&tap).unwrap();
        if line.is_forged {
            sealed.seq += 1000;
        }
        let item = (line.phone.clone(), sealed);
        assert!(
            self.items.insert(line.id.clone(), item).is_none(),
            "{} is tapped twice",
            line.id
        );
    }

    fn payload(&mut self, line: &TapLine) -> Value {
        let round = match &line.round {
            Some(name) => self.named(name),
            None => self.round,
        };
        let mut payload = line.says.clone();
        if line.kind.as_deref() == Some("round_start") {
            let event = self.named(&format!("event of {}", line.round.as_deref().unwrap()));
            payload.insert("round_id".into(), json!(round));
            payload.insert("event_id".into(), json!(event));
        }
        if line.kind.is_some() {
            return Value::Object(payload);
        }
        payload.insert("round_id".into(), json!(round));
        if let Some(about) = &line.about {
            let id = self.member(about);
            match &line.subject {
                None if line.is_of_standby_list => {
                    payload.insert("member_id".into(), json!(self.people[about].0));
                }
                None => _ = payload.insert("member_id".into(), json!(id)),
                Some(subject) => {
                    let mut subject = subject.clone();
                    subject["id"] = json!(id);
                    payload.insert("subject".into(), subject);
                }
            }
        }
        if let Some(corrected) = &line.corrects {
            let id = self.named(corrected);
            payload.insert("corrects".into(), json!(id));
        }
        payload.entry("attempt").or_insert_with(|| json!("met"));
        Value::Object(payload)
    }

    /// Upload the items from `by`'s phone; `result` or `quarantined:reason` for each.
    pub async fn send(&self, by: &str, names: &[String]) -> Vec<String> {
        self.send_to(&self.town.app.public(), by, names).await
    }

    /// Read the items at the console out of a file that their phone made.
    pub async fn read_file(&self, names: &[String]) -> Vec<String> {
        let items: Vec<&Sealed> = names.iter().map(|n| &self.items[n].1).collect();
        let (device, key) = &self.keys[&self.items[&names[0]].0];
        let manifest = crate::working::carried::manifest(*device, key, &items);
        let body = json!({"kind": "file", "manifest": manifest, "items": items});
        let reply = self.town.staff.post("/api/v1/field/carried", body).await;
        words(&reply.expect(200))
    }

    pub async fn send_to(&self, door: &Client, by: &str, names: &[String]) -> Vec<String> {
        let items: Vec<&Sealed> = names.iter().map(|n| &self.items[n].1).collect();
        let body = json!({"items": items, "device_id": self.device(by), "held": items.len()});
        words(&door.post("/api/v1/field/sync", body).await.expect(200))
    }

    /// What is kept of each tap: `stored` or `quarantined:reason`. Whatever cannot be named is kept under another id.
    pub async fn kept(&mut self) -> BTreeMap<String, String> {
        let names: Vec<String> = self.items.keys().cloned().collect();
        let mut kept = BTreeMap::new();
        for name in names {
            let id = self.named(&name);
            let row: Option<(String, Option<String>)> =
                sqlx::query_as("select disposition, reason from sync_item where id = $1")
                    .bind(id)
                    .fetch_optional(self.town.app.sql())
                    .await
                    .unwrap();
            if let Some((disposition, reason)) = row {
                let word = reason.map_or(disposition.clone(), |r| format!("{disposition}:{r}"));
                kept.insert(name, word);
            }
        }
        kept
    }

    /// Rows of the table of items that came from the stage's phones or named one of its taps, rubbish included.
    pub async fn kept_rows(&self) -> i64 {
        let devices: Vec<Uuid> = self.phones.values().map(|p| p.device).collect();
        let texts: Vec<String> = self
            .items
            .values()
            .map(|(_, s)| json!(s).to_string())
            .collect();
        sqlx::query_scalar(
            "select count(*) from sync_item where (device_id = any($1) and event_id in ($3, $4)) or raw = any($2)",
        )
        .bind(&devices)
        .bind(&texts)
        .bind(self.event)
        .bind(machimori::field::STANDING_EVENT)
        .fetch_one(self.town.app.sql())
        .await
        .unwrap()
    }

    /// The taps that count as evidence, and of them the late ones.
    pub async fn observed(&mut self) -> (Vec<String>, Vec<String>) {
        let names: Vec<String> = self.items.keys().cloned().collect();
        let (mut observed, mut late) = (Vec::new(), Vec::new());
        for name in names {
            let id = self.named(&name);
            let is_late: Vec<bool> = sqlx::query_scalar(
                "select is_late from observation where id = $1 or adopted_from = $1",
            )
            .bind(id)
            .fetch_all(self.town.app.sql())
            .await
            .unwrap();
            for is_late in is_late {
                if is_late {
                    late.push(name.clone());
                }
                observed.push(name.clone());
            }
        }
        (observed, late)
    }

    /// The derived state of a member of the round, or of the same person among the real calls: as the table writes it.
    pub async fn state(&mut self, name: &str, is_real_call: bool) -> Option<State> {
        let member = self.member(name);
        let round = if is_real_call {
            STANDING_ROUND
        } else {
            self.round
        };
        let person = self.people.get(name).map(|(person, _)| *person);
        let label = format!("{} {name}", self.event);
        sqlx::query_as(
            "select bucket, outcome, open_rescues as rescues, attempts_count as tries, is_contradicted, whereabouts
             from round_member
             where round_id = $1 and (id = $2 or person_id = $3 or (kind = 'unlisted' and subject ->> 'label' = $4))",
        )
        .bind(round)
        .bind(member)
        .bind(person)
        .bind(label)
        .fetch_optional(self.town.app.sql())
        .await
        .unwrap()
    }
}

/// A member's derived state. What the table does not say is nothing: no outcome, none, no.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, sqlx::FromRow)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    pub bucket: String,
    pub outcome: Option<String>,
    pub rescues: i16,
    pub tries: i32,
    pub is_contradicted: bool,
    pub whereabouts: Option<String>,
}

fn kind_of(word: Option<&str>) -> &'static str {
    match word {
        None => "observation",
        Some("availability") => "availability",
        Some("round_start") => "round_start",
        Some("practice") => "practice",
        Some(other) => panic!("the table knows no kind {other}"),
    }
}
