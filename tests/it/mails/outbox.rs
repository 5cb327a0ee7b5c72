//! The desk's and the mail server's side: nothing is lost, nothing is sent twice, nobody is pestered.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Post, deliver, sender};
use crate::harness::smtp::{Says, SmtpServer};
use crate::harness::town::Resident;

#[tokio::test]
async fn a_mail_of_a_drill_bears_the_mark_in_subject_and_body_and_one_of_a_disaster_does_not() {
    let post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    post.round("drill").await;
    post.deliver().await;
    let drill = post.mail_to("hanako@home.example");
    assert!(
        drill.subject().starts_with("【訓練】"),
        "{}",
        drill.subject()
    );
    assert!(drill.body().contains("【訓練】これは訓練のメールです"));
    post.round("disaster").await;
    post.deliver().await;
    let real = post.server.mails_to("hanako@home.example")[1].clone();
    assert!(!real.subject().contains("訓練") && !real.body().contains("訓練"));
    assert_ne!(drill.token(), real.token());
}

#[tokio::test]
async fn a_mail_server_that_is_down_for_a_day_loses_nothing() {
    let mut post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    post.resident("同意 次郎", "jiro@home.example", "").await;
    let (_, round) = post.round("disaster").await;
    // Nobody listens there.
    let down = post.app.with_mail("smtp://127.0.0.1:9").await;
    let mut trying = sender(&down);
    for _ in 0..24 {
        down.app.clock.advance(TimeDelta::hours(1));
        trying.turn(&down.app).await.unwrap();
    }
    post.wait(TimeDelta::hours(24)).await;
    let panel = post.panel(round).await;
    assert_eq!((&panel["queued"], &panel["sent"]), (&json!(2), &json!(0)));
    assert!(panel["unreachable_since"].is_string());
    let tries: i16 = sqlx::query_scalar("select max(tries) from mail")
        .fetch_one(post.app.sql())
        .await
        .unwrap();
    assert_eq!(tries, 0, "our own server's trouble is nobody's try");
    post.deliver().await;
    assert_eq!(post.server.mails().len(), 2);
    let panel = post.panel(round).await;
    assert_eq!((&panel["queued"], &panel["sent"]), (&json!(0), &json!(2)));
    assert_eq!(panel["unreachable_since"], Value::Null);
}

#[tokio::test]
async fn what_watches_the_service_sees_how_many_mails_wait_and_for_how_long() {
    let mut post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    post.round("disaster").await;
    post.wait(TimeDelta::minutes(10)).await;
    let told = post.app.public().get("/metrics").await;
    let text = String::from_utf8(told.bytes).unwrap();
    let value = |name: &str| {
        let line = text
            .lines()
            .find(|l| l.starts_with(&format!("{name} ")))
            .unwrap();
        line.split(' ').nth(1).unwrap().parse::<i64>().unwrap()
    };
    assert_eq!(value("machimori_database_up"), 1);
    assert_eq!(value("machimori_mail_queued"), 1);
    assert!((600..660).contains(&value("machimori_mail_oldest_seconds")));
}

#[tokio::test]
async fn an_address_that_does_not_exist_is_kept_and_not_written_to_until_somebody_lifts_it() {
    let post = Post::new().await;
    let hanako = post.resident("同意 花子", "gone@home.example", "").await;
    post.server.says(
        "gone@home.example",
        &[Says::ToRecipient("550 5.1.1 no such user")],
    );
    let (_, first) = post.round("disaster").await;
    post.deliver().await;
    assert_eq!(post.panel(first).await["refused"], 1);
    let (_, second) = post.round("disaster").await;
    post.deliver().await;
    assert_eq!(post.server.asked("gone@home.example"), 1);
    assert_eq!(post.panel(second).await["not_asked"]["bounced"], 1);
    let list = post.staff.get("/api/v1/mail-bounces").await.expect(200);
    let bounce = &list["items"][0];
    assert_eq!(
        (&bounce["kind"], &bounce["code"]),
        (&json!("hard"), &json!("550"))
    );
    assert_eq!(bounce["people"][0]["id"], json!(hanako));
    let path = format!(
        "/api/v1/mail-bounces/{}/lift",
        bounce["id"].as_str().unwrap()
    );
    let list = post.staff.post(&path, json!({})).await.expect(200);
    assert_eq!(list["items"], json!([]));
    let path = format!("/api/v1/rounds/{second}/mails/again");
    let again = post.staff.post(&path, json!({})).await.expect(200);
    assert_eq!(again["queued"], 1);
    post.deliver().await;
    assert_eq!(post.server.mails_to("gone@home.example").len(), 1);
}

#[tokio::test]
async fn a_mail_that_is_refused_for_what_it_says_is_not_held_against_the_address() {
    let post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    let refusal = Says::ToContent("554 5.7.1 looks like spam");
    post.server.says("hanako@home.example", &[refusal]);
    let (_, first) = post.round("disaster").await;
    post.deliver().await;
    assert_eq!(post.panel(first).await["refused"], 1);
    let list = post.staff.get("/api/v1/mail-bounces").await.expect(200);
    assert_eq!(list["items"][0]["kind"], "soft");
    post.round("disaster").await;
    post.deliver().await;
    assert_eq!(post.server.mails_to("hanako@home.example").len(), 1);
}

#[tokio::test]
async fn a_server_that_asks_to_come_back_is_asked_again_later_and_not_at_once() {
    let mut post = Post::new().await;
    post.resident("同意 花子", "grey@home.example", "").await;
    let later = Says::ToRecipient("451 4.7.1 greylisted");
    post.server
        .says("grey@home.example", &[later.clone(), later]);
    post.round("disaster").await;
    post.deliver().await;
    post.deliver().await;
    assert_eq!(post.server.asked("grey@home.example"), 1);
    post.wait(TimeDelta::seconds(30)).await;
    post.deliver().await;
    assert_eq!(post.server.asked("grey@home.example"), 1);
    post.wait(TimeDelta::minutes(2)).await;
    post.deliver().await;
    assert_eq!(post.server.asked("grey@home.example"), 2);
    // The second wait is longer than the first.
    post.wait(TimeDelta::seconds(80)).await;
    post.deliver().await;
    assert_eq!(post.server.asked("grey@home.example"), 2);
    post.wait(TimeDelta::minutes(3)).await;
    post.deliver().await;
    assert_eq!(post.server.mails_to("grey@home.example").len(), 1);
    let list = post.staff.get("/api/v1/mail-bounces").await.expect(200);
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn a_line_that_breaks_after_the_content_is_sent_again_as_the_same_mail() {
    let mut post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    post.server
        .says("hanako@home.example", &[Says::HangsUpAfterContent]);
    let (_, round) = post.round("disaster").await;
    post.deliver().await;
    assert_eq!(post.panel(round).await["queued"], 1);
    post.wait(TimeDelta::minutes(2)).await;
    post.deliver().await;
    let mails = post.server.mails_to("hanako@home.example");
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].message_id(), mails[1].message_id());
    assert_eq!(mails[0].text, mails[1].text);
    assert!(
        mails[0].message_id().ends_with("@machimori.test>")
            || mails[0].message_id().ends_with("@city.example>")
    );
}

#[tokio::test]
async fn whoever_answered_by_whatever_way_is_not_reminded() {
    let mut post = Post::new().await;
    let by_phone = post.resident("電話 花子", "phone@home.example", "").await;
    let tried = post.resident("不在 次郎", "tried@home.example", "").await;
    post.resident("沈黙 三郎", "silent@home.example", "").await;
    let (event, round) = post.round("disaster").await;
    post.deliver().await;
    post.say(round, by_phone, "phone", json!({"outcome": "safe"}))
        .await;
    post.say(round, tried, "no_answer", json!({})).await;
    post.wait_and_remind(TimeDelta::minutes(29)).await;
    assert_eq!(post.server.mails().len(), 3, "nobody is reminded too early");
    post.wait_and_remind(TimeDelta::minutes(2)).await;
    let counts = |p: &Post| {
        ["phone", "tried", "silent"].map(|a| p.server.mails_to(&format!("{a}@home.example")).len())
    };
    assert_eq!(counts(&post), [1, 2, 2]);
    let reminder = post.server.mails_to("silent@home.example")[1].clone();
    assert!(
        reminder.subject().contains("2回目"),
        "{}",
        reminder.subject()
    );
    assert_eq!(
        reminder.token(),
        post.server.mails_to("silent@home.example")[0].token()
    );
    post.answer(&reminder.token(), "safe").await;
    post.wait_and_remind(TimeDelta::minutes(31)).await;
    assert_eq!(counts(&post), [1, 3, 2]);
    // Two reminders, and no more.
    post.wait_and_remind(TimeDelta::minutes(31)).await;
    assert_eq!(post.server.mails_to("tried@home.example").len(), 3);
    // By hand one more, until the event is over.
    let again = format!("/api/v1/rounds/{round}/mails/again");
    assert_eq!(
        post.staff.post(&again, json!({})).await.expect(200)["queued"],
        1
    );
    let end = json!({"reason": "収束"});
    post.staff
        .post(&format!("/api/v1/events/{event}/end"), end)
        .await
        .expect(200);
    post.deliver().await;
    assert_eq!(post.server.mails_to("tried@home.example").len(), 3);
}

#[tokio::test]
async fn an_answer_that_comes_while_the_mail_waits_stops_it() {
    let post = Post::new().await;
    let hanako = post.resident("同意 花子", "hanako@home.example", "").await;
    let (_, round) = post.round("disaster").await;
    post.say(round, hanako, "met", json!({"outcome": "safe"}))
        .await;
    post.deliver().await;
    assert_eq!(post.server.mails().len(), 0);
    assert_eq!(post.panel(round).await["cancelled"], 1);
}

#[tokio::test]
async fn two_instances_never_send_the_same_mail_twice() {
    let post = Post::new().await;
    for n in 0..40 {
        let address = format!("n{n}@home.example");
        post.resident(&format!("同意 {n}"), &address, "").await;
    }
    post.round("disaster").await;
    let other = post.app.with_mail(&post.server.url()).await;
    let (mut one, mut two) = (sender(&post.office), sender(&other));
    tokio::join!(deliver(&post.office, &mut one), deliver(&other, &mut two));
    let mails = post.server.mails();
    let ids: BTreeSet<String> = mails.iter().map(|m| m.message_id()).collect();
    assert_eq!((mails.len(), ids.len()), (40, 40));
}

#[tokio::test]
async fn an_instance_that_died_with_a_mail_in_its_hands_does_not_keep_it() {
    let mut post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    post.round("disaster").await;
    sqlx::query("update mail set lease_until = $1")
        .bind(post.app.app.clock.now() + TimeDelta::minutes(10))
        .execute(post.app.sql())
        .await
        .unwrap();
    post.deliver().await;
    assert_eq!(post.server.mails().len(), 0);
    post.wait(TimeDelta::minutes(11)).await;
    post.deliver().await;
    assert_eq!(post.server.mails().len(), 1);
}

#[tokio::test]
async fn protected_people_are_never_written_to_and_everybody_left_out_is_counted() {
    let post = Post::new().await;
    let protected = post
        .app
        .resident(Resident::of("支援 措置", post.east).protected())
        .await;
    post.address(protected, "mamoru@home.example", "").await;
    post.app
        .resident(Resident::of("無し 花子", post.east))
        .await;
    post.resident("誤り 次郎", "not an address", "").await;
    let (_, round) = post.round("disaster").await;
    post.deliver().await;
    assert_eq!(post.server.mails().len(), 0);
    let wanted =
        json!({"protected": 1, "no_address": 1, "bad_address": 1, "bounced": 0, "shared": 0});
    assert_eq!(post.panel(round).await["not_asked"], wanted);
}

#[tokio::test]
async fn whoever_comes_under_protection_is_not_written_to_any_more_and_the_link_is_void() {
    let mut post = Post::new().await;
    let hanako = post.resident("同意 花子", "hanako@home.example", "").await;
    post.round("disaster").await;
    post.deliver().await;
    let token = post.mail_to("hanako@home.example").token();
    sqlx::query("update person set is_protected = true where id = $1")
        .bind(hanako)
        .execute(post.app.sql())
        .await
        .unwrap();
    post.wait_and_remind(TimeDelta::minutes(31)).await;
    assert_eq!(post.server.mails().len(), 1);
    let public = post.app.public();
    let body = json!({"token": token});
    public.post("/api/v1/answers/open", body).await.expect(410);
}

#[tokio::test]
async fn staff_stop_the_mails_and_send_them_again() {
    let post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    let (_, round) = post.round("disaster").await;
    let stop = format!("/api/v1/rounds/{round}/mails/stop");
    let stopped = post.staff.post(&stop, json!({})).await.expect(200);
    assert_eq!(stopped["cancelled"], 1);
    post.deliver().await;
    assert_eq!(post.server.mails().len(), 0);
    let again = format!("/api/v1/rounds/{round}/mails/again");
    assert_eq!(
        post.staff.post(&again, json!({})).await.expect(200)["queued"],
        1
    );
    // Twice is the same as once.
    assert_eq!(
        post.staff.post(&again, json!({})).await.expect(200)["queued"],
        0
    );
    post.deliver().await;
    // The first that arrives is the first, whatever was queued before.
    let mail = post.mail_to("hanako@home.example");
    assert!(!mail.subject().contains("2回目"), "{}", mail.subject());
}

#[tokio::test]
async fn without_a_mail_server_mails_wait_and_the_desk_is_told() {
    let post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    let (_, round) = post.round("disaster").await;
    let panel = post.panel(round).await;
    assert_eq!(panel["has_mail_server"], false);
    assert_eq!(panel["queued"], 1);
    assert!(panel["oldest_queued_at"].is_string());
}

#[tokio::test]
async fn a_round_that_does_not_ask_by_mail_queues_none() {
    let post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    let event = crate::events::start(&post.staff, "disaster").await;
    let round = Uuid::now_v7();
    let body = json!({"id": round, "kind": "safety", "name": "第1回", "districts": [post.east], "asks_by_mail": false});
    let path = format!("/api/v1/events/{event}/rounds");
    post.staff.post(&path, body).await.expect(201);
    let panel = post.panel(round).await;
    assert_eq!(
        (&panel["asks_by_mail"], &panel["queued"]),
        (&json!(false), &json!(0))
    );
}

#[tokio::test]
async fn a_postponed_drill_is_told_by_mail_once_to_each_address() {
    let post = Post::new().await;
    post.resident("同意 花子", "musume@home.example", "娘")
        .await;
    post.resident("同意 次郎", "musume@home.example", "娘")
        .await;
    let now = post.app.app.clock.now();
    let drill = Uuid::now_v7();
    let plan = json!({"name": "冬の訓練", "hazards": ["earthquake"], "starts_at": now + TimeDelta::days(3),
        "ends_at": now + TimeDelta::days(3) + TimeDelta::hours(3), "districts": [post.east], "programme": []});
    let path = format!("/api/v1/drills/{drill}");
    post.staff.put(&path, plan).await.expect(200);
    let decide = json!({"id": Uuid::now_v7(), "kind": "postponed", "reason": "大雨の予報のため", "tells_by_mail": true,
        "to_start": now + TimeDelta::days(10), "to_end": now + TimeDelta::days(10) + TimeDelta::hours(3)});
    let path = format!("/api/v1/drills/{drill}/decisions");
    for _ in 0..2 {
        post.staff.post(&path, decide.clone()).await.expect(201);
    }
    post.deliver().await;
    let mail = post.mail_to("musume@home.example");
    assert_eq!(mail.subject(), "【訓練】「冬の訓練」は延期になりました");
    assert!(mail.body().contains("大雨の予報のため"));
    let cancel = json!({"id": Uuid::now_v7(), "kind": "cancelled", "reason": "大雪のため", "tells_by_mail": true});
    post.staff.post(&path, cancel).await.expect(201);
    post.deliver().await;
    let last = post.server.mails_to("musume@home.example")[1].clone();
    assert_eq!(last.subject(), "【訓練】「冬の訓練」は中止になりました");
}

#[tokio::test]
async fn all_instances_together_keep_to_the_rate() {
    let mut post = Post::new().await;
    for n in 0..12 {
        let address = format!("n{n}@home.example");
        post.resident(&format!("同意 {n}"), &address, "").await;
    }
    post.round("disaster").await;
    let slow = SmtpServer::start().await;
    let mut server = post.office.app.settings.mail.clone().unwrap();
    server.rate = 4;
    server.port = slow.url().rsplit(':').next().unwrap().parse().unwrap();
    let new = || machimori::safety::self_report::sender::Sender::new(server.clone());
    let (mut one, mut two) = (new(), new());
    tokio::join!(
        deliver(&post.office, &mut one),
        deliver(&post.office, &mut two)
    );
    assert_eq!(slow.mails().len(), 4);
    post.wait(TimeDelta::seconds(61)).await;
    tokio::join!(
        deliver(&post.office, &mut one),
        deliver(&post.office, &mut two)
    );
    assert_eq!(slow.mails().len(), 8);
}
