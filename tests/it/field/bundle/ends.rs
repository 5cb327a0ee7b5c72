//! What takes people off a phone, and what keeps them on it.

use super::*;

#[tokio::test]
async fn withdrawn_consent_a_taken_assignment_and_a_narrowed_scope_shrink_the_next_list() {
    let story = Story::drill().await;
    let (one, _) = story.resident("甲").await;
    let (_, two) = story.resident("乙").await;
    let (_, three) = story.resident("丙").await;
    let _ = three;
    assert_eq!(names(&story.bundle().await).len(), 3);
    sqlx::query(
        "insert into consent (id, person_id, purpose, recipient_class, status, obtained_on, means)
         values ($1, $2, 'roster', 'support_organisation', 'withdrawn', current_date, '電話')",
    )
    .bind(Uuid::now_v7())
    .bind(one)
    .execute(story.app.sql())
    .await
    .unwrap();
    assert_eq!(names(&story.bundle().await), ["乙", "丙"]);
    story
        .run(
            "update assignment set ended_at = now() where member_id = $1",
            two,
        )
        .await;
    assert_eq!(names(&story.bundle().await), ["丙"]);
    story
        .run(
            "delete from volunteer_district where volunteer_id = $1",
            story.volunteer,
        )
        .await;
    let bundle = story.bundle().await;
    assert_eq!(bundle["rounds"], json!([]));
}

#[tokio::test]
async fn a_volunteer_of_another_district_and_one_without_people_get_nobody() {
    let story = Story::drill().await;
    story.resident("山田 花子").await;
    for district in [story.elsewhere, story.here] {
        let other = story.app.volunteer("別の人", &[district]).await;
        let phone = phone_of(&story.app, other).await;
        let bundle = story
            .app
            .phone_session(phone.device)
            .await
            .get("/api/v1/field/bundle")
            .await
            .expect(200);
        assert_eq!(bundle["rounds"][0]["members"], json!([]));
        assert_eq!(bundle["standby"]["members"], json!([]));
    }
}

#[tokio::test]
async fn an_unchanged_list_is_not_sent_again_and_a_changed_state_is() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let phone = story.phone_session().await;
    let first = phone.get("/api/v1/field/bundle").await;
    let etag = first.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(first.expect(200)["etag"], json!(etag));
    story.app.app.clock.advance(TimeDelta::minutes(5));
    let again = phone
        .get_with("/api/v1/field/bundle", &[("if-none-match", &etag)])
        .await;
    assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
    assert_eq!(
        story
            .count("select count(*) from audit_entry where action = 'field.bundle'")
            .await,
        1
    );
    let item = story.seen(member, json!({"outcome": "safe"}));
    story.results(&[&item]).await;
    let changed = phone
        .get_with("/api/v1/field/bundle", &[("if-none-match", &etag)])
        .await
        .expect(200);
    assert_eq!(
        changed["rounds"][0]["members"][0]["state"]["outcome"],
        "safe"
    );
    let contact: DateTime<Utc> = sqlx::query_scalar("select last_contact_at from device")
        .fetch_one(story.app.sql())
        .await
        .unwrap();
    assert!(contact > Utc::now() + TimeDelta::minutes(4));
}

#[tokio::test]
async fn a_closed_round_an_ended_event_and_a_revoked_phone_show_nobody() {
    let story = Story::drill().await;
    story.resident("山田 花子").await;
    story
        .run(
            "update safety_round set closed_at = now() where id = $1",
            story.round,
        )
        .await;
    assert_eq!(story.bundle().await["rounds"], json!([]));
    story
        .run(
            "update safety_round set closed_at = null where id = $1",
            story.round,
        )
        .await;
    story
        .run(
            "update event set ended_at = now() where id = $1",
            story.event,
        )
        .await;
    assert_eq!(story.bundle().await["rounds"], json!([]));
    let phone = story.phone_session().await;
    story
        .run(
            "update device set revoked_at = now() where id = $1",
            story.phone.device,
        )
        .await;
    assert_eq!(
        phone.get("/api/v1/field/bundle").await.problem(),
        "unauthorized"
    );
    assert_eq!(
        story
            .app
            .public()
            .get("/api/v1/field/bundle")
            .await
            .problem(),
        "unauthorized"
    );
    assert_eq!(
        story
            .app
            .staff()
            .await
            .get("/api/v1/field/bundle")
            .await
            .problem(),
        "forbidden"
    );
}

#[tokio::test]
async fn somebody_met_on_the_spot_stays_on_the_list_of_whoever_met_her() {
    let mut story = Story::drill().await;
    let id = Uuid::now_v7();
    let subject = json!({"id": id, "label": "帽子の老人", "place": "公園の東", "need": "歩けない", "lon": 135.465, "lat": 34.785});
    let item = story.seen(
        id,
        json!({"member_id": null, "outcome": "needs_support", "subject": subject}),
    );
    story.results(&[&item]).await;
    let bundle = story.bundle().await;
    let member = &bundle["rounds"][0]["members"][0];
    assert_eq!(
        (&member["id"], &member["kind"], &member["name"]),
        (&json!(id), &json!("unlisted"), &json!("帽子の老人"))
    );
    assert_eq!(
        (&member["address"], &member["help_note"]),
        (&json!("公園の東"), &json!("歩けない"))
    );
    assert_eq!(member["point"], json!([135.465, 34.785]));
}
