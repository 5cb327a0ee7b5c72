//! Which column of a list is which of our fields: by heading, never by position.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use super::{Mapping, Refusal};
use crate::tables::{Feature, Record};

/// One of our fields and the headings it goes by. The order is the order of preference.
pub struct Field {
    pub name: &'static str,
    pub headings: &'static [&'static str],
}

/// A list's columns, found.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    headings: Vec<String>,
    at: HashMap<&'static str, usize>,
}

impl Columns {
    /// Find the fields among the headings. What the caller says wins over what is recognised; a column serves one field only.
    pub fn find(headings: &[String], fields: &[Field], mapping: &Mapping) -> Result<Self, Refusal> {
        let plain: Vec<String> = headings.iter().map(|h| plain(h)).collect();
        let mut at = HashMap::new();
        let mut taken = vec![false; headings.len()];
        let mut unwanted = Vec::new();
        for (name, heading) in &mapping.columns {
            let field = fields.iter().find(|f| f.name == name).ok_or_else(|| {
                let known: Vec<_> = fields.iter().map(|f| f.name).collect();
                Refusal::new(format!(
                    "列の対応にある「{name}」という項目はありません。使える項目：{}",
                    known.join("、")
                ))
            })?;
            if heading.is_empty() {
                unwanted.push(field.name);
                continue;
            }
            let wanted = self::plain(heading);
            let index = plain.iter().position(|h| *h == wanted).ok_or_else(|| {
                Refusal::new(format!(
                    "列の対応にある見出し「{heading}」がファイルにありません。見つかった見出し：{}",
                    listed(headings)
                ))
                .about_columns()
            })?;
            taken[index] = true;
            at.insert(field.name, index);
        }
        for field in fields {
            if at.contains_key(field.name) || unwanted.contains(&field.name) {
                continue;
            }
            let found = field.headings.iter().find_map(|heading| {
                let wanted = self::plain(heading);
                plain
                    .iter()
                    .enumerate()
                    .position(|(i, h)| *h == wanted && !taken[i])
            });
            if let Some(index) = found {
                taken[index] = true;
                at.insert(field.name, index);
            }
        }
        Ok(Self {
            headings: headings.to_vec(),
            at,
        })
    }

    pub fn has(&self, field: &str) -> bool {
        self.at.contains_key(field)
    }

    /// The list's own heading of a field; the field's name where the list has none.
    pub fn heading<'a>(&'a self, field: &'a str) -> &'a str {
        self.at
            .get(field)
            .map_or(field, |i| self.headings[*i].as_str())
    }

    /// The column of a field, from 1.
    pub fn number(&self, field: &str) -> Option<u64> {
        self.at.get(field).map(|i| *i as u64 + 1)
    }

    /// Field → heading of the columns in use.
    pub fn used(&self) -> BTreeMap<String, String> {
        self.at
            .iter()
            .map(|(field, i)| ((*field).to_owned(), self.headings[*i].clone()))
            .collect()
    }

    /// Headings that serve no field.
    pub fn unused(&self) -> Vec<String> {
        let used: Vec<usize> = self.at.values().copied().collect();
        self.headings
            .iter()
            .enumerate()
            .filter(|(i, h)| !used.contains(i) && !h.is_empty())
            .map(|(_, h)| h.clone())
            .collect()
    }

    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// Refuse a list that lacks these fields, naming what was looked for and what was found.
    pub fn require(&self, fields: &[Field], names: &[&str], line: u64) -> Result<(), Refusal> {
        let missing: Vec<String> = names
            .iter()
            .filter(|n| !self.has(n))
            .filter_map(|n| fields.iter().find(|f| f.name == *n))
            .map(|f| {
                format!(
                    "「{}」",
                    f.headings
                        .iter()
                        .take(3)
                        .copied()
                        .collect::<Vec<_>>()
                        .join("／")
                )
            })
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let refusal = Refusal::new(format!(
            "{}の列が見つかりません。見出しを直すか、列の対応を指定してください。見つかった見出し：{}",
            missing.join("と"),
            listed(&self.headings)
        ))
        .about_columns();
        Err(if line > 0 {
            refusal.at(line, None)
        } else {
            refusal
        })
    }
}

/// The cells of one row or one feature, by field.
pub struct Cells<'a> {
    pub columns: &'a Columns,
    /// Line of the file from 1.
    pub line: u64,
    /// Place among the features of a map, from 1.
    pub feature: Option<u64>,
    pub geometry: Option<&'a geojson::Geometry>,
    texts: Vec<Cow<'a, str>>,
    pub formulas: &'a [usize],
    pub broken: &'a [usize],
}

impl<'a> Cells<'a> {
    pub fn of(record: &'a Record, columns: &'a Columns) -> Self {
        match record {
            Record::Row(row) => Self {
                columns,
                line: row.line,
                feature: None,
                geometry: None,
                texts: row.cells.iter().map(|c| Cow::Borrowed(c.trim())).collect(),
                formulas: &row.formulas,
                broken: &row.errors,
            },
            Record::Feature(feature) => Self {
                columns,
                line: feature.line,
                feature: Some(feature.index),
                geometry: feature.geometry.as_ref(),
                texts: columns
                    .headings
                    .iter()
                    .map(|h| text_of(feature.properties.get(h)))
                    .collect(),
                formulas: &[],
                broken: &[],
            },
        }
    }

    /// The trimmed text of a field; empty when the list has no such column or the cell is blank.
    pub fn get(&self, field: &str) -> &str {
        self.columns
            .at
            .get(field)
            .and_then(|i| self.texts.get(*i))
            .map_or("", |t| t.as_ref())
    }

    /// The text of a field unless it is blank.
    pub fn filled(&self, field: &str) -> Option<&str> {
        Some(self.get(field)).filter(|t| !t.is_empty())
    }

    pub fn texts(&self) -> &[Cow<'a, str>] {
        &self.texts
    }

    /// Whether nothing at all stands in the row.
    pub fn is_blank(&self) -> bool {
        self.geometry.is_none() && self.texts.iter().all(|t| t.is_empty())
    }
}

/// The headings of a map: the properties of its first feature, in their order.
pub fn headings_of(feature: &Feature) -> Vec<String> {
    feature.properties.keys().cloned().collect()
}

fn text_of(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => Cow::Borrowed(text.trim()),
        Some(Value::Bool(true)) => Cow::Borrowed("1"),
        Some(Value::Bool(false)) => Cow::Borrowed("0"),
        Some(other) => Cow::Owned(other.to_string()),
    }
}

/// A heading without width, case, spaces and punctuation.
pub fn plain(heading: &str) -> String {
    heading
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Headings for a message: at most thirty, quoted.
pub fn listed(headings: &[String]) -> String {
    let mut text: String = headings
        .iter()
        .take(30)
        .map(|h| format!("「{h}」"))
        .collect();
    if headings.len() > 30 {
        text.push_str(&format!("ほか{}列", headings.len() - 30));
    }
    if text.is_empty() {
        text.push_str("なし");
    }
    text
}

/// A JSON object from pairs.
pub fn object<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Row;

    const FIELDS: &[Field] = &[
        Field {
            name: "name",
            headings: &["施設・場所名", "名称"],
        },
        Field {
            name: "lat",
            headings: &["緯度", "latitude"],
        },
    ];

    fn headings(list: &[&str]) -> Vec<String> {
        list.iter().map(|h| (*h).to_owned()).collect()
    }

    #[test]
    fn columns_are_found_by_heading_wherever_they_stand_and_however_they_are_written() {
        let columns = Columns::find(
            &headings(&["備考", " ＬＡＴＩＴＵＤＥ ", "施設･場所名"]),
            FIELDS,
            &Mapping::default(),
        )
        .expect("found");
        let row = Record::Row(Row {
            line: 2,
            cells: headings(&["x", "34.7", " 公園　"]),
            ..Row::default()
        });
        let cells = Cells::of(&row, &columns);
        assert_eq!((cells.get("name"), cells.get("lat")), ("公園", "34.7"));
        assert_eq!(columns.unused(), ["備考"]);
    }

    #[test]
    fn what_the_caller_says_wins_and_a_heading_that_is_not_there_is_named() {
        let mut mapping = Mapping::default();
        mapping.columns.insert("name".into(), "通称".into());
        let columns = Columns::find(&headings(&["名称", "通称"]), FIELDS, &mapping).expect("found");
        assert_eq!(columns.heading("name"), "通称");
        let refusal = Columns::find(&headings(&["名称"]), FIELDS, &mapping).expect_err("absent");
        assert!(refusal.message.contains("「通称」") && refusal.message.contains("「名称」"));
    }

    #[test]
    fn a_missing_column_is_told_with_the_ones_found() {
        let columns =
            Columns::find(&headings(&["名称", "所在地"]), FIELDS, &Mapping::default()).expect("ok");
        let refusal = columns
            .require(FIELDS, &["name", "lat"], 1)
            .expect_err("no latitude");
        assert!(refusal.message.contains("「緯度／latitude」"));
        assert!(refusal.message.contains("「所在地」"));
        assert_eq!(refusal.line, Some(1));
    }
}
