//! The victim registry and the links that residents hold.

use super::*;

#[tokio::test]
async fn nothing_of_a_drill_enters_a_disasters_registry() {
    let ledger = Ledger::new().await;
    let entry = |kind: &str| {
        format!(
            "insert into victim_entry (id, event_id, event_kind, number, name, name_key)
             values (gen_random_uuid(), '20000000-0000-7000-8000-000000000001', '{kind}', 1, 'x', 'x')"
        )
    };
    let source = |columns: &str, values: &str| {
        format!(
            "insert into victim_source (id, entry_id, event_id, kind, {columns}) values (gen_random_uuid(),
             'b0000000-0000-7000-8000-000000000001', '20000000-0000-7000-8000-000000000002', {values})"
        )
    };
    for (what, change, refusal) in [
        ("as it is", entry("drill"), "victim_entry_event_kind_check"),
        (
            "by a lie about its kind",
            entry("disaster"),
            "victim_entry_event_fkey",
        ),
        (
            "from a drill's evacuee",
            source(
                "evacuee_id",
                "'check_in', 'a0000000-0000-7000-8000-000000000009'",
            ),
            "victim_source_evacuee_fkey",
        ),
        (
            "from a drill's round",
            source(
                "member_id, round_id",
                "'safety', '70000000-0000-7000-8000-000000000001', '60000000-0000-7000-8000-000000000001'",
            ),
            "victim_source_member_fkey",
        ),
    ] {
        assert_eq!(
            ledger.write("hq_staff", "", &change).await,
            refusal,
            "{what}"
        );
    }
    let own = source(
        "evacuee_id",
        "'check_in', 'a0000000-0000-7000-8000-000000000001'",
    );
    assert_eq!(ledger.write("hq_staff", "", &own).await, "1");
}

#[tokio::test]
async fn the_registry_is_headquarters_keeps_its_changes_and_gives_nothing_without_consent() {
    let ledger = Ledger::new().await;
    for role in [
        "district_lead",
        "volunteer",
        "planner",
        "auditor",
        "reception",
    ] {
        let seen = ledger.rows(role, EAST, "id", "victim_entry").await;
        assert_eq!(seen, REFUSED, "{role}");
    }
    let auditor = ledger.rows("auditor", "", "id", "victim_disclosure").await;
    assert_eq!(auditor, "1");
    let provide = "insert into victim_disclosure_entry (disclosure_id, event_id, entry_id) values ('c0000000-0000-7000-8000-000000000001',
        '20000000-0000-7000-8000-000000000002', 'b0000000-0000-7000-8000-000000000001')";
    assert_eq!(
        ledger.write("hq_staff", "", provide).await,
        "victim_disclosure_entry_consent_check"
    );
    let mut conn = ledger.0.sql().acquire().await.unwrap();
    let mut tx = conn.begin().await.unwrap();
    let change = format!(
        "set local role m_hq_staff; {AS_LEAD}; update victim_entry set name = 'y'; reset role"
    );
    tx.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(change)))
        .await
        .unwrap();
    let kept: String =
        sqlx::query_scalar("select string_agg(field || ':' || changed_by, ',') from victim_change")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
    assert_eq!(kept, "name:40000000-0000-7000-8000-000000000001");
}

#[tokio::test]
async fn a_link_sees_itself_and_nobody() {
    let ledger = Ledger::new().await;
    let link: Uuid = "d0000000-0000-7000-8000-000000000001".parse().unwrap();
    let mut tx = ledger.0.db().begin(&Scope::link(link)).await.unwrap();
    let seen: Vec<Uuid> = sqlx::query_scalar("select id from self_report_link")
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    assert_eq!(seen, [link]);
    assert!(
        sqlx::query("select id from person")
            .execute(&mut *tx)
            .await
            .is_err()
    );
    let own = "set local app.actor_id = 'd0000000-0000-7000-8000-000000000001'";
    assert_eq!(
        ledger
            .rows("self_report", own, "token_sealed", "self_report_link")
            .await,
        REFUSED
    );
    assert_eq!(
        ledger.rows("self_report", own, "id", "round_member").await,
        REFUSED
    );
    ledger
        .given("update self_report_link set revoked_at = now()")
        .await;
    assert_eq!(
        ledger
            .rows("self_report", own, "id", "self_report_link")
            .await,
        "0"
    );
}
