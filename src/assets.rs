//! The web pages, embedded in the binary: precompressed, with strong ETags; hashed files for ever, HTML and workers never stale.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::Problem;

static PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What a page may ask its user for: the camera to read codes, the position to say where somebody was found. Nothing else, and
/// nobody else's page inside ours.
const PERMISSIONS: &str =
    "camera=(self), geolocation=(self), microphone=(), payment=(), usb=(), bluetooth=()";

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/dist"]
struct Dist;

/// Whether the web was built before this binary (a placeholder is embedded otherwise).
pub fn is_built() -> bool {
    Dist::get("field/index.html").is_some()
}

/// Answer a path with a page's file, or a problem for anything else.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::NotFound.into_response();
    }
    if path == "/" {
        return Redirect::temporary("/public/").into_response();
    }
    let name = path.trim_start_matches('/');
    if name
        .split('/')
        .next_back()
        .is_some_and(|last| !last.is_empty() && !last.contains('.'))
        && Dist::get(&format!("{name}/index.html")).is_some()
    {
        // Of the name, not the path: two slashes in front would be another host.
        return Redirect::permanent(&format!("/{name}/")).into_response();
    }
    let name = if name.ends_with('/') {
        format!("{name}index.html")
    } else {
        name.to_owned()
    };
    match Dist::get(&name) {
        Some(file) => answer(&name, file, request.headers()),
        None => Problem::NotFound.into_response(),
    }
}

fn answer(name: &str, plain: EmbeddedFile, asked: &HeaderMap) -> Response {
    let accepts = asked
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    let (file, encoding) = [("br", "br"), ("gz", "gzip")]
        .into_iter()
        .filter(|(_, encoding)| accepts.contains(encoding))
        .find_map(|(suffix, encoding)| {
            Some((Dist::get(&format!("{name}.{suffix}"))?, Some(encoding)))
        })
        .unwrap_or((plain, None));
    let hash: String = file.metadata.sha256_hash()[..16]
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let etag = format!("\"{hash}\"");
    let mut headers = HeaderMap::new();
    let mime = mime_of(name);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    let is_hashed = name.contains("/assets/") || name.starts_with("assets/");
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(if is_hashed {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        }),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if mime.starts_with("text/html") {
        headers.insert(&PERMISSIONS_POLICY, HeaderValue::from_static(PERMISSIONS));
    }
    if let Ok(value) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, value);
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    let seen = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok());
    if seen.is_some_and(|list| list.split(',').any(|t| t.trim() == etag)) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, Body::from(file.data.into_owned())).into_response()
}

fn mime_of(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
