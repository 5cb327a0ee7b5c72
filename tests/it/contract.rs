//! The contract names each of its shapes once (two types of one name would silently become one of them), and says truly where each
//! parameter stands.

mod bounds;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("the sources are here") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => sources(&path, found),
            false if path.extension().is_some_and(|e| e == "rs") => found.push(path),
            false => {}
        }
    }
}

/// The names that types which derive `ToSchema` have in the contract.
fn named(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let is_derive = line.trim_start().starts_with("#[derive(");
        let mut derived = line.contains("ToSchema");
        let mut renamed = None;
        if !is_derive && !line.trim_start().starts_with("ToSchema") {
            continue;
        }
        for next in lines.by_ref() {
            derived |= next.contains("ToSchema");
            if let Some(rest) = next.split("schema(as = ").nth(1) {
                renamed = rest.split([')', ',']).next().map(str::to_owned);
            }
            let words: Vec<&str> = next.split_whitespace().collect();
            if let Some(at) = words.iter().position(|w| *w == "struct" || *w == "enum") {
                let name = words[at + 1]
                    .split(['<', '(', '{', ';'])
                    .next()
                    .unwrap_or_default();
                // A generic type is named by what fills it.
                if derived && !words[at + 1].contains('<') {
                    names.push(renamed.unwrap_or_else(|| name.to_owned()));
                }
                break;
            }
        }
    }
    names
}

#[test]
fn no_two_types_have_one_name_in_the_contract() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let contract = serde_json::to_value(machimori::router::openapi()).expect("a contract");
    let schemas = contract["components"]["schemas"]
        .as_object()
        .expect("schemas");
    let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source");
        for name in named(&text).into_iter().filter(|n| schemas.contains_key(n)) {
            of.entry(name).or_default().push(file.display().to_string());
        }
    }
    assert!(of.len() > 100, "only {} types were found", of.len());
    of.retain(|_, files| files.len() > 1);
    assert_eq!(of, BTreeMap::new(), "give one of them `#[schema(as = …)]`");
}

/// The names in braces of a path.
fn braced(path: &str) -> BTreeSet<&str> {
    let parts = path.split('{').skip(1);
    parts.filter_map(|part| part.split('}').next()).collect()
}

#[test]
fn every_path_parameter_stands_in_its_path_and_every_brace_is_a_parameter() {
    let contract = serde_json::to_value(machimori::router::openapi()).expect("a contract");
    let mut wrong = BTreeMap::new();
    let mut operations = 0;
    for (path, item) in contract["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            operations += 1;
            let named: Vec<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .filter_map(|parameter| parameter["name"].as_str())
                .collect();
            let is_once = named.len() == braced(path).len();
            if !is_once || named.iter().copied().collect::<BTreeSet<_>>() != braced(path) {
                wrong.insert(format!("{method} {path}"), named.join(", "));
            }
        }
    }
    assert!(operations > 100, "only {operations} operations were found");
    let none: BTreeMap<String, String> = BTreeMap::new();
    assert_eq!(
        wrong, none,
        "give them `#[into_params(parameter_in = Query)]`"
    );
}

#[test]
fn a_parameter_that_must_be_said_is_required_in_the_contract() {
    let contract = serde_json::to_value(machimori::router::openapi()).expect("a contract");
    let required = |path: &str, name: &str| -> Value {
        let parameters = contract["paths"][path]["get"]["parameters"].as_array();
        let parameter = parameters.and_then(|all| all.iter().find(|p| p["name"] == name));
        parameter.expect("a parameter")["required"].clone()
    };
    for path in ["/sites/nearest", "/coverage/figures"] {
        assert_eq!(required(path, "hazard"), true, "{path}");
    }
    // There a saved what-if may say it.
    assert_eq!(required("/coverage/export", "hazard"), false);
}
