//! The registry as a list in the columns of the city's own system: what goes out comes back in unchanged.

use crate::imports::Mapping;
use crate::sheet::Table;

use super::import::FIELDS;
use super::store::disclosure::Leaving;
use super::table::reasons;
use super::words::{DamageGrade, VictimCertificate, VictimPlace, VictimSex};

/// The fields that are written and their headings: the mapping's, else ours; a field that is mapped to nothing is left out.
pub fn columns(mapping: &Mapping) -> Vec<(&'static str, String)> {
    FIELDS
        .iter()
        .filter_map(|field| {
            let ours = field.headings.first().copied().unwrap_or(field.name);
            match mapping.columns.get(field.name).map(String::as_str) {
                Some("") => None,
                Some(theirs) => Some((field.name, theirs.to_owned())),
                None => Some((field.name, ours.to_owned())),
            }
        })
        .collect()
}

/// The list as a table.
pub fn table(people: &[Leaving], mapping: &Mapping, title: String) -> Table {
    let columns = columns(mapping);
    let rows = people
        .iter()
        .map(|p| columns.iter().map(|(field, _)| cell(p, field)).collect())
        .collect();
    let headings = columns.into_iter().map(|(_, heading)| heading).collect();
    Table::bare("被災者台帳", title, headings, rows)
}

/// A field as the import reads it; what nobody said is blank.
fn cell(p: &Leaving, field: &str) -> String {
    match field {
        "number" => p.number.to_string(),
        "resident_no" => p.resident_no.clone().unwrap_or_default(),
        "name" => p.name.clone(),
        "name_kana" => p.name_kana.clone(),
        "birth" => p.birth.clone(),
        "sex" => VictimSex::word_of(p.sex.as_deref()).to_owned(),
        "registered_address" => p.registered_address.clone(),
        "actual_residence" => p.actual_residence.clone(),
        "district" => p.district.clone(),
        "phones" => p.phones.join("、"),
        "household_label" => p.household_label.clone(),
        "relationship" => p.relationship.clone(),
        "special_care" => match p.special_care {
            Some(true) => "要配慮".into(),
            Some(false) => "該当しない".into(),
            None => String::new(),
        },
        "special_care_reasons" => reasons(&p.special_care_reasons),
        "certificate" => VictimCertificate::word_of(Some(&p.certificate)).to_owned(),
        "dwelling_damage" => DamageGrade::word_of(p.dwelling.as_deref()).to_owned(),
        "whereabouts" => VictimPlace::word_of(p.whereabouts.as_deref()).to_owned(),
        "place" => p
            .place
            .as_ref()
            .or(p.whereabouts_words.as_ref())
            .cloned()
            .unwrap_or_default(),
        "protected" if p.is_protected => "支援措置".into(),
        _ => String::new(),
    }
}
