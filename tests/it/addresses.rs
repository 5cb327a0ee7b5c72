//! `machimori address parse`, as a script calls it.

use std::process::{Command, Output};

fn parse(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_machimori"))
        .args(["address", "parse"])
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn written(folder: &tempfile::TempDir, name: &str, content: &[u8]) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("a written file");
    path.to_str().expect("plain").to_owned()
}

#[test]
fn a_cp932_list_is_taken_apart_with_the_towns_of_the_city() {
    let folder = tempfile::tempdir().expect("a folder");
    let (list, _) =
        machimori::text::cp932::encode("豊中市蛍池東町1-2-3\r\n螢池東町一丁目2番3号\r\n");
    let list = written(&folder, "list.txt", &list);
    let towns = "city_name,town\n豊中市,螢池東町一丁目\n吹田市,本町一丁目\n";
    let towns = written(&folder, "towns.csv", towns.as_bytes());
    let output = parse(&["--city", "豊中市", "--towns", &towns, &list]);
    assert!(output.status.success(), "{output:?}");
    let lines: Vec<serde_json::Value> = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["town"], "螢池東町");
    assert_eq!(lines[0]["key"], lines[1]["key"]);
}

#[test]
fn a_file_that_is_no_text_is_refused_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = written(
        &folder,
        "broken.txt",
        "豊中市本町\n\u{30}"
            .as_bytes()
            .iter()
            .chain(b"\xFF\n")
            .copied()
            .collect::<Vec<u8>>()
            .as_slice(),
    );
    let output = parse(&[&broken]);
    assert!(!output.status.success());
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        words.contains("broken.txt") && words.contains("2行目2文字目"),
        "{words}"
    );
}
