//! Lists of victims from the city's other systems, and the registry taken away and brought back.

use serde_json::json;

use super::*;
use crate::events::start;
use crate::harness::town::Resident;
use crate::operations::shelter;

fn query(event: Uuid) -> String {
    let mapping = json!({"event": event}).to_string();
    let mapping: String = url_escaped(&mapping);
    format!("kind=victims&file_name=v.csv&mapping={mapping}")
}

fn url_escaped(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

async fn registry(client: &Client, event: Uuid) -> Vec<Value> {
    let path = format!("/api/v1/events/{event}/victims");
    let list = client.get(&path).await.expect(200);
    list["items"].as_array().unwrap().clone()
}

async fn take(client: &Client, event: Uuid, query: &str) -> Vec<u8> {
    let path = format!("/api/v1/events/{event}/victims/export?{query}");
    let reply = client.get(&path).await;
    assert_eq!(reply.status, 200);
    reply.bytes
}

#[tokio::test]
async fn a_list_is_looked_at_applied_and_taken_back_and_a_blank_cell_changes_nothing() {
    let app = TestApp::new().await;
    app.district("東", 0).await;
    shelter(&app, "小学校", 0, None).await;
    let (staff, second) = (app.staff().await, app.staff().await);
    let event = start(&staff, "disaster").await;
    let list = "宛名番号,氏名,フリガナ,生年月日,性別,小学校区,電話番号,要配慮事由,住家被害,避難状況,避難所名,罹災証明\n\
        5501,髙橋 花子,タカハシ ハナコ,昭和15年4月1日,女,東,06-1111-2222、090-3333-4444,車いす、担架,半壊,避難所,小学校,申請済\n\
        5502,山田 太郎,,,男,,,,,車中泊,,\n";
    let import = bring(&app, &staff, &query(event), list).await;
    assert_eq!(counts(&import), [2, 0, 0, 0, 0], "{import}");
    assert!(
        registry(&staff, event).await.is_empty(),
        "looking changes nothing"
    );
    assert_eq!(apply(&app, &staff, &import).await["status"], "applied");
    let entries = registry(&staff, event).await;
    for (field, expected) in [
        ("number", json!(1)),
        ("name", json!("髙橋 花子")),
        ("birth_on", json!("1940-04-01")),
        ("dwelling_damage", json!("half")),
        ("place", json!("小学校")),
        ("certificate", json!("applied")),
        ("sources", json!(["import"])),
    ] {
        assert_eq!(entries[0][field], expected, "{field}");
    }
    // The next list: one changed in two items, a blank telephone is no change, one unknown, nobody leaves.
    let next = "宛名番号,氏名,電話番号,住家被害,避難状況\n5501,髙橋 花子,,大規模半壊,在宅\n5503,新野 一,,,\n";
    let import = bring(&app, &staff, &query(event), next).await;
    assert_eq!(counts(&import), [1, 1, 0, 0, 0]);
    let changed = rows(&staff, &import, "change").await;
    assert_eq!(
        changed[0]["changed"],
        json!(["dwelling_damage", "place", "whereabouts"])
    );
    assert_eq!(
        ask_to_apply(&staff, &import, "").await.problem(),
        "second-person-required"
    );
    apply(&app, &second, &import).await;
    let entries = registry(&staff, event).await;
    assert_eq!(
        (
            entries.len(),
            &entries[0]["dwelling_damage"],
            &entries[0]["whereabouts"],
            &entries[0]["place"],
            &entries[0]["has_contact"]
        ),
        (
            3,
            &json!("large_scale_half"),
            &json!("home"),
            &Value::Null,
            &json!(true)
        )
    );
    let undone = undo(&staff, &import).await;
    assert_eq!(
        (&undone["restored"], &undone["left"]),
        (&json!(2), &json!([]))
    );
    let entries = registry(&staff, event).await;
    assert_eq!(
        (
            entries.len(),
            &entries[0]["dwelling_damage"],
            &entries[0]["whereabouts"],
            &entries[0]["place"]
        ),
        (2, &json!("half"), &json!("shelter"), &json!("小学校"))
    );
}

#[tokio::test]
async fn whoever_was_given_something_since_stays_when_the_list_is_taken_back() {
    let app = TestApp::new().await;
    app.district("東", 0).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let list =
        "宛名番号,氏名,住家被害,避難状況\n5501,髙橋 花子,半壊,在宅\n5502,山田 太郎,全壊,在宅\n";
    let import = bring(&app, &staff, &query(event), list).await;
    apply(&app, &staff, &import).await;
    let entries = registry(&staff, event).await;
    let path = format!(
        "/api/v1/victims/{}/assistance",
        entries[1]["id"].as_str().unwrap()
    );
    let blanket = json!({"id": Uuid::now_v7(), "kind": "supplies", "status": "given", "words": "毛布2枚", "happened_on": "2026-11-02"});
    staff.post(&path, blanket).await.expect(201);
    let undone = undo(&staff, &import).await;
    assert_eq!(undone["restored"], 1);
    assert_eq!(undone["left"].as_array().unwrap().len(), 1);
    assert_eq!(
        undone["left"][0]["why"],
        "取り込んだあとに、だれかが書き加えています"
    );
    let entries = registry(&staff, event).await;
    let names: Vec<&Value> = entries.iter().map(|e| &e["name"]).collect();
    assert_eq!(names, ["山田 太郎"]);
}

#[tokio::test]
async fn nothing_of_a_drill_enters_by_a_list_and_no_my_number() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let list = "氏名\n山田 太郎\n";
    let drill = start(&staff, "drill").await;
    let import = bring(&app, &staff, &query(drill), list).await;
    assert!(refusal(&import).contains("訓練"));
    let standing = machimori::events::STANDING_EVENT;
    let import = bring(&app, &staff, &query(standing), list).await;
    assert!(refusal(&import).contains("常設"));
    let import = bring(&app, &staff, &query(Uuid::now_v7()), list).await;
    assert!(refusal(&import).contains("災害を選び直して"));
    let import = bring(&app, &staff, "kind=victims&file_name=v.csv", list).await;
    assert!(refusal(&import).contains("どの災害"));
    let event = start(&staff, "disaster").await;
    let named = "氏名,個人番号\n山田 太郎,123456789018\n";
    let import = bring(&app, &staff, &query(event), named).await;
    assert!(refusal(&import).contains("マイナンバー"));
    assert_eq!(count(&app, "select count(*) from victim_entry").await, 0);
}

#[tokio::test]
async fn whoever_is_alike_is_not_guessed_and_every_error_says_where() {
    let app = TestApp::new().await;
    app.district("東", 0).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let first = bring(
        &app,
        &staff,
        &query(event),
        "氏名,生年月日\n高橋 花子,1940-04-01\n",
    )
    .await;
    apply(&app, &staff, &first).await;
    let list = "整理番号,氏名,生年月日,性別,校区,住家の被害\n\
        ,髙橋 花子,1940-04-01,,,\n\
        新規,髙橋 花子,1940-04-01,,,\n\
        9,山田 太郎,,,,\n\
        ,西野 三,,謎,,\n\
        ,北野 四,,,月面,\n\
        ,南野 五,,,,ぺしゃんこ\n\
        1,高橋 花子,,女,,\n\
        ,東野 六,昭和ごろ,,東,\n";
    let import = bring(&app, &staff, &query(event), list).await;
    assert_eq!(counts(&import), [2, 1, 0, 0, 5], "{import}");
    let errors = rows(&staff, &import, "error").await;
    let told: Vec<(i64, String)> = errors
        .iter()
        .map(|row| (row["line"].as_i64().unwrap(), messages(row)))
        .collect();
    for (n, line, words) in [
        (0, 2, "似た方が台帳にいます（整理番号 1）"),
        (1, 4, "整理番号 9 の方は台帳にいません"),
        (2, 5, "性別：「謎」"),
        (3, 6, "校区：「月面」"),
        (4, 7, "住家の被害：「ぺしゃんこ」"),
    ] {
        assert_eq!(told[n].0, line);
        assert!(told[n].1.contains(words), "{}", told[n].1);
    }
    assert_eq!(
        ask_to_apply(&staff, &import, "").await.problem(),
        "conflict"
    );
}

#[tokio::test]
async fn what_is_taken_away_comes_back_without_a_change_also_through_a_kept_mapping() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let hidden = app
        .resident(Resident::of("措置 雪", east).protected())
        .await;
    let path = format!("/api/v1/events/{event}/victims");
    for person in [person, hidden] {
        let body = json!({"id": Uuid::now_v7(), "person_id": person});
        staff.post(&path, body).await.expect(201);
    }
    let items = json!({"name": "=HYPERLINK(\"x\")", "name_kana": "てがき", "birth": "昭和15年ごろ", "phones": ["+81 6 1111", "06-2222"],
        "special_care": false, "special_care_reasons": ["stretcher", "wheelchair", "視覚・聴覚の重複"], "certificate": "not_dwelling",
        "household_label": "@家", "relationship": "-", "actual_residence": "豊中市, \"東\"町", "sex": "other"});
    let body = json!({"id": Uuid::now_v7(), "by_hand": items});
    let entry = staff.post(&path, body).await.expect(201);
    let of = format!("/api/v1/victims/{}", entry["id"].as_str().unwrap());
    let body = json!({"id": Uuid::now_v7(), "whereabouts": "shelter", "site_id": site, "since": "2026-11-01T00:00:00Z"});
    staff
        .post(&format!("{of}/whereabouts"), body)
        .await
        .expect(201);
    let body = json!({"id": Uuid::now_v7(), "kind": "dwelling", "grade": "partial", "reported_at": "2026-11-01T00:00:00Z"});
    staff.post(&format!("{of}/damage"), body).await.expect(201);

    let csv = take(&staff, event, "format=csv&with_protected=true").await;
    let text = String::from_utf8(csv.clone()).unwrap();
    assert!(text.starts_with('\u{feff}') && text.contains("支援措置"));
    assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")\"") && text.contains("'@家"));
    let import = bring(&app, &staff, &query(event), csv).await;
    assert_eq!(counts(&import), [0, 0, 3, 0, 0], "{import}");
    let xlsx = take(&staff, event, "format=xlsx&with_protected=true").await;
    let import = bring(&app, &staff, &query(event), xlsx).await;
    assert_eq!(counts(&import), [0, 0, 3, 0, 0], "{import}");
    // The protected are not in it unless that is asked for.
    let text = String::from_utf8(take(&staff, event, "format=csv").await).unwrap();
    assert!(!text.contains("措置 雪") && text.contains("同意 花子"));
    // In the columns of the city's own system.
    let kept = json!({"mapping": {"columns": {"number": "被災者ID", "name": "漢字名", "birth": "", "phones": "TEL"}}});
    staff
        .put("/api/v1/import-mappings/victims/shien", kept)
        .await
        .expect(204);
    let own = take(
        &staff,
        event,
        "format=csv&with_protected=true&mapping=shien",
    )
    .await;
    let text = String::from_utf8(own.clone()).unwrap();
    let heading = text.lines().next().unwrap();
    assert!(heading.starts_with("\u{feff}被災者ID,宛名番号,漢字名,"));
    assert!(!heading.contains("生年月日"));
    let mapping = json!({"event": event, "columns": {"number": "被災者ID", "name": "漢字名", "birth": "", "phones": "TEL"}});
    let query = format!(
        "kind=victims&file_name=v.csv&mapping={}",
        url_escaped(&mapping.to_string())
    );
    let import = bring(&app, &staff, &query, own).await;
    assert_eq!(counts(&import), [0, 0, 3, 0, 0], "{import}");
    let path = format!("/api/v1/events/{event}/victims/export?format=csv&mapping=none");
    assert_eq!(staff.get(&path).await.problem(), "invalid");
}

#[tokio::test]
async fn the_command_line_takes_the_registry_away_and_brings_it_back() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let drill = start(&staff, "drill").await;
    let list = app.var().join("in.csv");
    std::fs::write(&list, "氏名,住家の被害\n山田 太郎,全壊\n").unwrap();
    let (list, out) = (list.to_str().unwrap(), app.var().join("out.csv"));
    let event_text = event.to_string();
    let refused = command::machimori(&app, &["victims", list, "--event", &drill.to_string()]).await;
    assert!(!refused.status.success());
    let done = command::machimori(&app, &["victims", list, "--event", &event_text]).await;
    assert!(done.status.success(), "{done:?}");
    assert_eq!(
        registry(&staff, event).await[0]["dwelling_damage"],
        "destroyed"
    );
    let export = async |event: &str| {
        tokio::process::Command::new(env!("CARGO_BIN_EXE_machimori"))
            .args(["export", "victims", out.to_str().unwrap(), "--event", event])
            .env("DATABASE_URL", app.database().app_url())
            .env("MACHIMORI_VAR", app.var())
            .env_remove("MACHIMORI_OWNER_URL")
            .output()
            .await
            .unwrap()
    };
    assert!(!export(&drill.to_string()).await.status.success());
    let done = export(&event_text).await;
    assert!(done.status.success(), "{done:?}");
    assert!(
        !export(&event_text).await.status.success(),
        "never over a file"
    );
    let again = command::machimori(
        &app,
        &[
            "victims",
            out.to_str().unwrap(),
            "--event",
            &event_text,
            "--dry-run",
        ],
    )
    .await;
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(said.contains("同じ              1"), "{said}");
}
