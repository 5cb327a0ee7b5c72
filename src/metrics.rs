//! `/metrics` for Prometheus: whether the database answers, whether uploads find room, and how the mails are doing. Figures, never
//! names.

use std::fmt::Write as _;
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::db::{Principal, Scope};
use crate::problem::Result;
use crate::safety::self_report::store::panel;

/// One figure.
struct Figure {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    value: i64,
}

/// What is known now; without a database, that there is none.
pub async fn show(State(app): State<App>) -> Response {
    let mails = tokio::time::timeout(Duration::from_secs(3), mails(&app)).await;
    let mails = mails.ok().and_then(Result::ok);
    let mut figures = vec![
        Figure {
            name: "machimori_database_up",
            kind: "gauge",
            help: "1 while the database answers.",
            value: i64::from(mails.is_some()),
        },
        Figure {
            name: "machimori_uploads_put_off_total",
            kind: "counter",
            help: "Uploads told to come back because too many waited.",
            value: i64::try_from(app.field.put_off()).unwrap_or(i64::MAX),
        },
    ];
    figures.extend(mails.into_iter().flatten());
    let mut text = String::new();
    for Figure {
        name,
        kind,
        help,
        value,
    } in figures
    {
        let _ = writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}"
        );
    }
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn mails(app: &App) -> Result<[Figure; 3]> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&Scope::of(Principal::Index)).await?;
    let (queued, oldest) = panel::depth(&mut tx).await?;
    let down = panel::unreachable(&mut tx).await?;
    tx.commit().await?;
    let seconds = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or(0, |at| (now - at).num_seconds().max(0))
    };
    Ok([
        Figure {
            name: "machimori_mail_queued",
            kind: "gauge",
            help: "Mails that wait.",
            value: queued,
        },
        Figure {
            name: "machimori_mail_oldest_seconds",
            kind: "gauge",
            help: "How long the oldest of them has waited.",
            value: seconds(oldest),
        },
        Figure {
            name: "machimori_mail_unreachable_seconds",
            kind: "gauge",
            help: "How long the mail server could not be used; 0 while it can.",
            value: seconds(down.map(|(at, _)| at)),
        },
    ])
}
