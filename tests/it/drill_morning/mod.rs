//! A whole drill morning: three districts, phones without network, mails, a paper sheet, two gates, a collapse that is real. What the
//! report says at its end was written by hand before.

mod expected;
mod town;

use chrono::TimeDelta;
use machimori::events::STANDING_EVENT;
use machimori::field::phone::Phone;
use machimori::field::seal::Sealed;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::field::town::phone_of;
use town::Morning;

/// East walks with a phone and no network: five doors, two wrong taps taken back, somebody who really collapses.
async fn east_is_walked(morning: &Morning, phone: &mut Phone) -> Vec<Sealed> {
    let mut held = Vec::new();
    let met = async |phone: &mut Phone, minute: i64, name: &str, extra: Value| {
        morning.saw(phone, minute, name, extra).await
    };
    held.push(met(phone, 5, "青木 一", json!({"outcome": "safe"})).await);
    let hurt = met(phone, 9, "馬場 二", json!({"outcome": "injured_minor"})).await;
    let wrong = json!({"outcome": "safe", "corrects": hurt.id});
    let wrong = met(phone, 10, "馬場 二", wrong).await;
    let back = json!({"corrects": wrong.id, "is_withdrawal": true});
    let back = met(phone, 11, "馬場 二", back).await;
    held.extend([hurt, wrong, back]);
    // The placard of the 千葉 home hangs there; a finger slips to "not there" and is taken back.
    let sheet = |marker: &str, extra: Value| {
        let look = json!({"attempt": "marker", "marker": marker, "for_household": true});
        town::with(look, extra)
    };
    let shown = sheet("shown", json!({"outcome": "safe"}));
    let shown = met(phone, 12, "千葉 三", shown).await;
    let slip = sheet("not_shown", json!({"corrects": shown.id}));
    let slip = met(phone, 13, "千葉 三", slip).await;
    let back = json!({"attempt": "marker", "for_household": true, "corrects": slip.id, "is_withdrawal": true});
    let back = met(phone, 14, "千葉 三", back).await;
    held.extend([shown, slip, back]);
    held.push(met(phone, 15, "江川 五", json!({"attempt": "no_answer"})).await);
    let collapse = json!({"outcome": "needs_rescue", "is_real_call": true});
    held.push(met(phone, 20, "古川 六", collapse).await);
    held
}

/// People come to the gate of the hall: one from the roster, two visitors, a body that is counted and one of it by name.
fn hall_is_entered(morning: &Morning, phone: &mut Phone) -> Vec<Sealed> {
    let person = json!({"person_id": morning.first, "way": "list"});
    let body = json!({"kind": "group", "people": 8, "way": "head_count", "body_id": morning.body});
    let acts = [
        person,
        json!({"name": "見学 一"}),
        json!({"name": "見学 二"}),
        json!({"name": "会員 一", "body_id": morning.body}),
        body,
    ];
    acts.map(|act| morning.came(phone, 25, morning.hall, act))
        .into()
}

/// The second phone helps at the hall for a moment (the same person again), then stands at the school.
fn school_is_entered(morning: &Morning, phone: &mut Phone) -> Vec<Sealed> {
    let first = || json!({"person_id": morning.first, "way": "list"});
    vec![
        morning.came(phone, 26, morning.hall, first()),
        morning.came(phone, 28, morning.school, first()),
        morning.came(phone, 28, morning.school, json!({"name": "見学 三"})),
    ]
}

/// The paper comes back and is typed in, as walked.
async fn west_is_typed_in(morning: &Morning, sheet: &Value) {
    for (name, minute, line) in [
        ("西田 一", 18, json!({"attempt": "met", "outcome": "safe"})),
        ("西田 二", 22, json!({"attempt": "absent"})),
        (
            "西田 三",
            26,
            json!({"attempt": "met", "outcome": "needs_rescue"}),
        ),
    ] {
        let lines = sheet["lines"].as_array().unwrap();
        let no = lines.iter().position(|l| l["name"] == name).unwrap() + 1;
        let told = json!({"id": Uuid::now_v7(), "observed_at": morning.at(minute)});
        let path = format!("/api/v1/sheets/{}/lines/{no}", sheet["copy"]["serial"]);
        let line = town::with(line, told);
        morning.staff.post(&path, line).await.expect(201);
    }
}

/// The call of the drill is taken at 46 and given at 50; nobody closes it.
async fn the_call_is_answered(morning: &Morning) {
    let member = morning.member("西田 三").await;
    for (minute, step) in [
        (46, json!({"kind": "acknowledged"})),
        (50, json!({"kind": "handed_over", "given_to": "消防訓練班"})),
    ] {
        morning.pass_until(minute).await;
        let step = town::with(step, json!({"id": Uuid::now_v7()}));
        let path = format!("/api/v1/rescues/{member}/steps");
        morning.staff.post(&path, step).await.expect(201);
    }
}

#[tokio::test]
async fn the_report_of_a_whole_drill_morning_is_what_was_counted_by_hand() {
    let mut morning = Morning::planned().await;
    morning.begin().await;
    let staff = &morning.staff;
    let (drill, round) = (morning.drill, morning.round);

    // West walks with paper; mails ask one of each district, a daughter among them.
    let print =
        json!({"id": Uuid::now_v7(), "district_id": morning.west, "volunteer_id": morning.typist});
    let path = format!("/api/v1/rounds/{round}/sheets");
    let sheet = staff.post(&path, print).await.expect(201);
    morning.deliver().await;
    let mails = morning.server.mails();
    assert_eq!(mails.len(), 3);
    assert!(mails.iter().all(|m| m.subject().starts_with("【訓練】")));

    let mut walking = phone_of(&morning.app, morning.walker).await;
    let mut second = phone_of(&morning.app, morning.typist).await;
    let mut held = east_is_walked(&morning, &mut walking).await;
    held.extend(hall_is_entered(&morning, &mut walking));
    let other = school_is_entered(&morning, &mut second);
    morning.pass_until(34).await;
    morning.answer("musume@home.example").await;
    morning.answer("nishida@home.example").await;
    // The network is back at forty. The first phone's answer is lost, so it sends everything twice.
    morning.pass_until(40).await;
    morning.upload(&held, "stored").await;
    morning.upload(&held, "already_stored").await;
    morning.upload(&other, "stored").await;
    west_is_typed_in(&morning, &sheet).await;
    // Whoever has not answered is reminded, and nobody else.
    machimori::safety::self_report::sender::look_after(&morning.office.app)
        .await
        .unwrap();
    morning.deliver().await;
    let asked = |of: &str| morning.server.mails_to(&format!("{of}@home.example")).len();
    assert_eq!(["musume", "nishida", "minami"].map(asked), [1, 1, 2]);
    the_call_is_answered(&morning).await;
    let why =
        json!({"id": Uuid::now_v7(), "kind": "ended_early", "reason": "予定の項目を終えたため"});
    let path = format!("/api/v1/drills/{drill}/decisions");
    staff.post(&path, why).await.expect(201);

    let path = format!("/api/v1/events/{drill}/report");
    let report = staff.get(&path).await.expect(200);
    assert_eq!(report["changes"], json!([]));
    expected::responses(&morning, &report["at_close"]["figures"]["rounds"][0]);
    expected::rescues(&report["at_close"]["figures"]);
    expected::attendance(&report["at_close"]["figures"]);
    // The placard rate is the one that stood beside the board.
    let path = format!("/api/v1/rounds/{round}/placards");
    let rate = staff.get(&path).await.expect(200)["totals"].clone();
    let homes = json!({"homes": 11, "shown": 1, "not_shown": 0, "sos": 0, "not_looked": 10});
    assert_eq!(rate, homes);
    // The real call is a disaster's, out of the drill, and nobody has taken it yet.
    let path = format!("/api/v1/events/{STANDING_EVENT}/rescues");
    let real = staff.get(&path).await.expect(200);
    assert_eq!(real["items"].as_array().unwrap().len(), 1);
    assert_eq!(morning.kinds_of("古川 六").await, ["disaster"]);
    assert_eq!(morning.kinds_of("西田 三").await, ["drill"]);
    // An hour later nothing of what was made at the close has changed.
    morning.app.app.clock.advance(TimeDelta::hours(1));
    let later = morning.app.staff().await;
    let path = format!("/api/v1/events/{drill}/report");
    let later = later.get(&path).await.expect(200);
    assert_eq!(later["at_close"], report["at_close"]);
}
