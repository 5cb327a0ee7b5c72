//! What an event's own key sealed is unreadable for ever once the key is destroyed.

use machimori::data_keys::{DataPurpose, data_key};
use machimori::db::Scope;
use uuid::Uuid;

use crate::events;
use crate::harness::TestApp;

#[tokio::test]
async fn an_event_has_one_key_and_what_it_sealed_is_gone_with_it() {
    let app = TestApp::new().await;
    let event = events::start(&app.staff().await, "disaster").await;
    let (keys, row) = (&app.app.keys, Uuid::now_v7());
    let mut tx = app.db().begin(&Scope::cli(None)).await.unwrap();
    let first = data_key(&mut tx, keys, DataPurpose::Victim, event)
        .await
        .unwrap();
    let sealed = first.seal(row, "床上浸水".as_bytes()).unwrap();
    let again = data_key(&mut tx, keys, DataPurpose::Victim, event)
        .await
        .unwrap();
    assert_eq!(again.open(row, &sealed).unwrap(), "床上浸水".as_bytes());
    sqlx::query("update data_key set wrapped = null, destroyed_at = now() where event_id = $1")
        .bind(event)
        .execute(&mut *tx)
        .await
        .unwrap();
    let gone = data_key(&mut tx, keys, DataPurpose::Victim, event).await;
    assert!(gone.is_err());
}
