//! How far a long load is: a bar on a terminal, a line now and then in a log.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

/// Counts people written.
pub struct Progress {
    total: u64,
    done: AtomicU64,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn of_people(total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(
                "demo city {wide_bar} {human_pos}/{human_len} people, {elapsed} ({eta} left)",
            );
            ProgressBar::new(total)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self {
            total,
            done: AtomicU64::new(0),
            bar,
        }
    }

    pub fn add(&self, people: u64) {
        let before = self.done.fetch_add(people, Ordering::Relaxed);
        match &self.bar {
            Some(bar) => bar.inc(people),
            None => {
                // A line for every tenth of the way.
                let tenths = |done: u64| done * 10 / self.total.max(1);
                if tenths(before + people) > tenths(before) {
                    eprintln!("demo city: {} of {} people", before + people, self.total);
                }
            }
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
