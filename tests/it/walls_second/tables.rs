//! Every table, also one that is made tomorrow.

use super::*;

/// Tables that hold no personal data of residents, and need no wall beside their grants.
const OPEN: &[&str] = &[
    "_sqlx_migrations",
    "account",
    "account_district",
    "activation",
    "activation_district",
    "coverage_cell",
    "coverage_scenario",
    "coverage_snapshot",
    "desk_district",
    "district",
    "district_phone",
    "drill",
    "drill_decision",
    "drill_district",
    "drill_item",
    "duty_code",
    "event",
    "instance",
    "login_attempt",
    "recovery_code",
    "report_remark",
    "round_district",
    "safety_round",
    "session",
    "spatial_ref_sys",
    "town",
    "volunteer_district",
];

#[tokio::test]
async fn every_table_has_a_wall_or_is_known_to_hold_no_residents_and_is_named_by_rule() {
    let app = TestApp::new().await;
    let without: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and not relrowsecurity order by 1",
    )
    .fetch_all(app.sql())
    .await
    .unwrap();
    let unknown: Vec<_> = without
        .iter()
        .filter(|t| !OPEN.contains(&t.as_str()))
        .collect();
    assert!(unknown.is_empty(), "no row-level security: {unknown:?}");
    let odd: Vec<String> = sqlx::query_scalar(
        "select conrelid::regclass || ' ' || conname from pg_constraint
         where connamespace = 'public'::regnamespace and conrelid <> 0 and contype in ('c', 'f', 'u', 'p')
           and conname !~ '_(key|check|fkey|pkey)$' and conrelid::regclass::text not in ('spatial_ref_sys', '_sqlx_migrations')
         union all
         select i.indrelid::regclass || ' ' || c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
         where c.relnamespace = 'public'::regnamespace and c.relname !~ '_(key|pkey|idx)$'",
    )
    .fetch_all(app.sql())
    .await
    .unwrap();
    assert!(odd.is_empty(), "{odd:#?}");
}
