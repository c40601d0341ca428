//! The product, started for a run and ended with it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What ends a run.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A `switchyard dev` with its demo, on free ports of the loopback.
#[derive(Debug)]
pub struct Product {
    process: Child,
    data: PathBuf,
    /// Where the API and the SDKs' faces are: `127.0.0.1:PORT`.
    pub api: String,
    /// Where the gateway is.
    pub gateway: String,
    /// Production's server-side key.
    pub sdk_key: String,
    /// Production's public id.
    pub client_side_id: String,
    /// The key of the environment that these keys are for.
    pub environment: String,
    token: String,
    project: String,
    options: &'static [&'static str],
}

impl Product {
    /// Starts the binary that `SWITCHYARD_BIN` names, or the release build.
    ///
    /// # Errors
    /// Where there is none, or it does not become ready.
    pub fn start() -> Result<Self, Failure> {
        Self::launched(&[])
    }

    /// The same with nothing in it, nor any demo traffic.
    ///
    /// # Errors
    /// As [`Product::start`].
    pub fn empty() -> Result<Self, Failure> {
        Self::launched(&["--no-demo"])
    }

    fn launched(options: &'static [&'static str]) -> Result<Self, Failure> {
        let data = std::env::temp_dir().join(format!("switchyard-bench-{}", std::process::id()));
        let (process, dev) = launch(&data, "0", options)?;
        let text = |field: &str| dev[field].as_str().unwrap_or_default().to_owned();
        let address = |field: &str| text(field).trim_start_matches("http://").to_owned();
        Ok(Product {
            process,
            api: address("url"),
            gateway: address("gatewayUrl"),
            token: text("token"),
            sdk_key: text("sdkKey"),
            client_side_id: text("clientSideId"),
            project: text("project"),
            environment: text("environment"),
            options,
            data,
        })
    }

    /// Ends it as a power cut does, and starts it again at the same address with the same data.
    ///
    /// # Errors
    /// As [`Product::start`].
    pub fn restart(&mut self) -> Result<(), Failure> {
        self.process.kill()?;
        self.process.wait()?;
        let port = self.api.rsplit(':').next().unwrap_or_default().to_owned();
        self.process = launch(&self.data, &port, self.options)?.0;
        Ok(())
    }

    /// The memory it has now, and the most it ever had, in bytes.
    ///
    /// # Errors
    /// Where the system doesn't say.
    pub fn memory(&self) -> Result<Memory, Failure> {
        Memory::of(&self.process.id().to_string())
    }

    /// Seconds of processor time that it has used.
    ///
    /// # Errors
    /// Where the system doesn't say.
    pub fn processor(&self) -> Result<f64, Failure> {
        processor(&self.process.id().to_string())
    }

    /// Makes one change and applies it; answers the revision and when the answer was there.
    ///
    /// # Errors
    /// Where it is refused.
    pub fn apply(&self, edits: &[Value]) -> Result<(u64, Instant), Failure> {
        let changes = format!("/api/v1/projects/{}/changes", self.project);
        let change = self.post(&changes, &json!({ "edits": edits }))?.1;
        let number = change["number"].as_u64().ok_or_else(|| format!("no change: {change}"))?;
        let (answered, revision) = self.post(&format!("{changes}/{number}/apply"), &json!({}))?;
        let number = revision["number"].as_u64().ok_or_else(|| format!("not applied: {revision}"))?;
        Ok((number, answered))
    }

    fn post(&self, path: &str, body: &Value) -> Result<(Instant, Value), Failure> {
        let body = body.to_string();
        let asked = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.api,
            self.token,
            body.len()
        );
        let (at, answer) = exchange(&self.api, &asked)?;
        let start = answer.find("\r\n\r\n").ok_or("no answer")? + 4;
        Ok((at, serde_json::from_str(&answer[start..])?))
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// What a process takes of memory, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Now.
    pub now: u64,
    /// At most, so far.
    pub most: u64,
}

impl Memory {
    /// Of a process, or of `self`.
    ///
    /// # Errors
    /// Where the system doesn't say.
    pub fn of(process: &str) -> Result<Self, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).map(|kb| kb * 1024)
        };
        let (now, most) = (field("VmRSS:"), field("VmHWM:"));
        Ok(Memory { now: now.ok_or("no VmRSS")?, most: most.ok_or("no VmHWM")? })
    }
}

/// Seconds of processor time that a process has used, or `self`. Other than the time that passes, it is hardly more
/// on a machine that has other things to do.
///
/// # Errors
/// Where the system doesn't say.
pub fn processor(process: &str) -> Result<f64, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Behind the name, which may have spaces: the state, and ten fields later user and system time in ticks.
    let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

#[expect(
    clippy::disallowed_methods,
    reason = "which binary is measured is said around the run, not to the product"
)]
fn launch(data: &Path, port: &str, options: &[&str]) -> Result<(Child, Value), Failure> {
    let release = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/switchyard");
    let binary = std::env::var("SWITCHYARD_BIN").unwrap_or_else(|_| release.to_owned());
    let mut process = Command::new(&binary)
        .args(["dev", "--gateway-port", "0", "--port", port, "--data"])
        .arg(data)
        .args(options)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{binary}: {e}; `make build` first"))?;
    let out = process.stdout.take().ok_or("no output")?;
    let mut lines = BufReader::new(out).lines();
    if !lines.any(|line| line.is_ok_and(|line| line.starts_with("ready"))) {
        return Err("the product did not become ready".into());
    }
    // What it says later must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    let dev = serde_json::from_slice(&std::fs::read(data.join("dev.json"))?)?;
    Ok((process, dev))
}

/// Sends a request and reads its answer to the end; says when the first byte was there.
///
/// # Errors
/// Where nobody answers within ten seconds.
pub fn exchange(to: &str, asked: &str) -> Result<(Instant, String), Failure> {
    let mut socket = TcpStream::connect(to)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    socket.write_all(asked.as_bytes())?;
    let mut answer = vec![0; 1];
    socket.read_exact(&mut answer)?;
    let at = Instant::now();
    socket.read_to_end(&mut answer)?;
    Ok((at, String::from_utf8_lossy(&answer).into_owned()))
}

/// Milliseconds at a quantile of what was measured, which gets sorted.
pub fn quantile(all: &mut [Duration], q: f64) -> f64 {
    all.sort_unstable();
    let at = (all.len().saturating_sub(1) as f64 * q) as usize;
    all.get(at).map_or(f64::NAN, |duration| duration.as_secs_f64() * 1_000.0)
}
