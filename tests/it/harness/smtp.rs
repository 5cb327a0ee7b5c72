//! A mail server that does as it is told: real SMTP over a real socket, with scripted answers per recipient. What it took is kept
//! as it came over the line.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server does with the next mail to an address.
#[derive(Debug, Clone)]
pub enum Says {
    /// To RCPT, in these words; `250 …` takes it.
    ToRecipient(&'static str),
    /// After the content.
    ToContent(&'static str),
    /// Takes the content and breaks the line off without an answer.
    HangsUpAfterContent,
}

/// A mail that the server took, or saw before it hung up.
#[derive(Debug, Clone)]
pub struct Mail {
    pub to: String,
    pub text: String,
}

#[derive(Default)]
struct Heard {
    script: HashMap<String, Vec<Says>>,
    mails: Vec<Mail>,
    /// Recipients whom somebody tried to write to, taken or not.
    asked: Vec<String>,
}

/// The server; closed when dropped.
pub struct SmtpServer {
    address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
    task: JoinHandle<()>,
}

impl SmtpServer {
    pub async fn start() -> Self {
        Self::on("127.0.0.1:0".parse().unwrap()).await
    }

    async fn on(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let kept = heard.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let heard = kept.clone();
                tokio::spawn(async move {
                    let _ = talk(stream, heard).await;
                });
            }
        });
        Self {
            address,
            heard,
            task,
        }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Script the next answers to an address, in this order; after them it is taken.
    pub fn says(&self, to: &str, answers: &[Says]) {
        let mut heard = self.heard.lock().unwrap();
        heard.script.insert(to.into(), answers.to_vec());
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.heard.lock().unwrap().mails.clone()
    }

    pub fn mails_to(&self, to: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|m| m.to == to).collect()
    }

    /// How often somebody named this recipient.
    pub fn asked(&self, to: &str) -> usize {
        let heard = self.heard.lock().unwrap();
        heard.asked.iter().filter(|a| *a == to).count()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn talk(stream: TcpStream, heard: Arc<Mutex<Heard>>) -> std::io::Result<()> {
    let mut line = BufReader::new(stream);
    let mut to = String::new();
    line.write_all(b"220 mail.test ESMTP\r\n").await?;
    loop {
        let mut said = String::new();
        if line.read_line(&mut said).await? == 0 {
            return Ok(());
        }
        let word = said.trim_end();
        let answer = if word.starts_with("EHLO") {
            "250-mail.test\r\n250 8BITMIME".to_owned()
        } else if let Some(rest) = word.strip_prefix("RCPT TO:<") {
            to = rest.split('>').next().unwrap_or_default().to_owned();
            at_recipient(&heard, &to)
        } else if word == "DATA" {
            line.write_all(b"354 go on\r\n").await?;
            let text = content(&mut line).await?;
            match after_content(&heard, &to, text) {
                Some(answer) => answer,
                None => return Ok(()),
            }
        } else if word == "QUIT" {
            line.write_all(b"221 bye\r\n").await?;
            return Ok(());
        } else {
            "250 ok".to_owned()
        };
        line.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

fn at_recipient(heard: &Mutex<Heard>, to: &str) -> String {
    let mut heard = heard.lock().unwrap();
    heard.asked.push(to.to_owned());
    let script = heard.script.entry(to.to_owned()).or_default();
    match script.first() {
        Some(Says::ToRecipient(answer)) => {
            let answer = (*answer).to_owned();
            script.remove(0);
            answer
        }
        _ => "250 ok".into(),
    }
}

fn after_content(heard: &Mutex<Heard>, to: &str, text: String) -> Option<String> {
    let mut heard = heard.lock().unwrap();
    let script = heard.script.entry(to.to_owned()).or_default();
    let says = match script.is_empty() {
        true => None,
        false => Some(script.remove(0)),
    };
    let (is_kept, answer) = match says {
        Some(Says::ToContent(answer)) => (answer.starts_with('2'), Some(answer.to_owned())),
        Some(Says::HangsUpAfterContent) => (true, None),
        _ => (true, Some("250 2.0.0 taken".to_owned())),
    };
    if is_kept {
        let to = to.to_owned();
        heard.mails.push(Mail { to, text });
    }
    answer
}

async fn content(line: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut said = String::new();
        if line.read_line(&mut said).await? == 0 || said == ".\r\n" {
            return Ok(text);
        }
        text.push_str(&said);
    }
}

impl Mail {
    fn header(&self, name: &str) -> String {
        let (headers, _) = self.text.split_once("\r\n\r\n").unwrap();
        let unfolded = headers.replace("\r\n ", " ");
        let start = format!("{name}: ");
        unfolded
            .lines()
            .find_map(|l| l.strip_prefix(start.as_str()))
            .unwrap_or_default()
            .to_owned()
    }

    pub fn message_id(&self) -> String {
        self.header("Message-ID")
    }

    /// The subject in words (RFC 2047, base64).
    pub fn subject(&self) -> String {
        let mut bytes = Vec::new();
        for part in self.header("Subject").split(' ') {
            match part
                .strip_prefix("=?utf-8?b?")
                .and_then(|p| p.strip_suffix("?="))
            {
                Some(word) => bytes.extend(STANDARD.decode(word).unwrap()),
                None => bytes.extend(part.bytes()),
            }
        }
        String::from_utf8(bytes).unwrap()
    }

    pub fn body(&self) -> String {
        let (_, body) = self.text.split_once("\r\n\r\n").unwrap();
        let packed: String = body.split_whitespace().collect();
        String::from_utf8(STANDARD.decode(packed).unwrap()).unwrap()
    }

    /// The token that the mail's link bears.
    pub fn token(&self) -> String {
        let body = self.body();
        let (_, rest) = body.split_once("/a/#").unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    }
}
