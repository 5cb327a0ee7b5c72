//! The board, once and live.

use std::convert::Infallible;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::sse::{Event, Sse};
use futures::stream::Stream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::board::{Board, BoardPatch};
use super::super::live;
use super::rounds::within;
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

/// The board, live (server-sent events): `board` with the whole board first, then `patch` with what changed, at most four a
/// second. `id` is the as-of. The stream ends with the session.
#[utoipa::path(get, path = "/rounds/{id}/board/stream", operation_id = "stream_board", tag = "rounds", params(("id" = Uuid, Path)), responses(
    (status = 200, content_type = "text/event-stream", body = BoardPatch), Problems))]
async fn stream_board(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<Uuid>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let boards = app.boards.clone();
    boards.stream(app, caller, id, seen_by).await
}
