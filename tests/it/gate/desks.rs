//! Desks: opened, invited to, what their devices hold, closed.

use super::*;

#[tokio::test]
async fn a_gate_holds_the_lawful_roster_of_its_districts_until_its_desk_is_closed() {
    let city = City::of("drill").await;
    let shown_one = city.resident("同意 花子").await;
    city.app
        .resident(Resident::of("拒否 次郎", city.east).consent("refused"))
        .await;
    city.app
        .resident(Resident::of("措置 三子", city.east).protected())
        .await;
    city.app.resident(Resident::of("西 四郎", city.west)).await;
    let gate = city.at(city.one).await;
    let bundle = city.bundle(&gate.phone).await;
    let held = &bundle["gate"];
    let people = held["people"].as_array().unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!(people[0]["id"], json!(shown_one));
    assert!(people[0].get("phones").is_none() && people[0].get("help_needed").is_none());
    assert_eq!(held["desk"]["label"], "東小学校");
    assert_eq!(held["event"]["kind"], "drill");
    assert_eq!(held["places"][0]["id"], json!(city.one));
    // The list goes with the desk.
    assert_eq!(bundle["lease_until"], held["desk"]["ends_at"]);
    let looked = "select count(*) from audit_entry where action = 'field.bundle' and legal_ground = '49-11-2'";
    assert_eq!(city.count(looked).await, 1);

    let path = format!("/api/v1/events/{}/desks", city.event);
    let list = city.staff.get(&path).await.expect(200);
    assert_eq!(list["items"][0]["devices"][0]["label"], "受付のスマホ");
    let closed = city
        .staff
        .post(&format!("/api/v1/desks/{}/close", gate.desk), json!({}))
        .await
        .expect(200);
    assert_eq!(closed["is_open"], false);
    let bundle = city.bundle(&gate.phone).await;
    assert_eq!(bundle["gate"], Value::Null);
    let invite = format!("/api/v1/desks/{}/invites", gate.desk);
    assert_eq!(
        city.staff.post(&invite, json!({})).await.problem(),
        "conflict"
    );
}

#[tokio::test]
async fn a_desk_that_was_told_to_hold_nobody_holds_nobody_and_one_whose_hour_came_is_over() {
    let city = City::of("disaster").await;
    city.resident("同意 花子").await;
    let gate = city
        .gate(json!({"site_id": city.one, "gate_list": "none", "hours": 1}))
        .await;
    let held = city.bundle(&gate.phone).await["gate"].take();
    assert_eq!(held["people"], json!([]));
    assert_eq!(held["places"][0]["name"], "東小学校");
    // What a desk held when its hour had come still arrives, and counts.
    let mut gate = gate;
    city.app.app.clock.advance(TimeDelta::hours(2));
    let late = stranger(Uuid::now_v7(), "おそい 人", city.one);
    let late = gate.phone.seal(&city.tap("check_in", late)).unwrap();
    assert_eq!(city.results(&[&late]).await, ["stored"]);
}

#[tokio::test]
async fn a_lead_opens_desks_in_the_own_districts_only() {
    let city = City::of("disaster").await;
    let lead = city.app.lead(&[city.east]).await;
    let path = format!("/api/v1/events/{}/desks", city.event);
    let own = json!({"id": Uuid::now_v7(), "site_id": city.one, "label": "正門"});
    let desk = lead.post(&path, own.clone()).await.expect(201);
    assert_eq!(desk["districts"][0]["name"], "東校区");
    // Saying it twice is saying it once.
    lead.post(&path, own).await.expect(201);
    let other = json!({"id": Uuid::now_v7(), "site_id": city.two});
    assert_eq!(lead.post(&path, other).await.problem(), "forbidden");
    let wide =
        json!({"id": Uuid::now_v7(), "site_id": city.one, "districts": [city.east, city.west]});
    assert_eq!(lead.post(&path, wide).await.problem(), "forbidden");
    let west = city.at(city.two).await;
    let list = lead.get(&path).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let invite = format!("/api/v1/desks/{}/invites", west.desk);
    assert_eq!(lead.post(&invite, json!({})).await.problem(), "not-found");
    let nowhere = json!({"id": Uuid::now_v7()});
    let told = city.staff.post(&path, nowhere).await.expect(422);
    assert_eq!(told["errors"][0]["pointer"], "/site_id");
}

#[tokio::test]
async fn a_leads_phone_has_the_places_of_the_own_districts_and_a_volunteers_has_no_gate() {
    let city = City::of("disaster").await;
    let person = city.resident("同意 花子").await;
    let mut lead = city.lead_phone(&[city.east]).await;
    let held = city.bundle(&lead).await["gate"].take();
    assert_eq!(held["desk"], Value::Null);
    assert_eq!(held["places"].as_array().unwrap().len(), 1);
    assert_eq!(held["people"][0]["id"], json!(person));
    let item = lead
        .seal(&city.tap("check_in", came(person, city.one)))
        .unwrap();
    assert_eq!(city.results(&[&item]).await, ["stored"]);
    assert_eq!(city.census(city.one).await, (1, 0));
    let volunteer = city.app.volunteer("民生 花子", &[city.east]).await;
    let hers = crate::field::town::phone_of(&city.app, volunteer).await;
    assert_eq!(city.bundle(&hers).await["gate"], Value::Null);
}

#[tokio::test]
async fn a_lead_enrols_the_own_phone_at_the_console_and_opens_a_place_with_it() {
    let city = City::of("disaster").await;
    let third = shelter(&city.app, "東公民館", 0, None).await;
    let lead = city.app.lead(&[city.east]).await;
    let path = "/api/v1/session/phone-invites";
    let invite = lead.post(path, json!({})).await.expect(201);
    let key = machimori::field::phone::random_key();
    let body =
        json!({"code": invite["code"], "public_key": spki_base64(&key), "label": "代表のスマホ"});
    let told = city
        .app
        .public()
        .post("/api/v1/field/redeem", body)
        .await
        .expect(200);
    assert_eq!(told["principal"], "district_lead");
    let device = told["device_id"].as_str().unwrap().parse().unwrap();
    let server = server_key(&city.app.app.keys.seal_public_base64()).unwrap();
    let mut phone = Phone::new(device, key, server);
    let open = json!({"site_id": third, "status": "open", "is_self_opened": true});
    let item = phone.seal(&city.tap("opening", open)).unwrap();
    assert_eq!(city.results(&[&item]).await, ["stored"]);
    let held = city.bundle(&phone).await["gate"].take();
    let names: Vec<&str> = held["places"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"東公民館"));
    assert_eq!(city.staff.post(path, json!({})).await.problem(), "conflict");
}
