//! Single cells of a list of places.

use unicode_normalization::UnicodeNormalization;

use crate::imports::columns::Cells;

/// Evacuation sites and buildings are one list; shelters another.
pub(super) fn family(kind: &str) -> &'static str {
    if kind == "shelter" { "shelter" } else { "site" }
}

pub(super) fn address(cells: &Cells<'_>) -> String {
    let parts = ["prefecture", "city", "town", "block"].map(|f| cells.get(f));
    let address = match cells.get("address") {
        "" => parts.concat(),
        whole => whole.to_owned(),
    };
    match cells.get("building") {
        "" => address,
        building => format!("{address} {building}"),
    }
}

/// What stands in a hazard's column.
pub(super) enum Mark {
    Yes,
    No,
    Partly,
    Unreadable,
}

pub(super) fn mark(text: &str) -> Mark {
    match text {
        "" | "0" | "0.0" | "×" | "✕" | "☓" | "x" | "X" | "-" | "－" | "−" | "ー" | "無"
        | "なし" | "false" | "FALSE" => Mark::No,
        "1" | "1.0" | "１" | "○" | "◯" | "〇" | "●" | "◎" | "有" | "あり" | "true" | "TRUE" => {
            Mark::Yes
        }
        "△" | "▲" => Mark::Partly,
        _ => Mark::Unreadable,
    }
}

/// Decimal degrees, in any width of digits.
pub(super) fn degrees(text: &str) -> Option<f64> {
    text.nfkc().collect::<String>().trim().parse().ok()
}

/// A plain number of people; `None` for anything that needs reading (「屋内480人／屋外3,350人」).
pub(super) fn capacity(text: &str) -> Option<i32> {
    let plain: String = text.nfkc().filter(|c| !matches!(c, ',' | ' ')).collect();
    let plain = plain.strip_suffix('人').unwrap_or(&plain);
    plain
        .strip_suffix(".0")
        .unwrap_or(plain)
        .parse()
        .ok()
        .filter(|n| *n >= 0)
}
