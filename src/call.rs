//! Who is calling and what they sent: the extractors that handlers name in their signatures. A handler that takes [`Staff`]
//! cannot be reached by anyone else; the role check cannot be forgotten because it is the type.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::accounts;
use crate::app::App;
use crate::db::{Principal, Scope};
use crate::field_words::Japanese;
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
    /// Still on the first password, which somebody else knows.
    pub must_change: bool,
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

/// Refuse whoever has yet to choose a password of her own.
fn settled(caller: Caller) -> Result<Caller> {
    match caller.must_change {
        true => Err(Problem::MustChange),
        false => Ok(caller),
    }
}

/// Also with a first password: the session itself, and changing the password.
fn at_once(caller: Caller) -> Result<Caller> {
    Ok(caller)
}

macro_rules! principals {
    ($($(#[$doc:meta])* $name:ident($when:ident): $($principal:ident)|+;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(pub Caller);

        impl FromRequestParts<App> for $name {
            type Rejection = Problem;
            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
                let caller = caller(parts, app).await?;
                match caller.scope.principal() {
                    $(Principal::$principal)|+ => $when(caller).map(Self),
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
    Admin(settled): Admin;
    /// Crisis staff of headquarters: the whole city.
    Staff(settled): HqStaff;
    /// Crisis staff, or a district lead within the lead's districts (by log-in or by phone).
    Lead(settled): HqStaff | DistrictLead;
    /// Reads the audit.
    Auditor(settled): Auditor;
    /// Those who answer for what was given away, and who look after it.
    Overseer(settled): HqStaff | Auditor;
    /// Any staff log-in or phone whatever its role.
    Anyone(at_once): Admin | HqStaff | DistrictLead | Planner | Auditor | Volunteer | Reception;
    /// Those who answer for the service being set up.
    Keeper(settled): Admin | HqStaff;
    /// Whoever may manage log-ins or volunteers' phones.
    Enroller(settled): Admin | HqStaff | DistrictLead;
    /// Any staff log-in whatever its role.
    Desk(settled): Admin | HqStaff | DistrictLead | Planner | Auditor;
    /// Those who look at counts: never names.
    Viewer(settled): HqStaff | DistrictLead | Planner | Auditor;
    /// An enrolled phone in the field.
    Field(settled): Volunteer | DistrictLead | Reception;
    /// A device at a reception desk.
    Gate(settled): Reception;
    /// Those who run shelters and drills, and planners, who look at their counts.
    Overview(settled): HqStaff | DistrictLead | Planner;
    /// Those who plan: counts of at least five, never names.
    Planning(settled): HqStaff | Planner;
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
        garde::i18n::with_i18n(Japanese, || value.validate()).map_err(|report| {
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
        Ok(Self(asking(
            &parts.headers,
            peer,
            &app.settings.trusted_proxies,
        )))
    }
}

/// Who asks, read from the right: each hop that is ours says who came to it, and the first that is not ours is who asks.
/// Whatever stands further left, or in an earlier header line, anybody may have written.
fn asking(headers: &HeaderMap, peer: IpAddr, ours: &[IpAddr]) -> IpAddr {
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    let mut address = peer;
    for hop in hops.iter().rev() {
        let named = hop
            .parse::<IpAddr>()
            .or_else(|_| hop.parse::<SocketAddr>().map(|a| a.ip()));
        match named {
            Ok(named) if ours.contains(&address) => address = named,
            _ => break,
        }
    }
    address
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

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn validation_paths_become_json_pointers() {
        assert_eq!(pointer("districts[3].name"), "/districts/3/name");
        assert_eq!(pointer(""), "");
    }

    #[test]
    fn what_a_client_claims_to_be_forwarded_for_is_not_believed() {
        let address = |text: &str| text.parse::<IpAddr>().expect("address");
        let ours = [address("10.0.0.1"), address("10.0.0.2")];
        let asked = |peer: &str, lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", HeaderValue::from_static(line));
            }
            asking(&headers, address(peer), &ours).to_string()
        };
        assert_eq!(asked("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(
            asked("10.0.0.1", &["198.51.100.1, 203.0.113.9"]),
            "203.0.113.9"
        );
        // A proxy that adds a line of its own below the client's.
        assert_eq!(
            asked("10.0.0.1", &["198.51.100.1", "203.0.113.9"]),
            "203.0.113.9"
        );
        // Two proxies of ours, one behind the other.
        assert_eq!(
            asked("10.0.0.1", &["198.51.100.1, 203.0.113.9, 10.0.0.2"]),
            "203.0.113.9"
        );
        assert_eq!(
            asked("10.0.0.1", &["198.51.100.1, 203.0.113.9:51000"]),
            "203.0.113.9"
        );
        assert_eq!(asked("10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(asked("10.0.0.1", &[]), "10.0.0.1");
    }
}
