//! Tiles: cells for planners only, sites by hazard, kept in memory.

use machimori::accounts::Role;

use super::Town;
use crate::harness::Client;

const CELLS: &str = "/tiles/coverage/14/14356/6501.mvt";

async fn text(client: &Client, path: &str) -> String {
    let reply = client.get(path).await;
    assert_eq!(reply.status, 200, "{path}");
    String::from_utf8_lossy(&reply.bytes).into_owned()
}

#[tokio::test]
async fn cells_are_on_the_tiles_of_planners_and_headquarters_and_on_nobody_elses() {
    let town = Town::new().await;
    town.people(town.west, 30, 135.455, 34.784).await;
    assert_eq!(
        town.planner.get(CELLS).await.problem(),
        "not-found",
        "before the first gathering"
    );
    town.gather().await;
    let tile = text(&town.planner, CELLS).await;
    assert!(
        tile.contains("cells") && tile.contains("西校区") && tile.contains("people"),
        "{tile}"
    );
    assert_eq!(text(&town.app.staff().await, CELLS).await, tile);
    assert_eq!(town.app.public().get(CELLS).await.problem(), "unauthorized");
    for role in [Role::Auditor, Role::Admin] {
        let other = town.app.log_in(role, &[]).await;
        assert_eq!(other.get(CELLS).await.problem(), "forbidden");
    }
    let reply = town.planner.get(CELLS).await;
    assert_eq!(reply.headers["cache-control"], "private, no-cache");
    // Nobody's cells after the next gathering: the tile's address names its own.
    let old = format!("{CELLS}?snapshot={}", uuid::Uuid::now_v7());
    assert!(town.planner.get(&old).await.bytes.is_empty());
}

#[tokio::test]
async fn sites_can_be_asked_by_hazard_and_kind() {
    let town = Town::new().await;
    town.site(
        "evacuation_site",
        "洪水の丘",
        (135.455, 34.784),
        &["flood"],
        None,
    )
    .await;
    town.site(
        "evacuation_site",
        "内水の丘",
        (135.456, 34.784),
        &["inland_flood"],
        None,
    )
    .await;
    town.site("shelter", "小学校", (135.457, 34.784), &[], None)
        .await;
    let public = town.app.public();
    let at = |query: &str| format!("/tiles/sites/14/14356/6501.mvt{query}");
    let flood = text(&public, &at("?hazard=flood")).await;
    assert!(flood.contains("洪水の丘") && !flood.contains("内水の丘") && !flood.contains("小学校"));
    // A shelter is designated for no hazard, and therefore asked for by kind alone.
    let shelters = text(&public, &at("?hazard=flood&kind=shelter")).await;
    assert!(shelters.contains("小学校") && !shelters.contains("洪水の丘"));
    assert!(text(&public, &at("")).await.contains("内水の丘"));
    assert_eq!(public.get(&at("?hazard=rain")).await.problem(), "malformed");
}

#[tokio::test]
async fn a_tile_is_kept_for_a_minute_squeezed_for_browsers_and_known_again_by_its_tag() {
    let town = Town::new().await;
    let path = "/tiles/districts/14/14356/6501.mvt";
    let public = town.app.public();
    let first = public.get(path).await;
    sqlx::query("update district set name = '改名校区'")
        .execute(town.app.sql())
        .await
        .unwrap();
    assert_eq!(
        public.get(path).await.bytes,
        first.bytes,
        "within the minute"
    );
    let etag = first.headers["etag"].to_str().unwrap().to_owned();
    let known = public.get_with(path, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status.as_u16(), known.bytes.len()), (304, 0));
    let squeezed = public
        .get_with(path, &[("accept-encoding", "gzip, br")])
        .await;
    if first.bytes.len() > 256 {
        assert_eq!(squeezed.headers["content-encoding"], "gzip");
    }
    town.app.app.clock.advance(chrono::TimeDelta::seconds(61));
    let later = public.get_with(path, &[("if-none-match", &etag)]).await;
    assert_eq!(later.status, 200);
    assert!(String::from_utf8_lossy(&later.bytes).contains("改名校区"));
}
