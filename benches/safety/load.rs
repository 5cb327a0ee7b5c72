//! A closed-loop load: a fixed number of connections, each sending its next request when the last one is answered. Plain
//! HTTP/1.1 keep-alive over TCP on one thread, so that the client costs as little as may be of the machine it shares.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What one round of load measured.
pub struct Measured {
    pub requests: usize,
    pub elapsed: Duration,
    latencies: Vec<Duration>,
    /// Bodies of the last answers, one per connection: to look at what was answered.
    pub samples: Vec<Vec<u8>>,
}

impl Measured {
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency below which this share of the answers lay, in milliseconds.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = ((last as f64) * share).round() as usize;
        self.latencies
            .get(at)
            .map_or(f64::NAN, |d| d.as_secs_f64() * 1e3)
    }
}

/// Send every request once over `connections` connections. Panics on anything but 2xx: a measurement of errors is none.
pub async fn run(address: SocketAddr, connections: usize, requests: Arc<Vec<Vec<u8>>>) -> Measured {
    let next = Arc::new(AtomicUsize::new(0));
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        let stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        stream.set_nodelay(true).expect("a TCP option");
        open.push(stream);
    }
    let began = Instant::now();
    let workers: Vec<_> = open
        .into_iter()
        .map(|stream| tokio::spawn(send_all(stream, requests.clone(), next.clone())))
        .collect();
    let mut latencies = Vec::with_capacity(requests.len());
    let mut samples = Vec::with_capacity(connections);
    for worker in workers {
        let (taken, sample) = worker.await.expect("a worker ends");
        latencies.extend(taken);
        samples.push(sample);
    }
    let elapsed = began.elapsed();
    latencies.sort_unstable();
    Measured {
        requests: requests.len(),
        elapsed,
        latencies,
        samples,
    }
}

async fn send_all(
    mut stream: TcpStream,
    requests: Arc<Vec<Vec<u8>>>,
    next: Arc<AtomicUsize>,
) -> (Vec<Duration>, Vec<u8>) {
    let mut latencies = Vec::new();
    let mut buffer = Vec::with_capacity(16 * 1024);
    let mut body = Vec::new();
    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        let began = Instant::now();
        stream
            .write_all(request)
            .await
            .expect("the request is sent");
        body = answer(&mut stream, &mut buffer).await;
        latencies.push(began.elapsed());
    }
    (latencies, body)
}

/// Read one answer with a Content-Length; its body.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Vec<u8> {
    buffer.clear();
    loop {
        let n = stream.read_buf(buffer).await.expect("an answer");
        assert!(n > 0, "the server hung up");
        let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else {
            continue;
        };
        assert!(
            buffer.starts_with(b"HTTP/1.1 2"),
            "{}",
            String::from_utf8_lossy(buffer)
        );
        let length = length_of(&buffer[..head]);
        while buffer.len() < head + 4 + length {
            let n = stream.read_buf(buffer).await.expect("the rest");
            assert!(n > 0, "the server hung up");
        }
        return buffer[head + 4..].to_vec();
    }
}

/// The Content-Length in a head as hyper writes it. The head is not copied: the client shares the server's processors.
fn length_of(head: &[u8]) -> usize {
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let at = head
        .windows(NAME.len())
        .position(|w| w == NAME)
        .expect("a length");
    head[at + NAME.len()..]
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .fold(0, |n, b| n * 10 + usize::from(b - b'0'))
}

/// The middle one.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Median and range, as printed.
pub fn spread(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    format!("{:.2} ({least:.2}–{most:.2})", median(values))
}

/// Serve a router on a port of its own.
pub async fn serve(router: axum::Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("an address");
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.expect("it serves") });
    address
}
