//! A shop, and a bare repository beside it as the other side.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};
use switchyard_control::{
    Apply, BranchSeen, ChangeQuery, ChangeView, Clock, Control, Environment, EnvironmentChange, Error,
    GitSettings, GitView, HookSettings, Judgement, Mode, NewMember, Outcome, Principal, Proposal,
    RevisionView, Visitor,
};
use switchyard_git::Parts;
use switchyard_model::access::Role;
use switchyard_model::{Manifest, Verdict};
use switchyard_store::SqliteStore;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const SHOP: &str = "shop";

pub(crate) struct World {
    pub(crate) control: Control,
    pub(crate) ann: Principal,
    pub(crate) dir: TempDir,
    pub(crate) remote: PathBuf,
    clock: Clock,
    running: Option<(watch::Sender<bool>, JoinHandle<()>)>,
}

/// Runs git as a person would.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let ran = run(folder, arguments);
    assert!(ran.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> std::process::Output {
    Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Eve", "-c", "user.email=eve@shop.example", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap()
}

pub(crate) fn settings(remote: &Path) -> GitSettings {
    GitSettings {
        url: format!("file://{}", remote.display()),
        mirror: Some("main".into()),
        follow: None,
        proposals: Some("proposals/".into()),
        role: Role::Developer,
        believe_authors: false,
        apply: false,
        statuses: None,
        // Nothing here waits for the time to pass: each test asks.
        every_seconds: 3_600,
    }
}

impl World {
    pub(crate) async fn new() -> World {
        let dir = TempDir::new().unwrap();
        let remote = dir.path().join("remote.git");
        std::fs::create_dir(&remote).unwrap();
        git(&remote, &["init", "--bare", "--quiet"]);
        let seconds = Arc::new(AtomicI64::new(1_800_000_000));
        let clock: Clock = {
            let seconds = seconds.clone();
            Arc::new(move || Timestamp::from_second(seconds.fetch_add(1, Ordering::Relaxed)).unwrap())
        };
        let store = SqliteStore::open(&dir.path().join("switchyard.db")).await.unwrap();
        let control = Control::open(Arc::new(store), clock.clone()).await.unwrap();
        control.set_up_hooks(HookSettings {
            key: [7; 32],
            private: true,
            public_url: "https://shop.example".into(),
        });
        let environment = |key: &str| Environment {
            key: key.into(),
            name: key.into(),
            production: key == "production",
            required_approvals: 0,
            approvals_from: vec![],
            owners_approve: false,
            freezes: vec![],
        };
        let environments = vec![environment("production"), environment("staging")];
        control.ensure_project(SHOP, "Shop", environments).await.unwrap();
        let ann =
            Principal { id: "ann".into(), name: "Ann".into(), role: Role::Admin, ..Principal::switchyard() };
        let world = World { control, ann, dir, remote, clock, running: None };
        world.put(json!([flag("banner"), targeting("banner"), flag("search"), targeting("search")])).await;
        world
    }

    /// One whose repository is looked at.
    pub(crate) async fn connected() -> World {
        let mut world = World::new().await;
        world.connect(settings(&world.remote.clone())).await;
        world
    }

    pub(crate) async fn connect(&mut self, settings: GitSettings) {
        self.start();
        self.control.set_git(&self.ann, SHOP, settings).await.unwrap();
        let seen = self.sync().await.seen.unwrap();
        assert_eq!(seen.error, None);
    }

    pub(crate) fn start(&mut self) {
        if self.running.is_none() {
            let (stop, stopping) = watch::channel(false);
            let parts = Parts {
                control: self.control.clone(),
                folder: self.dir.path().join("git"),
                clock: self.clock.clone(),
                private: true,
            };
            self.running = Some((stop, tokio::spawn(switchyard_git::run(parts, stopping))));
        }
    }

    /// Ends it where it stands, as a kill would.
    pub(crate) async fn stop(&mut self) {
        if let Some((_, running)) = self.running.take() {
            running.abort();
            let _ = running.await;
        }
    }

    pub(crate) async fn sync(&self) -> GitView {
        self.control.git_sync(&self.ann, SHOP).await.unwrap()
    }

    /// How a branch stands, once it was looked at.
    pub(crate) async fn branch(&self, name: &str) -> BranchSeen {
        let view = self.sync().await;
        let seen = view.seen.unwrap();
        assert_eq!(seen.error, None);
        seen.branches.into_iter().find(|branch| branch.branch == name).unwrap()
    }

    pub(crate) async fn put(&self, resources: Value) {
        let all = resources.as_array().unwrap().iter();
        let all = all.map(|one| Manifest::from_json(one.clone(), Some("production")).unwrap()).collect();
        let done = self.control.apply_manifests(&self.ann, SHOP, all, "", Mode::Write).await.unwrap();
        assert!(matches!(done, Outcome::Applied(_)), "{done:?}");
    }

    pub(crate) async fn edit(&self, who: &Principal, edits: Value) -> Result<RevisionView, Error> {
        let edits = serde_json::from_value(edits).unwrap();
        let proposal = Proposal { edits, reason: "why not".into(), ..Proposal::default() };
        let change = self.control.create_change(who, SHOP, proposal).await?;
        self.control.apply_change(who, SHOP, change.number, Apply::default()).await
    }

    pub(crate) async fn apply(&self, number: u64) -> Result<RevisionView, Error> {
        self.control.apply_change(&self.ann, SHOP, number, Apply::default()).await
    }

    pub(crate) async fn changes(&self) -> Vec<ChangeView> {
        let query = ChangeQuery { limit: 200, ..ChangeQuery::default() };
        self.control.changes(&self.ann, SHOP, query).await.unwrap().items
    }

    pub(crate) async fn changes_from_git(&self) -> usize {
        let git = |change: &&ChangeView| matches!(change.origin, Some(switchyard_model::Origin::Git { .. }));
        self.changes().await.iter().filter(git).count()
    }

    pub(crate) async fn member(&self, name: &str, role: Role) -> Principal {
        let email = Some(format!("{}@shop.example", name.to_lowercase()));
        let new = NewMember { name: name.into(), email, role };
        let id = self.control.add_member(&self.ann, new).await.unwrap().id;
        let link = self.control.sign_in_link(&self.ann, &id).await.unwrap();
        self.control.sign_in(&link, &Visitor::default()).await.unwrap().principal
    }

    pub(crate) async fn approve(&self, who: &Principal, number: u64) -> Result<ChangeView, Error> {
        let difference = self.control.change(who, SHOP, number).await?.difference;
        let judgement = Judgement { verdict: Verdict::Approve, note: String::new(), difference };
        self.control.review_change(who, SHOP, number, judgement).await
    }

    pub(crate) async fn require(&self, approvals: u32) {
        let change =
            EnvironmentChange { required_approvals: Some(approvals), ..EnvironmentChange::default() };
        self.control.change_environment(&self.ann, SHOP, "production", change).await.unwrap();
    }

    /// A person's clone.
    pub(crate) fn clone_of(&self, name: &str) -> PathBuf {
        let folder = self.dir.path().join(name);
        git(self.dir.path(), &["clone", "--quiet", &self.remote.display().to_string(), name]);
        folder
    }

    /// Every commit of a branch, oldest first, in this form.
    pub(crate) fn log(&self, branch: &str, format: &str) -> Vec<String> {
        let format = format!("--format={format}");
        let said = git(&self.remote, &["log", "--reverse", &format, branch]);
        said.lines().map(str::to_owned).collect()
    }

    pub(crate) fn note(&self, commit: &str) -> String {
        git(&self.remote, &["notes", "--ref=switchyard", "show", commit])
    }

    pub(crate) fn state(&self) -> switchyard_model::State {
        self.control.state(&self.ann, SHOP).unwrap()
    }
}

/// Writes a file, commits and pushes it.
pub(crate) fn push(clone: &Path, branch: &str, file: &str, text: Option<&str>) -> String {
    let path = clone.join(file);
    match text {
        Some(text) => {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
        }
        None => std::fs::remove_file(&path).unwrap(),
    }
    git(clone, &["add", "--all"]);
    git(clone, &["commit", "--quiet", "-m", &format!("edit {file}\n\nbecause")]);
    git(clone, &["push", "--quiet", "origin", &format!("HEAD:refs/heads/{branch}")]);
    git(clone, &["rev-parse", "HEAD"]).trim().to_owned()
}

pub(crate) fn read(clone: &Path, file: &str) -> String {
    std::fs::read_to_string(clone.join(file)).unwrap()
}

pub(crate) fn flag(key: &str) -> Value {
    json!({ "kind": "flag", "key": key, "variations": [{ "id": "new", "value": true }, { "id": "old", "value": false }] })
}

pub(crate) fn targeting(key: &str) -> Value {
    json!({ "kind": "targeting", "key": key, "on": false, "offVariation": 1, "fallthrough": { "variation": 0 } })
}

pub(crate) fn on(flag: &str, on: bool) -> Value {
    json!([{
        "target": { "environment": "production", "kind": "targeting", "key": flag },
        "op": { "type": "setOn", "on": on },
    }])
}

pub(crate) fn serve(flag: &str, variation: i64) -> Value {
    json!([{
        "target": { "environment": "production", "kind": "targeting", "key": flag },
        "op": { "type": "setServe", "serve": { "variation": variation } },
    }])
}

pub(crate) const BANNER: &str = "production/targeting/banner.yaml";
