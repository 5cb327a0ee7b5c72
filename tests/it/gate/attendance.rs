//! Attendance at a drill's venue by two phones of its desk and by a volunteer's own.

use super::*;

#[tokio::test]
async fn a_body_counted_by_one_phone_and_its_members_read_by_another_are_never_added() {
    let app = TestApp::new().await;
    let (east, west) = (
        app.district("東校区", 0).await,
        app.district("西校区", 1).await,
    );
    let staff = app.staff().await;
    let [drill, hall, body] = std::array::from_fn(|_| Uuid::now_v7());
    let starts_at = app.app.clock.now() + TimeDelta::minutes(30);
    let plan = json!({"name": "校区防災訓練", "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(3), "scenario": "震度6弱",
        "cancel_rule": "警報", "districts": [east], "hazards": ["earthquake"], "programme": []});
    let path = format!("/api/v1/drills/{drill}");
    staff.put(&path, plan).await.expect(200);
    staff
        .put(
            &format!("{path}/venues/{hall}"),
            json!({"name": "公民館", "district_id": east}),
        )
        .await
        .expect(200);
    let group = json!({"name": "自主防災会", "body": "voluntary_disaster_org", "district_id": east, "expected": 40});
    staff
        .put(&format!("{path}/bodies/{body}"), group)
        .await
        .expect(200);
    let city = City {
        one: hall,
        two: hall,
        event: drill,
        app,
        staff,
        east,
        west,
    };
    // Opened before the drill begins, so that its phones are ready.
    let mut left = city.gate(json!({"venue_id": hall})).await;
    let mut right = city.device(left.desk).await;
    let held = city.bundle(&left.phone).await["gate"].take();
    assert_eq!(held["venue"]["name"], "公民館");
    assert_eq!(held["venue"]["bodies"][0]["name"], "自主防災会");
    assert_eq!(held["places"], json!([]));

    let volunteer = city.app.volunteer("民生 花子", &[east]).await;
    let mut own = crate::field::town::phone_of(&city.app, volunteer).await;
    let drills = city.bundle(&own).await["drills"].take();
    assert_eq!(drills[0]["venues"][0]["id"], json!(hall));

    city.app.app.clock.advance(TimeDelta::hours(1));
    let city = City {
        staff: city.app.staff().await,
        ..city
    };
    let person = |extra: Value| {
        let mut act = json!({"venue_id": hall, "kind": "person", "way": "list", "body_id": body});
        act.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        city.tap("attendance", act)
    };
    let count = |people: u32| {
        let act = json!({"venue_id": hall, "kind": "group", "way": "head_count", "body_id": body, "people": people});
        city.tap("attendance", act)
    };
    let by_list: Vec<Sealed> = ["一子", "二子", "三子"]
        .iter()
        .map(|name| left.phone.seal(&person(json!({"name": name}))).unwrap())
        .collect();
    let counted = right.phone.seal(&count(40)).unwrap();
    let herself = own
        .seal(&person(
            json!({"volunteer_id": volunteer, "way": "own_phone"}),
        ))
        .unwrap();
    let all: Vec<&Sealed> = by_list.iter().chain([&counted, &herself]).collect();
    assert_eq!(city.results(&all).await, ["stored"; 5]);
    let device = left.phone.device;
    let now = async || {
        let session = city.app.phone_session(device).await;
        session.get("/api/v1/field/gate").await.expect(200)["venue"].take()
    };
    let venue = now().await;
    assert_eq!(
        (&venue["total"], &venue["persons"], &venue["groups"]),
        (&json!(40), &json!(4), &json!(40))
    );
    // The other phone counts them again: the newest count holds, and sending all of it again changes nothing.
    let again = left.phone.seal(&count(38)).unwrap();
    assert_eq!(city.results(&[&again]).await, ["stored"]);
    assert_eq!(city.results(&all).await, ["already_stored"; 5]);
    assert_eq!(now().await["total"], 38);
}
