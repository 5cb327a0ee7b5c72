//! What the service, its children and its database hold of the machine's memory, from `/proc`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Megabytes of 2^20 bytes.
#[derive(Debug, Default, Clone, Copy)]
pub struct Held {
    pub service: f64,
    /// The children that read untrusted tables, together.
    pub readers: f64,
    /// PostgreSQL with all its processes; what they share is counted once.
    pub database: f64,
}

/// What is held now.
pub fn held(service: u32) -> Held {
    let mut held = Held {
        service: status_mib(service, "VmRSS"),
        ..Held::default()
    };
    for (pid, name) in descendants(service) {
        if name.starts_with("postgres") {
            held.database += rollup_pss_mib(pid);
        } else {
            held.readers += status_mib(pid, "VmRSS");
        }
    }
    held
}

/// The most that the service's own process has ever held.
pub fn service_peak_mib(service: u32) -> f64 {
    status_mib(service, "VmHWM")
}

/// Looks again and again in a thread of its own; the most of each.
pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Held>,
}

impl Watch {
    pub fn begin(service: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut most = Held::default();
            while !stopped.load(Ordering::Relaxed) {
                let now = held(service);
                most.service = most.service.max(now.service);
                most.readers = most.readers.max(now.readers);
                most.database = most.database.max(now.database);
                std::thread::sleep(Duration::from_millis(200));
            }
            most
        });
        Self { stop, thread }
    }

    pub fn end(self) -> Held {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// All processes under one, with their names.
fn descendants(of: u32) -> Vec<(u32, String)> {
    let mut children: HashMap<u32, Vec<(u32, String)>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else {
            continue;
        };
        // pid (name) state parent …
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let Some((name, rest)) = stat
            .split_once('(')
            .and_then(|(_, rest)| rest.rsplit_once(')'))
        else {
            continue;
        };
        let parent = rest.split_whitespace().nth(1).and_then(|p| p.parse().ok());
        if let Some(parent) = parent {
            children
                .entry(parent)
                .or_default()
                .push((pid, name.to_owned()));
        }
    }
    let (mut found, mut look_at) = (Vec::new(), vec![of]);
    while let Some(parent) = look_at.pop() {
        for (pid, name) in children.remove(&parent).unwrap_or_default() {
            look_at.push(pid);
            found.push((pid, name));
        }
    }
    found
}

fn status_mib(pid: u32, field: &str) -> f64 {
    kib_of(&format!("/proc/{pid}/status"), field) / 1024.0
}

fn rollup_pss_mib(pid: u32) -> f64 {
    kib_of(&format!("/proc/{pid}/smaps_rollup"), "Pss") / 1024.0
}

/// `field:  123 kB`; nothing when the process has ended.
fn kib_of(path: &str, field: &str) -> f64 {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0.0)
}
