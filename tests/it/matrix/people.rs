//! Which people come back from a personal read: principal × own and other district × peacetime, activation, drill.

use std::collections::BTreeSet;

use machimori::accounts::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::disclosure::activate;
use crate::events;
use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};

/// Peacetime is a running round without an activation; in `Drill` an activation of a disaster is in force beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Peacetime,
    Activation,
    Drill,
}

struct City {
    app: TestApp,
    staff: Client,
    lead: Client,
    phone: Client,
    east: Uuid,
    west: Uuid,
    round: Uuid,
    event: Uuid,
}

const PEOPLE: [&str; 6] = ["同意", "条例", "無回答", "拒否", "措置", "逝去"];

impl City {
    /// The same six people in both districts; the volunteer and the lead belong to the east.
    async fn new(mode: Mode) -> Self {
        let app = TestApp::new().await;
        let (staff, second) = (app.staff().await, app.staff().await);
        let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
        for (place, district) in [("東", east), ("西", west)] {
            let name = |who: &str| format!("{place}{who}");
            app.resident(Resident::of(&name("同意"), district)).await;
            app.resident(
                Resident::of(&name("条例"), district).consent("not_required_by_ordinance"),
            )
            .await;
            app.resident(Resident::of(&name("無回答"), district).consent("unanswered"))
                .await;
            app.resident(Resident::of(&name("拒否"), district).consent("refused"))
                .await;
            app.resident(Resident::of(&name("措置"), district).protected())
                .await;
            app.resident(Resident::of(&name("逝去"), district).status("died"))
                .await;
        }
        let volunteer = app.volunteer("東の 協力者", &[east]).await;
        app.volunteer("西の 協力者", &[west]).await;
        let device = app.phone(volunteer).await.device_id;
        let kind = if mode == Mode::Drill {
            "drill"
        } else {
            "disaster"
        };
        let event = events::start(&staff, kind).await;
        let round = crate::events::round(&staff, event, &[east, west]).await;
        if mode != Mode::Peacetime {
            let disaster = match mode {
                Mode::Drill => events::start(&staff, "disaster").await,
                _ => event,
            };
            for district in [east, west] {
                activate(&staff, &second, disaster, district).await;
            }
        }
        let (lead, phone) = (app.lead(&[east]).await, app.phone_session(device).await);
        // Everybody calls for rescue: so the queue, too, says who is shown.
        let members: Vec<Uuid> =
            sqlx::query_scalar("select id from round_member where round_id = $1")
                .bind(round)
                .fetch_all(app.sql())
                .await
                .unwrap();
        for member in members {
            let call = json!({"id": Uuid::now_v7(), "attempt": "phone", "outcome": "needs_rescue"});
            staff
                .post(
                    &format!("/api/v1/rounds/{round}/members/{member}/observations"),
                    call,
                )
                .await
                .expect(201);
        }
        Self {
            app,
            staff,
            lead,
            phone,
            east,
            west,
            round,
            event,
        }
    }

    /// The names of an answer. Nobody's name comes back without a line in the audit.
    async fn names(&self, client: &Client, path: &str) -> BTreeSet<String> {
        let before = self.audited().await;
        let names = self.named(client, path).await;
        let is_audited = self.audited().await > before;
        assert!(names.is_empty() || is_audited, "{path} left no audit line");
        names
    }

    async fn audited(&self) -> i64 {
        sqlx::query_scalar("select count(*) from audit_entry")
            .fetch_one(self.app.sql())
            .await
            .unwrap()
    }

    async fn named(&self, client: &Client, path: &str) -> BTreeSet<String> {
        let reply = client.get(path).await;
        if reply.status == 403 || reply.status == 404 {
            return BTreeSet::new();
        }
        let page = reply.expect(200);
        let items = page["items"].as_array().unwrap();
        items
            .iter()
            .filter_map(|m| m["name"].as_str())
            .map(str::to_owned)
            .collect()
    }

    async fn exported(&self, client: &Client) -> BTreeSet<String> {
        let reply = client
            .get(&format!("/api/v1/rounds/{}/export?format=csv", self.round))
            .await;
        let text = String::from_utf8(reply.bytes).unwrap();
        text.lines()
            .skip(1)
            .filter_map(|line| line.split(',').nth(2))
            .map(str::to_owned)
            .collect()
    }

    async fn on_paper(&self, client: &Client, district: Uuid) -> BTreeSet<String> {
        let path = format!("/api/v1/rounds/{}/sheets", self.round);
        let sheet =
            json!({"id": Uuid::now_v7(), "district_id": district, "recipient_name": "校区の 会長"});
        let reply = client.post(&path, sheet).await;
        if reply.status == 403 || reply.status == 404 {
            return BTreeSet::new();
        }
        let sheet = reply.expect(201);
        let lines = sheet["lines"].as_array().unwrap().iter();
        lines
            .map(|l| l["name"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn on_phone(&self) -> BTreeSet<String> {
        let bundle = self.phone.get("/api/v1/field/bundle").await.expect(200);
        let rounds = bundle["rounds"].as_array().unwrap();
        let members = rounds.iter().flat_map(|r| r["members"].as_array().unwrap());
        members
            .filter_map(|m| m["name"].as_str())
            .map(str::to_owned)
            .collect()
    }
}

fn set(place: &str, who: &[&str]) -> BTreeSet<String> {
    who.iter().map(|w| format!("{place}{w}")).collect()
}

/// Written by hand from the law and the decisions, not from the code: whom a lead may be shown.
fn lawful_for_lead(mode: Mode, in_a_round: bool) -> &'static [&'static str] {
    match (mode, in_a_round) {
        // Consent, or an ordinance in its place; those who died stay on the record as out of scope.
        (Mode::Peacetime, _) | (Mode::Drill, true) => &["同意", "条例", "逝去"],
        // 49-11(3); a protected person never.
        (Mode::Activation, _) | (Mode::Drill, false) => &["同意", "条例", "逝去", "無回答", "拒否"],
    }
}

async fn who_comes_back(mode: Mode) {
    let city = City::new(mode).await;
    let City {
        round,
        event,
        east,
        west,
        ..
    } = city;
    let own = set("東", lawful_for_lead(mode, true));
    let all: BTreeSet<String> = set("東", &PEOPLE)
        .union(&set("西", &PEOPLE))
        .cloned()
        .collect();
    for (client, in_east, in_west, everywhere) in [
        (
            &city.staff,
            set("東", &PEOPLE),
            set("西", &PEOPLE),
            all.clone(),
        ),
        (&city.lead, own.clone(), BTreeSet::new(), own.clone()),
    ] {
        let people = format!("/api/v1/rounds/{round}/members?district=");
        assert_eq!(
            city.names(client, &format!("{people}{east}")).await,
            in_east,
            "{mode:?}: members of the own district"
        );
        assert_eq!(
            city.names(client, &format!("{people}{west}")).await,
            in_west,
            "{mode:?}: members of another"
        );
        assert_eq!(
            city.names(client, &format!("/api/v1/rounds/{round}/members"))
                .await,
            everywhere,
            "{mode:?}: members"
        );
        assert_eq!(
            city.names(client, &format!("/api/v1/events/{event}/rescues"))
                .await,
            everywhere,
            "{mode:?}: rescues"
        );
        let printed: BTreeSet<String> = everywhere
            .iter()
            .filter(|n| !n.contains("措置"))
            .cloned()
            .collect();
        assert_eq!(city.exported(client).await, printed, "{mode:?}: export");
    }
    let searched = set("東", lawful_for_lead(mode, false));
    assert_eq!(
        city.names(&city.lead, &format!("/api/v1/people?district={east}"))
            .await,
        searched,
        "{mode:?}: search"
    );
    assert_eq!(
        city.names(&city.lead, &format!("/api/v1/people?district={west}"))
            .await,
        BTreeSet::new()
    );
    assert_eq!(
        city.names(&city.staff, &format!("/api/v1/people?district={west}"))
            .await,
        set("西", &PEOPLE)
    );

    // One by one, by somebody who knows the ids.
    let rows: Vec<(Uuid, Uuid, String)> = sqlx::query_as(
        "select p.id, m.id, p.name from round_member m join person p on p.id = m.person_id where m.round_id = $1")
        .bind(round)
        .fetch_all(city.app.sql())
        .await
        .unwrap();
    for (person, member, name) in rows {
        let shown = city
            .lead
            .get(&format!("/api/v1/people/{person}"))
            .await
            .status
            == 200;
        assert_eq!(shown, searched.contains(&name), "{mode:?}: {name}");
        let shown = city
            .lead
            .get(&format!("/api/v1/rounds/{round}/members/{member}"))
            .await
            .status
            == 200;
        assert_eq!(shown, own.contains(&name), "{mode:?}: history of {name}");
        assert_eq!(
            city.phone
                .get(&format!("/api/v1/people/{person}"))
                .await
                .problem(),
            "forbidden"
        );
    }

    let assigned = match mode {
        Mode::Activation => set("東", &["同意", "条例", "無回答", "拒否"]),
        _ => set("東", &["同意", "条例"]),
    };
    assert_eq!(city.on_phone().await, assigned, "{mode:?}: on the phone");
    for client in [&city.staff, &city.lead] {
        let printed = city.on_paper(client, city.east).await;
        assert_eq!(printed, assigned, "{mode:?}: on a visit sheet");
    }
    assert!(city.on_paper(&city.lead, city.west).await.is_empty());
}

#[tokio::test]
async fn in_peacetime_consent_decides_who_comes_back() {
    who_comes_back(Mode::Peacetime).await;
}

#[tokio::test]
async fn under_an_activation_all_but_protected_people_come_back() {
    who_comes_back(Mode::Activation).await;
}

#[tokio::test]
async fn in_a_drill_nobody_without_consent_comes_back_whatever_is_activated_beside_it() {
    who_comes_back(Mode::Drill).await;
}

#[tokio::test]
async fn auditors_and_planners_see_counts_and_no_name() {
    let city = City::new(Mode::Peacetime).await;
    for role in [Role::Planner, Role::Auditor] {
        let client = city.app.log_in(role, &[]).await;
        let board = client
            .get(&format!("/api/v1/rounds/{}/board", city.round))
            .await
            .expect(200);
        assert_eq!(board["totals"]["members"], 12);
        let text = board.to_string();
        assert!(
            PEOPLE.iter().all(|who| !text.contains(&format!("東{who}"))),
            "{text}"
        );
    }
    // A lead's board has the own district's line and its totals only.
    let board: Value = city
        .lead
        .get(&format!("/api/v1/rounds/{}/board", city.round))
        .await
        .expect(200);
    assert_eq!(
        (
            board["districts"].as_array().unwrap().len(),
            &board["totals"]["members"]
        ),
        (1, &json!(6))
    );
}
