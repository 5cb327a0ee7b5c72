//! Who is calling and what they sent: the extractors that handlers name in their signatures. A handler that takes [`Staff`]
//! cannot be reached by anyone else; the role check cannot be forgotten because it is the type.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::accounts;
use crate::app::App;
use crate::db::{Principal, Scope};
use crate::problem::{FieldError, Problem, Result};

/// Cookie of a staff log-in.
pub const STAFF_COOKIE: &str = "__Host-machimori-staff";
/// Cookie of an enrolled phone.
pub const DEVICE_COOKIE: &str = "__Host-machimori-device";

/// An authenticated caller.
#[derive(Debug, Clone)]
pub struct Caller {
    pub scope: Scope,
    /// SHA-256 of the session's token.
    pub session_hash: Vec<u8>,
    pub stepped_up_at: Option<DateTime<Utc>>,
}

impl Caller {
    /// Demand a second factor shown within the last ten minutes (activation, export, role changes).
    pub fn require_step_up(&self, now: DateTime<Utc>) -> Result<()> {
        match self.stepped_up_at {
            Some(at) if now - at <= TimeDelta::minutes(10) => Ok(()),
            _ => Err(Problem::StepUp),
        }
    }
}

async fn caller(parts: &Parts, app: &App) -> Result<Caller> {
    let jar = CookieJar::from_headers(&parts.headers);
    for name in [STAFF_COOKIE, DEVICE_COOKIE] {
        if let Some(cookie) = jar.get(name)
            && let Some(caller) = accounts::session::resolve(app, cookie.value()).await?
        {
            return Ok(caller);
        }
    }
    Err(Problem::Unauthorized)
}

macro_rules! principals {
    ($($(#[$doc:meta])* $name:ident: $($principal:ident)|+;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(pub Caller);

        impl FromRequestParts<App> for $name {
            type Rejection = Problem;
            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
                let caller = caller(parts, app).await?;
                match caller.scope.principal() {
                    $(Principal::$principal)|+ => Ok(Self(caller)),
                    _ => Err(Problem::Forbidden),
                }
            }
        }

        impl std::ops::Deref for $name {
            type Target = Caller;
            fn deref(&self) -> &Caller { &self.0 }
        }
    )*};
}

principals! {
    /// Manages log-ins; sees no residents.
    Admin: Admin;
    /// Crisis staff of headquarters: the whole city.
    Staff: HqStaff;
    /// Crisis staff, or a district lead within the lead's districts (by log-in or by phone).
    Lead: HqStaff | DistrictLead;
    /// Reads the audit.
    Auditor: Auditor;
    /// Any staff log-in or phone whatever its role.
    Anyone: Admin | HqStaff | DistrictLead | Planner | Auditor | Volunteer | Reception;
    /// Whoever may manage log-ins or volunteers' phones.
    Enroller: Admin | HqStaff | DistrictLead;
    /// Any staff log-in whatever its role.
    Desk: Admin | HqStaff | DistrictLead | Planner | Auditor;
    /// Those who look at counts: never names.
    Viewer: HqStaff | DistrictLead | Planner | Auditor;
    /// An enrolled phone in the field.
    Field: Volunteer | DistrictLead | Reception;
}

/// A JSON body that was parsed and checked (garde); what is wrong is told field by field.
pub struct Valid<T>(pub T);

impl<T> FromRequest<App> for Valid<T>
where
    T: DeserializeOwned + garde::Validate<Context = ()>,
{
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let Json(value) = Json::<T>::from_request(request, app)
            .await
            .map_err(json_problem)?;
        value.validate().map_err(|report| {
            Problem::Invalid(
                report
                    .iter()
                    .map(|(path, error)| {
                        FieldError::new(pointer(&path.to_string()), error.message())
                    })
                    .collect(),
            )
        })?;
        Ok(Self(value))
    }
}

fn json_problem(rejection: JsonRejection) -> Problem {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            Problem::Unsupported("JSON（application/json）で送ってください。".into())
        }
        JsonRejection::JsonDataError(error) => {
            Problem::field("", format!("形が違います：{}", error.body_text()))
        }
        JsonRejection::JsonSyntaxError(error) => {
            Problem::field("", format!("JSONとして読めません：{}", error.body_text()))
        }
        JsonRejection::BytesRejection(_) => {
            Problem::TooLarge("送られた内容が大きすぎます。分けて送ってください。".into())
        }
        other => Problem::field("", other.body_text()),
    }
}

/// `a.b[0]` as a JSON Pointer (RFC 6901): `/a/b/0`.
fn pointer(path: &str) -> String {
    let mut out = String::new();
    for part in path.split(['.', '[']).filter(|p| !p.is_empty()) {
        out.push('/');
        out.push_str(
            &part
                .trim_end_matches(']')
                .replace('~', "~0")
                .replace('/', "~1"),
        );
    }
    out
}

/// The address of whoever is asking: the peer's, or what a trusted proxy says.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| {
                address.ip()
            });
        let forwarded = parts
            .headers
            .get("x-forwarded-for")
            .and_then(|v| v.to_str().ok());
        let address = match forwarded {
            Some(list) if app.settings.trusted_proxies.contains(&peer) => list
                .rsplit(',')
                .find_map(|part| part.trim().parse().ok())
                .unwrap_or(peer),
            _ => peer,
        };
        Ok(Self(address))
    }
}

impl ClientAddress {
    /// The block that shares a limit: the address itself in IPv4, its /64 in IPv6.
    pub fn block(self) -> String {
        match self.0 {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => v6.segments()[..4]
                .iter()
                .map(|s| format!("{s:x}"))
                .collect::<Vec<_>>()
                .join(":"),
        }
    }
}

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request being answered, for problems, audit rows and logs.
pub fn current_request_id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

/// Give each request an id (its own, never the client's) and name it in the answer.
pub async fn with_request_id(request: Request, next: Next) -> Response {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let mut response = REQUEST_ID.scope(id.clone(), next.run(request)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// Unsafe methods must come from our own pages: `Sec-Fetch-Site: same-origin`, or an `Origin` that is ours.
pub async fn same_origin_only(State(app): State<App>, request: Request, next: Next) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if safe || is_same_origin(request.headers(), &app.settings.public_url) {
        next.run(request).await
    } else {
        tracing::warn!(path = %request.uri().path(), "refused: not from our own pages");
        Problem::Forbidden.into_response()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validation_paths_become_json_pointers() {
        assert_eq!(pointer("districts[3].name"), "/districts/3/name");
        assert_eq!(pointer(""), "");
    }

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
