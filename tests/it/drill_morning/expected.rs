//! Every number of the report, by hand.

use serde_json::{Value, json};

use super::town::Morning;

/// To confirm, confirmed, safe, in need, tried, unchecked, minutes to a quarter, a half, three quarters.
fn line(of: &Value) -> Value {
    json!([
        of["to_confirm"],
        of["confirmed"],
        of["safe"],
        of["need_help"],
        of["tried"],
        of["unchecked"],
        of["p25_min"],
        of["p50_min"],
        of["p75_min"]
    ])
}

fn district<'a>(round: &'a Value, name: &str) -> &'a Value {
    let all = round["districts"].as_array().unwrap();
    all.iter().find(|d| d["district"]["name"] == name).unwrap()
}

/// Who was heard of, how soon, in which way; whom nobody reached, and why. A mail that is answered at 34 and a bit is 「35分以内」.
pub fn responses(morning: &Morning, round: &Value) {
    let [east, west, south] =
        ["東豊校区", "西豊校区", "南豊校区"].map(|name| district(round, name));
    // East: 5, 9, 12, 12, 35 of six. West: 18, 26, 35 of four. South: nobody of two.
    assert_eq!(line(east), json!([6, 5, 4, 1, 0, 1, 9, 12, 35]));
    assert_eq!(line(west), json!([4, 3, 2, 1, 1, 0, 18, 26, 35]));
    assert_eq!(line(south), json!([2, 0, 0, 0, 0, 2, null, null, null]));
    // 5, 9, 12, 12, 18, 26, 35, 35 of twelve: three within 12, six within 26, and never nine.
    let totals = &round["totals"];
    assert_eq!(line(totals), json!([12, 8, 6, 2, 1, 3, 12, 26, null]));
    assert_eq!(
        [east, west, south].map(|d| d["is_silent"].clone()),
        [json!(false), json!(false), json!(true)]
    );
    assert_eq!(
        [
            &east["first_at"],
            &west["first_at"],
            &south["first_at"],
            &south["last_at"]
        ],
        [
            &json!(morning.at(5)),
            &json!(morning.at(18)),
            &Value::Null,
            &Value::Null
        ]
    );
    let last: chrono::DateTime<chrono::Utc> =
        serde_json::from_value(totals["last_at"].clone()).unwrap();
    assert!(last >= morning.at(34) && last < morning.at(35), "{last}");
    // He whose collapse is real is unvisited in the drill; south had nobody.
    let unreached = json!({"no_answer": 0, "absent": 1, "access_impossible": 0, "refused": 0, "heard": 0, "not_disclosable": 0,
        "nobody_assigned": 2, "not_visited": 1});
    assert_eq!(totals["unreached"], unreached);
    let placards = json!({"looked_for": 1, "shown": 1, "not_shown": 0, "sos": 0});
    assert_eq!(
        (&totals["placards"], &east["placards"]),
        (&placards, &placards)
    );
    let curve = totals["curve"].as_array().unwrap();
    let at = |minute: usize| curve[minute].as_u64().unwrap();
    assert_eq!(round["step_min"], 1);
    assert_eq!(
        [4, 5, 9, 12, 18, 26, 34, 35].map(at),
        [0, 1, 2, 4, 5, 6, 6, 8]
    );
    assert_eq!(curve.last(), Some(&json!(8)));
    let ways: Vec<Value> = round["by_way"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| json!([w["attempt"], w["channel"], w["people"], w["p50_min"]]))
        .collect();
    let expected = [
        json!(["marker", "field", 2, 12]),
        json!(["met", "field", 2, 5]),
        json!(["met", "paper", 2, 18]),
        json!(["family", "link", 1, 35]),
        json!(["self_report", "link", 1, 35]),
    ];
    assert_eq!(ways.len(), 5, "{ways:?}");
    for way in &expected {
        assert!(ways.contains(way), "{way} is not in {ways:?}");
    }
    assert_eq!(
        (&round["late_items"], &totals["contradicted"]),
        (&json!(0), &json!(0))
    );
}

/// One call of the drill, taken after twenty minutes, given after twenty-four, still open; the real one counts apart.
pub fn rescues(figures: &Value) {
    let rescues = &figures["rescues"];
    assert_eq!(
        (&rescues["calls"], &rescues["open"], &figures["real_calls"]),
        (&json!(1), &json!(1), &json!(1))
    );
    // The clock runs on while the test does: a few seconds more at most.
    for (span, minutes) in [("taken", 20), ("given", 24)] {
        let seconds = rescues[span]["worst_s"].as_u64().unwrap();
        assert!(
            (minutes * 60..minutes * 60 + 50).contains(&seconds),
            "{span}: {seconds}"
        );
        assert_eq!(
            (&rescues[span]["done"], &rescues[span]["waiting"]),
            (&json!(1), &json!(0))
        );
    }
    assert_eq!(rescues["closed"]["done"], 0);
    assert_eq!(figures["set_aside"], json!({"items": 0, "waiting": 0}));
}

/// Hall: three persons and a body of eight, one of whom is known by name: eleven, never twelve or thirteen. School: two, of whom one was
/// at the hall, so that everybody together is twelve.
pub fn attendance(figures: &Value) {
    let came = &figures["attendance"];
    assert_eq!(came["total"], 12);
    let venue = |name: &str| {
        let all = came["venues"].as_array().unwrap();
        let of = all.iter().find(|v| v["name"] == name).unwrap();
        json!([of["total"], of["persons"], of["groups"]])
    };
    assert_eq!(venue("公民館"), json!([11, 4, 8]));
    assert_eq!(venue("小学校"), json!([2, 2, 0]));
    let bodies = came["bodies"].as_array().unwrap();
    let listed = bodies.iter().find(|b| b["name"] == "自主防災会").unwrap();
    assert_eq!(
        (&listed["expected"], &listed["total"]),
        (&json!(10), &json!(8))
    );
    let ready: Vec<Value> = figures["readiness"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| json!([d["district"]["name"], d["volunteers"], d["sheets_printed"]]))
        .collect();
    let expected = [
        json!(["南豊校区", 0, 0]),
        json!(["東豊校区", 1, 0]),
        json!(["西豊校区", 1, 1]),
    ];
    for district in &expected {
        assert!(ready.contains(district), "{district} is not in {ready:?}");
    }
    assert_eq!(ready.len(), 3);
}
