//! One watcher who looks at the clock: when did the board know of what was acknowledged?

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// When an event came, and as of when it counts.
type Told = (DateTime<Utc>, DateTime<Utc>);

pub struct Eye {
    told: Arc<Mutex<Vec<Told>>>,
}

impl Eye {
    pub async fn open(address: SocketAddr, path: &str, cookie: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let ask = format!(
            "GET {path} HTTP/1.1\r\nhost: bench\r\nsec-fetch-site: same-origin\r\ncookie: {cookie}\r\naccept: text/event-stream\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).await.unwrap();
        let told: Arc<Mutex<Vec<Told>>> = Arc::default();
        let kept = told.clone();
        tokio::spawn(async move {
            let mut text = String::new();
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                text.push_str(&String::from_utf8_lossy(&buffer[..n]));
                while let Some(end) = text.find("\n\n") {
                    let event: String = text.drain(..end + 2).collect();
                    if let Some(as_of) = as_of(&event) {
                        kept.lock().unwrap().push((Utc::now(), as_of));
                    }
                }
            }
        });
        Self { told }
    }

    /// For each acknowledgment, how long until an event that counts it had come, sorted, in milliseconds.
    pub async fn behind_ms(&self, acknowledged: &[DateTime<Utc>]) -> Vec<f64> {
        let last = acknowledged.iter().max().copied().unwrap_or_default();
        while self.told.lock().unwrap().last().is_none_or(|t| t.1 < last) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let told = self.told.lock().unwrap();
        let mut behind: Vec<f64> = acknowledged
            .iter()
            .filter_map(|at| {
                let (came, _) = told.iter().find(|(_, as_of)| as_of >= at)?;
                Some((*came - *at).as_seconds_f64() * 1e3)
            })
            .collect();
        behind.sort_unstable_by(f64::total_cmp);
        behind
    }
}

/// The instant an event counts as of: it is the event's id.
fn as_of(event: &str) -> Option<DateTime<Utc>> {
    let id = event.lines().find_map(|line| line.strip_prefix("id:"))?;
    id.trim().parse().ok()
}
