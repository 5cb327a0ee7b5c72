//! What a page may load and run (decision 40): exactly our own files, on every surface, whatever the page says.

use std::collections::BTreeMap;

use machimori::assets;
use serde_json::json;

use crate::harness::{Reply, TestApp};

/// Every surface, as people open it.
const PAGES: [&str; 5] = ["/field/", "/console/", "/plan/", "/public/", "/a/"];

/// Decision 40, written out once more by hand.
const OF_PAGES: [(&str, &str); 11] = [
    ("default-src", "'none'"),
    ("script-src", "'self'"),
    ("style-src", "'self'"),
    ("img-src", "'self' blob: data:"),
    ("connect-src", "'self'"),
    ("worker-src", "'self'"),
    ("manifest-src", "'self'"),
    ("font-src", "'self'"),
    ("frame-ancestors", "'none'"),
    ("base-uri", "'none'"),
    ("form-action", "'self'"),
];

/// The directives of an answer's one policy.
fn directives(reply: &Reply) -> BTreeMap<String, String> {
    let lines: Vec<_> = reply
        .headers
        .get_all("content-security-policy")
        .iter()
        .collect();
    assert_eq!(lines.len(), 1, "one policy, or the browser keeps the sum");
    lines[0]
        .to_str()
        .unwrap()
        .split(';')
        .map(|d| {
            let (name, value) = d.trim().split_once(' ').unwrap();
            (name.to_owned(), value.trim().to_owned())
        })
        .collect()
}

fn expected(directives: &[(&str, &str)]) -> BTreeMap<String, String> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    directives.iter().map(own).collect()
}

/// The tags of a page with what they say, and the text that follows each.
fn tags(html: &str) -> Vec<(&str, &str)> {
    html.split('<')
        .filter_map(|part| part.split_once('>'))
        .collect()
}

#[tokio::test]
async fn each_surface_may_load_and_run_our_own_files_and_nothing_else() {
    let app = TestApp::new().await;
    let public = app.public();
    for path in PAGES {
        let page = public.get(path).await;
        assert_eq!(directives(&page), expected(&OF_PAGES), "{path}");
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.headers["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn no_page_holds_a_script_or_a_style_of_its_own_nor_names_a_foreign_source() {
    assert!(assets::is_built(), "build the web first: ./dev test does");
    let app = TestApp::new().await;
    let public = app.public();
    for path in PAGES {
        let page = public.get(path).await;
        let html = String::from_utf8(page.bytes).unwrap();
        let tags = tags(&html);
        let scripts: Vec<_> = tags
            .iter()
            .filter(|(tag, _)| tag.starts_with("script"))
            .collect();
        assert!(!scripts.is_empty(), "{path} runs something");
        for (tag, text) in scripts {
            assert!(tag.contains(" src=\"/"), "{path}: {tag}");
            assert_eq!(text.trim(), "", "{path}: a script in the page");
        }
        for (tag, _) in tags {
            assert!(!tag.starts_with("style"), "{path}: {tag}");
            for at in tag.split_whitespace().skip(1) {
                let name = at.split('=').next().unwrap_or_default();
                let is_handler = name.starts_with("on") || name == "style" || name == "srcdoc";
                assert!(!is_handler, "{path}: {tag}");
                let value = at.split_once('=').map_or("", |(_, v)| v.trim_matches('"'));
                let is_link = ["src", "href", "action", "data"].contains(&name);
                let is_ours = value.starts_with('/') && !value.starts_with("//");
                assert!(!is_link || is_ours, "{path}: {tag}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_of_data_runs_nothing_at_all_also_when_it_is_a_refusal() {
    let app = TestApp::new().await;
    let public = app.public();
    let of_data = expected(&[("default-src", "'none'"), ("frame-ancestors", "'none'")]);
    for path in [
        "/api/v1/instance",
        "/api/v1/people",
        "/api/v1/nowhere",
        "/ogc/",
    ] {
        assert_eq!(directives(&public.get(path).await), of_data, "{path}");
    }
    let refused = public
        .post("/api/v1/answers/open", json!({"token": "x"}))
        .await;
    assert_eq!(directives(&refused), of_data);
}
