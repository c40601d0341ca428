//! What is wrong with a Redis, for who must act.

use redis::{ErrorKind, RedisError, ServerErrorKind};
use switchyard_control::StoreFailed;

use crate::step::Failed;

/// Why Redis can't be written, and who must do what.
pub(crate) fn of(failed: &Failed, address: &str) -> StoreFailed {
    let (why, hint) = match failed {
        Failed::Redis(error) => of_redis(error, address),
        Failed::Control(error) => {
            (format!("the lists can't be read: {error}"), "the server's log says more".to_owned())
        }
        Failed::Broken => (failed.to_string(), "the server's log says more; please report it".to_owned()),
    };
    StoreFailed { why, hint }
}

fn of_redis(error: &RedisError, address: &str) -> (String, String) {
    const SETTING: &str = "--big-segments-redis";
    let said = error.detail().unwrap_or_default();
    let text = error.to_string();
    let with = |why: String, hint: &str| (why, hint.to_owned());
    if text.contains("READONLY") || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly) {
        let hint = "name the primary in --big-segments-redis; SDKs may go on reading the replica";
        return with(format!("Redis at {address} is a replica, and takes no writes"), hint);
    }
    if text.contains("NOPERM") || error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) {
        let hint = "whoever runs Redis lets the user do it: ACL SETUSER NAME ~switchyard:* +@read +@write +@connection";
        return with(
            format!("the user that {SETTING} names may not do all of it in Redis at {address}"),
            hint,
        );
    }
    if text.contains("NOAUTH") || text.contains("Authentication required") {
        let hint = "name user and password in --big-segments-redis, as redis://USER:PASSWORD@HOST:PORT";
        return with(format!("Redis at {address} asks for a password"), hint);
    }
    if error.kind() == ErrorKind::AuthenticationFailed || text.contains("WRONGPASS") {
        let hint = "correct them in --big-segments-redis, as redis://USER:PASSWORD@HOST:PORT";
        return with(format!("Redis at {address} does not take the user and the password"), hint);
    }
    if text.contains("DB index is out of range")
        || text.contains("SELECT is not allowed")
        || text.contains("invalid DB index")
    {
        let hint = "correct the number at the end of --big-segments-redis, as redis://HOST:PORT/0; a cluster has 0 only";
        return with(format!("Redis at {address} has no database of that number"), hint);
    }
    if text.contains("WRONGTYPE") {
        let hint = "give Switchyard a database of its own, or take away what else is under its prefix";
        return with(format!("something else is in Redis at {address} where members are to be"), hint);
    }
    if text.contains("OOM ") || text.contains("maxmemory") {
        let hint = "whoever runs Redis gives it more memory, or takes away what else is in it";
        return with(format!("Redis at {address} has no memory left"), hint);
    }
    if text.contains("certificate") || text.contains("UnknownIssuer") || text.contains("NotValidForName") {
        let why = match text.contains("UnknownIssuer") {
            true => format!("the certificate of Redis at {address} is from nobody who is trusted here"),
            false => format!("the certificate of Redis at {address} is not taken: {text}"),
        };
        return with(
            why,
            "name its CA with --big-segments-redis-ca FILE, and the host as the certificate has it",
        );
    }
    if text.contains("corrupt message") || text.contains("InvalidContentType") {
        return with(
            format!("Redis at {address} does not speak TLS there"),
            "write redis:// for it, or name its TLS port",
        );
    }
    if error.is_io_error() || error.is_connection_dropped() || error.is_timeout() {
        let why = match error.is_timeout() {
            true => format!("Redis at {address} does not answer"),
            false => format!("Redis at {address} can't be reached: {text}"),
        };
        let scheme = match address.ends_with("(TLS)") {
            true => "where it speaks no TLS write redis://",
            false => "where it speaks TLS write rediss://",
        };
        return (why, format!("start it, or correct --big-segments-redis; {scheme}"));
    }
    let said = if said.is_empty() { text } else { said.to_owned() };
    with(format!("Redis at {address} says: {said}"), "whoever runs Redis knows more; it is tried again")
}
