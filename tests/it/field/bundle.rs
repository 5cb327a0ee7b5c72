//! The list a phone takes: whom it may show now, and nobody else.

mod ends;
mod leads;

use chrono::{DateTime, TimeDelta, Utc};
use machimori::field::seal::server_key;
use serde_json::{Value, json};
use uuid::Uuid;

use super::town::{Story, phone_of};
use crate::harness::town::Resident;

fn names(bundle: &Value) -> Vec<&str> {
    bundle["rounds"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|r| r["members"].as_array().unwrap())
        .map(|m| m["name"].as_str().unwrap())
        .collect()
}

fn standby_names(bundle: &Value) -> Vec<&str> {
    let members = bundle["standby"]["members"].as_array().unwrap();
    members
        .iter()
        .map(|m| m["name"].as_str().unwrap())
        .collect()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// Whom the audit says was sent, by legal ground.
async fn audited(story: &Story, ground: &str) -> Vec<Uuid> {
    sqlx::query_scalar(
        "select unnest(subject_ids) from audit_entry where action = 'field.bundle' and legal_ground = $1",
    )
    .bind(ground)
    .fetch_all(story.app.sql())
    .await
    .unwrap()
}

async fn activate(story: &Story, hours: i32) {
    let event = Uuid::now_v7();
    let activation = Uuid::now_v7();
    sqlx::query("insert into event (id, kind, name) values ($1, 'disaster', '地震')")
        .bind(event)
        .execute(story.app.sql())
        .await
        .unwrap();
    sqlx::query(
        "insert into activation (id, event_id, reason, opened_by, confirmed_by, confirmed_at, closes_at)
         values ($1, $2, '生命を守るために必要なため', gen_random_uuid(), gen_random_uuid(), now(), now() + make_interval(hours => $3))",
    )
    .bind(activation)
    .bind(event)
    .bind(hours)
    .execute(story.app.sql())
    .await
    .unwrap();
    sqlx::query("insert into activation_district values ($1, $2)")
        .bind(activation)
        .bind(story.here)
        .execute(story.app.sql())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_volunteer_gets_her_assigned_people_with_what_helps_them_and_nothing_about_illness() {
    let story = Story::drill().await;
    let (person, member) = story.resident("山田 花子").await;
    sqlx::query("update support_resident set medical_sealed = 'DIAGNOSIS', other_items = 'DIAGNOSIS', help_note = '耳が遠い' where person_id = $1")
        .bind(person)
        .execute(story.app.sql())
        .await
        .unwrap();
    sqlx::query("update support_reason set basis = 'DIAGNOSIS' where person_id = $1")
        .bind(person)
        .execute(story.app.sql())
        .await
        .unwrap();
    let reply = story
        .phone_session()
        .await
        .get("/api/v1/field/bundle")
        .await;
    let text = String::from_utf8(reply.bytes.clone()).unwrap();
    for secret in [
        "DIAGNOSIS",
        "RElBR05PU0lT",
        "444941474e4f534953",
        "care_level",
        "resident_no",
        "birth",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let bundle = reply.expect(200);
    assert_eq!(
        bundle["volunteer"],
        json!({"id": story.volunteer, "name": "民生 花子"})
    );
    assert_eq!(
        bundle["device"],
        json!({"id": story.phone.device, "principal": "volunteer"})
    );
    let round = &bundle["rounds"][0];
    assert_eq!(
        (&round["id"], &round["event"]["kind"]),
        (&json!(story.round), &json!("drill"))
    );
    let shown = &round["members"][0];
    assert_eq!(shown["id"], json!(member));
    assert_eq!(shown["help_needed"], json!(["wheelchair"]));
    assert_eq!(shown["help_note"], "耳が遠い");
    assert_eq!(shown["address"], "豊中市試験町1丁目2番3号");
    assert_eq!(
        shown["phones"],
        json!([{"label": "電話", "value": "06-0000-0001"}])
    );
    assert_eq!(shown["age"], 86);
    assert_eq!(shown["state"]["outcome"], Value::Null);
    assert_eq!(
        (&shown["observations"], &shown["resolutions"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(audited(&story, "49-11-2").await, [person]);
}

#[tokio::test]
async fn a_phone_of_a_demo_is_told_so_with_its_list() {
    let story = Story::drill().await;
    assert_eq!(story.bundle().await["is_demo"], false);
    sqlx::query("update instance set is_demo = true")
        .execute(story.app.sql())
        .await
        .unwrap();
    assert_eq!(story.bundle().await["is_demo"], true);
}

#[tokio::test]
async fn only_those_whose_disclosure_is_lawful_now_are_in_it() {
    let story = Story::drill().await;
    let mut people = Vec::new();
    for r in [
        Resident::of("同意", story.here),
        Resident::of("条例", story.here).consent("not_required_by_ordinance"),
        Resident::of("不同意", story.here).consent("refused"),
        Resident::of("未回答", story.here).consent("unanswered"),
        Resident::of("撤回", story.here).consent("withdrawn"),
        Resident::of("保護", story.here).protected(),
        Resident::of("入院", story.here).status("hospitalised"),
        Resident::of("死亡", story.here).status("died"),
        Resident::of("他校区", story.elsewhere),
    ] {
        let person = story.app.resident(r).await;
        story.member(person).await;
        people.push(person);
    }
    let (_, out_of_scope) = story.resident("対象外").await;
    story
        .run(
            "update round_member set out_of_scope_reason = '転居' where id = $1",
            out_of_scope,
        )
        .await;
    let unassigned = story.app.resident(Resident::of("担当外", story.here)).await;
    story.unassigned(unassigned).await;
    let bundle = story.bundle().await;
    let mut shown = names(&bundle);
    shown.sort_unstable();
    assert_eq!(shown, ["同意", "条例"]);
    let mut audited = audited(&story, "49-11-2").await;
    audited.sort_unstable();
    assert_eq!(audited, people[..2]);
}

#[tokio::test]
async fn an_activation_brings_the_others_with_a_lease_and_its_end_takes_them_away() {
    let story = Story::of("disaster").await;
    let silent = story
        .app
        .resident(Resident::of("未回答", story.here).consent("unanswered"))
        .await;
    story.member(silent).await;
    let protected = story
        .app
        .resident(
            Resident::of("保護", story.here)
                .consent("unanswered")
                .protected(),
        )
        .await;
    story.member(protected).await;
    let (consenting, _) = story.resident("同意").await;
    let before = story.bundle().await;
    assert_eq!(names(&before), ["同意"]);
    assert_eq!(
        (instant(&before["lease_until"]) - instant(&before["server_time"])).num_days(),
        90
    );
    activate(&story, 24).await;
    let during = story.bundle().await;
    let mut shown = names(&during);
    shown.sort_unstable();
    assert_eq!(shown, ["同意", "未回答"]);
    assert_ne!(during["etag"], before["etag"]);
    let lease = instant(&during["lease_until"]) - instant(&during["server_time"]);
    assert!(lease <= TimeDelta::hours(24), "{lease}");
    assert_eq!(audited(&story, "49-11-3").await, [silent]);
    assert!(audited(&story, "49-11-2").await.contains(&consenting));
    sqlx::query("update activation set closed_at = now()")
        .execute(story.app.sql())
        .await
        .unwrap();
    assert_eq!(names(&story.bundle().await), ["同意"]);
}

#[tokio::test]
async fn in_a_drill_nobody_is_shown_by_an_activation_that_runs_beside_it() {
    let story = Story::drill().await;
    let silent = story
        .app
        .resident(Resident::of("未回答", story.here).consent("unanswered"))
        .await;
    story.member(silent).await;
    activate(&story, 24).await;
    assert_eq!(names(&story.bundle().await), [""; 0]);
}

#[tokio::test]
async fn the_phone_derives_what_the_server_derives_from_the_evidence_it_was_given() {
    let mut story = Story::drill().await;
    let home = story.app.household("山田家").await;
    let mine = story
        .app
        .resident(Resident::of("太郎", story.here).household(home))
        .await;
    let mine = story.member(mine).await;
    // The wife did not consent: her door's placard speaks for him all the same, and her name stays away.
    let wife = story
        .app
        .resident(
            Resident::of("秘密", story.here)
                .consent("refused")
                .household(home),
        )
        .await;
    let wife = story.unassigned(wife).await;
    let placard = story.seen(
        wife,
        json!({"outcome": "safe", "attempt": "marker", "for_household": true}),
    );
    let rescue = story.seen(mine, json!({"outcome": "needs_rescue", "note": "NOTE"}));
    assert_eq!(
        story.results(&[&placard, &rescue]).await,
        ["stored", "stored"]
    );
    sqlx::query(
        "insert into resolution (id, member_id, closes, outcome, how, resolved_by_kind) values ($1, $2, $3, 'injured_minor', 'SECRET HOW', 'hq_staff')",
    )
    .bind(Uuid::now_v7())
    .bind(mine)
    .bind(vec![rescue.id])
    .execute(story.app.sql())
    .await
    .unwrap();
    let bundle = story.bundle().await;
    assert_eq!(names(&bundle), ["太郎"]);
    let text = bundle.to_string();
    assert!(!text.contains("NOTE") && !text.contains("SECRET HOW") && !text.contains("秘密"));
    let member = &bundle["rounds"][0]["members"][0];
    assert_eq!(member["observations"].as_array().unwrap().len(), 2);
    assert_eq!(member["resolutions"][0]["closes"], json!([rescue.id]));
    assert_eq!(member["state"]["outcome"], "injured_minor");
    assert_eq!(member["state"]["open_rescue"], json!([]));
    assert_eq!(member["household_label"], "山田家");
}

#[tokio::test]
async fn the_standby_list_holds_the_consenting_people_in_her_care_and_obeys_the_setting() {
    let story = Story::drill().await;
    for (name, consent) in [("同意", "consented"), ("未回答", "unanswered")] {
        let person = story
            .app
            .resident(Resident::of(name, story.here).consent(consent))
            .await;
        story.app.standing_contact(person, story.volunteer, 2).await;
    }
    activate(&story, 24).await;
    let bundle = story.bundle().await;
    assert_eq!(standby_names(&bundle), ["同意"]);
    let member = &bundle["standby"]["members"][0];
    assert_eq!((&member["rank"], member.get("state")), (&json!(2), None));
    assert_eq!(bundle["rounds"][0]["members"], json!([]));
}

#[tokio::test]
async fn the_first_thing_a_phone_learns_is_the_key_that_its_items_open_with() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let instance = story.app.public().get("/api/v1/instance").await.expect(200);
    assert!(server_key(instance["seal_public_key"].as_str().unwrap()).is_some());
    let item = story.seen(member, json!({"outcome": "safe"}));
    let answer = story.sync(&[&item]).await.expect(200);
    assert_eq!(answer["epoch"], instance["epoch"]);
    assert_eq!(story.bundle().await["epoch"], instance["epoch"]);
}

#[tokio::test]
async fn a_round_of_a_drill_that_has_not_begun_is_on_no_phone() {
    let story = Story::drill().await;
    story.resident("山田 花子").await;
    assert_eq!(names(&story.bundle().await), ["山田 花子"]);
    story
        .run(
            "update event set started_at = now() + interval '1 hour' where id = $1",
            story.event,
        )
        .await;
    assert_eq!(story.bundle().await["rounds"], json!([]));
}

#[tokio::test]
async fn the_help_that_the_plan_says_reaches_the_phone_while_the_resident_agrees() {
    let story = Story::drill().await;
    let (person, _) = story.resident("山田 花子").await;
    let run = async |sql: &'static str| {
        sqlx::query(sql)
            .bind(person)
            .execute(story.app.sql())
            .await
            .unwrap();
    };
    run(
        "insert into consent (id, person_id, purpose, recipient_class, status, obtained_on)
         values (gen_random_uuid(), $1, 'plan', 'support_organisation', 'consented', '2026-11-01')",
    )
    .await;
    run("insert into evacuation_plan (id, person_id, version, status, made_on, destination_words, route, help_needed, explained_on,
             in_force_from, consent_id)
         select gen_random_uuid(), $1, 1, 'in_force', '2026-11-01', 'SECRET', 'SECRET', '{oxygen}', '2026-11-01', now(), id
         from consent where person_id = $1 and purpose = 'plan'")
    .await;
    let phone = story.phone_session().await;
    let bundle = phone.get("/api/v1/field/bundle").await.expect(200);
    let help = bundle["rounds"][0]["members"][0]["help_needed"].clone();
    assert_eq!(help, json!(["oxygen", "wheelchair"]));
    assert!(!bundle.to_string().contains("SECRET"));
    run(
        "insert into consent (id, person_id, purpose, recipient_class, status, obtained_on)
         values (gen_random_uuid(), $1, 'plan', 'support_organisation', 'withdrawn', '2026-11-02')",
    )
    .await;
    let bundle = phone.get("/api/v1/field/bundle").await.expect(200);
    let help = bundle["rounds"][0]["members"][0]["help_needed"].clone();
    assert_eq!(help, json!(["wheelchair"]));
}

#[tokio::test]
async fn a_phone_calls_its_districts_own_number_else_the_citys_else_it_is_told_that_there_is_none()
{
    let story = Story::drill().await;
    assert_eq!(story.bundle().await["district_phone"], "");
    sqlx::query("update instance set phone = '06-6858-1111'")
        .execute(story.app.sql())
        .await
        .unwrap();
    assert_eq!(story.bundle().await["district_phone"], "06-6858-1111");
    let own = "insert into district_phone (district_id, phone) values ($1, '06-6858-2222')";
    story.run(own, story.elsewhere).await;
    assert_eq!(story.bundle().await["district_phone"], "06-6858-1111");
    story.run(own, story.here).await;
    assert_eq!(story.bundle().await["district_phone"], "06-6858-2222");
    // She serves in both, which share no number.
    sqlx::query("update district_phone set phone = '06-6858-3333' where district_id = $1")
        .bind(story.elsewhere)
        .execute(story.app.sql())
        .await
        .unwrap();
    sqlx::query("insert into volunteer_district (volunteer_id, district_id) values ($1, $2)")
        .bind(story.volunteer)
        .bind(story.elsewhere)
        .execute(story.app.sql())
        .await
        .unwrap();
    assert_eq!(story.bundle().await["district_phone"], "06-6858-1111");
}
