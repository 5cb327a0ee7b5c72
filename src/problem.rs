//! Every error that leaves the service: RFC 9457 problems with JSON-pointer field errors and Japanese words that say what to do.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// One field that was not right: where (JSON Pointer, RFC 6901) and what to do.
#[derive(Debug, Clone, Serialize, ToSchema, PartialEq, Eq)]
pub struct FieldError {
    #[schema(example = "/name")]
    pub pointer: String,
    pub detail: String,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

/// What went wrong, in the service's own words.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("not found")]
    NotFound,
    /// The address or the body cannot be read at all.
    #[error("malformed request")]
    Malformed,
    #[error("method not allowed")]
    MethodNotAllowed,
    #[error("not logged in")]
    Unauthorized,
    /// The caller is known but may not do this.
    #[error("forbidden")]
    Forbidden,
    /// The change does not fit the present state; the text says why and what to do.
    #[error("conflict: {0}")]
    Conflict(String),
    /// Another person has to confirm this (decision under a second pair of eyes).
    #[error("a second person is required: {0}")]
    SecondPerson(String),
    /// The second factor has to be shown again (fresh for ten minutes).
    #[error("step-up required")]
    StepUp,
    /// 403: the first password, which somebody else knows, has to be changed before anything else.
    #[error("the first password must be changed")]
    MustChange,
    #[error("invalid input")]
    Invalid(Vec<FieldError>),
    #[error("gone: {0}")]
    Gone(String),
    /// Too many tries; seconds to wait.
    #[error("too many requests")]
    TooMany { retry_after_s: u64 },
    #[error("too large: {0}")]
    TooLarge(String),
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// The database is away or the service is overloaded; seconds to wait.
    #[error("unavailable")]
    Unavailable { retry_after_s: u64 },
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl Problem {
    /// One wrong field.
    pub fn field(pointer: &str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, detail)])
    }

    fn parts(&self) -> (StatusCode, &'static str, &'static str, String) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found", "見つかりません。番号や住所（URL）を確かめてください。".into()),
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "malformed",
                "Malformed request",
                "住所（URL）か送られた内容の形が違います。画面を開き直して、もう一度お試しください。".into(),
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Method not allowed",
                "この操作はできません。画面を開き直してください。".into(),
            ),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized", "Not logged in", "ログインしてください。".into()),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "Not allowed", "この操作をする権限がありません。担当の職員に相談してください。".into()),
            Self::Conflict(why) => (StatusCode::CONFLICT, "conflict", "Conflict", why.clone()),
            Self::SecondPerson(why) => (StatusCode::CONFLICT, "second-person-required", "A second person is required", why.clone()),
            Self::StepUp => (StatusCode::FORBIDDEN, "step-up-required", "Confirm it is you", "もう一度、パスワードと確認コードを入れてください。".into()),
            Self::MustChange => (
                StatusCode::FORBIDDEN,
                "password-change-required",
                "Choose a password of your own",
                "最初のパスワードのままでは使えません。先に、自分のパスワードに変えてください。".into(),
            ),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Invalid input", "入力を直してください。".into()),
            Self::Gone(why) => (StatusCode::GONE, "gone", "No longer valid", why.clone()),
            Self::TooMany { retry_after_s } => (
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-requests",
                "Too many requests",
                format!("回数が多すぎます。{retry_after_s}秒待ってから、もう一度お試しください。"),
            ),
            Self::TooLarge(why) => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", why.clone()),
            Self::Unsupported(why) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported", "Unsupported", why.clone()),
            Self::Unavailable { .. } => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "Temporarily unavailable",
                "いまデータベースにつながりません。記録は消えません。少し待つと自動で送り直します。".into(),
            ),
            Self::Internal(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Internal error",
                "サーバーで問題が起きました。記録は消えません。少し待ってから、もう一度お試しください。".into(),
            ),
        }
    }
}

/// The JSON of a problem (`application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, slug, title, detail) = self.parts();
        if let Self::Internal(cause) = &self {
            // Once, here.
            tracing::error!(error = %told(cause), "request failed");
        }
        let retry_after_s = match &self {
            Self::TooMany { retry_after_s } | Self::Unavailable { retry_after_s } => {
                Some(*retry_after_s)
            }
            _ => None,
        };
        let errors = if let Self::Invalid(errors) = self {
            errors
        } else {
            Vec::new()
        };
        let body = ProblemBody {
            kind: format!("/problems/{slug}"),
            title: title.into(),
            status: status.as_u16(),
            detail,
            instance: crate::door::current_request_id(),
            errors,
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(s) = retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(s));
        }
        response
    }
}

/// The cause as the log may hold it. A message of the database about wrong data (class 22) repeats the data.
fn told(cause: &anyhow::Error) -> String {
    match cause.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Database(db)) if db.code().is_some_and(|c| c.starts_with("22")) => {
            format!("database error {}", db.code().unwrap_or_default())
        }
        _ => format!("{cause:#}"),
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::RowNotFound => Self::NotFound,
            E::PoolTimedOut | E::PoolClosed | E::Io(_) => Self::Unavailable { retry_after_s: 2 },
            E::Database(db) => match db.code().as_deref() {
                // Connection and shutdown classes, disk full, read-only standby.
                Some(code)
                    if code.starts_with("08")
                        || code.starts_with("57P")
                        || code.starts_with("53")
                        || code == "25006" =>
                {
                    Self::Unavailable { retry_after_s: 5 }
                }
                // Row-level security or a grant refused: a wall held that the handler should have checked. The words name a table.
                Some("42501") => {
                    tracing::warn!(refused = db.message(), "the database refused what a handler let pass");
                    Self::Forbidden
                }
                // U+0000, which no text of PostgreSQL holds and nobody types.
                Some("22021" | "22P05") => Self::Malformed,
                // An id made by the caller that another record bears.
                Some("23505") if db.constraint().is_some_and(|c| c.ends_with("_pkey")) => {
                    Self::Conflict(
                        "同じ番号の記録がほかにあるため、何も記録していません。画面を開き直して、もう一度お試しください。".into(),
                    )
                }
                _ => Self::Internal(error.into()),
            },
            _ => Self::Internal(error.into()),
        }
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

/// Turn a violated named constraint into words for the user instead of an internal error.
pub trait OnConstraint<T> {
    /// When the database refused by the constraint `name`, answer `problem` instead.
    fn on_constraint(
        self,
        name: &str,
        problem: impl FnOnce() -> Problem,
    ) -> std::result::Result<T, Problem>;
}

impl<T> OnConstraint<T> for std::result::Result<T, sqlx::Error> {
    fn on_constraint(
        self,
        name: &str,
        problem: impl FnOnce() -> Problem,
    ) -> std::result::Result<T, Problem> {
        self.map_err(|error| match &error {
            sqlx::Error::Database(db) if db.constraint() == Some(name) => problem(),
            _ => error.into(),
        })
    }
}

/// The errors every endpoint may answer, for the contract.
#[derive(utoipa::IntoResponses)]
pub enum Problems {
    /// The request cannot be read.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(ProblemBody),
    /// Not logged in.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(ProblemBody),
    /// Not allowed.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemBody),
    /// No such thing, or not visible to the caller.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemBody),
    /// Does not fit the present state.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemBody),
    /// Was valid once.
    #[response(status = 410, content_type = "application/problem+json")]
    Gone(ProblemBody),
    /// The body is too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// The content type is not the expected one.
    #[response(status = 415, content_type = "application/problem+json")]
    Unsupported(ProblemBody),
    /// Input to be corrected, field by field.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(ProblemBody),
    /// Too many tries.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemBody),
    /// The database is away.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// A problem as the terminal says it.
pub fn in_words(problem: Problem) -> anyhow::Error {
    match problem {
        Problem::Invalid(errors) => {
            let words: Vec<String> = errors
                .into_iter()
                .map(|FieldError { pointer, detail }| format!("{pointer}: {detail}"))
                .collect();
            anyhow::anyhow!("{}", words.join("; "))
        }
        Problem::Internal(cause) => cause,
        other => other.into(),
    }
}
