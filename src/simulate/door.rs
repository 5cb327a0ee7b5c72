//! The service's door as seen from outside: requests as a browser of the same origin sends them, its cookie, and patience when the
//! service asks for it.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use ureq::Agent;

/// Somebody with a session, or without.
#[derive(Clone)]
pub struct Door {
    agent: Agent,
    url: String,
    cookie: Option<String>,
}

/// How often a request is made again before it is given up.
const TRIES: u32 = 20;

impl Door {
    pub fn at(url: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        Self {
            agent,
            url: url.trim_end_matches('/').to_owned(),
            cookie: None,
        }
    }

    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        let ask = || {
            let mut request = self.agent.get(format!("{}/api/v1{path}", self.url));
            request = request.header("sec-fetch-site", "same-origin");
            if let Some(cookie) = &self.cookie {
                request = request.header("cookie", cookie);
            }
            request.call()
        };
        patiently(path, ask).map(|(value, _)| value)
    }

    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send("POST", path, body).map(|(value, _)| value)
    }

    pub fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send("PUT", path, body).map(|(value, _)| value)
    }

    /// The same door with the session that this begins.
    pub fn enter(&self, path: &str, body: &Value) -> anyhow::Result<(Self, Value)> {
        let (value, cookie) = self.send("POST", path, body)?;
        let cookie = Some(cookie.with_context(|| format!("{path} began no session"))?);
        let door = Self {
            cookie,
            ..self.clone()
        };
        Ok((door, value))
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<(Value, Option<String>)> {
        let text = body.to_string();
        let ask = || {
            let url = format!("{}/api/v1{path}", self.url);
            let mut request = match method {
                "PUT" => self.agent.put(url),
                _ => self.agent.post(url),
            };
            request = request
                .header("sec-fetch-site", "same-origin")
                .header("content-type", "application/json");
            if let Some(cookie) = &self.cookie {
                request = request.header("cookie", cookie);
            }
            request.send(text.as_str())
        };
        patiently(path, ask)
    }
}

type Answer = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

/// Ask until there is an answer: a service that is busy or not there yet is asked again, as phones do. What may be said twice is safe.
fn patiently(
    path: &str,
    mut ask: impl FnMut() -> Answer,
) -> anyhow::Result<(Value, Option<String>)> {
    for turn in 1..=TRIES {
        let wait = match ask() {
            Ok(mut response) => {
                let status = response.status().as_u16();
                let header = |name: &str| {
                    let value = response.headers().get(name)?;
                    value.to_str().ok().map(str::to_owned)
                };
                let cookie = header("set-cookie");
                let wait = header("retry-after").and_then(|s| s.parse().ok());
                let text = response.body_mut().read_to_string()?;
                match status {
                    200..=299 => {
                        let cookie = cookie.and_then(|c| c.split(';').next().map(str::to_owned));
                        let value = match text.is_empty() {
                            true => Value::Null,
                            false => serde_json::from_str(&text)?,
                        };
                        return Ok((value, cookie));
                    }
                    503 | 429 if turn < TRIES => wait.unwrap_or(1),
                    _ => bail!("{path} answered {status}: {text}"),
                }
            }
            Err(error) if turn == TRIES => return Err(error).with_context(|| path.to_owned()),
            Err(_) => 1,
        };
        std::thread::sleep(Duration::from_secs(wait.min(30)));
    }
    bail!("{path} was not answered")
}
