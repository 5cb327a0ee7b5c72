//! Two instances on one database: what one imports, the other's lookup knows by notice. Neither looks by itself here.

use std::time::Duration;

use machimori::shelters::refresh;
use tokio::task::JoinHandle;

use super::sites::list;
use super::*;
use crate::harness::Instance;

const NEVER: Duration = Duration::from_secs(24 * 3600);

/// Follows the database until the story ends.
struct Following(JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn nearest(instance: &Instance) -> Vec<String> {
    let path = "/api/v1/sites/nearest?lon=135.46&lat=34.78&hazard=earthquake";
    let reply = instance.client.get(path).await;
    if reply.status.as_u16() == 503 {
        return Vec::new();
    }
    let sites = reply.expect(200)["sites"].clone();
    let name = |site: &Value| site["name"].as_str().unwrap().to_owned();
    sites.as_array().unwrap().iter().map(name).collect()
}

/// The lookup of the instance comes to answer these names.
async fn comes_to_answer(instance: &Instance, names: &[&str]) {
    let mut last = Vec::new();
    let answered = async {
        while last != names {
            tokio::task::yield_now().await;
            last = nearest(instance).await;
        }
    };
    let answered = tokio::time::timeout(Duration::from_secs(20), answered).await;
    assert!(answered.is_ok(), "{last:?} instead of {names:?}");
}

/// An instance beside the first that holds its one site and listens.
async fn beside_one_site(app: &TestApp, client: &Client) -> (Instance, Following) {
    bring_sites(app, client, &[(1, "東公園", ",,,1,,,,,")]).await;
    let other = app.beside().await;
    let following = tokio::spawn(refresh::follow(other.app.clone(), NEVER));
    comes_to_answer(&other, &["東公園"]).await;
    (other, Following(following))
}

async fn bring_sites(app: &TestApp, client: &Client, rows: &[(u32, &str, &str)]) {
    let import = bring(app, client, "kind=sites", list(rows)).await;
    assert_eq!(apply(app, client, &import).await["status"], "applied");
}

#[tokio::test]
async fn a_site_imported_at_one_instance_is_found_at_the_other_by_notice_and_gone_again_after_the_undo()
 {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let (other, _following) = beside_one_site(&app, &staff).await;
    let rows = [(1, "東公園", ",,,1,,,,,"), (2, "西公園", ",,,1,,,,,")];
    let import = bring(&app, &staff, "kind=sites", list(&rows)).await;
    let import = apply(&app, &staff, &import).await;
    comes_to_answer(&other, &["東公園", "西公園"]).await;

    undo(&staff, &import).await;
    comes_to_answer(&other, &["東公園"]).await;
}

#[tokio::test]
async fn an_instance_whose_listening_connection_was_cut_reads_all_sites_anew() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let (other, _following) = beside_one_site(&app, &staff).await;
    // Nothing announces this change, and neither the number of sites nor their newest date tells of it.
    sqlx::query("update site set name = '東中央公園'")
        .execute(app.sql())
        .await
        .unwrap();
    assert_eq!(nearest(&other).await, ["東公園"]);
    let cut = count(
        &app,
        "select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity
         where datname = current_database() and query ilike 'listen%'",
    );
    assert_eq!(cut.await, 1);
    comes_to_answer(&other, &["東中央公園"]).await;

    bring_sites(
        &app,
        &staff,
        &[(1, "東中央公園", ",,,1,,,,,"), (2, "西公園", ",,,1,,,,,")],
    )
    .await;
    comes_to_answer(&other, &["東中央公園", "西公園"]).await;
}
