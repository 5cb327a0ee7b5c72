//! Requests sent when they are due, whether or not the earlier ones are answered: a service that stalls is not spared the requests
//! that would have come meanwhile. What is told to come back comes back, as a phone does.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Default)]
pub struct Outcome {
    pub elapsed: Duration,
    /// From when a request was due to its receipt, sorted.
    pub latencies_ms: Vec<f64>,
    pub acknowledged_at: Vec<DateTime<Utc>>,
    pub told_to_come_back: usize,
}

/// One answer: its status and what it says of coming back.
struct Answer {
    status: u16,
    retry_after: Option<Duration>,
}

/// Over so many connections at most: a request that finds none waits, and its waiting counts.
pub async fn send(
    address: SocketAddr,
    connections: usize,
    per_s: f64,
    requests: Vec<Vec<u8>>,
) -> Outcome {
    let idle: Arc<Mutex<VecDeque<TcpStream>>> = Arc::default();
    let room = Arc::new(tokio::sync::Semaphore::new(connections));
    let began = Instant::now();
    let mut under_way = Vec::with_capacity(requests.len());
    for (n, request) in requests.into_iter().enumerate() {
        let due = began + Duration::from_secs_f64(n as f64 / per_s);
        tokio::time::sleep_until(due.into()).await;
        let (idle, room) = (idle.clone(), room.clone());
        under_way.push(tokio::spawn(async move {
            let mut told = 0;
            loop {
                let _place = room.acquire().await.unwrap();
                let free = idle.lock().unwrap().pop_front();
                let mut stream = match free {
                    Some(stream) => stream,
                    None => {
                        let stream = TcpStream::connect(address).await.unwrap();
                        stream.set_nodelay(true).unwrap();
                        stream
                    }
                };
                stream.write_all(&request).await.unwrap();
                let answer = answer(&mut stream).await;
                idle.lock().unwrap().push_back(stream);
                match answer.status {
                    200..300 => return (due.elapsed(), Utc::now(), told),
                    503 => {
                        told += 1;
                        let wait = answer.retry_after.expect("a 503 says when to come back");
                        drop(_place);
                        tokio::time::sleep(wait).await;
                    }
                    other => panic!("answered {other}"),
                }
            }
        }));
    }
    let mut outcome = Outcome::default();
    for one in under_way {
        let (latency, at, told) = one.await.unwrap();
        outcome.latencies_ms.push(latency.as_secs_f64() * 1e3);
        outcome.acknowledged_at.push(at);
        outcome.told_to_come_back += told;
    }
    outcome.elapsed = began.elapsed();
    outcome.latencies_ms.sort_unstable_by(f64::total_cmp);
    outcome
}

/// Of sorted values; 1.0 is the largest.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

async fn answer(stream: &mut TcpStream) -> Answer {
    let mut buffer = Vec::with_capacity(2048);
    loop {
        let n = stream.read_buf(&mut buffer).await.unwrap();
        assert!(n > 0, "the server hung up");
        let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let field = |name: &str| {
            let line = head.lines().find_map(|l| l.strip_prefix(name))?;
            line.trim().parse::<u64>().ok()
        };
        let length = field("content-length:").unwrap_or(0) as usize;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let retry_after = field("retry-after:").map(Duration::from_secs);
        let mut left = (end + 4 + length).saturating_sub(buffer.len());
        while left > 0 {
            let n = stream.read_buf(&mut buffer).await.unwrap();
            assert!(n > 0, "the rest");
            left = left.saturating_sub(n);
        }
        return Answer {
            status,
            retry_after,
        };
    }
}
