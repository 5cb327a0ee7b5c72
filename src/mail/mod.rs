//! The city's mail server: how it is reached, how one mail is handed to it, and what it said. Whoever queues mails decides what
//! follows from an answer (`safety::self_report`); nothing here knows residents or rounds.
//!
//! One connection carries one mail after the other, command by command, because it matters *where* a refusal comes: at the recipient
//! it is the recipient's, before that it is our server's.

pub mod command;
mod server;
pub mod verdict;

use std::time::Duration;

use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MessageBuilder};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;

pub use server::{MailServer, Tls};
use verdict::{Phase, Trouble};

/// How long the server may take over one command.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long over one mail altogether: below the shortest lease by far.
pub const LONGEST: Duration = Duration::from_secs(120);

/// What the server answered when it took a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub code: u16,
    pub words: String,
}

/// An open connection to the server.
pub struct Connection {
    smtp: AsyncSmtpConnection,
    from: Address,
}

impl MailServer {
    /// Connect, encrypt and log in.
    pub async fn connect(&self) -> Result<Connection, Trouble> {
        match tokio::time::timeout(PATIENCE, self.open()).await {
            Ok(Ok(smtp)) => Ok(Connection {
                smtp,
                from: self.from.email.clone(),
            }),
            Ok(Err(error)) => Err(Trouble::of(Phase::Connect, &error)),
            Err(_) => Err(Trouble::silence(Phase::Connect)),
        }
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let hello = ClientId::Domain(self.from.email.domain().to_owned());
        let tls = || TlsParameters::new(self.host.clone());
        let wrapped = match self.tls {
            Tls::FromTheStart => Some(tls()?),
            Tls::Required | Tls::WhenOffered => None,
        };
        let address = (self.host.as_str(), self.port);
        let mut smtp =
            AsyncSmtpConnection::connect_tokio1(address, Some(PATIENCE), &hello, wrapped, None)
                .await?;
        let is_wanted = match self.tls {
            Tls::FromTheStart => false,
            Tls::Required => true,
            Tls::WhenOffered => smtp.can_starttls(),
        };
        if is_wanted {
            smtp.starttls(tls()?, &hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            smtp.auth(server::MECHANISMS, credentials).await?;
        }
        Ok(smtp)
    }
}

impl Connection {
    /// Hand over one mail.
    pub async fn send(&mut self, to: &Address, mail: &[u8]) -> Result<Taken, Trouble> {
        let sender = Mail::new(Some(self.from.clone()), Vec::new());
        self.step(Phase::Sender, sender).await?;
        self.step(Phase::Recipient, Rcpt::new(to.clone(), Vec::new()))
            .await?;
        self.step(Phase::Content, Data).await?;
        let said = tokio::time::timeout(PATIENCE, self.smtp.message(mail)).await;
        let said = answer(Phase::Content, said)?;
        Ok(Taken {
            code: said.code().into(),
            words: said.message().collect::<Vec<_>>().join(" "),
        })
    }

    async fn step(
        &mut self,
        phase: Phase,
        command: impl std::fmt::Display,
    ) -> Result<Response, Trouble> {
        let said = tokio::time::timeout(PATIENCE, self.smtp.command(command)).await;
        answer(phase, said)
    }

    /// Say good-bye; what was in the middle is broken off.
    pub async fn close(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(2), self.smtp.abort()).await;
    }
}

fn answer(
    phase: Phase,
    said: Result<Result<Response, lettre::transport::smtp::Error>, tokio::time::error::Elapsed>,
) -> Result<Response, Trouble> {
    match said {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(Trouble::of(phase, &error)),
        Err(_) => Err(Trouble::silence(phase)),
    }
}

/// What a mail is made of.
pub struct Letter<'a> {
    pub from: &'a Mailbox,
    pub to: &'a Address,
    /// Without angle brackets; the same whenever the mail is sent again.
    pub message_id: &'a str,
    /// When it was queued: a mail that is sent twice is the same mail to the letter.
    pub written_at: chrono::DateTime<chrono::Utc>,
    pub subject: &'a str,
    pub body: &'a str,
}

/// The mail as it goes over the line: plain text, readable by every program.
pub fn compose(letter: &Letter<'_>) -> anyhow::Result<Vec<u8>> {
    let builder: MessageBuilder = Message::builder()
        .from(letter.from.clone())
        .to(Mailbox::new(None, letter.to.clone()))
        .message_id(Some(format!("<{}>", letter.message_id)))
        .date(letter.written_at.into())
        .subject(letter.subject)
        // No holiday notices back, please (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .header(ContentType::TEXT_PLAIN)
        .header(ContentTransferEncoding::Base64);
    Ok(builder.body(letter.body.to_owned())?.formatted())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_plain_text_with_its_own_id_and_says_that_no_person_sent_it() {
        let from: Mailbox = "まち市 危機管理課 <bosai@city.example>".parse().unwrap();
        let to: Address = "hanako@home.example".parse().unwrap();
        let letter = Letter {
            from: &from,
            to: &to,
            message_id: "1@city.example",
            written_at: "2026-01-17T01:00:00Z".parse().unwrap(),
            subject: "【訓練】安否の確認",
            body: "これは訓練です。\n",
        };
        let mail = String::from_utf8(compose(&letter).unwrap()).unwrap();
        let (headers, body) = mail.split_once("\r\n\r\n").unwrap();
        assert!(
            headers.contains("Message-ID: <1@city.example>"),
            "{headers}"
        );
        assert!(headers.contains("Content-Type: text/plain; charset=utf-8"));
        assert!(headers.contains("Auto-Submitted: auto-generated"));
        assert!(headers.contains("Date: Sat, 17 Jan 2026 01:00:00 +0000"));
        assert!(headers.contains("Content-Transfer-Encoding: base64"));
        assert!(headers.is_ascii() && body.is_ascii());
        assert_eq!(compose(&letter).unwrap(), mail.as_bytes());
    }
}
