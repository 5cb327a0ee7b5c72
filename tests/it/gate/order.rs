//! Items that come out of order, openings and head-counts by phone, leads on the spot.

use super::*;

/// A gate's morning without network: a couple of strangers come, one entry was a slip and is taken back, one is corrected, one leaves.
struct Offline {
    items: Vec<Sealed>,
    names: [&'static str; 3],
}

fn morning(city: &City, gate: &mut Gate) -> Offline {
    let [wife, husband, slip] = std::array::from_fn(|_| Uuid::now_v7());
    let names = ["避難 春子", "避難 夏男", "まちがい 秋子"];
    let mut minute = 0;
    let mut said = |kind, payload| {
        minute += 1;
        let mut tap = city.tap(kind, payload);
        tap.observed_at = city.now() - TimeDelta::minutes(30 - minute);
        tap
    };
    let first = said("check_in", stranger(wife, names[0], city.one));
    let second = said("check_in", stranger(husband, names[1], city.one));
    let wrong = said("check_in", stranger(slip, names[2], city.one));
    let back = said(
        "check_in",
        json!({"site_id": city.one, "stay_type": "shelter", "corrects": wrong.id, "is_withdrawal": true}),
    );
    let out = said(
        "check_out",
        json!({"evacuee_id": husband, "site_id": city.one}),
    );
    let car = said(
        "check_in",
        json!({"evacuee_id": wife, "stay_type": "vehicle", "corrects": first.id}),
    );
    let items = [first, second, wrong, back, out, car]
        .iter()
        .map(|tap| gate.phone.seal(tap).unwrap())
        .collect();
    Offline { items, names }
}

#[tokio::test]
async fn a_morning_without_network_leads_to_the_same_state_in_whatever_order_it_arrives() {
    let orders: [[usize; 6]; 5] = [
        [0, 1, 2, 3, 4, 5],
        [5, 4, 3, 2, 1, 0],
        [3, 0, 4, 5, 2, 1],
        [4, 2, 5, 1, 3, 0],
        [1, 3, 5, 0, 2, 4],
    ];
    for (n, order) in orders.into_iter().enumerate() {
        for is_one_upload in [n == 1] {
            let city = City::of("disaster").await;
            let mut gate = city.at(city.one).await;
            let offline = morning(&city, &mut gate);
            let line: Vec<&Sealed> = order.iter().map(|n| &offline.items[*n]).collect();
            match is_one_upload {
                true => _ = city.results(&line).await,
                false => {
                    for item in &line {
                        city.results(&[item]).await;
                    }
                }
            }
            // The wife is in the car, the husband left, the slip never was.
            let nowhere = |n: usize| (offline.names[n].to_owned(), None, false);
            let mut expected = vec![nowhere(0), nowhere(1), nowhere(2)];
            expected.sort();
            assert_eq!(city.evacuees().await, expected, "{order:?} {is_one_upload}");
            assert_eq!(city.census(city.one).await, (0, 0), "{order:?}");
            let in_cars = "select count(*) from evacuee where is_present and stay_type = 'vehicle'";
            assert_eq!(city.count(in_cars).await, 1, "{order:?}");
            assert_eq!(
                city.count("select count(*) from stay_entry").await,
                6,
                "{order:?}"
            );
            // Sent again, everything is there: what had waited was taken up.
            assert_eq!(
                city.results(&line).await,
                ["already_stored"; 6],
                "{order:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_lead_opens_on_the_spot_counts_heads_and_takes_a_slip_back() {
    let city = City::of("disaster").await;
    let third = shelter(&city.app, "東公民館", 0, None).await;
    let mut lead = city.lead_phone(&[city.east]).await;
    let mut stranger = city.lead_phone(&[city.west]).await;
    let open =
        json!({"site_id": third, "status": "open", "is_self_opened": true, "note": "鍵は自治会長"});
    let tap = city.tap("opening", open.clone());
    let item = lead.seal(&tap).unwrap();
    assert_eq!(city.results(&[&item]).await, ["stored"]);
    let place = shown(&city.staff, city.event, third).await;
    assert_eq!(
        (&place["status"], &place["is_self_opened"]),
        (&json!("open"), &json!(true))
    );
    let elsewhere = stranger.seal(&city.tap("opening", open.clone())).unwrap();
    assert_eq!(
        city.results(&[&elsewhere]).await,
        ["quarantined:not_entitled"]
    );
    let volunteer = city.app.volunteer("民生 花子", &[city.east]).await;
    let mut hers = crate::field::town::phone_of(&city.app, volunteer).await;
    let hers = hers.seal(&city.tap("opening", open.clone())).unwrap();
    assert_eq!(city.results(&[&hers]).await, ["quarantined:not_entitled"]);

    // A phone whose clock is an hour slow.
    lead.clock_offset_ms = 3_600_000;
    let as_of = city.now() - TimeDelta::hours(1) - TimeDelta::minutes(5);
    let mut tap_count = city.tap(
        "head_count",
        json!({"site_id": third, "as_of": as_of, "people": 12, "infants": 1}),
    );
    tap_count.observed_at = as_of;
    let count = lead.seal(&tap_count).unwrap();
    assert_eq!(city.results(&[&count]).await, ["stored"]);
    let place = shown(&city.staff, city.event, third).await;
    assert_eq!(
        (&place["reported_people"], &place["present"]),
        (&json!(12), &json!(0))
    );
    let said: DateTime<Utc> = place["reported_as_of"].as_str().unwrap().parse().unwrap();
    assert_eq!((city.now() - said).num_minutes(), 5);

    lead.clock_offset_ms = 0;
    let mut back = open;
    back["corrects"] = json!(tap.id);
    back["is_withdrawal"] = json!(true);
    let back = lead.seal(&city.tap("opening", back)).unwrap();
    assert_eq!(
        city.results(&[&back, &item]).await,
        ["stored", "already_stored"]
    );
    let place = shown(&city.staff, city.event, third).await;
    assert_eq!(place["status"], Value::Null);
}

#[tokio::test]
async fn a_correction_of_an_opening_may_come_before_what_it_corrects() {
    let city = City::of("disaster").await;
    let mut gate = city.at(city.two).await;
    let slip = city.tap("opening", json!({"site_id": city.two, "status": "closed"}));
    let right =
        json!({"site_id": city.two, "status": "open", "crowding": "crowded", "corrects": slip.id});
    let right = gate.phone.seal(&city.tap("opening", right)).unwrap();
    let slip = gate.phone.seal(&slip).unwrap();
    assert_eq!(city.results(&[&right]).await, ["stored"]);
    assert_eq!(city.results(&[&slip]).await, ["stored"]);
    let place = shown(&city.staff, city.event, city.two).await;
    assert_eq!(
        (&place["status"], &place["crowding"]),
        (&json!("open"), &json!("crowded"))
    );
}
