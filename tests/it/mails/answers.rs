//! The resident's side: what a link opens, what an answer becomes, what is refused and how.

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Post;
use crate::harness::town::Resident;

async fn open(post: &Post, token: &str) -> Value {
    let public = post.app.public();
    let body = json!({"token": token});
    public.post("/api/v1/answers/open", body).await.expect(200)
}

#[tokio::test]
async fn a_resident_answers_by_the_link_and_the_board_counts_her_once() {
    let post = Post::new().await;
    let hanako = post.resident("同意 花子", "hanako@home.example", "").await;
    let (_, round) = post.round("disaster").await;
    assert_eq!(post.totals(round).await["unchecked"], 1);
    post.deliver().await;
    let token = post.mail_to("hanako@home.example").token();
    let opened = open(&post, &token).await;
    assert_eq!(opened["event_kind"], "disaster");
    assert_eq!(opened["answered_at"], Value::Null);
    // Opening changed nothing.
    assert_eq!(post.totals(round).await["unchecked"], 1);
    let first = post.answer(&token, "safe").await;
    assert_eq!(first["is_late"], false);
    post.answer(&token, "safe").await;
    let totals = post.totals(round).await;
    assert_eq!(
        (&totals["safe"], &totals["members"]),
        (&json!(1), &json!(1))
    );
    let member = post.member(round, hanako).await;
    let path = format!("/api/v1/rounds/{round}/members/{member}");
    let history = post.staff.get(&path).await.expect(200);
    let said = &history["observations"][0];
    assert_eq!(said["attempt"], "self_report");
    assert_eq!(said["observer_kind"], "self_report");
    let panel = post.panel(round).await;
    assert_eq!(panel["asked_people"], 1);
    assert_eq!(panel["reached_people"], 1);
    assert_eq!(panel["answered_people"], 1);
}

#[tokio::test]
async fn a_household_that_answers_three_ways_is_one_household() {
    let post = Post::new().await;
    let home = post.app.household("試験家").await;
    let mut people = Vec::new();
    for name in ["夫 一郎", "妻 二子"] {
        let resident = Resident::of(name, post.east).household(home);
        people.push(post.app.resident(resident).await);
    }
    post.address(people[0], "own@home.example", "").await;
    // The daughter is on record for both: one mail asks her about both.
    post.address(people[0], "musume@home.example", "娘 三子")
        .await;
    post.address(people[1], "musume@home.example", "娘 三子")
        .await;
    let (_, round) = post.round("disaster").await;
    post.deliver().await;
    assert_eq!(post.server.mails().len(), 2);
    let daughter = post.mail_to("musume@home.example");
    assert!(daughter.body().contains("ご家族みなさんはご無事ですか"));
    assert_eq!(open(&post, &daughter.token()).await["for_household"], true);
    post.answer(&post.mail_to("own@home.example").token(), "safe")
        .await;
    let answered = post.answer(&daughter.token(), "safe").await;
    assert_eq!(answered["for_household"], true);
    let told = json!({"outcome": "safe", "for_household": true, "told_by": "向かいの家"});
    post.say(round, people[0], "neighbour", told).await;
    let totals = post.totals(round).await;
    assert_eq!(
        (&totals["safe"], &totals["members"]),
        (&json!(2), &json!(2))
    );
    // And one call for rescue of the home is one rescue.
    post.answer(&daughter.token(), "needs_rescue").await;
    let totals = post.totals(round).await;
    assert_eq!(totals["open_rescues"], 1);
    assert_eq!(post.panel(round).await["answered_people"], 2);
}

#[tokio::test]
async fn what_the_page_is_told_names_nobody() {
    let post = Post::new().await;
    post.resident("秘密 花子", "hanako@home.example", "").await;
    let (_, _) = post.round("drill").await;
    post.deliver().await;
    let mail = post.mail_to("hanako@home.example");
    let token = mail.token();
    let page = post.app.public().get("/a/").await;
    let public = post.app.public();
    let opened = public
        .post("/api/v1/answers/open", json!({"token": token}))
        .await;
    let body = json!({"token": token, "id": Uuid::now_v7(), "outcome": "injured_minor", "note": "手を切った"});
    let answered = public.post("/api/v1/answers", body).await;
    assert_eq!(answered.status, 201);
    let told = [page.bytes, opened.bytes, answered.bytes].map(|b| String::from_utf8(b).unwrap());
    for text in told.iter().chain([&mail.body(), &mail.subject()]) {
        for secret in [
            "秘密",
            "花子",
            "試験町",
            "hanako",
            "手を切った",
            "wheelchair",
        ] {
            assert!(!text.contains(secret), "{secret} stands in {text}");
        }
    }
}

#[tokio::test]
async fn a_correction_is_a_new_word_and_a_call_for_rescue_is_not_taken_back_by_it() {
    let post = Post::new().await;
    let hanako = post.resident("同意 花子", "hanako@home.example", "").await;
    let (_, round) = post.round("disaster").await;
    post.deliver().await;
    let token = post.mail_to("hanako@home.example").token();
    let slip = post.answer(&token, "injured_minor").await;
    let right = json!({"token": token, "id": Uuid::now_v7(), "outcome": "safe", "whereabouts": "relatives", "corrects": slip["id"]});
    let public = post.app.public();
    public
        .post("/api/v1/answers", right.clone())
        .await
        .expect(201);
    public.post("/api/v1/answers", right).await.expect(201);
    let member = post.member(round, hanako).await;
    let path = format!("/api/v1/rounds/{round}/members/{member}");
    let history = post.staff.get(&path).await.expect(200);
    assert_eq!(history["observations"].as_array().unwrap().len(), 2);
    assert_eq!(history["state"]["outcome"], "safe");
    assert_eq!(history["state"]["whereabouts"], "relatives");
    post.answer(&token, "needs_rescue").await;
    post.answer(&token, "safe").await;
    assert_eq!(post.totals(round).await["open_rescues"], 1);
}

#[tokio::test]
async fn a_link_that_is_wrong_revoked_or_expired_is_refused_in_words_with_a_telephone_number() {
    let post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    post.resident("同意 次郎", "jiro@home.example", "").await;
    let (_, round) = post.round("disaster").await;
    post.deliver().await;
    let revoked = post.mail_to("hanako@home.example").token();
    let expired = post.mail_to("jiro@home.example").token();
    for (address, change) in [
        ("hanako@home.example", "revoked_at = now()"),
        (
            "jiro@home.example",
            "expires_at = now() - interval '1 minute'",
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "update self_report_link set {change} where id = (select link_id from mail where address = '{address}')"
        )))
        .execute(post.app.sql())
        .await
        .unwrap();
    }
    let public = post.app.public();
    for token in [
        "0".repeat(48).as_str(),
        "",
        &revoked,
        &expired,
        &revoked[..20],
    ] {
        for path in [
            "/api/v1/answers/open",
            "/api/v1/answers",
            "/api/v1/answers/real-call",
        ] {
            let body = json!({"token": token, "id": Uuid::now_v7(), "outcome": "safe"});
            let refused = public.post(path, body).await.expect(410);
            assert_eq!(refused["type"], "/problems/gone");
            let told = refused["detail"].as_str().unwrap();
            assert!(told.contains("市役所の災害対策本部に連絡して"), "{told}");
        }
    }
    state_numbers(&post).await;
    let body = json!({"token": "0".repeat(48)});
    let refused = public.post("/api/v1/answers/open", body).await.expect(410);
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .ends_with("：06-6858-1111")
    );
    assert_eq!(post.totals(round).await["unchecked"], 2);
}

#[tokio::test]
async fn an_answer_after_the_close_counts_as_late() {
    let post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    let (_, round) = post.round("disaster").await;
    post.deliver().await;
    let token = post.mail_to("hanako@home.example").token();
    let path = format!("/api/v1/rounds/{round}/close");
    post.staff.post(&path, json!({})).await.expect(200);
    assert_eq!(open(&post, &token).await["is_closed"], true);
    let answered = post.answer(&token, "safe").await;
    assert_eq!(answered["is_late"], true);
    assert_eq!(post.totals(round).await["safe"], 1);
}

#[tokio::test]
async fn a_word_after_a_drills_end_is_set_aside_and_taken_up_into_a_disaster() {
    let mut post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    let (event, round) = post.round("drill").await;
    post.deliver().await;
    let token = post.mail_to("hanako@home.example").token();
    post.wait(TimeDelta::hours(30)).await;
    let answered = post.answer(&token, "needs_rescue").await;
    assert_eq!(answered["is_set_aside"], true);
    assert_eq!(post.totals(round).await["open_rescues"], 0);
    let path = format!("/api/v1/events/{event}/review");
    let review = post.staff.get(&path).await.expect(200);
    let item = &review["items"][0];
    assert_eq!(item["reason"], "maybe_real");
    assert_eq!(item["is_rescue"], true);
    assert_eq!(item["is_adoptable"], true);
    let standing = review["adopt_into"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["is_standing"] == true)
        .unwrap();
    let settle = json!({"id": Uuid::now_v7(), "act": "adopted", "round_id": standing["id"], "reason": "電話で確かめた"});
    let path = format!("/api/v1/quarantine/{}/settle", item["id"].as_str().unwrap());
    post.staff.post(&path, settle).await.expect(201);
    let channel: String =
        sqlx::query_scalar("select channel from observation where adopted_from is not null")
            .fetch_one(post.app.sql())
            .await
            .unwrap();
    assert_eq!(channel, "link");
}

#[tokio::test]
async fn a_real_call_out_of_a_drill_is_filed_under_the_standing_disaster_event() {
    let post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    let (event, round) = post.round("drill").await;
    post.deliver().await;
    let mail = post.mail_to("hanako@home.example");
    assert_eq!(open(&post, &mail.token()).await["event_kind"], "drill");
    let call = json!({"token": mail.token(), "id": Uuid::now_v7(), "note": "たおれた"});
    let public = post.app.public();
    for _ in 0..2 {
        let answer = public.post("/api/v1/answers/real-call", call.clone()).await;
        assert_eq!(answer.expect(201)["event_kind"], "disaster");
    }
    assert_eq!(post.totals(round).await["open_rescues"], 0);
    let rescues = |event: Uuid| format!("/api/v1/events/{event}/rescues");
    let of_drill = post.staff.get(&rescues(event)).await.expect(200);
    assert_eq!(of_drill["items"], json!([]));
    let standing = Uuid::from_u128(0x00000000_0000_7000_8000_000000000001);
    let real = post.staff.get(&rescues(standing)).await.expect(200);
    assert_eq!(real["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_stuck_finger_is_slowed_down_and_a_stranger_who_guesses_too() {
    let post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    post.round("disaster").await;
    post.deliver().await;
    let token = post.mail_to("hanako@home.example").token();
    for _ in 0..30 {
        post.answer(&token, "safe").await;
    }
    let public = post.app.public();
    let body = json!({"token": token, "id": Uuid::now_v7(), "outcome": "safe"});
    let refused = public.post("/api/v1/answers", body).await;
    assert_eq!(refused.status, 429);
    assert!(refused.headers.contains_key("retry-after"));
    // All at once: a slow machine would be forgiven in between.
    let guess = || public.post("/api/v1/answers/open", json!({"token": "guess"}));
    let replies = futures::future::join_all((0..200).map(|_| guess())).await;
    let count = |status: u16| replies.iter().filter(|r| r.status == status).count();
    assert!(
        count(410) >= 100 && count(429) > 0,
        "{} {}",
        count(410),
        count(429)
    );
    assert_eq!(count(410) + count(429), 200);
    // Whoever holds a good link is let in all the same.
    assert_eq!(open(&post, &token).await["event_kind"], "disaster");
}

#[tokio::test]
async fn the_page_of_a_demo_says_that_everybody_in_it_is_invented() {
    let post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    post.round("disaster").await;
    post.deliver().await;
    let token = post.mail_to("hanako@home.example").token();
    assert_eq!(open(&post, &token).await["is_demo"], false);
    sqlx::query("update instance set is_demo = true")
        .execute(post.app.sql())
        .await
        .unwrap();
    assert_eq!(open(&post, &token).await["is_demo"], true);
}

/// The city's number, and the district's own.
async fn state_numbers(post: &Post) {
    sqlx::query("update instance set municipality = 'ももた市', phone = '06-6858-1111'")
        .execute(post.app.sql())
        .await
        .unwrap();
    sqlx::query("insert into district_phone (district_id, phone) values ($1, '06-6858-2222')")
        .bind(post.east)
        .execute(post.app.sql())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_mail_and_its_page_name_the_districts_own_number_and_without_any_the_city_hall() {
    let mut post = Post::new().await;
    post.resident("同意 花子", "hanako@home.example", "").await;
    post.round("disaster").await;
    post.deliver().await;
    let first = post.mail_to("hanako@home.example");
    assert!(
        first
            .body()
            .contains("市役所の災害対策本部に連絡してください")
    );
    assert_eq!(open(&post, &first.token()).await["district_phone"], "");
    state_numbers(&post).await;
    post.wait_and_remind(TimeDelta::hours(2)).await;
    let mails = post.server.mails_to("hanako@home.example");
    let second = mails.last().unwrap();
    assert_eq!(mails.len(), 2);
    assert!(second.body().contains("ももた市から、安否の確認です"));
    assert!(
        second
            .body()
            .contains("電話でお知らせください： 06-6858-2222")
    );
    let opened = open(&post, &first.token()).await;
    assert_eq!(opened["district_phone"], "06-6858-2222");
}
