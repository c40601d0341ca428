//! Where a Redis is, as people say it, and who vouches for it.

use std::path::Path;

use redis::{Client, ConnectionAddr, IntoConnectionInfo, TlsCertificates};

/// A Redis that was said how to be reached.
#[derive(Clone)]
pub struct Redis {
    pub(crate) client: Client,
    /// Without user and password.
    pub(crate) address: String,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redis({})", self.address)
    }
}

impl Redis {
    /// Reads a URL: `redis://`, `rediss://` with TLS, or `redis+unix://`, with user, password and database where there
    /// are. `ca` is a file of certificates, PEM, which vouch for a Redis with TLS in place of those that the system trusts.
    ///
    /// # Errors
    /// What is wrong, without the URL: it may hold a password.
    pub fn read(url: &str, ca: Option<&Path>) -> Result<Redis, String> {
        // The library's own words may repeat the URL.
        let info = url.into_connection_info().map_err(|error| match url.split_once("://") {
            Some(("redis" | "rediss" | "redis+unix" | "unix" | "valkey" | "valkeys", _)) => {
                format!("is no URL of a Redis: {}", error.category())
            }
            _ => "is no URL of a Redis".to_owned(),
        });
        let hint = "write it as redis://127.0.0.1:6379, or rediss://USER:PASSWORD@HOST:PORT with TLS";
        let info = info.map_err(|why| format!("{why}; {hint}"))?;
        let address = match info.addr() {
            ConnectionAddr::Tcp(host, port) => format!("{host}:{port}"),
            ConnectionAddr::TcpTls { insecure: true, .. } => {
                return Err("says #insecure, which lets anybody be Redis; name its CA with bigSegmentsRedisCa instead".into());
            }
            ConnectionAddr::TcpTls { host, port, .. } => format!("{host}:{port} (TLS)"),
            ConnectionAddr::Unix(path) => path.display().to_string(),
            _ => return Err(hint.to_owned()),
        };
        let Some(ca) = ca else {
            let client = Client::open(info).map_err(|error| error.category().to_owned())?;
            return Ok(Redis { client, address });
        };
        if !matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
            return Err(
                "is not reached with TLS, so bigSegmentsRedisCa vouches for nothing; write rediss://".into(),
            );
        }
        let of_ca = |why: String| format!("bigSegmentsRedisCa: {}: {why}", ca.display());
        let pem = std::fs::read(ca).map_err(|error| of_ca(error.to_string()))?;
        if !pem.windows(27).any(|bytes| bytes == b"-----BEGIN CERTIFICATE-----") {
            return Err(of_ca("has no certificate; give a PEM file".to_owned()));
        }
        let certificates = TlsCertificates { client_tls: None, root_cert: Some(pem) };
        let client = Client::build_with_tls(info, certificates).map_err(|error| of_ca(error.to_string()))?;
        Ok(Redis { client, address })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_said_without_what_is_secret() {
        for (url, address) in [
            ("redis://127.0.0.1", "127.0.0.1:6379"),
            ("redis://ann:s3cret@redis.example:7000/2", "redis.example:7000"),
            ("rediss://:s3cret@redis.example", "redis.example:6379 (TLS)"),
            ("redis+unix:///run/redis.sock?pass=s3cret", "/run/redis.sock"),
        ] {
            let redis = Redis::read(url, None).unwrap();
            assert_eq!(redis.address, address);
            assert!(!format!("{redis:?}").contains("s3cret"));
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_it_too() {
        for url in [
            "s3cret",
            "http://s3cret@redis",
            "redis://x:s3cret@host/nodb",
            "redis://:s3cret@",
            "rediss://h:1/#insecure",
        ] {
            let why = Redis::read(url, None).unwrap_err();
            assert!(!why.contains("s3cret"), "{url}: {why}");
        }
        let (redis, nowhere) = ("rediss://redis.example", Path::new("/nowhere/ca.pem"));
        assert!(
            Redis::read(redis, Some(nowhere)).unwrap_err().contains("bigSegmentsRedisCa: /nowhere/ca.pem")
        );
        assert!(Redis::read("redis://h", Some(nowhere)).unwrap_err().contains("rediss://"));
        let no_pem = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert!(Redis::read(redis, Some(Path::new(no_pem))).unwrap_err().contains("no certificate"));
    }
}
