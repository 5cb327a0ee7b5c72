//! Lists from outside: brought, looked at, applied, taken back; and every way in which they can be wrong.

mod bad_files;
mod classes;
mod command;
mod districts;
mod instances;
mod mappings;
mod purge;
mod roster;
mod sites;
mod victims;
mod waiting;

use machimori::jobs;
use serde_json::Value;
use uuid::Uuid;

use crate::harness::{Client, Reply, TestApp};

/// Bring a file and let it be read to its end.
async fn bring(app: &TestApp, client: &Client, query: &str, bytes: impl Into<Vec<u8>>) -> Value {
    let path = format!("/api/v1/imports?{query}");
    let accepted = client.upload(&path, bytes.into()).await.expect(202);
    assert_eq!(accepted["status"], "staging");
    jobs::run_pending(&app.app).await.unwrap();
    let id = accepted["id"].as_str().unwrap();
    show(client, id).await
}

async fn show(client: &Client, id: &str) -> Value {
    let path = format!("/api/v1/imports/{id}");
    client.get(&path).await.expect(200)
}

async fn rows(client: &Client, import: &Value, action: &str) -> Vec<Value> {
    let id = import["id"].as_str().unwrap();
    let path = format!("/api/v1/imports/{id}/rows?limit=500&action={action}");
    let page = client.get(&path).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

async fn ask_to_apply(client: &Client, import: &Value, query: &str) -> Reply {
    let id = import["id"].as_str().unwrap();
    client
        .send(
            axum::http::Method::POST,
            &format!("/api/v1/imports/{id}/apply{query}"),
            axum::body::Body::empty(),
            None,
            &[],
        )
        .await
}

/// Apply, which must be accepted, and answer the import as it then is.
async fn apply(app: &TestApp, client: &Client, import: &Value) -> Value {
    ask_to_apply(client, import, "").await.expect(202);
    jobs::run_pending(&app.app).await.unwrap();
    show(client, import["id"].as_str().unwrap()).await
}

async fn undo(client: &Client, import: &Value) -> Value {
    let id = import["id"].as_str().unwrap();
    client
        .post(&format!("/api/v1/imports/{id}/undo"), Value::Null)
        .await
        .expect(200)
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app.sql()).await.unwrap()
}

fn counts(import: &Value) -> [i64; 5] {
    ["add", "change", "same", "revoke", "error"].map(|n| import["counts"][n].as_i64().unwrap())
}

/// The message of a whole file's refusal.
fn refusal(import: &Value) -> &str {
    assert_eq!(import["status"], "refused", "{import}");
    import["refusal"]["message"].as_str().unwrap()
}

/// All that is said about a row.
fn messages(row: &Value) -> String {
    let list = row["complaints"].as_array().unwrap();
    list.iter()
        .map(|c| {
            format!(
                "{}：{}",
                c["column"].as_str().unwrap(),
                c["message"].as_str().unwrap()
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The real files, when the data folder is there.
fn real(path: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("MACHIMORI_TEST_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        std::path::PathBuf::from,
    );
    let file = folder.join(path);
    if file.exists() {
        return Some(std::fs::read(file).unwrap());
    }
    eprintln!(
        "SKIPPED: no real file {}; set MACHIMORI_TEST_DATA",
        file.display()
    );
    None
}

fn cp932(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = encoding_rs::SHIFT_JIS.encode(text);
    assert!(!unmappable);
    bytes.into_owned()
}

async fn audited(app: &TestApp, action: &str) -> i64 {
    sqlx::query_scalar("select count(*) from audit_entry where action = $1")
        .bind(action)
        .fetch_one(app.sql())
        .await
        .unwrap()
}

fn id_of(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}
