//! Which column is which field: looked at, said, kept by name, used again.

use serde_json::json;

use super::roster::town;
use super::*;

const OWN: &str = "対象者,ふりがな,すまい,現住所,うまれた日\n豊中花子,とよなかはなこ,豊中市試験町1,元の町,S10.3.1\n豊中太郎,,豊中市試験町2,,S11.1.1\n";

#[tokio::test]
async fn a_files_columns_are_shown_with_their_first_values_and_nothing_is_kept_of_it() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let seen = staff
        .upload("/api/v1/imports/headings?kind=roster", cp932(OWN))
        .await
        .expect(200);
    assert_eq!(
        seen["headings"][0],
        json!({"heading": "対象者", "samples": ["豊中花子", "豊中太郎"], "field": null})
    );
    assert_eq!(seen["headings"][1]["field"], "name_kana");
    assert_eq!(seen["headings"][1]["samples"], json!(["とよなかはなこ"]));
    assert_eq!(seen["headings"][3]["field"], "address");
    let name = seen["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["name"] == "name")
        .unwrap()
        .clone();
    assert_eq!(
        name,
        json!({"name": "name", "label": "氏名", "is_required": true})
    );
    assert_eq!(count(&app, "select count(*) from import_batch").await, 0);
    assert_eq!(
        std::fs::read_dir(app.var().join("imports"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_looked_at_is_refused_in_words_and_individual_numbers_are_never_shown()
 {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let at = "/api/v1/imports/headings?kind=roster";
    let named = staff
        .upload(at, "氏名,マイナンバー\n豊中花子,1\n".as_bytes().to_vec())
        .await;
    assert_eq!(named.problem(), "invalid");
    let hidden = "氏名,管理番号\n豊中花子,123456789018\n";
    let seen = staff
        .upload(at, hidden.as_bytes().to_vec())
        .await
        .expect(200);
    assert_eq!(seen["headings"][1]["samples"], json!(["（12桁の番号）"]));
    let odd = staff
        .upload(at, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec())
        .await;
    assert_eq!(odd.problem(), "invalid");
    assert_eq!(
        std::fs::read_dir(app.var().join("imports"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test]
async fn a_way_of_reading_is_kept_by_name_and_serves_the_next_list() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    town(&app).await;
    let refused = bring(&app, &staff, "kind=roster", OWN).await;
    assert!(refusal(&refused).contains("「氏名"));
    assert_eq!(refused["refusal"]["is_about_columns"], true);

    // 「現住所」 is recognised as the address by itself; this city means something else by it.
    let mapping = json!({"columns": {"name": "対象者", "address": "すまい", "birth": "うまれた日", "name_kana": ""}});
    let at = "/api/v1/import-mappings/roster/%E7%A6%8F%E7%A5%89%E8%AA%B2";
    staff
        .put(at, json!({ "mapping": mapping }))
        .await
        .expect(204);
    let kept = staff.get("/api/v1/import-mappings").await.expect(200);
    assert_eq!(kept["items"][0]["name"], "福祉課");
    assert_eq!(kept["items"][0]["mapping"]["columns"]["name"], "対象者");

    let query = "kind=roster&profile=%E7%A6%8F%E7%A5%89%E8%AA%B2";
    let import = bring(&app, &staff, query, OWN).await;
    assert_eq!(counts(&import), [2, 0, 0, 0, 0], "{import}");
    assert_eq!(import["columns_read"]["address"], "すまい");
    assert!(
        import["columns_read"].get("name_kana").is_none(),
        "a column that is not wanted is not read: {import}"
    );

    staff
        .put(at, json!({ "mapping": {"columns": {"nonsense": "x"}} }))
        .await
        .expect(204);
    let import = bring(&app, &staff, query, OWN).await;
    assert!(refusal(&import).contains("「nonsense」"));
    staff.delete(at).await.expect(204);
    let kept = staff.get("/api/v1/import-mappings").await.expect(200);
    assert_eq!(kept["items"], json!([]));
    let long = format!("/api/v1/import-mappings/roster/{}", "a".repeat(61));
    assert_eq!(
        staff.put(&long, json!({ "mapping": {} })).await.problem(),
        "invalid"
    );
    let unknown = staff
        .put("/api/v1/import-mappings/cats/a", json!({ "mapping": {} }))
        .await;
    assert_eq!(unknown.problem(), "not-found");
}
