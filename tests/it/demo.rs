//! The demo city in a real database: it is whole, it is the same again, and it never mixes with other people.

use machimori::demo::dice::Seed;
use machimori::demo::load::{Loaded, Plan, load, load_or_keep};
use machimori::demo::logins;
use serde_json::json;
use uuid::Uuid;

use crate::harness::TestApp;

const SMALL: Plan = Plan {
    seed: Seed(1),
    people: 500,
};

async fn count(app: &TestApp, of: &'static str) -> i64 {
    sqlx::query_scalar(of).fetch_one(app.sql()).await.unwrap()
}

async fn demo() -> TestApp {
    let app = TestApp::new().await;
    let loaded = load(app.db(), &app.app.keys, SMALL).await.unwrap();
    assert_eq!(loaded, Loaded::Made);
    app
}

#[tokio::test]
async fn a_demo_city_is_whole_and_marked() {
    let app = demo().await;
    let instance: (bool, String, String) =
        sqlx::query_as("select is_demo, municipality, lg_code from instance")
            .fetch_one(app.sql())
            .await
            .unwrap();
    assert_eq!(instance, (true, "豊中市（デモ）".into(), "272035".into()));
    for (of, wanted) in [
        ("select count(*) from support_resident", 500),
        ("select count(*) from district where is_synthetic", 36),
        ("select count(*) from town", 337),
        ("select count(*) from volunteer", 72),
        ("select count(*) from audit_entry where action in ('demo.start', 'demo.finish')", 2),
        // What the walls read agrees with the evidence.
        ("select count(*) from consent_state s join person p on p.id = s.person_id
          where s.recipient_class = 'support_organisation' and s.status <> p.roster_consent", 0),
        ("select count(*) from person p where p.roster_consent <> 'unanswered'
          and not exists (select from consent_state s where s.person_id = p.id)", 0),
        // Places and districts agree.
        ("select count(*) from residence r join district d on d.id = r.district_id
          where r.point is not null and not st_contains(d.area, r.point)", 0),
        ("select count(*) from person p where p.district_id <>
          (select district_id from residence r where r.person_id = p.id and r.valid_to is null order by kind limit 1)", 0),
        ("select count(*) from person p where (select count(*) from household_member m where m.person_id = p.id) <> 1", 0),
        ("select count(*) from household h where 1 <>
          (select count(*) from household_member m where m.household_id = h.id and m.is_householder)", 0),
        ("select count(*) from standing_contact c join residence r on r.person_id = c.person_id and r.kind = 'registered'
          where not exists (select from volunteer_district d where d.volunteer_id = c.volunteer_id and d.district_id = r.district_id)", 0),
        ("select count(*) from contact where kind <> 'mail' and value_key !~ '^0[0-9]{9,10}$'", 0),
        ("select count(*) from contact where kind = 'mail' and value_key !~ '@mail[.]example$'", 0),
    ] {
        assert_eq!(count(&app, of).await, wanted, "{of}");
    }
    for of in [
        "select count(*) from person where is_protected",
        "select count(*) from person where status = 'died'",
        "select count(*) from person where district_id = '00000000-0000-7000-8000-000000000000'",
        "select count(*) from site where kind = 'evacuation_building'",
        "select count(*) from site where not is_public",
        "select count(*) from evacuation_plan where status = 'in_force'",
        "select count(*) from evacuation_plan where status = 'draft'",
        "select count(*) from evacuation_plan where status = 'in_force' and review_due_on <= '2026-11-01'",
        "select count(*) from plan_supporter where consent = 'consented'",
    ] {
        assert!(count(&app, of).await > 0, "{of}");
    }
}

#[tokio::test]
async fn the_past_drill_is_closed_and_every_state_follows_from_its_evidence() {
    let app = demo().await;
    for (of, wanted) in [
        (
            "select count(*) from event where kind = 'drill' and ended_at is not null",
            1,
        ),
        (
            "select count(*) from safety_round where closed_at is not null and close_board is not null",
            1,
        ),
        ("select count(*) from round_district", 2),
        ("select sum(open_rescues) from round_member", 0),
        (
            "select count(*) from round_member m where bucket = 'safe'
          and not exists (select from observation o join round_member h on h.id = o.member_id
                          where h.household_id = m.household_id and o.outcome = 'safe')",
            0,
        ),
        (
            "select count(*) from observation o join round_member m on m.id = o.member_id
          where not exists (select from assignment a where a.member_id = m.id)",
            0,
        ),
        (
            "select count(*) from observation o join safety_round r on r.id = o.round_id
          where o.is_late <> (o.recorded_at > r.closed_at)",
            0,
        ),
        (
            "select (close_board #>> '{totals,members}')::bigint - (select count(*) from round_member) from safety_round where close_board is not null",
            0,
        ),
    ] {
        assert_eq!(count(&app, of).await, wanted, "{of}");
    }
    assert!(
        count(
            &app,
            "select count(*) from round_member where bucket = 'safe'"
        )
        .await
            > 3
    );
}

#[tokio::test]
async fn a_second_load_changes_nothing_and_another_city_is_refused() {
    let app = demo().await;
    let entries = count(&app, "select count(*) from audit_entry").await;
    let again = load(app.db(), &app.app.keys, SMALL).await.unwrap();
    assert_eq!(again, Loaded::AlreadyThere);
    let other = Plan {
        people: 501,
        ..SMALL
    };
    let refusal = load(app.db(), &app.app.keys, other)
        .await
        .unwrap_err()
        .to_string();
    assert!(refusal.contains("seed 1 and 500 people"), "{refusal}");
    let kept = load_or_keep(app.db(), &app.app.keys, other).await.unwrap();
    assert_eq!(kept, Loaded::AlreadyThere);
    assert_eq!(
        count(&app, "select count(*) from audit_entry").await,
        entries
    );
}

#[tokio::test]
async fn a_load_that_was_cut_off_is_finished_by_the_next() {
    let app = demo().await;
    let contacts = count(&app, "select count(*) from contact").await;
    // As after a kill: the end is not reached, and a part of the rows is not there.
    for sql in [
        "alter table audit_entry disable trigger user",
        "delete from audit_entry where action = 'demo.finish'",
        "alter table audit_entry enable trigger user",
        "delete from contact where right(person_id::text, 1) in ('0', '1', '2')",
        "update safety_round set closed_at = null, close_board = null where closed_at is not null",
    ] {
        sqlx::query(sql).execute(app.sql()).await.unwrap();
    }
    assert!(count(&app, "select count(*) from contact").await < contacts);
    let loaded = load(app.db(), &app.app.keys, SMALL).await.unwrap();
    assert_eq!(loaded, Loaded::Made);
    assert_eq!(count(&app, "select count(*) from contact").await, contacts);
    assert_eq!(
        count(&app, "select count(*) from support_resident").await,
        500
    );
    assert_eq!(
        count(
            &app,
            "select count(*) from safety_round where closed_at is not null"
        )
        .await,
        1
    );
}

#[tokio::test]
async fn a_database_with_other_people_is_refused_untouched() {
    let app = TestApp::new().await;
    sqlx::query("insert into person (id, name, name_key) values ($1, '本物 太郎', '本物太郎')")
        .bind(Uuid::now_v7())
        .execute(app.sql())
        .await
        .unwrap();
    for refused in [
        load(app.db(), &app.app.keys, SMALL).await,
        load_or_keep(app.db(), &app.app.keys, SMALL).await,
    ] {
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("nothing was changed")
        );
    }
    assert_eq!(count(&app, "select count(*) from person").await, 1);
    assert_eq!(
        count(&app, "select count(*) from district where kind = 'school'").await,
        0
    );
    assert_eq!(
        count(&app, "select count(*) from instance where is_demo").await,
        0
    );
}

#[tokio::test]
async fn every_log_in_of_the_demo_opens_the_door() {
    let app = demo().await;
    for login in logins::ALL {
        let mut body = json!({"login": login.login, "password": logins::PASSWORD});
        match login.totp(app.app.clock.now()) {
            Some(code) => body["totp"] = json!(code),
            None => body["recovery_code"] = json!(login.recovery_codes()[0]),
        }
        let session = app.public().post("/api/v1/session", body).await.expect(200);
        assert_eq!(
            session["account"]["role"],
            login.role.as_str(),
            "{}",
            login.login
        );
    }
}
