//! The city this ledger belongs to: what it is called, and which number its volunteers and residents call.
//!
//! Every page, mail and sheet names it. One row (`instance`), which everybody may read; the administrator writes it, or the command
//! line on the first day. There is no number unless somebody has said one: a wrong number on paper is worse than none.

pub mod api;
pub mod command;
pub mod settings;
pub mod store;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::db::{Principal, Scope};
use crate::problem::Result;

/// What is said of the city wherever it is named.
#[derive(Debug, Clone)]
pub struct City {
    /// Empty until somebody has said it.
    pub name: String,
    pub lg_code: String,
    /// Invented people only: every page says so.
    pub is_demo: bool,
    /// Which copy of the ledger this is; when it changes, phones send everything again.
    pub epoch: Uuid,
}

/// What a real city has yet to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CityLacking)]
pub enum Lacking {
    /// 市の名前
    Name,
    /// 団体コード
    LgCode,
    /// 連絡先の電話
    Phone,
}

/// What is missing, in the order of the page.
pub fn lacking(city: &City, phones: &Phones) -> Vec<Lacking> {
    [
        (Lacking::Name, city.name.is_empty()),
        (Lacking::LgCode, city.lg_code.is_empty()),
        (Lacking::Phone, phones.of(&[]).is_none()),
    ]
    .into_iter()
    .filter_map(|(what, is_missing)| is_missing.then_some(what))
    .collect()
}

impl fmt::Display for Lacking {
    /// As the service and the command line say it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => {
                "the city has no name: papers, mails and pages cannot say whose they are (machimori city set --name …)"
            }
            Self::LgCode => {
                "the city has no code (全国地方公共団体コード): imports cannot tell its places (machimori city set --lg-code …)"
            }
            Self::Phone => {
                "nobody has said which number volunteers and residents call: phones, mails and papers name none (machimori city set --phone …)"
            }
        })
    }
}

/// The numbers to call.
#[derive(Debug, Clone, Default)]
pub struct Phones {
    city: Option<String>,
    own: BTreeMap<Uuid, String>,
}

impl Phones {
    /// What people of these districts call: their district's own number, else the city's. Somebody of several districts that do not
    /// share one calls the city.
    pub fn of(&self, districts: &[Uuid]) -> Option<&str> {
        let mut own = districts.iter().map(|id| self.own.get(id));
        let first = own.next().flatten();
        let shared = first.filter(|number| own.all(|other| other == Some(number)));
        shared.or(self.city.as_ref()).map(String::as_str)
    }

    /// The same as the wire has it: empty when there is none.
    pub fn on_the_wire(&self, districts: &[Uuid]) -> String {
        self.of(districts).unwrap_or_default().to_owned()
    }
}

/// The numbers of the city and of these districts. The one that the service was started with stands in for a city that has said none.
pub async fn phones(app: &App, conn: &mut PgConnection, districts: &[Uuid]) -> Result<Phones> {
    let mut phones = store::phones(conn, districts).await?;
    phones.city = phones.city.or_else(|| app.settings.district_phone.clone());
    Ok(phones)
}

/// Say in the log what a real city has yet to state.
pub async fn warn_of_what_is_lacking(app: &App) -> Result<()> {
    let mut tx = app.db.begin_read(&Scope::of(Principal::Job)).await?;
    let city = store::city(&mut tx).await?;
    let phones = phones(app, &mut tx, &[]).await?;
    tx.commit().await?;
    for missing in lacking(&city, &phones) {
        tracing::warn!("{missing}");
    }
    Ok(())
}

/// Where to turn when there is no number, in an answer's words.
pub fn call_in_words(phone: Option<&str>) -> String {
    match phone {
        Some(phone) => format!("お知らせは電話でお願いします：{phone}"),
        None => "市役所の災害対策本部に連絡してください。".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_district_calls_its_own_number_and_whoever_has_several_without_a_common_one_calls_the_city()
    {
        let [east, west, south, north] = [1, 2, 3, 4].map(Uuid::from_u128);
        let own = [(east, "06-1"), (south, "06-3"), (north, "06-3")];
        let phones = |city: Option<&str>| Phones {
            city: city.map(str::to_owned),
            own: own.map(|(id, number)| (id, number.to_owned())).into(),
        };
        let with = phones(Some("06-9"));
        for (districts, wanted) in [
            (&[east][..], "06-1"),
            (&[west], "06-9"),
            (&[south, north], "06-3"),
            (&[east, south], "06-9"),
            (&[east, west], "06-9"),
            (&[west, east], "06-9"),
            (&[], "06-9"),
        ] {
            assert_eq!(with.of(districts), Some(wanted), "{districts:?}");
        }
        let without = phones(None);
        assert_eq!(without.of(&[east]), Some("06-1"));
        assert_eq!(without.of(&[east, south]), None);
        assert_eq!((without.of(&[west]), without.of(&[])), (None, None));
    }
}
