//! A phone that lies or is broken costs headquarters nothing: what it sent is read, listed and taken away like the rest.

use std::io::Read as _;

use serde_json::json;
use uuid::Uuid;

use super::town::Story;

#[tokio::test]
async fn a_clock_offset_beyond_all_time_does_not_close_a_members_page() {
    let mut story = Story::of("disaster").await;
    let (_, member) = story.resident("浅野 花子").await;
    for offset in [i64::MAX, i64::MIN] {
        story.phone.clock_offset_ms = offset;
        let call = story.seen(member, json!({"outcome": "needs_rescue"}));
        assert_eq!(story.results(&[&call]).await, ["stored"]);
    }
    let staff = story.app.staff().await;
    let path = format!("/api/v1/rounds/{}/members/{member}", story.round);
    let history = staff.get(&path).await.expect(200);
    assert_eq!(history["observations"].as_array().unwrap().len(), 2);
    let path = format!("/api/v1/events/{}/rescues", story.event);
    let queue = staff.get(&path).await.expect(200);
    assert_eq!(queue["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn words_longer_than_a_workbooks_cell_do_not_cost_the_table() {
    let mut story = Story::of("disaster").await;
    story.resident("浅野 花子").await;
    let subject = json!({"id": Uuid::now_v7(), "label": format!("=1+1{}", "𠮷".repeat(20_000)), "place": "橋の下"});
    let met = story.seen(
        Uuid::nil(),
        json!({"member_id": null, "subject": subject, "outcome": "needs_support"}),
    );
    assert_eq!(story.results(&[&met]).await, ["stored"]);
    let staff = story.app.staff().await;
    let path = format!("/api/v1/rounds/{}/export?format=xlsx", story.round);
    let reply = staff.get(&path).await;
    assert_eq!(reply.status, 200);
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(reply.bytes)).unwrap();
    let mut text = String::new();
    let mut strings = book.by_name("xl/sharedStrings.xml").unwrap();
    strings.read_to_string(&mut text).unwrap();
    assert!(text.contains("浅野 花子") && text.contains("以下略"));
}
