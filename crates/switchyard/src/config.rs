//! Settings in two stages: raw, as a person wrote them in flags, environment variables or a file; and
//! checked, as the assembly takes them. All mistakes are told at once.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use switchyard_http::Proxies;
use switchyard_model::ids::check_key;
use switchyard_redis::Redis;

mod signin;

pub(crate) use signin::SignIn;

/// Settings as a person wrote them; everything is optional and unchecked.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct RawSettings {
    /// Where everything is kept. Required.
    #[arg(long, env = "SWITCHYARD_DATA")]
    pub(crate) data: Option<String>,
    /// Where the page and the API listen, as 0.0.0.0:7400. [default: 127.0.0.1:7400]
    #[arg(long, env = "SWITCHYARD_LISTEN")]
    pub(crate) listen: Option<String>,
    /// The URL under which people reach the page. [default: http:// and what `listen` says]
    #[arg(long, env = "SWITCHYARD_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    /// Where the embedded gateway listens; `off` for none. [default: 127.0.0.1:7480]
    #[arg(long, env = "SWITCHYARD_GATEWAY_LISTEN")]
    pub(crate) gateway_listen: Option<String>,
    /// The listener resource that the embedded gateway opens. [default: public]
    #[arg(long, env = "SWITCHYARD_GATEWAY_LISTENER")]
    pub(crate) gateway_listener: Option<String>,
    /// The environment that the embedded gateway serves. [default: production]
    #[arg(long, env = "SWITCHYARD_GATEWAY_ENVIRONMENT")]
    pub(crate) gateway_environment: Option<String>,
    /// Where flagd's providers are listened to (gRPC), as 127.0.0.1:8013; `off` for nowhere. [default: off]
    #[arg(long, env = "SWITCHYARD_FLAGD_LISTEN")]
    pub(crate) flagd_listen: Option<String>,
    /// The environment for flagd's providers that send no key: whoever reaches the address may ask it.
    /// [default: none]
    #[arg(long, env = "SWITCHYARD_FLAGD_ENVIRONMENT")]
    pub(crate) flagd_environment: Option<String>,
    /// The project to make at the first start. [default: main]
    #[arg(long, env = "SWITCHYARD_PROJECT")]
    pub(crate) project: Option<String>,
    /// What is logged, as `info` or `switchyard=debug`. [default: info]
    #[arg(long, env = "SWITCHYARD_LOG")]
    pub(crate) log: Option<String>,
    /// Webhooks may call this machine and private networks; public addresses only where it is not said.
    #[arg(long, env = "SWITCHYARD_WEBHOOKS_PRIVATE", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) webhooks_private: Option<bool>,
    /// A proxy in front whose `X-Forwarded-For` is believed, as 10.0.0.0/8 or 192.0.2.7; can be said several times.
    #[arg(
        long = "trusted-proxy",
        env = "SWITCHYARD_TRUSTED_PROXIES",
        value_delimiter = ',',
        value_name = "CIDR"
    )]
    pub(crate) trusted_proxies: Option<Vec<String>>,
    /// A Redis in which server-side SDKs look up the members of big segments, as redis://127.0.0.1:6379 or
    /// rediss://USER:PASSWORD@HOST:PORT/DATABASE with TLS.
    #[arg(long, env = "SWITCHYARD_BIG_SEGMENTS_REDIS", hide_env_values = true)]
    pub(crate) big_segments_redis: Option<String>,
    /// A file with the certificates of the CA, PEM, that vouches for that Redis. [default: those the system trusts]
    #[arg(long, env = "SWITCHYARD_BIG_SEGMENTS_REDIS_CA", value_name = "FILE")]
    pub(crate) big_segments_redis_ca: Option<String>,
    /// How long an uploaded list of keys waits for a change that names it, as 24h; then it is removed. [default: 24h]
    #[arg(long, env = "SWITCHYARD_UNNAMED_LISTS_KEPT", value_name = "DURATION")]
    pub(crate) unnamed_lists_kept: Option<String>,
    #[command(flatten)]
    pub(crate) sign_in: signin::RawSignIn,
}

/// Settings that were checked.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Where everything is kept.
    pub(crate) data: PathBuf,
    /// Where the page and the API listen.
    pub(crate) listen: SocketAddr,
    /// The URL under which people reach the page; from `listen` once it is bound where `None`.
    pub(crate) public_url: Option<String>,
    /// The embedded gateway, unless it is off.
    pub(crate) gateway: Option<GatewaySettings>,
    /// Where flagd's providers are listened to.
    pub(crate) flagd: Option<FlagdSettings>,
    /// The project to make at the first start.
    pub(crate) project: String,
    /// What is logged.
    pub(crate) log: String,
    /// Whether webhooks may call this machine and private networks.
    pub(crate) webhooks_private: bool,
    /// The proxies in front that are believed.
    pub(crate) proxies: Proxies,
    /// Where server-side SDKs look up the members of big segments.
    pub(crate) big_segments_redis: Option<Redis>,
    /// How long an uploaded list waits to be named.
    pub(crate) unnamed_lists_kept: Duration,
    /// How people sign in.
    pub(crate) sign_in: SignIn,
}

/// Settings of the embedded gateway.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GatewaySettings {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// The listener resource it opens.
    pub(crate) listener: String,
    /// The environment it serves.
    pub(crate) environment: String,
}

/// Settings of flagd's face.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FlagdSettings {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// The environment for those who send no key.
    pub(crate) environment: Option<String>,
}

impl RawSettings {
    /// Reads a file of settings, YAML or JSON.
    ///
    /// # Errors
    /// Why it can't be read, with the line where there is one.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("config {}: {e}", path.display()))?;
        if text.trim().is_empty() {
            return Ok(RawSettings::default());
        }
        serde_norway::from_str(&text).map_err(|e| format!("config {}: {e}", path.display()))
    }

    /// These settings, and `below` where these say nothing.
    pub(crate) fn over(self, below: RawSettings) -> Self {
        RawSettings {
            data: self.data.or(below.data),
            listen: self.listen.or(below.listen),
            public_url: self.public_url.or(below.public_url),
            gateway_listen: self.gateway_listen.or(below.gateway_listen),
            gateway_listener: self.gateway_listener.or(below.gateway_listener),
            gateway_environment: self.gateway_environment.or(below.gateway_environment),
            flagd_listen: self.flagd_listen.or(below.flagd_listen),
            flagd_environment: self.flagd_environment.or(below.flagd_environment),
            project: self.project.or(below.project),
            log: self.log.or(below.log),
            webhooks_private: self.webhooks_private.or(below.webhooks_private),
            trusted_proxies: self.trusted_proxies.or(below.trusted_proxies),
            big_segments_redis: self.big_segments_redis.or(below.big_segments_redis),
            big_segments_redis_ca: self.big_segments_redis_ca.or(below.big_segments_redis_ca),
            unnamed_lists_kept: self.unnamed_lists_kept.or(below.unnamed_lists_kept),
            sign_in: self.sign_in.over(below.sign_in),
        }
    }

    /// Checks everything.
    ///
    /// # Errors
    /// All mistakes, each with the setting, the value, the reason and what to do.
    pub(crate) fn check(self) -> Result<Settings, Vec<String>> {
        let mut mistakes = vec![];
        let data = match self.data.as_deref() {
            None | Some("") => {
                mistakes.push(
                    "data: is missing; say where everything is kept, as /var/lib/switchyard".to_owned(),
                );
                PathBuf::new()
            }
            Some(path) if Path::new(path).is_file() => {
                mistakes.push(format!("data: {path:?} is a file; name a folder"));
                PathBuf::new()
            }
            Some(path) => PathBuf::from(path),
        };
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut address = |name: &str, text: &str| {
            text.parse().unwrap_or_else(|_| {
                mistakes
                    .push(format!("{name}: {text:?} is no address; write it as 127.0.0.1:7400 or [::]:7400"));
                nowhere
            })
        };
        let listen = address("listen", self.listen.as_deref().unwrap_or("127.0.0.1:7400"));
        let gateway_listen = match self.gateway_listen.as_deref().unwrap_or("127.0.0.1:7480") {
            "off" => None,
            text => Some(address("gatewayListen", text)),
        };
        let flagd_listen = match self.flagd_listen.as_deref().unwrap_or("off") {
            "off" => None,
            text => Some(address("flagdListen", text)),
        };
        let taken = |other: Option<SocketAddr>| other.filter(|other| *other == listen && other.port() != 0);
        for (name, other) in [("gatewayListen", gateway_listen), ("flagdListen", flagd_listen)] {
            if let Some(other) = taken(other) {
                mistakes
                    .push(format!("{name}: {other} is where the page listens too; give each its own port"));
            }
        }
        if flagd_listen.is_none() && self.flagd_environment.is_some() {
            mistakes.push(
                "flagdEnvironment: nothing is listened to; say where with flagdListen, as 127.0.0.1:8013"
                    .to_owned(),
            );
        }
        let mut key = |name: &str, value: Option<String>, default: &str| {
            let value = value.unwrap_or_else(|| default.to_owned());
            if let Some(reason) = check_key(&value) {
                mistakes.push(format!("{name}: {value:?} {reason}"));
            }
            value
        };
        let listener = key("gatewayListener", self.gateway_listener, "public");
        let environment = key("gatewayEnvironment", self.gateway_environment, "production");
        let project = key("project", self.project, "main");
        let flagd_environment = self.flagd_environment.map(|said| key("flagdEnvironment", Some(said), ""));
        if let Some(url) = &self.public_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            mistakes.push(format!("publicUrl: {url:?} is no URL; write it as https://switchyard.example"));
        }
        let log = self.log.unwrap_or_else(|| "info".to_owned());
        if let Err(e) = log.parse::<tracing_subscriber::EnvFilter>() {
            mistakes.push(format!("log: {log:?} is no filter ({e}); write it as info or switchyard=debug"));
        }
        let proxies = self.trusted_proxies.iter().flatten().map(String::as_str);
        let proxies = Proxies::read(proxies).unwrap_or_else(|found| {
            mistakes.extend(found.into_iter().map(|mistake| format!("trustedProxies: {mistake}")));
            Proxies::default()
        });
        let big_segments_redis =
            redis(self.big_segments_redis.as_deref(), self.big_segments_redis_ca.as_deref(), &mut mistakes);
        let unnamed_lists_kept = match self.unnamed_lists_kept.as_deref() {
            None => DAY,
            Some(text) => kept(text).unwrap_or_else(|| {
                mistakes.push(format!(
                    "unnamedListsKept: {text:?} is no time of a second or more; write it as 24h or 90m"
                ));
                DAY
            }),
        };
        let sign_in = self.sign_in.check(&mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Settings {
            data,
            listen,
            public_url: self.public_url.map(|url| url.trim_end_matches('/').to_owned()),
            gateway: gateway_listen.map(|listen| GatewaySettings { listen, listener, environment }),
            flagd: flagd_listen.map(|listen| FlagdSettings { listen, environment: flagd_environment }),
            project,
            log,
            webhooks_private: self.webhooks_private.unwrap_or(false),
            proxies,
            big_segments_redis,
            unnamed_lists_kept,
            sign_in,
        })
    }
}

/// How long an uploaded list waits to be named.
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

fn kept(text: &str) -> Option<Duration> {
    let said: jiff::SignedDuration = text.parse().ok()?;
    said.try_into().ok().filter(|kept| *kept >= Duration::from_secs(1))
}

/// The Redis of big segments, by its URL and its CA.
pub(crate) fn redis(url: Option<&str>, ca: Option<&str>, mistakes: &mut Vec<String>) -> Option<Redis> {
    let Some(url) = url else {
        if ca.is_some() {
            mistakes.push(
                "bigSegmentsRedisCa: there is no bigSegmentsRedis for which it vouches; name that".to_owned(),
            );
        }
        return None;
    };
    match Redis::read(url, ca.map(Path::new)) {
        Ok(redis) => Some(redis),
        Err(why) => {
            mistakes.push(format!("bigSegmentsRedis: {why}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_mistakes_are_told_at_once() {
        let raw: RawSettings = serde_norway::from_str(
            "listen: nowhere\ngatewayListen: 127.0.0.1\nproject: 'a b'\npublicUrl: switchyard.example\nlog: '=='\n\
             flagdEnvironment: a/b\ntrustedProxies: [lb]\nbigSegmentsRedis: http://s3cret\nunnamedListsKept: soon",
        )
        .unwrap();
        let mistakes = raw.check().unwrap_err().join("\n");
        for setting in [
            "data:",
            "listen:",
            "gatewayListen:",
            "project:",
            "publicUrl:",
            "log:",
            "flagdEnvironment: nothing",
            "flagdEnvironment: \"a/b\"",
            "trustedProxies:",
            "bigSegmentsRedis:",
            "unnamedListsKept:",
        ] {
            assert!(mistakes.contains(setting), "{setting} is not in\n{mistakes}");
        }
        assert!(!mistakes.contains("s3cret"), "{mistakes}");
    }

    #[test]
    fn flags_beat_the_file_and_the_rest_has_defaults() {
        let file: RawSettings =
            serde_norway::from_str("data: /a\nlisten: 0.0.0.0:1\ngatewayListen: 'off'").unwrap();
        let flags = RawSettings { data: Some("/b".into()), ..Default::default() };
        let settings = flags.over(file).check().unwrap();
        assert_eq!(settings.data, Path::new("/b"));
        assert_eq!(settings.listen.to_string(), "0.0.0.0:1");
        assert_eq!(settings.gateway, None);
        assert_eq!(settings.project, "main");
        assert_eq!(settings.unnamed_lists_kept, DAY);
    }

    #[test]
    fn an_unknown_setting_is_a_mistake() {
        assert!(serde_norway::from_str::<RawSettings>("dta: /a").is_err());
    }
}
