//! The real program on a directory of its own, and what staff do with it.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use machimori::accounts::session;
use machimori::embedded::{DATABASE, SUPERUSER};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const PROGRAM: &str = env!("CARGO_BIN_EXE_machimori");

pub struct Service {
    pub address: SocketAddr,
    child: Child,
    dir: PathBuf,
}

impl Service {
    /// Make the demo city, then serve it; resolves when `/readyz` says yes.
    pub async fn start(dir: &Path, people: u32) -> Self {
        let made = Command::new(PROGRAM)
            .args(["demo", "--people", &people.to_string(), "--var"])
            .arg(dir)
            .env_remove("DATABASE_URL")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success());
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let child = Command::new(PROGRAM)
            .args(["serve", "--demo", "--listen", &address.to_string(), "--var"])
            .arg(dir)
            .env_remove("DATABASE_URL")
            .env("MACHIMORI_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let service = Self {
            address,
            child,
            dir: dir.to_owned(),
        };
        while service.get("/readyz", "").await.is_none() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        service
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub async fn superuser(&self) -> PgConnection {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(self.dir.join("postgres/run"))
            .port(5432)
            .username(SUPERUSER)
            .database(DATABASE)
            .ssl_mode(PgSslMode::Disable);
        PgConnection::connect_with(&options).await.unwrap()
    }

    /// The cookie of a new session of one of the demo's staff.
    pub async fn session(&self, sql: &mut PgConnection, login: &str) -> String {
        let id = sqlx::query_scalar("select id from account where login = $1")
            .bind(login)
            .fetch_one(&mut *sql)
            .await
            .unwrap();
        let owner = session::Owner::Account(id);
        let (cookie, _) = session::begin(sql, owner, chrono::Utc::now())
            .await
            .unwrap();
        format!("{}={}", cookie.name(), cookie.value())
    }

    /// Keep a stream of events open, counting what comes.
    pub async fn watch(&self, path: &str, cookie: &str, seen: Arc<AtomicU64>) -> JoinHandle<()> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let ask = format!(
            "GET {path} HTTP/1.1\r\nhost: bench\r\nsec-fetch-site: same-origin\r\ncookie: {cookie}\r\naccept: text/event-stream\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut buffer = vec![0; 64 * 1024];
        let n = stream.read(&mut buffer).await.unwrap();
        let head = String::from_utf8_lossy(&buffer[..n]).into_owned();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        tokio::spawn(async move {
            while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                let news = buffer[..n].windows(5).filter(|w| *w == b"data:").count();
                seen.fetch_add(news as u64, Ordering::Relaxed);
            }
        })
    }

    /// A roster of as many other people, as a workbook.
    pub fn workbook(&self, people: u32) -> Vec<u8> {
        let files = self.dir.join("files");
        let made = Command::new(PROGRAM)
            .args([
                "demo",
                "--seed",
                "2",
                "--people",
                &people.to_string(),
                "--files",
            ])
            .arg(&files)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success());
        std::fs::read(files.join("roster.xlsx")).unwrap()
    }

    /// Bring a file in, look at it, and have somebody else apply it; what it came to.
    pub async fn import(&self, staff: &[String; 2], query: &str, file: Vec<u8>) -> String {
        let created = self
            .post(&format!("/api/v1/imports?{query}"), &staff[0], &file)
            .await;
        let id = created["id"].as_str().unwrap().to_owned();
        let staged = self.until(&id, &staff[0], "staging").await;
        assert_eq!(staged["status"], "staged", "{staged}");
        let path = format!("/api/v1/imports/{id}/apply?except_errors=true");
        self.post(&path, &staff[1], b"").await;
        let done = self.until(&id, &staff[0], "applying").await;
        assert_eq!(done["status"], "applied", "{done}");
        done["counts"].to_string()
    }

    /// The import when it no longer has this status.
    async fn until(&self, id: &str, cookie: &str, busy: &str) -> Value {
        loop {
            let shown = self.get(&format!("/api/v1/imports/{id}"), cookie).await;
            let shown: Value = serde_json::from_str(&shown.unwrap()).unwrap();
            if shown["status"] != busy {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn get(&self, path: &str, cookie: &str) -> Option<String> {
        let (status, body) = self.ask("GET", path, cookie, b"").await?;
        (status == 200).then_some(body)
    }

    /// POST a JSON body; the answer.
    pub async fn send(&self, path: &str, cookie: &str, body: &Value) -> Value {
        self.post(path, cookie, body.to_string().as_bytes()).await
    }

    async fn post(&self, path: &str, cookie: &str, body: &[u8]) -> Value {
        let (status, body) = self.ask("POST", path, cookie, body).await.unwrap();
        assert!((200..300).contains(&status), "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Status and body; `None` when nobody listens.
    async fn ask(
        &self,
        method: &str,
        path: &str,
        cookie: &str,
        body: &[u8],
    ) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.address).await.ok()?;
        let kind = match body.first() {
            Some(b'{') => "application/json",
            _ => "application/octet-stream",
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\nsec-fetch-site: same-origin\r\ncookie: {cookie}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(body).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        Some((status, body.to_owned()))
    }
}

impl Drop for Service {
    /// As Ctrl-C does: its database ends with it.
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        let _ = self.child.wait();
    }
}
