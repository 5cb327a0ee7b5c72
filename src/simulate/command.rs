//! `machimori simulate`.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use uuid::Uuid;

use super::door::Door;
use super::play::{Day, Played, play};
use crate::accounts::password;
use crate::clock::Clock;
use crate::demo::dice::Seed;
use crate::demo::logins;

/// Play a day of a drill through a running service: volunteers with phones and with paper, placards at the doors, telephone calls that
/// headquarters types, facilities, the gates of two venues. Then compare what the ledger says with what happened. For training, and to
/// try a service. The command fails when the ledger says anything else.
#[derive(Debug, Clone, clap::Args)]
pub struct SimulateConfig {
    /// Where the service is: plain HTTP, on its own machine, behind whatever does TLS.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// A running drill to play into; without it a drill of its own is started and ended, and only there people come to venues.
    #[arg(long, value_name = "ID")]
    pub event: Option<Uuid>,
    /// The number the day grows from: the same number makes the same day.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// In how many districts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub districts: u16,
    /// At most so many volunteers; every fourth goes with a printed sheet instead of a phone.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=2000))]
    pub phones: u16,
    /// Simulated minutes a minute; 0: as fast as the service answers.
    #[arg(long, default_value_t = 60.0)]
    pub speed: f64,
    /// Minutes from the start of the round to its close.
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(60..=1200))]
    pub minutes: u32,
    /// Take the service's mails here (its MACHIMORI_SMTP_URL=smtp://ADDR), and let residents answer by the links in them. Only where
    /// nobody on the roster is real.
    #[arg(long, value_name = "ADDR")]
    pub mail_listen: Option<SocketAddr>,
    /// A log-in of headquarters; the demo city's when nothing is said.
    #[arg(long, env = "MACHIMORI_SIMULATE_LOGIN", default_value = "hq1")]
    pub login: String,
    #[arg(long, env = "MACHIMORI_SIMULATE_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
    /// The secret of its one-time codes (base32).
    #[arg(long, env = "MACHIMORI_SIMULATE_TOTP", hide_env_values = true)]
    pub totp_secret: Option<String>,
    /// Also where the roster holds real people. It enrols phones in the names of their volunteers, whose pending invites lapse.
    #[arg(long)]
    pub on_real_people: bool,
    /// No progress bar.
    #[arg(long)]
    pub quiet: bool,
}

/// Run the command.
pub async fn run(config: SimulateConfig) -> anyhow::Result<()> {
    let Played { members, tally } = tokio::task::spawn_blocking(move || begin(&config)).await??;
    println!(
        "{members} members, {} words, {} uploads, {} words after the close",
        tally.words, tally.uploads, tally.late
    );
    if tally.differences.is_empty() {
        println!("the ledger says what happened");
        return Ok(());
    }
    for difference in &tally.differences {
        println!("{difference}");
    }
    bail!(
        "the ledger differs from what happened in {} points",
        tally.differences.len()
    );
}

fn begin(config: &SimulateConfig) -> anyhow::Result<Played> {
    ensure!(
        config.speed.is_finite() && config.speed >= 0.0,
        "--speed is a number from 0 up"
    );
    let public = Door::at(&config.url);
    let instance = public.get("/instance")?;
    ensure!(
        instance["is_demo"] == Value::Bool(true) || config.on_real_people,
        "the roster at {} holds real people; phones would be enrolled in the names of their volunteers. If that is meant: --on-real-people",
        config.url
    );
    ensure!(
        instance["is_demo"] == Value::Bool(true) || config.mail_listen.is_none(),
        "--mail-listen would have mails written to the real people on the roster; it is for a demo city"
    );
    let (staff, _) = public
        .enter("/session", &credentials(config)?)
        .context("headquarters could not log in")?;
    let day = Day {
        seed: Seed(config.seed),
        event: config.event,
        districts: usize::from(config.districts),
        phones: usize::from(config.phones),
        speed: config.speed,
        minutes: config.minutes,
        mail_listen: config.mail_listen,
        is_quiet: config.quiet,
    };
    play(&day, &public, &staff)
}

fn credentials(config: &SimulateConfig) -> anyhow::Result<Value> {
    let now = Clock::default().now();
    let demo = logins::ALL.iter().find(|l| l.login == config.login);
    let totp = match &config.totp_secret {
        Some(secret) => {
            let secret = totp_rs::Secret::try_from_base32(secret)
                .map_err(|e| anyhow::anyhow!("--totp-secret cannot be read: {e:?}"))?;
            let totp = password::totp(secret.as_bytes().to_vec(), &config.login);
            Some(totp.generate(u64::try_from(now.timestamp())?).to_string())
        }
        None => demo.and_then(|l| l.totp(now)),
    };
    let password = match (&config.password, demo) {
        (Some(password), _) => password.clone(),
        (None, Some(_)) => logins::PASSWORD.to_owned(),
        (None, None) => bail!("MACHIMORI_SIMULATE_PASSWORD is not set"),
    };
    Ok(json!({"login": config.login, "password": password, "totp": totp}))
}
