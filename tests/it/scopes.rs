//! A transaction's scope is its own, whatever became of the request before it on the same connection.

use futures::poll;
use machimori::db::{Db, Scope};
use uuid::Uuid;

use crate::harness::TestApp;

#[tokio::test]
async fn a_request_given_up_while_it_begins_leaves_nothing_of_its_scope_to_the_next() {
    let app = TestApp::new().await;
    let db = Db::default();
    db.open(app.database().app_options(), 1).await.unwrap();
    for given_up_after in 0..100 {
        let resident = Scope::link(Uuid::now_v7());
        let mut begin = Box::pin(db.begin(&resident));
        for _ in 0..given_up_after {
            if poll!(&mut begin).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(begin);
        let mut next = db.begin(&Scope::cli(None)).await.unwrap();
        let left: Option<String> =
            sqlx::query_scalar("select nullif(current_setting('app.actor_id', true), '')")
                .fetch_one(&mut *next)
                .await
                .unwrap();
        assert_eq!(left, None, "given up after {given_up_after} turns");
        next.commit().await.unwrap();
    }
}
