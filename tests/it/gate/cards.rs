//! Cards made beforehand: printed once, read at a gate, revoked.

use machimori::operations::card;

use super::*;

#[tokio::test]
async fn a_printed_card_is_read_at_a_gate_until_it_is_revoked() {
    let city = City::of("disaster").await;
    let person = city.resident("同意 花子").await;
    city.app
        .resident(Resident::of("拒否 次郎", city.east).consent("refused"))
        .await;
    let id = Uuid::now_v7();
    let body = json!({"id": id, "district_id": city.east, "of": "residents"});
    let path = "/api/v1/cards/printings";
    let printed = city.staff.post(path, body.clone()).await.expect(201);
    let cards = printed["cards"].as_array().unwrap();
    assert_eq!(cards.len(), 1, "only who consented");
    let code = cards[0]["code"].as_str().unwrap().to_owned();
    assert!(code.starts_with("MC1-"));
    assert!(!cards[0]["qr_svg"].as_str().unwrap().contains("花子"));
    // Codes leave once, and everybody has one now.
    assert_eq!(city.staff.post(path, body).await.problem(), "conflict");
    assert_eq!(city.count("select count(*) from card").await, 1);
    assert_eq!(
        city.count("select count(*) from audit_entry where action = 'cards.print'")
            .await,
        1
    );

    let mut gate = city.at(city.one).await;
    let held = city.bundle(&gate.phone).await["gate"].take();
    let digest: String = card::digest(&code)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(held["people"][0]["cards"], json!([digest]));
    let read = json!({"card": code.to_lowercase(), "site_id": city.one, "stay_type": "shelter"});
    let item = gate
        .phone
        .seal(&city.tap("check_in", read.clone()))
        .unwrap();
    assert_eq!(city.results(&[&item]).await, ["stored"]);
    let at = Some("東小学校".to_owned());
    assert_eq!(city.evacuees().await, [("同意 花子".to_owned(), at, false)]);
    let out = json!({"card": code, "site_id": city.one});
    let item = gate.phone.seal(&city.tap("check_out", out)).unwrap();
    assert_eq!(city.results(&[&item]).await, ["stored"]);
    assert_eq!(city.census(city.one).await, (0, 0));

    // A new one for her: the old stops being valid.
    let again =
        json!({"id": Uuid::now_v7(), "district_id": city.east, "of": "residents", "ids": [person]});
    city.staff.post(path, again).await.expect(201);
    let item = gate.phone.seal(&city.tap("check_in", read)).unwrap();
    assert_eq!(city.results(&[&item]).await, ["quarantined:unknown_person"]);
    let list = city
        .staff
        .get(&format!("/api/v1/cards?district={}", city.east))
        .await
        .expect(200);
    let newest = list["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let revoke = format!("/api/v1/cards/{newest}/revoke");
    city.staff.post(&revoke, json!({})).await.expect(204);
    let held = city.bundle(&gate.phone).await["gate"].take();
    assert!(held["people"][0].get("cards").is_none());
}
