//! The residents' mail boxes: takes every mail that the service sends to whomever, and keeps the personal link that it brings.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Tokens by address.
type Tokens = Mutex<BTreeMap<String, String>>;

pub(super) struct MailBox(Arc<Tokens>);

impl MailBox {
    /// Listen, until the command ends.
    pub fn open(at: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(at);
        let listener = listener.with_context(|| format!("cannot take mails at {at}"))?;
        let kept = Arc::new(Tokens::default());
        let tokens = kept.clone();
        std::thread::spawn(move || {
            for line in listener.incoming().flatten() {
                let tokens = tokens.clone();
                // A line that breaks off is the sender's to mend.
                std::thread::spawn(move || drop(talk(&line, &tokens)));
            }
        });
        Ok(Self(kept))
    }

    pub fn token_of(&self, address: &str) -> Option<String> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(&address.trim().to_lowercase()).cloned()
    }
}

/// As much SMTP as it takes to be handed a mail (RFC 5321).
fn talk(line: &TcpStream, tokens: &Tokens) -> std::io::Result<()> {
    let mut heard = BufReader::new(line);
    let answer = |words: &str| (&mut &*line).write_all(format!("{words}\r\n").as_bytes());
    let mut to = String::new();
    answer("220 simulate ESMTP")?;
    loop {
        let mut said = String::new();
        if heard.read_line(&mut said)? == 0 {
            return Ok(());
        }
        let said = said.trim_end();
        match said.get(..4).unwrap_or_default().to_uppercase().as_str() {
            "EHLO" => answer("250-simulate\r\n250 8BITMIME")?,
            "RCPT" => {
                let address = said.split(['<', '>']).nth(1).unwrap_or_default();
                to = address.to_lowercase();
                answer("250 ok")?;
            }
            "DATA" => {
                answer("354 go on")?;
                let mail = content(&mut heard)?;
                if let Some(token) = token(&mail) {
                    let mut tokens = tokens.lock().unwrap_or_else(PoisonError::into_inner);
                    tokens.insert(to.clone(), token);
                }
                answer("250 taken")?;
            }
            "QUIT" => return answer("221 bye"),
            _ => answer("250 ok")?,
        }
    }
}

fn content(heard: &mut impl BufRead) -> std::io::Result<String> {
    let mut mail = String::new();
    loop {
        let mut said = String::new();
        if heard.read_line(&mut said)? == 0 || said == ".\r\n" {
            return Ok(mail);
        }
        mail.push_str(&said);
    }
}

/// The token of the link in a mail of the service: one part of text in base64.
fn token(mail: &str) -> Option<String> {
    let (_, body) = mail.split_once("\r\n\r\n")?;
    let packed: String = body.split_whitespace().collect();
    let text = String::from_utf8(STANDARD.decode(packed).ok()?).ok()?;
    let (_, rest) = text.split_once("/a/#")?;
    rest.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_taken_and_its_link_kept_for_the_address_however_it_is_written() {
        let mail_box = MailBox::open(([127, 0, 0, 1], 0).into());
        assert!(mail_box.is_ok());
        let body = STANDARD.encode("返事はこちら：\nhttps://bosai.city.example/a/#ab12\n");
        let mail = format!("Subject: x\r\n\r\n{body}\r\n");
        assert_eq!(token(&mail).as_deref(), Some("ab12"));
        assert_eq!(token("Subject: x\r\n\r\nplain"), None);
    }
}
