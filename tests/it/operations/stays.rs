//! Who is where: checked in and out, moved, received as a household, counted.

use super::*;

#[tokio::test]
async fn checked_in_twice_is_one_and_whoever_left_is_no_longer_counted_whatever_comes_late() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, Some(10)).await;
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    say(&staff, event, site, json!({"status": "open"})).await;
    let first = came(person, site);
    let told = stays(&staff, event, json!([first])).await;
    assert_eq!(told[0]["evacuee"]["name"], "同意 花子");
    assert_eq!(told[0]["evacuee"]["place"]["name"], "小学校");
    stays(&staff, event, json!([first])).await;
    stays(&staff, event, json!([came(person, site)])).await;
    assert_eq!(present(&staff, event, site).await, 1);

    stays(&staff, event, json!([left(person, site)])).await;
    assert_eq!(present(&staff, event, site).await, 0);
    let mut late = came(person, site);
    late["observed_at"] = json!(app.app.clock.now() - chrono::TimeDelta::hours(1));
    stays(&staff, event, json!([late])).await;
    assert_eq!(present(&staff, event, site).await, 0);
    let list = staff
        .get(&format!("/api/v1/events/{event}/evacuees?present=false"))
        .await
        .expect(200);
    assert_eq!(list["items"][0]["person_id"], json!(person));
    assert_eq!(list["items"][0]["place"], Value::Null);
}

#[tokio::test]
async fn moving_is_one_act_and_a_second_place_is_counted_once_and_shown_for_settling() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let (one, two) = (
        shelter(&app, "小学校", 0, None).await,
        shelter(&app, "中学校", 1, None).await,
    );
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    stays(&staff, event, json!([came(person, one)])).await;
    let mut moving = came(person, two);
    moving["check_in"]["moved_from"] = json!(one);
    let told = stays(&staff, event, json!([moving])).await;
    assert_eq!(told[0]["flag"], Value::Null);
    assert_eq!(
        (
            present(&staff, event, one).await,
            present(&staff, event, two).await
        ),
        (0, 1)
    );
    // Without a word of leaving: taken, counted at the later place, and shown.
    let told = stays(&staff, event, json!([came(person, one)])).await;
    assert_eq!(told[0]["flag"], "second_place");
    assert_eq!(
        (
            present(&staff, event, one).await,
            present(&staff, event, two).await
        ),
        (1, 0)
    );
    assert_eq!(shown(&staff, event, one).await["contested"], 1);
    let path = format!("/api/v1/events/{event}/evacuees?contested=true");
    let list = staff.get(&path).await.expect(200);
    let found = &list["items"][0];
    assert_eq!(found["also_at"]["name"], "中学校");
    let id = found["id"].as_str().unwrap();
    let settle = format!("/api/v1/evacuees/{id}/settle");
    let body = json!({"id": Uuid::now_v7(), "site_id": two, "stay_type": "shelter", "reason": "中学校に電話で確かめた"});
    let now = staff.post(&settle, body).await.expect(201);
    assert_eq!(
        (&now["place"]["name"], &now["is_contested"]),
        (&json!("中学校"), &json!(false))
    );
    assert_eq!(
        (
            present(&staff, event, one).await,
            present(&staff, event, two).await
        ),
        (0, 1)
    );
    let list = staff.get(&path).await.expect(200);
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn a_household_with_a_stranger_is_received_at_once_and_each_leaves_alone() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let lead = app.lead(&[east]).await;
    let event = start(&lead, "disaster").await;
    let (party, stranger) = (Uuid::now_v7(), Uuid::now_v7());
    let mut first = came(person, site);
    first["check_in"]["party_id"] = json!(party);
    let second = json!({"id": Uuid::now_v7(), "check_in": {"site_id": site, "stay_type": "shelter", "party_id": party,
        "stranger": {"id": stranger, "name": "旅行 太郎", "name_kana": "りょこう たろう", "birth_text": "昭和15年4月1日",
                     "help_needed": ["wheelchair"], "may_tell": ["family"]}}});
    let told = stays(&lead, event, json!([first, second])).await;
    assert_eq!(told[1]["evacuee"]["birth_on"], "1940-04-01");
    assert_eq!(
        told[0]["evacuee"]["party_id"],
        told[1]["evacuee"]["party_id"]
    );
    assert_eq!(present(&lead, event, site).await, 2);
    let out = json!({"id": Uuid::now_v7(), "check_out": {"site_id": site, "evacuee_id": stranger, "destination": "大阪市の親族宅"}});
    stays(&lead, event, json!([out])).await;
    let path = format!("/api/v1/events/{event}/evacuees?present=true&site={site}");
    let list = lead.get(&path).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["person_id"], json!(person));
    let path = format!("/api/v1/events/{event}/evacuees?query=リョコウ");
    let list = lead.get(&path).await.expect(200);
    assert_eq!(list["items"][0]["name"], "旅行 太郎");
}

#[tokio::test]
async fn who_stays_at_home_or_in_a_car_is_counted_apart_from_every_place() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let item =
        json!({"id": Uuid::now_v7(), "check_in": {"person_id": person, "stay_type": "vehicle"}});
    stays(&staff, event, json!([item])).await;
    let path = format!("/api/v1/events/{event}/shelters");
    let list = staff.get(&path).await.expect(200);
    assert_eq!(
        list["elsewhere"],
        json!([{"stay_type": "vehicle", "people": 1}])
    );
    let item =
        json!({"id": Uuid::now_v7(), "check_in": {"person_id": person, "stay_type": "shelter"}});
    let path = format!("/api/v1/events/{event}/stays");
    let refused = staff
        .post(&path, json!({"items": [item]}))
        .await
        .expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/items/0");
}

#[tokio::test]
async fn a_check_in_is_a_met_word_in_the_open_round_of_its_own_event_and_clears_no_rescue() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let found = app.resident(Resident::of("同意 花子", east)).await;
    let called = app.resident(Resident::of("救助 次郎", east)).await;
    let staff = app.staff().await;
    let (event, drill) = (
        start(&staff, "disaster").await,
        start(&staff, "drill").await,
    );
    let mut rounds = Vec::new();
    for event in [event, drill] {
        let round = crate::events::round(&staff, event, &[east]).await;
        rounds.push(round);
    }
    let member = async |round: Uuid, person: Uuid| -> Uuid {
        sqlx::query_scalar("select id from round_member where round_id = $1 and person_id = $2")
            .bind(round)
            .bind(person)
            .fetch_one(app.sql())
            .await
            .unwrap()
    };
    let path = |round: Uuid, member: Uuid| format!("/api/v1/rounds/{round}/members/{member}");
    let (real, called_member) = (
        member(rounds[0], found).await,
        member(rounds[0], called).await,
    );
    let body = json!({"id": Uuid::now_v7(), "attempt": "phone", "outcome": "needs_rescue"});
    let say = format!("{}/observations", path(rounds[0], called_member));
    staff.post(&say, body).await.expect(201);

    let first = came(found, site);
    stays(&staff, event, json!([first, came(called, site)])).await;
    let shown = staff.get(&path(rounds[0], real)).await.expect(200);
    assert_eq!(
        (
            &shown["state"]["outcome"],
            &shown["state"]["source"],
            &shown["state"]["whereabouts"]
        ),
        (&json!("safe"), &json!("check_in"), &json!("shelter"))
    );
    assert_eq!(shown["state"]["shelter_id"], json!(site));
    let rescue = staff.get(&path(rounds[0], called_member)).await.expect(200);
    assert_eq!(rescue["state"]["open_rescue"].as_array().unwrap().len(), 1);
    let in_drill = member(rounds[1], found).await;
    let practised = staff.get(&path(rounds[1], in_drill)).await.expect(200);
    assert_eq!(practised["state"]["outcome"], Value::Null, "another event");

    // Taken back, the word goes with it.
    let back = json!({"id": Uuid::now_v7(), "check_in": {"person_id": found, "site_id": site, "stay_type": "shelter",
        "corrects": first["id"], "is_withdrawal": true}});
    stays(&staff, event, json!([back])).await;
    let shown = staff.get(&path(rounds[0], real)).await.expect(200);
    assert_eq!(shown["state"]["outcome"], Value::Null);
    assert_eq!(present(&staff, event, site).await, 1, "the other stays");
}

#[tokio::test]
async fn a_place_that_fills_up_by_its_census_is_full_for_the_public_and_a_closed_one_still_counts()
{
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, Some(1)).await;
    let (one, two) = (
        app.resident(Resident::of("同意 花子", east)).await,
        app.resident(Resident::of("同意 次郎", east)).await,
    );
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    say(&staff, event, site, json!({"status": "open"})).await;
    stays(&staff, event, json!([came(one, site)])).await;
    assert_eq!(public(&app).await, ranked(&[("小学校", "full")]));
    let closed = say(&staff, event, site, json!({"status": "closed"})).await;
    assert_eq!(closed["present"], 1);
    let told = stays(&staff, event, json!([came(two, site)])).await;
    assert_eq!(told[0]["flag"], "closed_place");
    assert_eq!(present(&staff, event, site).await, 2);
}

#[tokio::test]
async fn a_lead_receives_at_the_own_places_those_in_the_leads_sight_and_finds_no_protected_person()
{
    let app = TestApp::new().await;
    let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
    let (own, other) = (
        shelter(&app, "東小学校", 0, None).await,
        shelter(&app, "西小学校", 1, None).await,
    );
    let seen = app.resident(Resident::of("同意 花子", east)).await;
    let unseen = app.resident(Resident::of("西の 五郎", west)).await;
    let hidden = app
        .resident(Resident::of("支援 措置", east).protected())
        .await;
    let (staff, lead) = (app.staff().await, app.lead(&[east]).await);
    let event = start(&staff, "drill").await;
    let path = format!("/api/v1/events/{event}/stays");
    for person in [unseen, hidden] {
        let body = json!({"items": [came(person, own)]});
        let refused = lead.post(&path, body).await.expect(422);
        assert_eq!(refused["errors"][0]["pointer"], "/items/0");
    }
    let body = json!({"items": [came(seen, other)]});
    assert_eq!(lead.post(&path, body).await.problem(), "forbidden");
    stays(
        &staff,
        event,
        json!([came(hidden, own), came(unseen, other)]),
    )
    .await;
    stays(&lead, event, json!([came(seen, own)])).await;
    let path = format!("/api/v1/events/{event}/evacuees");
    let list = lead.get(&path).await.expect(200);
    let people: Vec<&Value> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["person_id"])
        .collect();
    assert_eq!(people, [&json!(seen)]);
    assert_eq!(present(&lead, event, own).await, 2, "counted all the same");
}
