//! The board, once and live.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::sse::{Event, Sse};
use chrono::SecondsFormat;
use futures::stream::{self, Stream};
use tokio::sync::{mpsc, watch};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::board::{Board, BoardPatch};
use super::super::live;
use super::rounds::within;
use crate::accounts::session;
use crate::app::App;
use crate::call::{Caller, Viewer};
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_board))
        .routes(routes!(stream_board))
}

/// What of a board this caller sees: a lead, the own districts.
fn seen_by(caller: &Caller, board: &Board) -> Result<Board> {
    let Some(own) = within(caller) else {
        return Ok(board.clone());
    };
    let seen = board.only(own);
    if seen.districts.is_empty() {
        Err(Problem::NotFound)
    } else {
        Ok(seen)
    }
}

/// The board of a round now: counts, never names.
#[utoipa::path(get, path = "/rounds/{id}/board", operation_id = "show_board", tag = "rounds", params(("id" = Uuid, Path)), responses((status = 200, body = Board), Problems))]
async fn show_board(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<Uuid>,
) -> Result<Json<Board>> {
    let board = live::board_now(&app, id).await?;
    Ok(Json(seen_by(&caller, &board)?))
}

/// How often the session is looked at again, and a still board says that it still holds.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// The board, live (server-sent events): `board` with the whole board first, then `patch` with what changed, at most four a
/// second. `id` is the as-of. The stream ends with the session.
#[utoipa::path(get, path = "/rounds/{id}/board/stream", operation_id = "stream_board", tag = "rounds", params(("id" = Uuid, Path)), responses(
    (status = 200, content_type = "text/event-stream", body = BoardPatch), Problems))]
async fn stream_board(
    State(app): State<App>,
    caller: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let boards = live::watch(&app, id).await?;
    seen_by(&caller, &boards.borrow())?;
    let (sender, mut receiver) = mpsc::channel(8);
    tokio::spawn(async move {
        // Whatever ends the feed ends the stream; the page greys and asks again.
        let _ = feed(&app, caller.0, boards, &sender).await;
    });
    Ok(Sse::new(stream::poll_fn(move |cx| receiver.poll_recv(cx))))
}

async fn feed(
    app: &App,
    mut caller: Caller,
    mut boards: watch::Receiver<Arc<Board>>,
    sender: &mpsc::Sender<Result<Event, Infallible>>,
) -> Result<()> {
    let mut shown = seen_by(&caller, &boards.borrow_and_update().clone())?;
    send(sender, event("board", &shown, &shown)?).await?;
    let mut check = tokio::time::interval(CHECK_EVERY);
    check.tick().await;
    loop {
        tokio::select! {
            changed = boards.changed() => {
                changed.map_err(anyhow::Error::from)?;
                let board = seen_by(&caller, &boards.borrow_and_update().clone())?;
                if !board.says_the_same(&shown) {
                    send(sender, event("patch", &board, &board.since(&shown))?).await?;
                    shown = board;
                }
            }
            _ = check.tick() => {
                let Some(now) = session::again(app, &caller).await? else {
                    return Ok(());
                };
                if now.scope.districts() != caller.scope.districts() {
                    // Another set of districts is another board: the page asks again and gets it whole.
                    return Ok(());
                }
                caller = now;
                let board = seen_by(&caller, &boards.borrow_and_update().clone())?;
                send(sender, Event::default().comment("")).await?;
                if board.as_of > shown.as_of {
                    send(sender, event("patch", &board, &board.since(&shown))?).await?;
                    shown = board;
                }
            }
            () = sender.closed() => return Ok(()),
            () = app.boards.closed() => return Ok(()),
        }
    }
}

fn event(name: &str, board: &Board, data: &impl serde::Serialize) -> Result<Event> {
    let event = Event::default()
        .event(name)
        .id(board.as_of.to_rfc3339_opts(SecondsFormat::Millis, true));
    Ok(event
        .json_data(data)
        .map_err(|error| anyhow::anyhow!("{error}"))?)
}

async fn send(sender: &mpsc::Sender<Result<Event, Infallible>>, event: Event) -> Result<()> {
    // A page that does not read for so long gets a whole board when it comes back.
    match tokio::time::timeout(Duration::from_secs(10), sender.send(Ok(event))).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Problem::Gone("the page no longer reads".into())),
    }
}
