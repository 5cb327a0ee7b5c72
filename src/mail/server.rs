//! Where the mail server is and how it is entered, as the settings say it.

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use url::Url;

use crate::config::MailConfig;

pub(super) const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];

/// When the line is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// `smtps://`
    FromTheStart,
    /// `smtp://`: a server that does not offer it is not talked to. The mails hold personal links.
    Required,
    /// `?tls=none`, and on this very machine.
    WhenOffered,
}

/// A mail server that can be used.
#[derive(Debug, Clone)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub from: Mailbox,
    /// In a minute, by all instances together.
    pub rate: u32,
    pub(super) credentials: Option<Credentials>,
}

impl MailServer {
    /// The server that the settings name; none when they name none.
    pub fn from_config(config: &MailConfig) -> anyhow::Result<Option<Self>> {
        let Some(text) = config.smtp_url.as_deref().filter(|t| !t.trim().is_empty()) else {
            return Ok(None);
        };
        let url = Url::parse(text).context("MACHIMORI_SMTP_URL cannot be read; it looks like smtp://user@host:587 or smtps://user@host")?;
        let host = url
            .host_str()
            .context("MACHIMORI_SMTP_URL names no host")?
            .trim_matches(['[', ']'])
            .to_owned();
        let from = config.mail_from.as_deref().context(
            "MACHIMORI_MAIL_FROM is needed with MACHIMORI_SMTP_URL: the address that mails come from",
        )?;
        let from = from
            .parse::<Mailbox>()
            .with_context(|| format!("MACHIMORI_MAIL_FROM is no mail address: {from}"))?;
        Ok(Some(Self {
            port: url.port().unwrap_or(match url.scheme() {
                "smtps" => 465,
                _ => 587,
            }),
            tls: tls_of(&url, &host)?,
            from,
            rate: config.mail_rate.max(1),
            credentials: credentials(&url, config.smtp_password_file.as_deref())?,
            host,
        }))
    }
}

fn tls_of(url: &Url, host: &str) -> anyhow::Result<Tls> {
    let asked = url.query_pairs().find(|(key, _)| key == "tls");
    let asked = asked.as_ref().map(|(_, value)| value.as_ref());
    let is_this_machine =
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match (url.scheme(), asked) {
        ("smtps", None) => Ok(Tls::FromTheStart),
        ("smtp", None) if is_this_machine => Ok(Tls::WhenOffered),
        ("smtp", None | Some("required")) => Ok(Tls::Required),
        ("smtp", Some("none")) => Ok(Tls::WhenOffered),
        _ => bail!(
            "MACHIMORI_SMTP_URL begins with smtp:// or smtps:// and may end in ?tls=none or ?tls=required"
        ),
    }
}

fn credentials(url: &Url, file: Option<&Path>) -> anyhow::Result<Option<Credentials>> {
    if url.password().is_some() {
        bail!(
            "put the mail server's password into a file (MACHIMORI_SMTP_PASSWORD_FILE), not into MACHIMORI_SMTP_URL"
        );
    }
    let user = percent(url.username());
    match (user.is_empty(), file) {
        (true, None) => Ok(None),
        (true, Some(_)) => {
            bail!("MACHIMORI_SMTP_URL names no user for the password: smtp://user@host:587")
        }
        (false, None) => bail!(
            "the mail server's user {user} needs a password: MACHIMORI_SMTP_PASSWORD_FILE (mode 0600)"
        ),
        (false, Some(path)) => Ok(Some(Credentials::new(user, password(path)?))),
    }
}

/// `user%40city.example` as the server wants it.
fn percent(text: &str) -> String {
    url::form_urlencoded::parse(text.replace('+', "%2B").as_bytes())
        .map(|(key, _)| key.into_owned())
        .collect()
}

fn password(path: &Path) -> anyhow::Result<String> {
    let mode = fs::metadata(path)
        .with_context(|| format!("cannot read the mail server's password {}", path.display()))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        bail!(
            "the mail server's password {} may be read by others (mode {:o}); run: chmod 600 {0}",
            path.display(),
            mode & 0o777
        );
    }
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the mail server's password {}", path.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> MailConfig {
        MailConfig {
            smtp_url: Some(url.into()),
            smtp_password_file: None,
            mail_from: Some("bosai@city.example".into()),
            mail_rate: 300,
        }
    }

    #[test]
    fn the_line_is_encrypted_unless_somebody_says_otherwise_or_the_server_is_this_machine() {
        let tls = |url: &str| MailServer::from_config(&config(url)).unwrap().unwrap().tls;
        assert_eq!(tls("smtps://mail.city.example"), Tls::FromTheStart);
        assert_eq!(tls("smtp://mail.city.example"), Tls::Required);
        assert_eq!(tls("smtp://mail.city.example?tls=none"), Tls::WhenOffered);
        assert_eq!(tls("smtp://127.0.0.1:25"), Tls::WhenOffered);
        assert!(MailServer::from_config(&config("smtp://mail?tls=perhaps")).is_err());
        assert!(MailServer::from_config(&config("http://mail")).is_err());
    }

    #[test]
    fn a_password_stands_in_a_file_that_nobody_else_may_read() {
        let error = |c: &MailConfig| MailServer::from_config(c).unwrap_err().to_string();
        assert!(error(&config("smtp://user:secret@mail")).contains("not into"));
        assert!(error(&config("smtp://user@mail")).contains("needs a password"));
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "hi mitsu\n").unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
        let with_file = MailConfig {
            smtp_password_file: Some(file.path().into()),
            ..config("smtp://bosai%40city@mail")
        };
        assert!(error(&with_file).contains("chmod 600"));
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).unwrap();
        let server = MailServer::from_config(&with_file).unwrap().unwrap();
        let wanted = Credentials::new("bosai@city".into(), "hi mitsu".into());
        assert_eq!(server.credentials, Some(wanted));
    }

    #[test]
    fn without_a_server_mails_wait_and_without_a_sender_nothing_starts() {
        let none = MailConfig {
            smtp_url: None,
            ..config("")
        };
        assert!(MailServer::from_config(&none).unwrap().is_none());
        let nobody = MailConfig {
            mail_from: None,
            ..config("smtp://mail")
        };
        let error = MailServer::from_config(&nobody).unwrap_err().to_string();
        assert!(error.contains("MACHIMORI_MAIL_FROM"), "{error}");
    }
}
