//! What every request passes and every answer bears: an id, a span without personal data, the origin check, our words for what
//! the framework refuses, the headers of every page. One layer, for each one costs every answer its allocations.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use uuid::Uuid;

use crate::app::App;
use crate::problem::Problem;

/// The content security policy of every page: nothing inline, nothing from elsewhere.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; \
    worker-src 'self'; manifest-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// The policy of what is no page: nothing may be loaded from it, nobody may frame it.
const CSP_OF_DATA: &str = "default-src 'none'; frame-ancestors 'none'";

/// What an answer bears unless its handler said otherwise.
static HEADERS: [(HeaderName, HeaderValue); 3] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

static REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static REQUEST_ID: Uuid;
}

/// The id of the request being answered, for problems, audit rows and logs.
pub fn current_request_id() -> Option<String> {
    REQUEST_ID.try_with(|id| id.simple().to_string()).ok()
}

/// Let a request in, and its answer out. The id is its own, never the client's.
pub async fn pass(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = new_id();
    // The route, never the query string: it may hold a name or a position.
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("(asset)", MatchedPath::as_str);
    let span = tracing::info_span!("request", method = %request.method(), path, id = %id.simple());
    let answer = async {
        let began = Instant::now();
        let response = match may_enter(&request, &app.settings.public_url) {
            true => in_our_words(next.run(request).await),
            false => {
                tracing::warn!("refused: not from our own pages");
                Problem::Forbidden.into_response()
            }
        };
        dressed(response, id, began)
    };
    REQUEST_ID.scope(id, answer.instrument(span)).await
}

/// The same for a read that is answered at once, from memory: no layers, for they cost more than the answer.
pub fn pass_at_once(path: &'static str, answer: impl FnOnce() -> Response) -> Response {
    let id = new_id();
    let span = tracing::info_span!("request", path, id = %id.simple());
    let answer = || {
        let began = Instant::now();
        let response = catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| panicked());
        dressed(response, id, began)
    };
    REQUEST_ID.sync_scope(id, || span.in_scope(answer))
}

/// What a handler that panicked answers.
pub fn panicked() -> Response {
    Problem::Internal(anyhow::anyhow!("a handler panicked")).into_response()
}

/// Log the answer, and give it the headers of every answer.
fn dressed(mut response: Response, id: Uuid, began: Instant) -> Response {
    let status = response.status();
    let latency_ms = began.elapsed().as_millis();
    // Whoever cannot answer has said why already, and would say it thousands of times a second.
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        tracing::error!(status = status.as_u16(), latency_ms, "answered");
    } else {
        tracing::debug!(status = status.as_u16(), latency_ms, "answered");
    }
    let headers = response.headers_mut();
    let policy = match is_data(headers) {
        true => CSP_OF_DATA,
        false => CSP,
    };
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(policy));
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    let mut text = [0; 32];
    if let Ok(value) = HeaderValue::from_str(id.simple().encode_lower(&mut text)) {
        headers.insert(&REQUEST_ID_HEADER, value);
    }
    response
}

/// A UUIDv7 of the thread's own generator: the kernel's would be asked for each request.
fn new_id() -> Uuid {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let ms = since.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX));
    uuid::Builder::from_unix_timestamp_millis(ms, &rand::random()).into_uuid()
}

fn is_data(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|k| {
        k.starts_with(b"application/json") || k.starts_with(b"application/problem+json")
    })
}

/// Unsafe methods must come from our own pages: `Sec-Fetch-Site: same-origin`, or an `Origin` that is ours.
fn may_enter(request: &Request, public_url: &str) -> bool {
    let is_safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    is_safe
        || is_same_origin(request.headers(), public_url)
        || (bears_its_token(request.uri().path()) && says_nothing(request.headers()))
}

/// Answers by personal link: the token in the body is the whole authority, no cookie is looked at.
fn bears_its_token(path: &str) -> bool {
    path == "/api/v1/answers" || path.starts_with("/api/v1/answers/")
}

/// A browser so old that it does not say where it comes from.
fn says_nothing(headers: &HeaderMap) -> bool {
    !headers.contains_key("sec-fetch-site") && !headers.contains_key(header::ORIGIN)
}

fn is_same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            origin == public_url
                || text(header::HOST.as_str()).is_some_and(|host| {
                    origin
                        .strip_prefix("http://")
                        .or(origin.strip_prefix("https://"))
                        == Some(host)
                })
        }
        (None, None) => false,
    }
}

/// What the framework refuses before a handler is reached (an unreadable address, a wrong method) is a problem as well.
fn in_our_words(response: Response) -> Response {
    let status = response.status();
    if !status.is_client_error() {
        return response;
    }
    let is_plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    match status {
        StatusCode::BAD_REQUEST if is_plain => Problem::Malformed.into_response(),
        StatusCode::METHOD_NOT_ALLOWED if is_plain => Problem::MethodNotAllowed.into_response(),
        StatusCode::PAYLOAD_TOO_LARGE if is_plain => {
            Problem::TooLarge("送られた内容が大きすぎます。分けて送ってください。".into())
                .into_response()
        }
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_sites_page_and_a_request_without_any_origin_are_refused() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs
                .iter()
                .map(|(k, v)| ((*k).parse().expect("name"), HeaderValue::from_static(v)))
                .collect::<HeaderMap>()
        };
        let ours = "https://machimori.example";
        assert!(is_same_origin(
            &headers(&[("sec-fetch-site", "same-origin")]),
            ours
        ));
        assert!(is_same_origin(
            &headers(&[("origin", "https://machimori.example")]),
            ours
        ));
        assert!(!is_same_origin(
            &headers(&[("sec-fetch-site", "cross-site"), ("origin", ours)]),
            ours
        ));
        assert!(!is_same_origin(
            &headers(&[("origin", "https://evil.example")]),
            ours
        ));
        assert!(!is_same_origin(&headers(&[]), ours));
    }
}
