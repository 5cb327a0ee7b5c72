//! The walls of gates, drills, links, registry, plans and figures: what each database role sees and may write, with the
//! application's checks taken away.

mod registry;
mod tables;

use machimori::db::Scope;
use sqlx::{Acquire as _, Executor as _, Row as _};
use uuid::Uuid;

use crate::harness::TestApp;

const EAST: &str = "set local app.districts = '10000000-0000-7000-8000-000000000001'";
const WEST: &str = "set local app.districts = '10000000-0000-7000-8000-000000000002'";
const AT_THE_SHELTER: &str = "set local app.device_id = '80000000-0000-7000-8000-000000000001'; set local app.districts = '10000000-0000-7000-8000-000000000001'";
const AT_NO_DESK: &str = "set local app.device_id = '80000000-0000-7000-8000-000000000002'; set local app.districts = '10000000-0000-7000-8000-000000000001,10000000-0000-7000-8000-000000000002'";
const AT_THE_VENUE: &str = "set local app.device_id = '80000000-0000-7000-8000-000000000003'; set local app.districts = '10000000-0000-7000-8000-000000000001'";
const AS_LEAD: &str = "set local app.actor_id = '40000000-0000-7000-8000-000000000001'";
const REFUSED: &str = "42501";

struct Ledger(TestApp);

impl Ledger {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let mut conn = app.sql().acquire().await.unwrap();
        conn.execute(include_str!("walls_second/ledger.sql"))
            .await
            .unwrap();
        Self(app)
    }

    /// Something said by somebody whom no wall stops, for good.
    async fn given(&self, sql: &'static str) {
        self.0.sql().execute(sql).await.unwrap();
    }

    /// The first cell as `role` reads it, or the name of the constraint (or the code) that refuses. Nothing stays.
    async fn ask(&self, role: &str, context: &str, sql: &str) -> String {
        let mut conn = self.0.sql().acquire().await.unwrap();
        let mut tx = conn.begin().await.unwrap();
        let setting = format!("set local role m_{role}; {context}");
        tx.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(setting)))
            .await
            .unwrap();
        match tx.fetch_one(sqlx::AssertSqlSafe(sql.to_owned())).await {
            Ok(row) => row
                .try_get::<i64, _>(0)
                .map_or_else(|_| row.get(0), |n| n.to_string()),
            Err(sqlx::Error::Database(refusal)) => refusal
                .constraint()
                .map_or_else(|| refusal.code().unwrap().into_owned(), str::to_owned),
            Err(other) => panic!("{sql}: {other}"),
        }
    }

    /// How many rows `role` sees of these columns.
    async fn rows(&self, role: &str, context: &str, columns: &str, table: &str) -> String {
        let sql = format!("select count(*) from (select {columns} from {table}) seen");
        self.ask(role, context, &sql).await
    }

    /// What becomes of a change.
    async fn write(&self, role: &str, context: &str, change: &str) -> String {
        let sql = format!("with done as ({change} returning 1) select count(*) from done");
        self.ask(role, context, &sql).await
    }
}

#[tokio::test]
async fn a_gate_sees_who_consented_nobody_protected_and_no_telephone() {
    let ledger = Ledger::new().await;
    let gate = ("reception", AT_THE_SHELTER);
    assert_eq!(ledger.rows(gate.0, gate.1, "id", "person").await, "1");
    assert_eq!(ledger.rows(gate.0, gate.1, "id", "evacuee").await, "2");
    assert_eq!(ledger.rows(gate.0, gate.1, "id", "stay_entry").await, "1");
    assert_eq!(
        ledger.rows(gate.0, gate.1, "phone", "evacuee").await,
        REFUSED
    );
    assert_eq!(ledger.rows(gate.0, gate.1, "*", "contact").await, REFUSED);
    // The switch: a desk may be told to hold nobody.
    ledger.given("update desk set gate_list = 'none'").await;
    assert_eq!(ledger.rows(gate.0, gate.1, "id", "person").await, "0");
}

#[tokio::test]
async fn a_gate_without_a_desk_and_one_whose_event_is_over_sees_nobody() {
    let ledger = Ledger::new().await;
    for table in ["person", "evacuee", "desk", "attendance"] {
        let seen = ledger.rows("reception", AT_NO_DESK, "id", table).await;
        assert_eq!(seen, "0", "{table}");
    }
    ledger
        .given("update event set ended_at = now() where kind = 'disaster' and not is_standing")
        .await;
    for table in ["person", "evacuee", "desk"] {
        let seen = ledger.rows("reception", AT_THE_SHELTER, "id", table).await;
        assert_eq!(seen, "0", "{table}");
    }
}

#[tokio::test]
async fn a_venues_gate_sees_who_came_through_it_and_the_figures_have_no_names() {
    let ledger = Ledger::new().await;
    let names = "select string_agg(name, ',') from attendance";
    let seen = ledger.ask("reception", AT_THE_VENUE, names).await;
    assert_eq!(seen, "山田");
    assert_eq!(ledger.ask("district_lead", WEST, names).await, "西田");
    assert_eq!(ledger.rows("index", "", "id", "attendance").await, "2");
    assert_eq!(ledger.ask("index", "", names).await, REFUSED);
    assert_eq!(ledger.rows("index", "", "name", "evacuee").await, REFUSED);
    assert_eq!(
        ledger.rows("volunteer", EAST, "id", "attendance").await,
        REFUSED
    );
}

#[tokio::test]
async fn a_lead_sees_the_evacuees_desks_and_links_of_the_own_districts() {
    let ledger = Ledger::new().await;
    assert_eq!(
        ledger.rows("district_lead", EAST, "id", "evacuee").await,
        "2"
    );
    assert_eq!(
        ledger.rows("district_lead", WEST, "id", "evacuee").await,
        "0"
    );
    assert_eq!(
        ledger.rows("volunteer", EAST, "id", "evacuee").await,
        REFUSED
    );
    assert_eq!(
        ledger
            .rows("district_lead", EAST, "id", "self_report_link")
            .await,
        "1"
    );
    assert_eq!(ledger.rows("district_lead", EAST, "id", "desk").await, "2");
    assert_eq!(ledger.rows("district_lead", WEST, "id", "desk").await, "0");
    // The devices at the own desks, and invites to them.
    assert_eq!(
        ledger.rows("district_lead", EAST, "id", "device").await,
        "2"
    );
    assert_eq!(
        ledger.rows("district_lead", WEST, "id", "device").await,
        "0"
    );
    let invite = "insert into invite (id, principal, desk_id, token_hmac, code_hmac, expires_at) values
        (gen_random_uuid(), 'reception', '90000000-0000-7000-8000-000000000001', 'a', 'b', now() + interval '1 day')";
    assert_eq!(ledger.write("district_lead", EAST, invite).await, "1");
    assert_eq!(ledger.write("district_lead", WEST, invite).await, REFUSED);
    let another = invite.replace("'reception'", "'district_lead'");
    assert_eq!(ledger.write("district_lead", EAST, &another).await, REFUSED);
    assert_eq!(
        ledger.write("hq_staff", "", &another).await,
        "invite_desk_check"
    );
}

#[tokio::test]
async fn a_drills_opening_is_invisible_to_the_public() {
    let ledger = Ledger::new().await;
    let public = ledger.rows("public", "", "*", "public_site_state").await;
    assert_eq!(public, "0");
    assert_eq!(ledger.rows("public", "", "*", "site_state").await, REFUSED);
    ledger
        .given("insert into site_state (event_id, event_kind, site_id, status, status_since) values
            ('20000000-0000-7000-8000-000000000002', 'disaster', '30000000-0000-7000-8000-000000000001', 'open', now())")
        .await;
    let public = ledger.rows("public", "", "*", "public_site_state").await;
    assert_eq!(public, "1");
}

#[tokio::test]
async fn what_was_said_is_appended_and_never_changed_by_anybody() {
    let ledger = Ledger::new().await;
    let appended = "'opening', 'stay_entry', 'head_count', 'attendance', 'observation', 'resolution', 'sync_item', 'facility_count',
        'item_settlement', 'victim_damage', 'victim_whereabouts', 'assistance_record', 'victim_consent', 'victim_disclosure',
        'victim_disclosure_entry', 'victim_change', 'victim_source', 'mail_attempt', 'rescue_slip', 'escalation_step', 'hand_over', 'hand_over_undo',
        'drill_decision', 'practice', 'after_action_report', 'report_remark', 'print_copy', 'print_copy_line', 'print_copy_act'";
    let changers: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "select grantee || ' ' || privilege_type || ' ' || table_name from information_schema.role_table_grants
         where table_schema = 'public' and privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE') and grantee like 'm\\_%'
           and table_name in ({appended})
         union
         select grantee || ' UPDATE ' || table_name || '.' || column_name from information_schema.role_column_grants
         where table_schema = 'public' and privilege_type = 'UPDATE' and grantee like 'm\\_%' and table_name in ({appended})"
    )))
    .fetch_all(ledger.0.sql())
    .await
    .unwrap();
    assert!(changers.is_empty(), "{changers:#?}");
    let change = "update opening set status = 'closed'";
    assert_eq!(ledger.write("hq_staff", "", change).await, REFUSED);
}

#[tokio::test]
async fn a_match_is_one_hop_and_a_drill_binds_to_no_disaster() {
    let ledger = Ledger::new().await;
    let link = |from: u8, to: u8| {
        format!(
            "insert into member_link (id, kind, from_member_id, from_round_id, to_member_id, to_round_id) values (gen_random_uuid(), 'match',
             '70000000-0000-7000-8000-00000000000{from}', '60000000-0000-7000-8000-000000000002',
             '70000000-0000-7000-8000-00000000000{to}', '60000000-0000-7000-8000-000000000002')"
        )
    };
    assert_eq!(ledger.write("hq_staff", "", &link(9, 1)).await, "1");
    let mut conn = ledger.0.sql().acquire().await.unwrap();
    conn.execute(sqlx::AssertSqlSafe(link(9, 1))).await.unwrap();
    let on = ledger.write("hq_staff", "", &link(1, 2)).await;
    assert_eq!(on, "member_link_one_hop_check");
    let bind = "insert into round_binding (id, from_round_id, from_event_id, from_event_kind, to_round_id, to_event_id, to_event_kind, bound_by)
        values (gen_random_uuid(), '60000000-0000-7000-8000-000000000001', '20000000-0000-7000-8000-000000000001', 'drill',
                '60000000-0000-7000-8000-000000000002', '20000000-0000-7000-8000-000000000002', 'disaster', '40000000-0000-7000-8000-000000000001')";
    assert_eq!(
        ledger.write("hq_staff", "", bind).await,
        "round_binding_kind_check"
    );
}

#[tokio::test]
async fn a_planner_reads_no_roster_and_writes_no_cell() {
    let ledger = Ledger::new().await;
    assert_eq!(
        ledger.rows("planner", "", "*", "support_resident").await,
        REFUSED
    );
    let cell = "insert into coverage_cell values (gen_random_uuid(), 1, '10000000-0000-7000-8000-000000000001', 5,
        st_setsrid(st_makepoint(135, 34), 4326), st_multi(st_makeenvelope(135, 34, 136, 35, 4326)))";
    assert_eq!(ledger.write("planner", "", cell).await, REFUSED);
    let one_person = cell.replace("', 5,", "', 1,");
    assert_eq!(
        ledger.write("job", "", &one_person).await,
        "coverage_cell_people_check"
    );
}

#[tokio::test]
async fn a_plan_needs_consent_to_be_in_force_and_is_never_rewritten() {
    let ledger = Ledger::new().await;
    let in_force = "update evacuation_plan set status = 'in_force', in_force_from = now(), explained_on = '2026-11-22'";
    assert_eq!(
        ledger.write("hq_staff", "", in_force).await,
        "evacuation_plan_in_force_check"
    );
    ledger
        .given("insert into consent (id, person_id, purpose, recipient_class, status, obtained_on) values
            ('f0000000-0000-7000-8000-000000000001', '50000000-0000-7000-8000-000000000001', 'plan', 'support_organisation', 'consented', '2026-11-22')")
        .await;
    ledger
        .given("update evacuation_plan set status = 'in_force', in_force_from = now(), explained_on = '2026-11-22',
            consent_id = 'f0000000-0000-7000-8000-000000000001'")
        .await;
    assert_eq!(
        ledger
            .write("hq_staff", "", "update evacuation_plan set route = 'y'")
            .await,
        "evacuation_plan_version_check"
    );
    let lead = ("district_lead", EAST);
    assert_eq!(
        ledger.rows(lead.0, lead.1, "id", "evacuation_plan").await,
        "1"
    );
    assert_eq!(
        ledger
            .rows("district_lead", WEST, "id", "evacuation_plan")
            .await,
        "0"
    );
    let medical = ledger
        .rows(lead.0, lead.1, "medical_sealed", "evacuation_plan")
        .await;
    assert_eq!(medical, REFUSED);
    // A supporter's name is the supporter's to give.
    ledger
        .given("insert into plan_supporter (id, plan_id, rank, name, consent, consent_on) values
            (gen_random_uuid(), 'e0000000-0000-7000-8000-000000000001', 1, '同意', 'consented', '2026-11-22'),
            (gen_random_uuid(), 'e0000000-0000-7000-8000-000000000001', 2, '拒否', 'refused', null)")
        .await;
    let names = "select string_agg(name, ',') from plan_supporter";
    assert_eq!(ledger.ask(lead.0, lead.1, names).await, "同意");
    for columns in ["address", "consent_means"] {
        let seen = ledger.rows(lead.0, lead.1, columns, "plan_supporter").await;
        assert_eq!(seen, REFUSED, "{columns}");
    }
    // A volunteer is told the help needed of whom she is sent to, and of nobody else; nothing else of a plan.
    let hands = (
        "volunteer",
        "set local app.districts = '10000000-0000-7000-8000-000000000001'",
    );
    let help = ledger
        .rows(hands.0, hands.1, "help_needed", "evacuation_plan")
        .await;
    assert_eq!(help, "0");
    for columns in ["route", "destination_words", "medical_sealed"] {
        let seen = ledger
            .rows(hands.0, hands.1, columns, "evacuation_plan")
            .await;
        assert_eq!(seen, REFUSED, "{columns}");
    }
    for (columns, table) in [
        ("value", "contact"),
        ("name", "person"),
        ("route", "evacuation_plan"),
    ] {
        let seen = ledger.rows("index", "", columns, table).await;
        assert_eq!(seen, REFUSED, "{columns} of {table}");
    }
}
