//! What is there, what is to be there, and the commands between.
//!
//! The form is that of LaunchDarkly's SDKs (`@launchdarkly/node-server-sdk-redis` 4): a set
//! `PREFIX:big_segment_include:HASH` for each member, of the segments that it is in, and likewise `…_exclude`; HASH is the
//! base64 of the SHA-256 of the context's key. `PREFIX:big_segments_synchronized_on` is when it was in step, in
//! milliseconds since 1970. Beside these, `PREFIX:switchyard_lists` says which lists were written for each segment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use redis::{Client, Connection};
use sha2::{Digest, Sha256};
use switchyard_flags::BigList;
use switchyard_model::ids::Key;

/// So many commands are sent at once.
const AT_ONCE: usize = 10_000;

/// How long Redis may take to be reached and to let us in.
const KNOCKING: Duration = Duration::from_secs(5);

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why Redis is not in step.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// Redis.
    #[error(transparent)]
    Redis(#[from] redis::RedisError),
    /// The lists.
    #[error(transparent)]
    Control(switchyard_control::Error),
    /// A bug.
    #[error("what writes to Redis broke")]
    Broken,
}

/// Where in Redis an environment is.
#[derive(Debug, Clone)]
pub(crate) struct Place(String);

impl Place {
    pub(crate) fn new(project: &str, environment: &str) -> Self {
        Place(format!("switchyard:{project}:{environment}"))
    }

    fn lists(&self) -> String {
        format!("{}:switchyard_lists", self.0)
    }

    fn member(&self, is_in: bool, key: &str) -> String {
        let side = if is_in { "include" } else { "exclude" };
        format!("{}:big_segment_{side}:{}", self.0, STANDARD.encode(Sha256::digest(key)))
    }
}

/// The lists that were written for each segment; more than one where writing was interrupted.
pub(crate) type There = BTreeMap<String, Vec<String>>;

/// Which lists were written.
pub(crate) fn there(client: &Client, place: &Place) -> Result<There, Failed> {
    let all: BTreeMap<String, String> =
        redis::cmd("HGETALL").arg(place.lists()).query(&mut connect(client)?)?;
    let lists = |text: String| text.split(' ').filter(|hash| !hash.is_empty()).map(str::to_owned).collect();
    Ok(all.into_iter().map(|(segment, text)| (segment, lists(text))).collect())
}

/// Writes what differs, and that it is in step.
pub(crate) fn bring(
    client: &Client,
    place: &Place,
    there: &There,
    before: &BTreeMap<(String, String), Arc<BigList>>,
    wanted: &BTreeMap<String, (Key, Arc<BigList>)>,
) -> Result<(), Failed> {
    let mut connection = connect(client)?;
    for (segment, (hash, list)) in wanted {
        let written = there.get(segment).map_or(&[][..], Vec::as_slice);
        if matches!(written, [one] if **one == **hash) {
            continue;
        }
        let known: Vec<&Arc<BigList>> =
            written.iter().filter_map(|old| before.get(&(segment.clone(), old.clone()))).collect();
        // Said first: interrupted from here on, something of each of them may be there.
        let both: Vec<&str> =
            written.iter().map(String::as_str).filter(|old| *old != &**hash).chain([&**hash]).collect();
        note(&mut connection, place, segment, &both.join(" "))?;
        let mut writer = Writer::new(&mut connection, place, segment);
        for old in &known {
            for (is_in, key) in sides(old).filter(|(is_in, key)| !has(list, *is_in, key)) {
                writer.command("SREM", is_in, key)?;
            }
        }
        // Where one list was there whole, what it had is there.
        let whole = match (known.as_slice(), written) {
            ([one], [_]) => Some(*one),
            _ => None,
        };
        for (is_in, key) in sides(list).filter(|(is_in, key)| whole.is_none_or(|old| !has(old, *is_in, key)))
        {
            writer.command("SADD", is_in, key)?;
        }
        writer.flush()?;
        note(&mut connection, place, segment, hash)?;
    }
    for segment in there.keys().filter(|segment| !wanted.contains_key(*segment)) {
        let mut writer = Writer::new(&mut connection, place, segment);
        for ((_, _), old) in before.iter().filter(|((of, _), _)| of == segment) {
            for (is_in, key) in sides(old) {
                writer.command("SREM", is_in, key)?;
            }
        }
        writer.flush()?;
        redis::cmd("HDEL").arg(place.lists()).arg(segment).query::<()>(&mut connection)?;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
    redis::cmd("SET")
        .arg(format!("{}:big_segments_synchronized_on", place.0))
        .arg(now)
        .query::<()>(&mut connection)?;
    Ok(())
}

fn connect(client: &Client) -> Result<Connection, Failed> {
    let connection = client.get_connection_with_timeout(KNOCKING)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    Ok(connection)
}

fn note(connection: &mut Connection, place: &Place, segment: &str, lists: &str) -> Result<(), Failed> {
    Ok(redis::cmd("HSET").arg(place.lists()).arg(segment).arg(lists).query(connection)?)
}

/// All keys of a list, with whether they are in.
fn sides(list: &BigList) -> impl Iterator<Item = (bool, &str)> {
    list.included().map(|key| (true, key)).chain(list.excluded().map(|key| (false, key)))
}

/// Whether a list says just that of a key. A key on both sides is in, and in Redis on both, as SDKs let being in win.
fn has(list: &BigList, is_in: bool, key: &str) -> bool {
    list.membership(key) == Some(is_in)
}

/// Commands for the members of one segment, many at once.
struct Writer<'a> {
    connection: &'a mut Connection,
    place: &'a Place,
    segment: &'a str,
    pipe: redis::Pipeline,
    waiting: usize,
}

impl<'a> Writer<'a> {
    fn new(connection: &'a mut Connection, place: &'a Place, segment: &'a str) -> Self {
        Writer { connection, place, segment, pipe: redis::pipe(), waiting: 0 }
    }

    fn command(&mut self, name: &str, is_in: bool, key: &str) -> Result<(), Failed> {
        self.pipe.cmd(name).arg(self.place.member(is_in, key)).arg(self.segment).ignore();
        self.waiting += 1;
        if self.waiting == AT_ONCE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Failed> {
        if self.waiting > 0 {
            self.pipe.query::<()>(self.connection)?;
            self.pipe.clear();
            self.waiting = 0;
        }
        Ok(())
    }
}
