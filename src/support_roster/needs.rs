//! Why a person is on the roster, what help is needed, and what the person agreed to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::import::Parser;
use super::profile::{HELP, REASONS};
use crate::imports::columns::{Cells, plain};
use crate::imports::draft::Draft;

impl Parser {
    pub(super) fn needs(&self, cells: &Cells<'_>, draft: &mut Draft) {
        for (field, words) in [("reasons", &REASONS[..]), ("help_needed", &HELP[..])] {
            if !self.columns.has(field) {
                continue;
            }
            let (known, unknown) = words_of(cells.get(field), words);
            for word in unknown {
                draft.warn(
                    self.columns.heading(field),
                    format!("「{word}」はどの区分か分からないため、その他必要事項に書き写しました"),
                );
                let noted = draft
                    .incoming
                    .entry("other_items")
                    .or_insert_with(|| "".into());
                let text = noted.as_str().unwrap_or("").to_owned();
                *noted = if text.is_empty() {
                    word
                } else {
                    format!("{text}、{word}")
                }
                .into();
            }
            draft.set(field, known.into_iter().collect::<Vec<_>>());
        }
        if self.columns.has("help_note") {
            draft.set("help_note", cells.get("help_note"));
        }
        if self.columns.has("other_items") {
            let copied = draft
                .incoming
                .get("other_items")
                .and_then(Value::as_str)
                .unwrap_or("");
            let parts = [cells.get("other_items"), copied];
            let text: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
            let text = text.join("、");
            draft.set("other_items", text);
        }
        draft
            .extra
            .insert("reason_basis".into(), cells.get("reasons").into());
    }

    pub(super) fn consent(&self, cells: &Cells<'_>, draft: &mut Draft) {
        if self.columns.has("consent") {
            let text = cells.get("consent");
            let status = match plain(text).as_str() {
                "同意" | "同意する" | "同意あり" | "あり" | "有" | "1" | "はい" | "済"
                | "consented" => "consented",
                "不同意" | "同意しない" | "拒否" | "なし" | "無" | "0" | "2" | "いいえ"
                | "refused" => "refused",
                "撤回" | "同意撤回" | "withdrawn" => "withdrawn",
                "条例" | "条例による提供" | "同意不要" | "not_required_by_ordinance" => {
                    "not_required_by_ordinance"
                }
                "" | "未回答" | "未返信" | "不明" | "unanswered" => "unanswered",
                _ if matches!(text, "○" | "〇" | "◯") => "consented",
                _ if matches!(text, "×" | "✕") => "refused",
                _ => {
                    return draft.error(
                        self.columns.heading("consent"),
                        format!("「{text}」は読めません。同意・不同意・撤回・未回答のどれかで書いてください"),
                    );
                }
            };
            let status = if self.ordinance_replaces_consent
                && matches!(status, "unanswered" | "consented")
            {
                "not_required_by_ordinance"
            } else {
                status
            };
            draft.set("consent", status);
            if self.columns.has("consent_on") {
                let day = self.date(cells, "consent_on", draft);
                draft.set("consent_on", day.map(|d| d.to_string()));
            }
            draft
                .extra
                .insert("consent_means".into(), cells.get("consent_means").into());
        } else if self.ordinance_replaces_consent {
            draft.set("consent", "not_required_by_ordinance");
        }
    }
}

/// The words of a cell (any separator) that we know, sorted, and those that we do not.
/// The codes of a list's words, and the words that no code stands for.
pub fn words_of(
    text: &str,
    known: &[(&'static str, &[&str])],
) -> (BTreeSet<&'static str>, Vec<String>) {
    let mut found = BTreeSet::new();
    let mut unknown = Vec::new();
    let separators = [';', '；', '、', ',', '，', '/', '／', '・', '\n', '|'];
    for word in text
        .split(separators)
        .map(str::trim)
        .filter(|w| !w.is_empty())
    {
        let wanted = plain(word);
        let hit = known.iter().find(|(ours, theirs)| {
            plain(ours) == wanted || theirs.iter().any(|t| plain(t) == wanted)
        });
        match hit {
            Some((ours, _)) => {
                found.insert(*ours);
            }
            None => unknown.push(word.to_owned()),
        }
    }
    (found, unknown)
}
