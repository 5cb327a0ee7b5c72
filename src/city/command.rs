//! `machimori city …`: the city's name, code and numbers from the command line, for the first day.

use std::fmt::Write as _;

use anyhow::{Context, bail};

use super::settings::{self, Change, Stated};
use super::{lacking, store};
use crate::config::DatabaseConfig;
use crate::db::{Db, Scope, Tx};
use crate::problem::in_words;
use crate::serve;

/// Say which city this is, and which number its volunteers and residents call.
#[derive(Debug, Clone, clap::Args)]
pub struct CityConfig {
    #[command(flatten)]
    pub database: DatabaseConfig,
    #[command(subcommand)]
    pub act: Act,
}

/// What to do.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Act {
    /// Print what was said, and what is missing.
    Show,
    /// Say it. What is not named stays.
    Set {
        /// 市の名前, as papers, mails and pages print it: 豊中市
        #[arg(long)]
        name: Option<String>,
        /// 全国地方公共団体コード: five digits, or six with the check digit.
        #[arg(long, value_name = "CODE")]
        lg_code: Option<String>,
        /// The number that volunteers and residents call; '' for none.
        #[arg(long, value_name = "NUMBER")]
        phone: Option<String>,
        /// A district's own number: CODE=NUMBER; `CODE=` for the city's again. May be repeated.
        #[arg(long = "district", value_name = "CODE=NUMBER")]
        districts: Vec<String>,
    },
}

/// Run the command.
pub async fn run(config: CityConfig) -> anyhow::Result<()> {
    let database = serve::open_database(&config.database, serve::Use::Command).await?;
    let done = act(&config.act, &database).await;
    database.close().await;
    done
}

async fn act(act: &Act, database: &serve::Database) -> anyhow::Result<()> {
    let db = Db::default();
    db.open(database.app.clone(), 2).await?;
    let mut tx = db.begin(&Scope::cli(None)).await.map_err(in_words)?;
    let stated = store::stated(&mut tx).await.map_err(in_words)?;
    let stated = match act {
        Act::Show => stated,
        Act::Set {
            name,
            lg_code,
            phone,
            districts,
        } => {
            let change = Change {
                name: name.clone(),
                lg_code: lg_code.clone(),
                phone: phone.clone(),
                districts: numbers(&stated, districts)?,
            };
            settings::change(&mut tx, &change).await.map_err(in_words)?
        }
    };
    let told = told(&mut tx, &stated).await?;
    tx.commit().await.map_err(in_words)?;
    print!("{told}");
    Ok(())
}

fn numbers(stated: &Stated, districts: &[String]) -> anyhow::Result<Vec<(uuid::Uuid, String)>> {
    let number = |text: &String| {
        let (code, phone) = text
            .split_once('=')
            .with_context(|| format!("{text}: write CODE=NUMBER"))?;
        let district = stated.districts.iter().find(|d| d.code == code);
        let Some(district) = district else {
            bail!("there is no district {code} now; see: machimori city show");
        };
        Ok((district.id, phone.to_owned()))
    };
    districts.iter().map(number).collect()
}

async fn told(tx: &mut Tx, stated: &Stated) -> anyhow::Result<String> {
    let or_none = |text: &str| match text {
        "" => "-".to_owned(),
        text => text.to_owned(),
    };
    let mut told = format!(
        "name     {}\nlg_code  {}\nphone    {}\n",
        or_none(&stated.name),
        or_none(&stated.lg_code),
        or_none(&stated.phone)
    );
    for district in &stated.districts {
        let phone = match district.phone.as_str() {
            "" => "(the city's)",
            own => own,
        };
        writeln!(told, "{}\t{}\t{phone}", district.code, district.name)?;
    }
    let city = store::city(tx).await.map_err(in_words)?;
    let phones = store::phones(tx, &[]).await.map_err(in_words)?;
    for missing in lacking(&city, &phones) {
        writeln!(told, "! {missing}")?;
    }
    Ok(told)
}
