//! The REST API, as the command line speaks it.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use switchyard_model::Problem;

use super::Remote;

/// Why a command did not succeed; its exit code follows from it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server, or the input, says no.
    Refused {
        /// What it is about, in a line.
        summary: String,
        /// Every mistake.
        problems: Vec<Problem>,
        /// The answer as it came, for `--output json`.
        body: Option<Value>,
    },
    /// The server can't be reached.
    Unreachable(String),
    /// All was said; the process ends with this code.
    Said(u8),
}

impl Failure {
    /// A refusal in one line.
    pub(crate) fn refused(summary: impl Into<String>) -> Self {
        Failure::Refused { summary: summary.into(), problems: vec![], body: None }
    }

    /// True where the server asks for approval first.
    fn needs_approval(&self) -> bool {
        const KIND: &str = "urn:switchyard:problem:needs-approval";
        matches!(self, Failure::Refused { body: Some(body), .. } if body["type"] == KIND)
    }

    /// The process's exit code, as `--help` lists them.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::Refused { .. } => 1,
            Failure::Unreachable(_) => 3,
            Failure::Said(code) => *code,
        }
    }
}

/// A server, a project and an environment to speak of.
pub(crate) struct Client {
    agent: ureq::Agent,
    url: String,
    token: String,
    /// The project's key.
    pub(crate) project: String,
    environments: Vec<String>,
    said_environment: Option<String>,
}

impl Client {
    /// Finds the server and the project that `remote` names. Without a URL the `dev.json` of a
    /// `switchyard dev` started in this folder is read.
    pub(crate) fn connect(remote: &Remote) -> Result<Self, Failure> {
        let dev = || -> Option<Value> {
            let text = std::fs::read_to_string(Path::new(".switchyard/dev.json")).ok()?;
            serde_json::from_str(&text).ok()
        };
        let (url, token) = match (&remote.url, &remote.token) {
            (Some(url), Some(token)) => (url.clone(), token.clone()),
            (None, token) => {
                let dev = dev().ok_or_else(|| {
                    Failure::refused(
                        "no server is named: set SWITCHYARD_URL and SWITCHYARD_TOKEN, or run this where `switchyard dev` was started",
                    )
                })?;
                let text = |field: &str| dev[field].as_str().unwrap_or_default().to_owned();
                (text("url"), token.clone().unwrap_or_else(|| text("token")))
            }
            (Some(_), None) => {
                return Err(Failure::refused(
                    "no token: set SWITCHYARD_TOKEN to an API token of this server",
                ));
            }
        };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        let mut client = Client {
            agent: config.into(),
            url: url.trim_end_matches('/').to_owned(),
            token,
            project: String::new(),
            environments: vec![],
            said_environment: remote.environment.clone(),
        };
        let session = client.get("/session")?;
        let projects = session["projects"].as_array().cloned().unwrap_or_default();
        let found = match &remote.project {
            Some(key) => projects.iter().find(|p| p["key"] == key.as_str()),
            None => projects.first(),
        };
        let Some(project) = found else {
            return Err(Failure::refused(match &remote.project {
                Some(key) => format!("there is no project {key:?} that this token may see"),
                None => "this token sees no project".to_owned(),
            }));
        };
        client.project = project["key"].as_str().unwrap_or_default().to_owned();
        client.environments = project["environments"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|e| e["key"].as_str().map(str::to_owned))
            .collect();
        if let Some(said) = &client.said_environment
            && !client.environments.contains(said)
        {
            return Err(Failure::refused(format!(
                "project {} has no environment {said:?}; it has {}",
                client.project,
                client.environments.join(", ")
            )));
        }
        Ok(client)
    }

    /// The environment that was asked for, or the project's first one.
    pub(crate) fn environment(&self) -> Result<&str, Failure> {
        let first = self.environments.first();
        self.said_environment
            .as_ref()
            .or(first)
            .map(String::as_str)
            .ok_or_else(|| Failure::refused(format!("project {} has no environment", self.project)))
    }

    /// The environment that was asked for, if one was.
    pub(crate) fn said_environment(&self) -> Option<&str> {
        self.said_environment.as_deref()
    }

    /// A path below the project.
    pub(crate) fn in_project(&self, rest: &str) -> String {
        format!("/projects/{}{rest}", encoded(&self.project))
    }

    /// A path below the environment.
    pub(crate) fn in_environment(&self, rest: &str) -> Result<String, Failure> {
        Ok(self.in_project(&format!("/environments/{}{rest}", encoded(self.environment()?))))
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, Failure> {
        let url = format!("{}/api/v1{path}", self.url);
        let answer = self.agent.get(&url).header("authorization", format!("Bearer {}", self.token)).call();
        self.read(answer)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let url = format!("{}/api/v1{path}", self.url);
        let request = self.agent.post(&url).header("authorization", format!("Bearer {}", self.token));
        self.read(request.send_json(body))
    }

    /// As [`Client::post`], of a text of that type, which may be long in coming.
    pub(crate) fn post_text(&self, path: &str, kind: &str, text: &str) -> Result<Value, Failure> {
        let url = format!("{}/api/v1{path}", self.url);
        let request = self.agent.post(&url).config().timeout_global(Some(Duration::from_secs(600))).build();
        let request = request.header("authorization", format!("Bearer {}", self.token));
        self.read(request.header("content-type", kind).send(text))
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let url = format!("{}/api/v1{path}", self.url);
        let request = self.agent.patch(&url).header("authorization", format!("Bearer {}", self.token));
        self.read(request.send_json(body))
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let url = format!("{}/api/v1{path}", self.url);
        let request = self.agent.put(&url).header("authorization", format!("Bearer {}", self.token));
        self.read(request.send_json(body))
    }

    /// As [`Client::post`], of what is at this version.
    pub(crate) fn post_at(&self, path: &str, version: &Value, body: &Value) -> Result<Value, Failure> {
        self.at(self.agent.post(format!("{}/api/v1{path}", self.url)), version, body)
    }

    pub(crate) fn put_at(&self, path: &str, version: &Value, body: &Value) -> Result<Value, Failure> {
        self.at(self.agent.put(format!("{}/api/v1{path}", self.url)), version, body)
    }

    fn at(
        &self,
        request: ureq::RequestBuilder<ureq::typestate::WithBody>,
        version: &Value,
        body: &Value,
    ) -> Result<Value, Failure> {
        let request = request.header("authorization", format!("Bearer {}", self.token));
        self.read(request.header("if-match", format!("\"v{version}\"")).send_json(body))
    }

    pub(crate) fn delete(&self, path: &str) -> Result<Value, Failure> {
        let url = format!("{}/api/v1{path}", self.url);
        self.read(self.agent.delete(&url).header("authorization", format!("Bearer {}", self.token)).call())
    }

    /// Writes an answer out as it comes, however large it is.
    pub(crate) fn download(&self, path: &str, to: &mut dyn std::io::Write) -> Result<(), Failure> {
        let url = format!("{}/api/v1{path}", self.url);
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let answer = agent.get(&url).header("authorization", format!("Bearer {}", self.token)).call();
        let mut answer = match answer {
            Ok(answer) if answer.status().is_success() => answer,
            other => return self.read(other).map(drop),
        };
        std::io::copy(&mut answer.body_mut().as_reader(), to)
            .map(drop)
            .map_err(|e| Failure::Unreachable(format!("{url}: it ended before its end: {e}")))
    }

    /// Proposes a change of `edits` and applies it; answers the revision, or the change where it waits for
    /// approvals. It has no title: its sentences say what it does.
    pub(crate) fn apply(&self, reason: &str, edits: Value, glass: Option<&str>) -> Result<Value, Failure> {
        let change = self.post(&self.in_project("/changes"), &json!({ "reason": reason, "edits": edits }))?;
        let number = &change["number"];
        let mut how = json!({});
        if let Some(why) = glass {
            how["breakGlass"] = json!({ "reason": why });
        }
        let mut applied = self.post(&self.in_project(&format!("/changes/{number}/apply")), &how);
        if applied.as_ref().is_err_and(Failure::needs_approval) {
            applied = self.post(&self.in_project(&format!("/changes/{number}/submit")), &json!({}));
        }
        if applied.is_err() {
            // What was refused should not stay behind as somebody's open draft.
            let url = format!("{}/api/v1{}", self.url, self.in_project(&format!("/changes/{number}")));
            let _ = self.agent.delete(&url).header("authorization", format!("Bearer {}", self.token)).call();
        }
        applied
    }

    fn read(&self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, Failure> {
        let mut answer =
            answer.map_err(|e| Failure::Unreachable(format!("{} can't be reached: {e}", self.url)))?;
        let status = answer.status();
        let body: Option<Value> = answer.body_mut().with_config().limit(256 << 20).read_json().ok();
        if status.is_success() {
            return Ok(body.unwrap_or(Value::Null));
        }
        let body = body.unwrap_or(Value::Null);
        let text = |field: &str| body[field].as_str().filter(|t| !t.is_empty()).map(str::to_owned);
        let mut problems: Vec<Problem> = serde_json::from_value(body["problems"].clone()).unwrap_or_default();
        // The detail of a list of problems is the first of them, which is told below.
        let summary =
            if problems.is_empty() { text("detail").or_else(|| text("title")) } else { text("title") };
        let summary = summary.unwrap_or_else(|| format!("the server answered {status}"));
        for conflict in body["conflicts"].as_array().into_iter().flatten() {
            let resource = serde_json::from_value(conflict["resource"].clone()).ok();
            let mut problem = Problem::new(
                conflict["path"].as_str().unwrap_or_default(),
                format!(
                    "r{} by {} changed this since",
                    conflict["laterRevision"],
                    conflict["laterAuthor"].as_str().unwrap_or("somebody")
                ),
            );
            problem.resource = resource;
            problem.value = conflict.get("now").cloned();
            problems.push(problem);
        }
        Err(Failure::Refused { summary, problems, body: Some(body) })
    }
}

/// A path segment, percent-encoded where it must be.
pub(crate) fn encoded(segment: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    segment.bytes().fold(String::new(), |mut out, b| {
        match plain(b) {
            true => out.push(char::from(b)),
            false => out.push_str(&format!("%{b:02X}")),
        }
        out
    })
}
