//! The authorization matrix: every operation of the contract × every principal. A new route without a row fails here. *Which* people
//! come back from a personal read: `people`.

mod people;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Method;
use machimori::accounts::Role;
use uuid::Uuid;

use crate::harness::{Client, TestApp};

const EVERYONE: &str = "PAHLNUVR";
const LOGGED_IN: &str = "AHLNUVR";
const VIEWERS: &str = "HLNU";
const LEADS: &str = "HL";
const STAFF: &str = "H";
const PLANNERS: &str = "HN";

/// Who gets in: P public · A admin · H headquarters · L district lead · N planner · U auditor · V volunteer · R reception.
const ROWS: &[(&str, &str)] = &[
    ("all_sites", EVERYONE),
    ("nearest_sites", EVERYONE),
    ("list_towns", EVERYONE),
    ("show_instance", EVERYONE),
    ("show_city", "AH"),
    ("set_city", "A"),
    ("log_in", EVERYONE),
    ("redeem_invite", EVERYONE),
    // The item's signature is the authority, not a session.
    ("sync_field", EVERYONE),
    ("carry_field", EVERYONE),
    ("show_session", LOGGED_IN),
    ("log_out", LOGGED_IN),
    // A phone has no password: it is refused inside, after its (empty) body.
    ("step_up", LOGGED_IN),
    ("change_password", LOGGED_IN),
    ("list_accounts", "A"),
    ("create_account", "A"),
    ("disable_account", "A"),
    ("reset_account", "A"),
    ("list_volunteers", LEADS),
    ("create_volunteer", STAFF),
    ("invite_volunteer", LEADS),
    ("list_devices", "AHL"),
    ("revoke_device", "AHL"),
    ("list_districts", "AHLNU"),
    ("create_import", STAFF),
    ("list_imports", STAFF),
    ("show_import", STAFF),
    ("list_import_rows", STAFF),
    ("apply_import", STAFF),
    ("undo_import", STAFF),
    ("discard_import", STAFF),
    ("list_waiting_rows", STAFF),
    ("match_import_row", STAFF),
    ("unmatch_import_row", STAFF),
    ("decide_import_rows", STAFF),
    ("read_import_headings", STAFF),
    ("list_import_mappings", STAFF),
    ("keep_import_mapping", STAFF),
    ("forget_import_mapping", STAFF),
    ("list_events", VIEWERS),
    ("create_event", LEADS),
    ("end_event", LEADS),
    ("list_activations", STAFF),
    ("open_activation", STAFF),
    ("confirm_activation", STAFF),
    ("close_activation", STAFF),
    ("review_activation", STAFF),
    ("search_people", LEADS),
    ("show_person", LEADS),
    ("append_consent", STAFF),
    ("fix_district", STAFF),
    ("set_standing_contacts", LEADS),
    ("preview_round", LEADS),
    ("start_round", LEADS),
    ("list_rounds", VIEWERS),
    ("show_round", VIEWERS),
    ("close_round", LEADS),
    ("show_board", VIEWERS),
    ("stream_board", VIEWERS),
    ("list_members", LEADS),
    ("show_member", LEADS),
    ("record_observation", LEADS),
    ("set_assignment", LEADS),
    ("list_round_volunteers", LEADS),
    ("export_round", LEADS),
    ("list_rescues", LEADS),
    ("count_rescues", LEADS),
    ("add_rescue_step", LEADS),
    ("resolve_rescue", LEADS),
    ("list_audit", "U"),
    // A lead's log-in has no phone and is refused inside; a lead's phone gets in. Reception's list is empty.
    ("show_bundle", "VR"),
    // A: answers by link, mails, facilities, paper, cards.
    ("list_facilities", LEADS),
    ("put_facility", STAFF),
    ("list_round_facilities", VIEWERS),
    ("list_facility_counts", LEADS),
    ("add_facility_count", LEADS),
    ("show_placards", VIEWERS),
    ("print_sheet", LEADS),
    ("list_sheets", LEADS),
    ("add_sheet_act", LEADS),
    ("show_sheet", LEADS),
    ("type_line", LEADS),
    // The token in the body is the authority, not a session.
    ("open_link", EVERYONE),
    ("answer_by_link", EVERYONE),
    ("call_for_real", EVERYONE),
    ("show_mails", LEADS),
    ("stop_mails", STAFF),
    ("send_mails_again", STAFF),
    ("list_bounces", STAFF),
    ("lift_bounce", STAFF),
    // B: working the round.
    ("show_review", LEADS),
    ("settle_contradiction", LEADS),
    ("settle_item", STAFF),
    ("list_candidates", LEADS),
    ("match_member", LEADS),
    ("undo_match", LEADS),
    ("make_slip", LEADS),
    ("set_round_rules", LEADS),
    ("list_escalations", LEADS),
    ("add_escalation_step", LEADS),
    ("show_hand_overs", LEADS),
    ("hand_over", LEADS),
    ("undo_hand_over", LEADS),
    ("list_visits", LEADS),
    ("list_round_starts", LEADS),
    ("bind_round", STAFF),
    ("undo_binding", STAFF),
    ("put_start_away", STAFF),
    // C: drills and attendance.
    ("list_drills", VIEWERS),
    ("show_drill", VIEWERS),
    ("plan_drill", STAFF),
    ("decide_drill", STAFF),
    ("show_readiness", LEADS),
    ("put_venue", LEADS),
    ("put_body", STAFF),
    ("show_attendance", VIEWERS),
    ("stream_attendance", VIEWERS),
    ("attend", LEADS),
    ("list_attendance", LEADS),
    ("export_attendance", LEADS),
    // D: after-action report.
    ("show_report", VIEWERS),
    ("export_report", VIEWERS),
    ("write_remark", STAFF),
    // E: shelter door.
    // Of its desk; a lead's phone of the own districts (a lead's log-in too); a volunteer's is empty.
    ("show_gate", "LVR"),
    // Headquarters' people are told to use a desk's device instead.
    ("invite_own_phone", LEADS),
    ("list_desks", LEADS),
    ("open_desk", LEADS),
    ("invite_to_desk", LEADS),
    ("close_desk", LEADS),
    ("list_cards", STAFF),
    ("print_cards", STAFF),
    ("revoke_card", STAFF),
    ("list_shelters", "HLN"),
    ("say_opening", LEADS),
    ("add_head_count", LEADS),
    ("search_evacuees", LEADS),
    ("record_stays", LEADS),
    ("settle_stay", LEADS),
    ("list_evacuee_candidates", STAFF),
    ("match_evacuee", STAFF),
    ("list_evacuee_matches", STAFF),
    ("undo_evacuee_match", STAFF),
    // F: victim registry.
    ("list_victims", STAFF),
    ("add_victim", STAFF),
    ("show_victim", STAFF),
    ("count_victims", STAFF),
    ("list_victim_changes", STAFF),
    ("change_victim", STAFF),
    ("move_victim", STAFF),
    ("remove_victim", STAFF),
    ("restore_victim", STAFF),
    ("add_victim_whereabouts", STAFF),
    ("add_victim_damage", STAFF),
    ("add_victim_assistance", STAFF),
    ("add_victim_consent", STAFF),
    ("list_victim_batches", STAFF),
    ("preview_victim_batch", STAFF),
    ("show_victim_batch", STAFF),
    ("list_victim_batch_items", STAFF),
    ("apply_victim_batch", STAFF),
    ("undo_victim_batch", STAFF),
    ("list_provision_rules", STAFF),
    ("preview_provision", STAFF),
    ("list_provisions", STAFF),
    ("prepare_provision", STAFF),
    ("show_provision", STAFF),
    ("confirm_provision", STAFF),
    ("cancel_provision", STAFF),
    ("issue_provision", STAFF),
    ("download_provision", STAFF),
    ("show_provision_sheet", STAFF),
    ("list_victim_disclosures", "HU"),
    ("export_victims", STAFF),
    // G: roster by district, plans.
    ("list_roster", LEADS),
    ("show_roster_coverage", "HLN"),
    ("export_roster", LEADS),
    ("export_roster_coverage", "HLN"),
    ("list_roster_changes", STAFF),
    ("print_roster", LEADS),
    ("list_roster_prints", LEADS),
    ("say_of_print", LEADS),
    ("list_plans", LEADS),
    ("put_plan", STAFF),
    ("bring_plan_into_force", STAFF),
    ("review_plan", STAFF),
    ("end_plan", STAFF),
    ("record_supporter_consent", STAFF),
    ("print_plan", LEADS),
    // H: PLAN.
    ("show_coverage_snapshot", PLANNERS),
    ("make_coverage_snapshot", PLANNERS),
    ("show_coverage", PLANNERS),
    ("try_coverage", PLANNERS),
    ("list_scenarios", PLANNERS),
    ("save_scenario", PLANNERS),
    ("show_scenario", PLANNERS),
    ("retire_scenario", PLANNERS),
    ("export_coverage", PLANNERS),
];

/// What a handler needs to get past reading its address; bodies may be wrong, the role is checked before them.
const QUERIES: &[(&str, &str)] = &[
    ("search_people", "?query=x"),
    ("preview_round", "?districts="),
    ("export_round", "?format=csv"),
    ("export_attendance", "?format=csv"),
    ("export_coverage", "?format=csv"),
    (
        "export_roster",
        "?format=csv&recipient=support_organisation",
    ),
    ("export_roster_coverage", "?format=csv"),
    ("export_victims", "?format=csv"),
    ("create_import", "?kind=sites&file_name=x.csv"),
    ("read_import_headings", "?kind=sites"),
    ("nearest_sites", "?lon=135.46&lat=34.78&hazard=any&limit=1"),
];

struct Operation {
    id: String,
    method: Method,
    path: String,
}

fn operations() -> Vec<Operation> {
    let contract = serde_json::to_value(machimori::router::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(id) = operation["operationId"].as_str() else {
                continue;
            };
            found.push(Operation {
                id: id.to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
            });
        }
    }
    found
}

/// An address of nothing: whoever is let in gets "not found" at the worst.
fn address(operation: &Operation) -> String {
    let path: Vec<String> = operation
        .path
        .split('/')
        .map(|part| match part.starts_with('{') {
            true => Uuid::now_v7().to_string(),
            false => part.to_owned(),
        })
        .collect();
    let query = QUERIES
        .iter()
        .find(|(id, _)| *id == operation.id)
        .map_or("", |(_, q)| q);
    format!("/api/v1{}{query}", path.join("/"))
}

#[test]
fn every_operation_has_a_row_and_every_row_an_operation() {
    let operations: BTreeSet<String> = operations().into_iter().map(|o| o.id).collect();
    let rows: BTreeSet<String> = ROWS.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_eq!(rows.len(), ROWS.len(), "a row stands twice");
    let without: Vec<_> = operations.difference(&rows).collect();
    let stale: Vec<_> = rows.difference(&operations).collect();
    assert!(without.is_empty(), "decide who gets in: {without:?}");
    assert!(stale.is_empty(), "no such operation: {stale:?}");
}

async fn clients(app: &TestApp) -> Vec<(char, Client)> {
    let district = app.district("東", 0).await;
    let volunteer = app.volunteer("協力 者一", &[district]).await;
    let phone = app.phone(volunteer).await;
    let reception = Uuid::now_v7();
    sqlx::query("insert into device (id, principal, public_key, label) values ($1, 'reception', '\\x00', '受付')")
        .bind(reception)
        .execute(app.sql())
        .await
        .unwrap();
    vec![
        ('P', app.public()),
        ('A', app.log_in(Role::Admin, &[]).await),
        ('H', app.staff().await),
        ('L', app.lead(&[district]).await),
        ('N', app.log_in(Role::Planner, &[]).await),
        ('U', app.log_in(Role::Auditor, &[]).await),
        ('V', app.phone_session(phone.device_id).await),
        ('R', app.phone_session(reception).await),
    ]
}

#[tokio::test]
async fn each_principal_gets_into_exactly_the_operations_of_its_column() {
    let app = TestApp::new().await;
    let clients = clients(&app).await;
    let mut wrong = Vec::new();
    // Logging out last: it ends the session that the others are asked with.
    let mut operations = operations();
    operations.sort_by_key(|o| o.id == "log_out");
    for operation in &operations {
        let (_, who) = ROWS.iter().find(|(id, _)| *id == operation.id).unwrap();
        for (letter, client) in &clients {
            let body = match operation.method {
                Method::GET | Method::DELETE => Body::empty(),
                _ => Body::from("{}"),
            };
            let reply = client
                .send(
                    operation.method.clone(),
                    &address(operation),
                    body,
                    Some("application/json"),
                    &[],
                )
                .await;
            let slug = match reply.status.is_client_error() || reply.status.is_server_error() {
                true => reply.problem(),
                false => String::new(),
            };
            let got_in = slug != "unauthorized" && slug != "forbidden";
            if got_in != who.contains(*letter) || slug == "internal" {
                wrong.push(format!("{} as {letter}: {slug:?}", operation.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
