//! 10,000 flags, all of them for one context: how long a browser waits for its answers, by LaunchDarkly's client-side
//! poll and by OFREP's bulk evaluation.
//!
//! Asks the running product over one kept connection on the loopback, and takes each answer whole: evaluating,
//! serializing and sending are all in it. Every context is another one. Fails where the aim is missed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use switchyard_bench::product::{Failure, Product, quantile};

const FLAGS: usize = 10_000;

const ASKED: usize = 300;

/// Milliseconds that half of all may take at most.
const AIM: f64 = 5.0;

fn main() -> Result<(), Failure> {
    let product = Product::start()?;
    let numbers: Vec<usize> = (0..FLAGS).collect();
    for some in numbers.chunks(1_000) {
        let edits: Vec<Value> = some.iter().flat_map(|&number| flag(number)).collect();
        product.apply(&edits)?;
    }
    let mut connection = Connection::to(&product.api)?;
    let id = &product.client_side_id;
    let (mut missed, mut sizes) = (vec![], vec![]);
    type Ask<'a> = (&'a str, &'a dyn Fn(&str) -> String);
    let poll = |context: &str| {
        let (host, length) = (&product.api, context.len());
        format!(
            "REPORT /sdk/evalx/{id}/context HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{context}"
        )
    };
    let bulk = |context: &str| {
        let (host, body) = (&product.api, format!("{{\"context\":{context}}}"));
        let length = body.len();
        format!(
            "POST /ofrep/v1/evaluate/flags HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {id}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    let ways: [Ask<'_>; 2] = [("client-side poll", &poll), ("OFREP bulk", &bulk)];
    for (name, request) in ways {
        let mut took = vec![];
        for number in 0..ASKED {
            let context =
                json!({ "kind": "user", "key": format!("user-{number}"), "plan": "pro", "country": "AT" });
            let (waited, answer) = connection.ask(&request(&context.to_string()))?;
            took.push(waited);
            sizes.push(answer.len());
            if number == 0 {
                check(name, &answer)?;
            }
        }
        let (p50, p99) = (quantile(&mut took, 0.5), quantile(&mut took, 0.99));
        let size = sizes.drain(..).max().unwrap_or_default();
        println!(
            "{name}: {FLAGS} flags for one context in p50 {p50:.2} ms, p99 {p99:.2} ms ({size} bytes; aim {AIM} ms)"
        );
        if p50 > AIM {
            missed.push(format!("{name}: {p50:.2} ms"));
        }
    }
    if missed.is_empty() { Ok(()) } else { Err(missed.join("; ").into()) }
}

/// A flag for browsers with a rule and a percentage.
fn flag(number: usize) -> [Value; 2] {
    let key = format!("flag-{number:05}");
    let resource = json!({
        "kind": "flag", "key": key,
        "variations": [{ "id": "on", "value": true }, { "id": "off", "value": false }],
        "clientSideAvailability": { "usingEnvironmentId": true, "usingMobileKey": true },
    });
    let rollout = json!({ "contextKind": "user", "variations": [
        { "variation": 0, "weight": 30_000 }, { "variation": 1, "weight": 70_000 } ] });
    let clauses =
        json!([{ "contextKind": "user", "attribute": "country", "op": "in", "values": ["DE", "CH"] }]);
    let targeting = json!({
        "kind": "targeting", "key": key, "on": true, "offVariation": 1,
        "rules": [{ "id": "r", "clauses": clauses, "variation": 0 }], "fallthrough": { "rollout": rollout },
    });
    [
        json!({ "target": { "kind": "flag", "key": key }, "op": { "type": "put", "resource": resource } }),
        json!({ "target": { "kind": "targeting", "environment": "production", "key": key },
            "op": { "type": "put", "resource": targeting } }),
    ]
}

/// Both ways must tell of every flag.
fn check(name: &str, answer: &[u8]) -> Result<(), Failure> {
    let answer: Value = serde_json::from_slice(answer)?;
    let told = answer["flags"].as_array().map(Vec::len).or_else(|| answer.as_object().map(|all| all.len()));
    if told.is_some_and(|told| told >= FLAGS) {
        Ok(())
    } else {
        Err(format!("{name}: told of {told:?}").into())
    }
}

/// A connection that is kept.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn to(address: &str) -> Result<Self, Failure> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Connection(BufReader::with_capacity(1024 * 1024, socket)))
    }

    /// Sends a request and reads the whole answer, which must say how long it is.
    fn ask(&mut self, request: &str) -> Result<(Duration, Vec<u8>), Failure> {
        let begun = Instant::now();
        self.0.get_mut().write_all(request.as_bytes())?;
        let mut length = None;
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = Some(value.trim().parse()?);
            }
        }
        let mut answer = vec![0; length.ok_or("the answer has no length")?];
        self.0.read_exact(&mut answer)?;
        Ok((begun.elapsed(), answer))
    }
}
