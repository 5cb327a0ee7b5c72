//! A lead's phone: the people of her districts, with a round and without one.

use machimori::field::phone::{Phone, Tap, random_key, spki};

use super::*;
use crate::field::town::words;

/// A lead of these districts with an enrolled phone.
async fn lead(story: &Story, districts: &[Uuid]) -> Phone {
    let lead = story.app.lead(districts).await;
    let (device, key) = (Uuid::now_v7(), random_key());
    sqlx::query("insert into device (id, principal, account_id, public_key) values ($1, 'district_lead', $2, $3)")
        .bind(device)
        .bind(lead.id())
        .bind(spki(&key).unwrap())
        .execute(story.app.sql())
        .await
        .unwrap();
    let server = server_key(&story.app.app.keys.seal_public_base64()).unwrap();
    Phone::new(device, key, server)
}

async fn list(story: &Story, phone: &Phone) -> Value {
    let session = story.app.phone_session(phone.device).await;
    session.get("/api/v1/field/bundle").await.expect(200)
}

#[tokio::test]
async fn a_leads_phone_gets_the_people_of_her_districts_who_may_be_shown() {
    let story = Story::drill().await;
    for r in [
        Resident::of("同意", story.here),
        Resident::of("不同意", story.here).consent("refused"),
        Resident::of("保護", story.here).protected(),
        Resident::of("他校区", story.elsewhere),
    ] {
        let person = story.app.resident(r).await;
        story.unassigned(person).await;
    }
    let phone = lead(&story, &[story.here]).await;
    let bundle = list(&story, &phone).await;
    assert_eq!(names(&bundle), ["同意"]);
    assert_eq!(bundle["volunteer"]["name"], "試験 district_lead");
}

#[tokio::test]
async fn without_any_round_she_stands_by_with_all_of_her_districts_whom_the_law_lets_her_see() {
    let story = Story::drill().await;
    let third = story.app.district("南豊校区", 3).await;
    let mut people = Vec::new();
    for r in [
        Resident::of("同意", story.here),
        Resident::of("条例", story.elsewhere).consent("not_required_by_ordinance"),
        Resident::of("不同意", story.here).consent("refused"),
        Resident::of("未回答", story.here).consent("unanswered"),
        Resident::of("撤回", story.here).consent("withdrawn"),
        Resident::of("保護", story.here).protected(),
        Resident::of("入院", story.here).status("hospitalised"),
        Resident::of("他校区", third),
    ] {
        people.push(story.app.resident(r).await);
    }
    let delisted = story.app.resident(Resident::of("名簿外", story.here)).await;
    let off = "update support_resident set delisted_on = current_date where person_id = $1";
    story.run(off, delisted).await;
    // Somebody's standing contact is in the list once, whoever it is.
    story
        .app
        .standing_contact(people[0], story.volunteer, 2)
        .await;
    // An activation opens the rounds of its disaster, and no list that stands by for weeks.
    activate(&story, 24).await;
    let phone = lead(&story, &[story.here, story.elsewhere]).await;
    let bundle = list(&story, &phone).await;
    let mut shown = standby_names(&bundle);
    shown.sort_unstable();
    assert_eq!(shown, ["同意", "条例"]);
    let mut told = audited(&story, "49-11-2").await;
    told.sort_unstable();
    assert_eq!(told, people[..2]);
    let member = &bundle["standby"]["members"][0];
    assert_eq!(member["help_needed"], json!(["wheelchair"]));
    assert_eq!((&member["rank"], member.get("state")), (&json!(1), None));
}

#[tokio::test]
async fn what_she_says_in_a_round_begun_alone_counts_once_headquarters_binds_it() {
    let story = Story::of("disaster").await;
    let person = story
        .app
        .resident(Resident::of("山田 花子", story.here))
        .await;
    let member = story.unassigned(person).await;
    let mut phone = lead(&story, &[story.here]).await;
    let standby = list(&story, &phone).await["standby"]["members"][0]["id"].clone();
    assert_eq!(standby, json!(person));
    let (round, event) = (Uuid::now_v7(), Uuid::now_v7());
    let tap = |kind: &'static str, payload: Value| Tap {
        id: Uuid::now_v7(),
        kind,
        event: Some(event),
        observed_at: story.now(),
        payload,
    };
    let begun = tap(
        "round_start",
        json!({"round_id": round, "event_id": event, "event_kind": "disaster", "name": "地震", "districts": [story.here]}),
    );
    let said = tap(
        "observation",
        json!({"round_id": round, "member_id": person, "attempt": "met", "outcome": "needs_support", "needs": [], "note": ""}),
    );
    let items = [&begun, &said].map(|tap| phone.seal(tap).unwrap());
    let answer = story.sync(&items.each_ref()).await.expect(200);
    assert_eq!(words(&answer), ["stored", "quarantined:unknown_round"]);
    let staff = story.app.staff().await;
    let bind = format!("/api/v1/round-starts/{}/bind", begun.id);
    let body = json!({"id": Uuid::now_v7(), "to_round_id": story.round});
    staff.post(&bind, body).await.expect(201);
    assert_eq!(story.bucket(member).await, "need_help");
}
