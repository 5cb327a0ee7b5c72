//! Every setting of the service, as flags and `MACHIMORI_*` environment: this struct is the reference.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// Settings shared by all commands that touch the database.
#[derive(Debug, Clone, clap::Args)]
pub struct DatabaseConfig {
    /// The application's log-in on your own PostgreSQL. Not set: a private PostgreSQL is started under `--var`.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// A log-in that may become `machimori_owner` and migrate. Not set with `--database-url`: the schema is only checked.
    #[arg(long, env = "MACHIMORI_OWNER_URL", hide_env_values = true)]
    pub owner_url: Option<String>,
    /// Where the private database, keys and caches live.
    #[arg(long, env = "MACHIMORI_VAR", default_value = "./var")]
    pub var: PathBuf,
    /// The key-encryption key (32 bytes, base64; mode 0600). Made on first start when absent. Never inside a backup.
    /// The same file on every instance. Default: `<var>/machimori.key`.
    #[arg(long, env = "MACHIMORI_KEY_FILE")]
    pub key_file: Option<PathBuf>,
}

impl DatabaseConfig {
    /// The key file in force.
    pub fn key_path(&self) -> PathBuf {
        self.key_file
            .clone()
            .unwrap_or_else(|| self.var.join("machimori.key"))
    }
}

/// Settings of `machimori serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeConfig {
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// Address and port to listen on. Put a TLS reverse proxy in front of anything but this machine.
    #[arg(long, env = "MACHIMORI_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The address that people type: printed in invites, compared with `Origin`. Default: `http://<listen>`.
    #[arg(long, env = "MACHIMORI_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Addresses of reverse proxies whose `X-Forwarded-For` is believed (comma separated).
    #[arg(long, env = "MACHIMORI_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Fill an empty database with the demo city and print its log-ins.
    #[arg(long)]
    pub demo: bool,
    /// The number that volunteers and residents are told to call, as long as the city has not stated its own (`machimori city set`,
    /// or 市の設定 at the console).
    #[arg(long, env = "MACHIMORI_DISTRICT_PHONE")]
    pub district_phone: Option<String>,
    /// Minutes without contact after which a volunteer's phone counts as silent.
    #[arg(long, env = "MACHIMORI_SILENT_MINUTES", default_value_t = 30)]
    pub silent_minutes: i64,
    /// Database connections for requests.
    #[arg(long, env = "MACHIMORI_POOL", default_value_t = 16)]
    pub pool: u32,
    #[command(flatten)]
    pub mail: MailConfig,
    /// What the city calls the placard that households hang at the door.
    #[arg(long, env = "MACHIMORI_MARKER_LABEL", default_value = "無事ですシート")]
    pub marker_label: String,
    /// Minutes after which a rescue that nobody handed over rings again.
    #[arg(long, env = "MACHIMORI_RING_MINUTES", default_value_t = 5)]
    pub ring_minutes: i64,
    /// Percent of a shelter's capacity from which it is somewhat crowded, and from which it is crowded.
    #[arg(long, env = "MACHIMORI_CROWDING", default_value = "30,60")]
    pub crowding: CrowdingFrom,
    /// Enrolled phones keep the consented people assigned to them for the first minutes of a disaster.
    #[arg(long, env = "MACHIMORI_STANDBY_BUNDLE", default_value_t = true, action = clap::ArgAction::Set)]
    pub standby_bundle: bool,
}

/// The city's mail server.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct MailConfig {
    /// The mail server: `smtp://user@host:587` (STARTTLS) or `smtps://user@host`. Not set: mails stay queued, and the console says so.
    /// `?tls=none` for a relay on a network of its own that offers no encryption.
    #[arg(long, env = "MACHIMORI_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// A file with the mail server's password (mode 0600).
    #[arg(long, env = "MACHIMORI_SMTP_PASSWORD_FILE")]
    pub smtp_password_file: Option<PathBuf>,
    /// The sender's address of every mail: `bosai@city.example` or `まち市 危機管理課 <bosai@city.example>`.
    #[arg(long, env = "MACHIMORI_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Mails sent in a minute, at most, by all instances together.
    #[arg(long, env = "MACHIMORI_MAIL_RATE", default_value_t = 300)]
    pub mail_rate: u32,
}

/// From which share of its capacity a shelter is somewhat crowded, and crowded. Fuller than that is said, not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrowdingFrom {
    pub somewhat_percent: u8,
    pub crowded_percent: u8,
}

impl FromStr for CrowdingFrom {
    type Err = String;

    /// `30,60`
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("two rising percentages are wanted, such as 30,60; not {text:?}");
        let (somewhat, crowded) = text.split_once(',').ok_or_else(wrong)?;
        let percent = |part: &str| part.trim().parse::<u8>().map_err(|_| wrong());
        let (somewhat_percent, crowded_percent) = (percent(somewhat)?, percent(crowded)?);
        if somewhat_percent < crowded_percent && crowded_percent <= 100 {
            Ok(Self {
                somewhat_percent,
                crowded_percent,
            })
        } else {
            Err(wrong())
        }
    }
}

impl ServeConfig {
    /// The number to start with; an empty setting is none.
    pub fn district_phone(&self) -> Option<String> {
        let given = self.district_phone.as_deref().unwrap_or_default().trim();
        (!given.is_empty()).then(|| given.to_owned())
    }

    /// The address printed in links, without a trailing slash.
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowding_is_two_rising_percentages() {
        let read = |text: &str| text.parse::<CrowdingFrom>().ok();
        let usual = CrowdingFrom {
            somewhat_percent: 30,
            crowded_percent: 60,
        };
        assert_eq!(read("30,60"), Some(usual));
        assert_eq!(read("30, 60"), Some(usual));
        for wrong in ["", "30", "60,30", "30,30", "30,101", "30,60,90", "-1,60"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
