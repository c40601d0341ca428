//! Puts the parts together, one line a part. Reads like a table of contents.

use std::collections::HashMap;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::serve::ListenerExt;
use switchyard_contract::{Live, Publisher, publish};
use switchyard_control::{Control, Environment, HookSettings, system_clock};
use switchyard_gateway::{Gateway, GatewayConfig};
use switchyard_http::{Doors, Faces, Flagd, Proxies};
use switchyard_notify::{Pace, Parts};
use switchyard_openid::{self as openid, Provider};
use switchyard_redis::Redis;
use switchyard_snapshot::Samples;
use switchyard_store::SqliteStore;
use switchyard_telemetry::Telemetry;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::config::{GatewaySettings, SignIn};
use crate::connections;
use crate::hook_key;

/// How long requests that run may take to come to their end.
const GRACE: Duration = Duration::from_secs(10);

/// How often refusals are written into the audit log.
const COUNTED: Duration = Duration::from_secs(60);

/// How often samples are tidied.
const TIDY: Duration = Duration::from_secs(300);

/// How often answers about all flags are counted, at most.
const SETTLE: Duration = Duration::from_millis(250);

/// A data folder that no other process works in, and what is kept there.
pub(crate) struct Kept {
    pub(crate) control: Control,
    pub(crate) hooks: HookParts,
    /// Released when the process ends, however it ends.
    _lock: File,
}

/// What webhooks, triggers and Git work with.
#[derive(Clone)]
pub(crate) struct HookParts {
    store: SqliteStore,
    key: [u8; 32],
    /// Where copies of Git repositories are kept.
    git: PathBuf,
}

/// Opens a data folder; makes it where it is not there.
pub(crate) async fn open(data: &Path) -> anyhow::Result<Kept> {
    std::fs::create_dir_all(data)
        .with_context(|| format!("can't make the data folder {}", data.display()))?;
    let lock =
        File::create(data.join("lock")).with_context(|| format!("can't write in {}", data.display()))?;
    if lock.try_lock().is_err() {
        bail!(
            "{} is in use by another switchyard; end that one, or give each its own --data",
            data.display()
        );
    }
    let store = SqliteStore::open(&data.join("switchyard.db"))
        .await
        .with_context(|| format!("can't open the store in {}", data.display()))?;
    let hooks = HookParts { store: store.clone(), key: hook_key::open(data)?, git: data.join("git") };
    let control = Control::open(Arc::new(store), system_clock()).await?;
    Ok(Kept { control, hooks, _lock: lock })
}

/// The environments that a new project begins with, in the order people see them.
pub(crate) fn first_environments() -> Vec<Environment> {
    vec![
        Environment {
            key: "production".into(),
            name: "Production".into(),
            production: true,
            required_approvals: 0,
            approvals_from: vec![],
            owners_approve: false,
            freezes: vec![],
        },
        Environment {
            key: "staging".into(),
            name: "Staging".into(),
            production: false,
            required_approvals: 0,
            approvals_from: vec![],
            owners_approve: false,
            freezes: vec![],
        },
    ]
}

/// What is to be started.
pub(crate) struct Plan {
    pub(crate) control: Control,
    pub(crate) project: String,
    pub(crate) gateway: Option<GatewaySettings>,
    /// Where the page and the API listen; bound already, so that the port is known.
    pub(crate) listener: TcpListener,
    /// Where flagd's providers are listened to.
    pub(crate) flagd: Option<FlagdDoor>,
    pub(crate) public_url: String,
    pub(crate) hooks: HookParts,
    /// Whether webhooks may call this machine and private networks.
    pub(crate) webhooks_private: bool,
    /// The proxies in front that are believed.
    pub(crate) proxies: Proxies,
    /// A Redis in which server-side SDKs look up the members of big segments.
    pub(crate) big_segments_redis: Option<Redis>,
    /// How long an uploaded list of keys waits to be named.
    pub(crate) unnamed_lists_kept: Duration,
    /// How people sign in.
    pub(crate) sign_in: SignIn,
    /// Where the gateway's environment is found beside what its services say.
    pub(crate) live: Live,
}

/// Where flagd's providers come in.
pub(crate) struct FlagdDoor {
    /// Bound already.
    pub(crate) listener: TcpListener,
    /// The environment for those who send no key.
    pub(crate) environment: Option<String>,
}

/// What runs.
pub(crate) struct Started {
    /// Where the page and the API listen.
    pub(crate) api: SocketAddr,
    /// Where the embedded gateway listens.
    pub(crate) gateway: Option<SocketAddr>,
    running_gateway: Option<switchyard_gateway::Running>,
    serving: JoinHandle<std::io::Result<()>>,
    serving_flagd: Option<JoinHandle<()>>,
    tidying: JoinHandle<()>,
    settling: JoinHandle<()>,
    counting: JoinHandle<()>,
    scheduling: JoinHandle<()>,
    keeping: JoinHandle<()>,
    listing: JoinHandle<()>,
    telemetry: Telemetry,
    control: Control,
    stopping: watch::Sender<bool>,
    // The last publisher gone would tell readers that nothing comes any more.
    _live: Publisher<Live>,
}

/// Starts everything that serves.
pub(crate) fn start(plan: Plan) -> anyhow::Result<Started> {
    let Plan { control, project, gateway, listener, flagd, public_url, .. } = plan;
    let Plan {
        hooks, webhooks_private, proxies, big_segments_redis, unnamed_lists_kept, sign_in, live, ..
    } = plan;
    let telemetry = Telemetry::new();
    let (live_publisher, live) = publish(live);
    let (stopping, stop) = watch::channel(false);
    let mut live_of = HashMap::new();

    let running_gateway = match gateway {
        None => None,
        Some(settings) => {
            let snapshot = control.snapshot(&project, &settings.environment);
            let snapshot = snapshot.with_context(|| {
                format!("gatewayEnvironment: project {project} has no environment {:?}", settings.environment)
            })?;
            let deliveries = control.deliveries(&project).context("the project is gone")?;
            live_of.insert((project.as_str().into(), settings.environment.as_str().into()), live.clone());
            let mut config = GatewayConfig::new(settings.listen, &settings.listener, "gateway");
            config.threads = std::thread::available_parallelism().map_or(1, |n| n.get());
            Some(Gateway::start(config, snapshot, live, telemetry.clone(), control.samples(), deliveries)?)
        }
    };

    let settings = HookSettings { key: hooks.key, private: webhooks_private, public_url: public_url.clone() };
    control.set_up_hooks(settings);
    control.set_up_sign_in(sign_in.settings);
    let redirect = format!("{public_url}{}", switchyard_http::CALLBACK);
    let provider = sign_in.openid.map(|openid| Provider::new(openid::Settings { redirect, ..openid }));
    let (pace, clock) = (Pace::default(), system_clock());
    let parts = Parts { control: control.clone(), store: Arc::new(hooks.store), clock, pace };
    tokio::spawn(switchyard_notify::run(parts, stop.clone()));
    tokio::spawn(switchyard_git::run(
        switchyard_git::Parts {
            control: control.clone(),
            folder: hooks.git,
            clock: system_clock(),
            private: webhooks_private,
        },
        stop.clone(),
    ));
    tokio::spawn(switchyard_upstream::run(
        switchyard_upstream::Parts {
            control: control.clone(),
            private: webhooks_private,
            pace: switchyard_upstream::Pace::default(),
        },
        stop.clone(),
    ));
    if let Some(redis) = big_segments_redis {
        tokio::spawn(switchyard_redis::run(control.clone(), redis, stop.clone()));
    }
    let tidying = tokio::spawn(tidy(control.samples().clone()));
    let settling = tokio::spawn(settle(telemetry.clone()));
    let counting = tokio::spawn(count(control.clone()));
    let scheduling = tokio::spawn(control.clone().run_schedules());
    let keeping = tokio::spawn(control.clone().run_usage(telemetry.clone()));
    let listing = tokio::spawn(control.clone().run_lists(unnamed_lists_kept));
    let faces = Faces {
        control: control.clone(),
        telemetry: telemetry.clone(),
        live: live_of,
        page: Some(crate::page::router()),
        public_url,
        provider,
        proxies,
        stopping: stop.clone(),
    };
    let api = listener.local_addr()?;
    let Doors { http, flagd: flagd_face } = switchyard_http::doors(faces);
    let serving_flagd =
        flagd.map(|door| serve_flagd(flagd_face, door, &control, &project, stop.clone())).transpose()?;
    let router = http.into_make_service_with_connect_info::<SocketAddr>();
    let listener = listener.tap_io(connections::tune);
    let serving = tokio::spawn(async move {
        let mut stop = stop;
        let stopped = async move { drop(stop.wait_for(|stopping| *stopping).await) };
        axum::serve(listener, router).with_graceful_shutdown(stopped).await
    });
    let gateway = running_gateway.as_ref().map(|running| running.address);
    Ok(Started {
        api,
        gateway,
        running_gateway,
        serving,
        serving_flagd,
        tidying,
        settling,
        counting,
        scheduling,
        keeping,
        listing,
        telemetry,
        control,
        stopping,
        _live: live_publisher,
    })
}

/// Listens for flagd's providers.
fn serve_flagd(
    face: Flagd,
    door: FlagdDoor,
    control: &Control,
    project: &str,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<JoinHandle<()>> {
    let face = match &door.environment {
        None => face,
        Some(environment) if control.snapshot(project, environment).is_some() => {
            face.open_to_all(project, environment)
        }
        Some(environment) => {
            bail!("flagdEnvironment: project {project} has no environment {environment:?}")
        }
    };
    let listener = door.listener.tap_io(connections::tune);
    Ok(tokio::spawn(async move {
        if let Err(e) = face.serve(listener, stop).await {
            tracing::error!("flagd's providers are not listened to any more: {e}");
        }
    }))
}

/// Forgets what was sampled too long ago.
async fn tidy(samples: Samples) {
    let mut every = tokio::time::interval(TIDY);
    loop {
        every.tick().await;
        samples.tidy(jiff::Timestamp::now().as_second());
    }
}

/// Counts what was put aside for when there is time.
async fn settle(telemetry: Telemetry) {
    let mut every = tokio::time::interval(SETTLE);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if telemetry.is_unsettled() {
            let telemetry = telemetry.clone();
            // Some milliseconds for ten thousand flags.
            let _ = tokio::task::spawn_blocking(move || telemetry.settle()).await;
        }
    }
}

/// Writes into the audit log what is counted there: refusals each minute, the use of keys each hour.
async fn count(control: Control) {
    let mut every = tokio::time::interval(COUNTED);
    for minute in 0_u64.. {
        every.tick().await;
        control.note_counts(minute.is_multiple_of(60)).await;
    }
}

impl Started {
    /// Serves until the system says to end, then lets what runs come to its end.
    pub(crate) async fn until_told(self) -> anyhow::Result<()> {
        told_to_end().await?;
        tracing::info!("draining");
        self.stopping.send_replace(true);
        self.tidying.abort();
        self.settling.abort();
        self.counting.abort();
        self.scheduling.abort();
        self.keeping.abort();
        self.listing.abort();
        if let Some(gateway) = self.running_gateway {
            gateway.shutdown(GRACE).await;
        }
        let mut serving = self.serving;
        let mut serving_flagd = self.serving_flagd.unwrap_or_else(|| tokio::spawn(async {}));
        let both = async { tokio::join!(&mut serving, &mut serving_flagd) };
        if tokio::time::timeout(GRACE, both).await.is_err() {
            serving.abort();
            serving_flagd.abort();
        }
        self.control.note_counts(true).await;
        self.control.keep_usage(&self.telemetry).await;
        Ok(())
    }
}

/// SIGTERM, or Ctrl-C.
async fn told_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Writes the log to standard error; standard output is for what a person or a script reads.
pub(crate) fn log_to_stderr(filter: &str) -> anyhow::Result<()> {
    let filter: tracing_subscriber::EnvFilter =
        filter.parse().with_context(|| format!("log: {filter:?} is no filter; write it as info"))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    Ok(())
}

/// Runs `main` on a runtime of two threads: the gateway has its own.
pub(crate) fn block_on<F: Future<Output = anyhow::Result<()>>>(main: F) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(main)
}
