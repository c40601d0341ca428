//! One request to a receiver.

use std::io::Read;
use std::time::{Duration, Instant};

use switchyard_control::refused_address;
use tokio::sync::Semaphore;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// So many requests are under way at once; each holds a thread.
const AT_ONCE: usize = 64;

/// So much of an answer is kept, in bytes.
const ANSWER: u64 = 1024;

/// What is sent.
pub(crate) struct Request {
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) patience: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: Option<u16>,
    pub(crate) ms: u64,
    pub(crate) error: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

/// Makes requests, to allowed addresses only.
pub(crate) struct Post {
    agent: Agent,
    turns: Semaphore,
}

impl Post {
    pub(crate) fn new(private: bool) -> Self {
        let config = Config::builder()
            .http_status_as_error(false)
            // A redirect could lead anywhere, and would carry the message there.
            .max_redirects(0)
            // No proxy of the environment's: it would connect to what is not allowed here.
            .proxy(None)
            // Each connection is to an address that was just looked at.
            .max_idle_connections(0)
            .user_agent(concat!("Switchyard/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = Checked { resolver: DefaultResolver::default(), private };
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        Post { agent, turns: Semaphore::new(AT_ONCE) }
    }

    pub(crate) async fn send(&self, request: Request) -> Answer {
        let _turn = self.turns.acquire().await;
        let (agent, begun) = (self.agent.clone(), Instant::now());
        let done = tokio::task::spawn_blocking(move || send(&agent, &request)).await;
        let mut answer = done.unwrap_or_else(|_| failed("the sender broke"));
        answer.ms = begun.elapsed().as_millis() as u64;
        answer
    }
}

fn send(agent: &Agent, request: &Request) -> Answer {
    let mut post = agent.post(&request.url).config().timeout_global(Some(request.patience)).build();
    for (name, value) in &request.headers {
        post = post.header(*name, value);
    }
    let mut response = match post.send(&request.body) {
        Ok(response) => response,
        Err(error) => return failed(&words(error)),
    };
    let status = response.status().as_u16();
    let seconds = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
    let mut begin = vec![];
    // It was taken or not by now; what it says beside is only for people.
    let _ = response.body_mut().as_reader().take(ANSWER).read_to_end(&mut begin);
    let text = String::from_utf8_lossy(&begin).into_owned();
    let error = match status {
        200..300 => None,
        300..400 => Some("it redirects, which is not followed: set the address it leads to".to_owned()),
        _ => Some(format!("it answered {status}")),
    };
    Answer {
        status: Some(status),
        ms: 0,
        error,
        body: (!text.is_empty()).then_some(text),
        retry_after: seconds.map(Duration::from_secs),
    }
}

fn failed(why: &str) -> Answer {
    Answer { status: None, ms: 0, error: Some(why.to_owned()), body: None, retry_after: None }
}

fn words(error: ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "it did not answer in time".into(),
        ureq::Error::HostNotFound => "no address is known by this name".into(),
        ureq::Error::ConnectionFailed => "nobody answers there".into(),
        ureq::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}

/// Resolves a name, and answers with those of its addresses that may be called: what is connected to is what was
/// looked at, so that a name can't answer twice.
#[derive(Debug)]
struct Checked {
    resolver: DefaultResolver,
    private: bool,
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let all = self.resolver.resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        let mut why = None;
        for address in all.iter() {
            match refused_address(address.ip(), self.private) {
                None => allowed.push(*address),
                Some(reason) => why = Some(format!("{} {reason}: it is not called", address.ip())),
            }
        }
        match why {
            Some(why) if allowed.is_empty() => Err(ureq::Error::Io(std::io::Error::other(why))),
            _ => Ok(allowed),
        }
    }
}
