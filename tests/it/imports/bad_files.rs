use serde_json::json;

use super::sites::list;
use super::*;

const QUAKE: &str = ",,,1,,,,,";

/// Nothing came in and the service still answers.
async fn nothing_happened(app: &TestApp, client: &Client) {
    assert_eq!(count(app, "select (select count(*) from site) + (select count(*) from person) + (select count(*) from district where kind = 'school')").await, 0);
    assert_eq!(
        count(app, "select count(*) from import_row").await,
        0,
        "nothing of a refused file is kept"
    );
    client.get("/api/v1/imports").await.expect(200);
    assert_eq!(
        std::fs::read_dir(app.var().join("imports"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_used_as_a_whole_is_refused_with_its_place_and_what_to_do() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let sound = list(&[(1, "東公園", QUAKE), (2, "西公園", QUAKE)]);
    let mut mixed = sound.clone().into_bytes();
    mixed.extend(cp932(
        "3,E2720300003201,大阪府豊中市,北公園,豊中市北町,,,,1,,,,,,34.78,135.46,\r\n",
    ));
    let without_place = sound.replace("緯度,経度,", "ido,keido,");
    let no_rows = sound.lines().next().unwrap().to_owned() + "\r\n";
    let swapped = sound
        .replace("34.78,135.461", "135.461,34.78")
        .replace("34.78,135.462", "135.462,34.78");
    let neither = "名称,緯度,経度\n東公園,34.78,135.46\n";
    for (bytes, words, line) in [
        (mixed, "読めない文字", Some(4)),
        (without_place.into_bytes(), "「緯度", Some(1)),
        (no_rows.into_bytes(), "行がありません", None),
        (
            swapped.into_bytes(),
            "緯度と経度が入れ替わっています",
            Some(2),
        ),
        (
            neither.as_bytes().to_vec(),
            "避難場所か避難所かが分かりません",
            Some(1),
        ),
        (
            b"{\"type\":\"unavailable\",\"message\":\"x\"}".to_vec(),
            "データがありません",
            None,
        ),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "", None),
    ] {
        let import = bring(&app, &staff, "kind=sites", bytes).await;
        assert!(refusal(&import).contains(words), "{import}");
        if let Some(line) = line {
            assert_eq!(import["refusal"]["line"], line, "{import}");
        }
        assert_eq!(
            ask_to_apply(&staff, &import, "").await.problem(),
            "conflict"
        );
        nothing_happened(&app, &staff).await;
    }
    let missing = bring(&app, &staff, "kind=sites", "名称,所在地\n東公園,豊中市\n").await;
    assert!(
        refusal(&missing).contains("「所在地」"),
        "the headings found are named"
    );
}

#[tokio::test]
async fn an_empty_body_another_content_type_and_a_strangers_upload_never_reach_the_queue() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    assert_eq!(
        staff
            .upload("/api/v1/imports?kind=sites", Vec::new())
            .await
            .problem(),
        "invalid"
    );
    assert_eq!(
        staff
            .post("/api/v1/imports?kind=sites", json!({}))
            .await
            .problem(),
        "unsupported"
    );
    assert_eq!(
        staff
            .upload("/api/v1/imports?kind=sites&mapping=%7Bx", vec![1])
            .await
            .problem(),
        "invalid"
    );
    let lead = app.lead(&[]).await;
    assert_eq!(
        lead.upload("/api/v1/imports?kind=sites", vec![1])
            .await
            .problem(),
        "forbidden"
    );
    assert_eq!(
        app.public()
            .upload("/api/v1/imports?kind=sites", vec![1])
            .await
            .problem(),
        "unauthorized"
    );
    assert_eq!(count(&app, "select count(*) from import_batch").await, 0);
}

#[tokio::test]
async fn bombs_and_endless_lines_are_refused_and_the_service_lives_on() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let line = format!(
        "{}\r\n1,{}\r\n",
        list(&[]).trim_end(),
        "あ".repeat(10 * 1024 * 1024 / 3)
    );
    let bomb = {
        use std::io::Write;
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        let blank = vec![b' '; 1024 * 1024];
        for (name, mebibytes) in [
            ("[Content_Types].xml", 1),
            ("xl/workbook.xml", 1),
            ("xl/worksheets/sheet1.xml", 220),
        ] {
            zip.start_file(name, options).unwrap();
            for _ in 0..mebibytes {
                zip.write_all(&blank).unwrap();
            }
        }
        zip.finish().unwrap().into_inner()
    };
    assert!(bomb.len() < 2 * 1024 * 1024);
    for bytes in [line.into_bytes(), bomb] {
        let import = bring(&app, &staff, "kind=sites", bytes).await;
        assert!(!refusal(&import).is_empty());
        nothing_happened(&app, &staff).await;
    }
}

#[tokio::test]
async fn each_bad_row_is_told_with_its_line_and_column_and_keeps_the_rest_waiting() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let mut text = list(&[
        (1, "東公園", QUAKE),
        (2, "西公園", QUAKE),
        (3, "北公園", QUAKE),
        (4, "南公園", QUAKE),
    ]);
    text.push_str("5,E2720300005201,大阪府豊中市,東京湾公園,海の上,,,,1,,,,,,35.5,139.85,\r\n");
    text.push_str("6,E2720300006201,大阪府豊中市,ロンドン公園,英国,,,,1,,,,,,51.5,-0.1,\r\n");
    text.push_str("7,E2720300001201,大阪府豊中市,重なる公園,豊中市,,,,1,,,,,,34.78,135.46,\r\n");
    text.push_str("8,X272,大阪府豊中市,番号公園,豊中市,,,,はい？,,,,,,34.78,135.46,\r\n");
    text.push_str("9,E2720300009201,大阪府豊中市,,豊中市,,,,1,,,,,,,,\r\n");
    text.push_str("10,E2720300010111,大阪府豊中市,避難所の番号,豊中市,,,,1,,,,,,34.78,135.46,\r\n");
    let import = bring(&app, &staff, "kind=sites", text).await;
    assert_eq!(
        (&import["status"], counts(&import)),
        (&json!("staged"), [3, 0, 0, 0, 7]),
        "{import}"
    );
    let errors = rows(&staff, &import, "error").await;
    let said: Vec<(i64, String)> = errors
        .iter()
        .map(|r| (r["line"].as_i64().unwrap(), messages(r)))
        .collect();
    for (line, words) in [
        (2, "8行目"),
        (8, "2行目"),
        (6, "km離れています"),
        (7, "日本の外"),
        (9, "共通ID：「X272」"),
        (9, "地震：「はい？」は読めません"),
        (10, "名称がありません"),
        (10, "緯度：緯度・経度がありません"),
        (11, "指定避難所の共通IDです"),
    ] {
        assert!(
            said.iter()
                .any(|(l, text)| *l == line && text.contains(words)),
            "{line} {words}: {said:#?}"
        );
    }
    assert_eq!(
        ask_to_apply(&staff, &import, "").await.problem(),
        "conflict"
    );
    assert_eq!(
        count(&app, "select count(*) from site").await,
        0,
        "all or nothing"
    );

    // Knowingly without the bad rows: the sound ones come in, and nothing ends.
    ask_to_apply(&staff, &import, "?except_errors=true")
        .await
        .expect(202);
    jobs::run_pending(&app.app).await.unwrap();
    assert_eq!(
        count(&app, "select count(*) from site where revoked_on is null").await,
        3
    );
}

/// A number with the check digit of 個人番号 (総務省令 art. 5).
fn my_number(seed: u64) -> String {
    let eleven = format!("{:011}", 10_000_000_000 + seed * 7_919);
    let sum: u32 = eleven
        .bytes()
        .rev()
        .zip([2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6])
        .map(|(d, w)| u32::from(d - b'0') * w)
        .sum();
    let check = if sum % 11 <= 1 { 0 } else { 11 - sum % 11 };
    format!("{eleven}{check}")
}

#[tokio::test]
async fn individual_numbers_never_come_in_under_their_name_or_another() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let named = "氏名,住所,マイナンバー\n豊中花子,豊中市試験町1,\n";
    let import = bring(&app, &staff, "kind=roster", named).await;
    assert!(refusal(&import).contains("「マイナンバー」"), "{import}");
    assert_eq!(import["refusal"]["column"], 3);

    let mut hidden = "氏名,住所,管理番号,生年月日\n".to_owned();
    for n in 1..=6u64 {
        hidden.push_str(&format!(
            "試験{n}郎,豊中市試験町{n},{},昭和{n}年1月1日\n",
            my_number(n)
        ));
    }
    let import = bring(&app, &staff, "kind=roster", hidden).await;
    assert!(refusal(&import).contains("「管理番号」"), "{import}");
    nothing_happened(&app, &staff).await;

    let lone = format!(
        "氏名,住所,備考\n豊中花子,豊中市試験町1,{}\n豊中太郎,豊中市試験町2,犬あり\n",
        my_number(3)
    );
    let import = bring(&app, &staff, "kind=roster", lone).await;
    assert_eq!(import["counts"]["warned"], 1, "{import}");
    let flagged = &rows(&staff, &import, "add").await[0];
    assert!(messages(flagged).contains("備考：個人番号"), "{flagged}");
}

#[tokio::test]
async fn a_file_put_aside_is_forgotten() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let import = bring(&app, &staff, "kind=sites", list(&[(1, "東公園", QUAKE)])).await;
    let path = format!("/api/v1/imports/{}/discard", import["id"].as_str().unwrap());
    staff.post(&path, json!(null)).await.expect(204);
    assert_eq!(count(&app, "select count(*) from import_row").await, 0);
    assert_eq!(
        ask_to_apply(&staff, &import, "").await.problem(),
        "conflict"
    );
}
