//! One stream, read on a thread of its own.

use std::io::BufReader;
use std::time::Duration;

use switchyard_control::refused_address;
use tokio::sync::mpsc;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::Pace;
use crate::frames::{Frame, Frames};
use crate::message::{Message, message};

/// How long it may take to get a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// So many messages wait to be taken; the upstream waits after that.
const WAITING: usize = 64;

/// Why a stream can't be heard, or not any more.
#[derive(Debug)]
pub(crate) struct Failure {
    /// As the end of a sentence.
    pub(crate) why: String,
    /// The key does not open it.
    pub(crate) refused: bool,
    /// It asked not to be called again before.
    pub(crate) after: Option<Duration>,
}

impl Failure {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Failure { why: why.into(), refused: false, after: None }
    }
}

/// A stream that is read. Its connection ends with this.
pub(crate) struct Stream {
    agent: Agent,
    said: mpsc::Receiver<Result<Message, Failure>>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        // The thread may wait for minutes for what comes next.
        self.agent.clone().shutdown();
    }
}

impl Stream {
    /// Calls `uri`, and reads what it says.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub(crate) fn open(uri: &str, key: String, private: bool, pace: &Pace) -> std::io::Result<Self> {
        let config = Config::builder()
            .http_status_as_error(false)
            // The key is for this address alone.
            .max_redirects(0)
            // No proxy of the environment's: it would connect to what is not allowed here.
            .proxy(None)
            .max_idle_connections(0)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(pace.patience))
            .timeout_per_read(Some(pace.silence))
            .user_agent(concat!("Switchyard/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = Checked { resolver: DefaultResolver::default(), private };
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        let (told, said) = mpsc::channel(WAITING);
        let (caller, url) = (agent.clone(), format!("{uri}/all"));
        std::thread::Builder::new().name("upstream".into()).spawn(move || {
            if let Err(failure) = read(&caller, &url, &key, &told) {
                // Nobody listens any more where it was stopped.
                let _ = told.blocking_send(Err(failure));
            }
        })?;
        Ok(Stream { agent, said })
    }

    /// What is said next.
    ///
    /// # Errors
    /// Why nothing comes any more.
    pub(crate) async fn next(&mut self) -> Result<Message, Failure> {
        self.said.recv().await.unwrap_or_else(|| Err(Failure::new("its reader broke")))
    }
}

/// Whoever waits for it, here or in its reader, whose clocks run side by side.
pub(crate) const NOT_ANSWERED: &str = "it did not answer in time";

const SILENT: &str = "it was silent for too long";

type Told = mpsc::Sender<Result<Message, Failure>>;

fn read(agent: &Agent, url: &str, key: &str, told: &Told) -> Result<(), Failure> {
    let asked = agent.get(url).header("authorization", key).header("accept", "text/event-stream").call();
    let mut answer = asked.map_err(|error| Failure::new(words(&error)))?;
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let after = header("retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs);
    match answer.status().as_u16() {
        200 => {}
        status @ (401 | 403) => {
            return Err(Failure { why: format!("it refuses the SDK key ({status})"), refused: true, after });
        }
        status @ 300..=399 => {
            return Err(Failure::new(format!("it redirects ({status}), which is not followed")));
        }
        status => return Err(Failure { after, ..Failure::new(format!("it answered {status}")) }),
    }
    if !header("content-type").is_some_and(|sort| sort.starts_with("text/event-stream")) {
        return Err(Failure::new("it answered something that is no event stream"));
    }
    let tell = |message| told.blocking_send(Ok(message)).is_ok();
    let body = answer.body_mut().with_config().limit(u64::MAX).reader();
    let mut frames = Frames::new(BufReader::new(body));
    let mut listens = tell(Message::Opened);
    while listens {
        listens = match frames.next() {
            Ok(Some(Frame::Comment)) => tell(Message::Alive),
            Ok(Some(Frame::Event(name, data))) => tell(message(&name, &data).map_err(Failure::new)?),
            Ok(None) => return Err(Failure::new("it ended the stream")),
            Err(error) => return Err(Failure::new(broken(error))),
        };
    }
    Ok(())
}

fn broken(error: std::io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        Some(ureq::Error::Timeout(_)) => SILENT.into(),
        Some(error) => words(error),
        None if error.kind() == std::io::ErrorKind::TimedOut => SILENT.into(),
        None => error.to_string(),
    }
}

fn words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => NOT_ANSWERED.into(),
        ureq::Error::HostNotFound => "no address is known by this name".into(),
        ureq::Error::ConnectionFailed => "nobody answers there".into(),
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            "nobody answers there".into()
        }
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
