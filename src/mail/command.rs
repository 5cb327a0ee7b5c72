//! `machimori mail test --to ADDRESS`: one mail straight to the server, and what the server said.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use lettre::Address;
use uuid::Uuid;

use super::{Letter, MailServer, compose};
use crate::clock::Clock;
use crate::config::MailConfig;

/// Try the mail server out.
#[derive(Debug, clap::Subcommand)]
pub enum MailCommand {
    /// Send one test mail at once, outside the queue, and print what the server said.
    Test {
        /// Where to.
        #[arg(long)]
        to: Address,
        #[command(flatten)]
        mail: MailConfig,
    },
}

/// Run the command.
pub async fn run(command: MailCommand) -> anyhow::Result<()> {
    let MailCommand::Test { to, mail } = command;
    let server = MailServer::from_config(&mail)?
        .context("no mail server is set: MACHIMORI_SMTP_URL and MACHIMORI_MAIL_FROM")?;
    let letter = test_letter(&server, &to, Clock::default().now())?;
    let mut connection = match server.connect().await {
        Ok(connection) => connection,
        Err(trouble) => bail!(
            "{}:{} cannot be used: {} {}",
            server.host,
            server.port,
            trouble.code.map_or(String::new(), |c| c.to_string()),
            trouble.words
        ),
    };
    let said = connection.send(&to, &letter).await;
    connection.close().await;
    match said {
        Ok(taken) => {
            println!("{to}: {} {}", taken.code, taken.words);
            Ok(())
        }
        Err(trouble) => bail!(
            "{to} was not taken ({:?}): {} {}",
            trouble.phase,
            trouble.code.map_or("no answer".into(), |c| c.to_string()),
            trouble.words
        ),
    }
}

fn test_letter(server: &MailServer, to: &Address, now: DateTime<Utc>) -> anyhow::Result<Vec<u8>> {
    compose(&Letter {
        from: &server.from,
        to,
        message_id: &format!("{}@{}", Uuid::now_v7(), server.from.email.domain()),
        written_at: now,
        subject: "【テスト】まちもりからのメール",
        body: "まちもりの設定を確かめるためのメールです。返事はいりません。\n\nA test mail from Machimori. No answer is needed.\n",
    })
}
