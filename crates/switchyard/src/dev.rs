//! `switchyard dev`: everything on this machine, with a demo shop to try it on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use switchyard_contract::Live;
use switchyard_control::{Control, KeyKind, Principal, TeamDraft};
use switchyard_http::Proxies;
use switchyard_model::Manifest;
use switchyard_model::access::Role;
use tokio::net::TcpListener;

use crate::assemble::{self, FlagdDoor, Plan};
use crate::cli::DevArgs;
use crate::cli::client::Failure;
use crate::cli::output::line;
use crate::config::{self, GatewaySettings, SignIn};
use crate::connections;
use crate::demo::{self, Shop, Surroundings};

/// Where flagd listens.
const FLAGD_PORT: u16 = 8013;

/// What scripts and SDKs need to know; written when all is ready, and kept from one start to the next.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DevFile {
    url: String,
    gateway_url: String,
    /// Where flagd's providers are listened to, as `127.0.0.1:8013`.
    #[serde(default)]
    flagd: String,
    token: String,
    project: String,
    environment: String,
    sdk_key: String,
    mobile_key: String,
    client_side_id: String,
}

pub(crate) fn run(args: &DevArgs) -> Result<(), Failure> {
    let run = || {
        assemble::log_to_stderr(&args.log)?;
        assemble::block_on(serve(args))
    };
    run().map_err(|e| Failure::refused(format!("{e:#}")))
}

async fn serve(args: &DevArgs) -> anyhow::Result<()> {
    let mut mistakes = vec![];
    let (url, ca) = (args.big_segments_redis.as_deref(), args.big_segments_redis_ca.as_deref());
    let big_segments_redis = config::redis(url, ca, &mut mistakes);
    if !mistakes.is_empty() {
        anyhow::bail!("{}", mistakes.join("\n"));
    }
    let kept = assemble::open(&args.data).await?;
    let control = kept.control.clone();
    let path = args.data.join("dev.json");
    let mut file = read(&path).unwrap_or_else(|| fresh(!args.no_demo));
    let project =
        control.ensure_project(&file.project, &file.project, assemble::first_environments()).await?;
    let admin = control.ensure_admin("You").await?;
    ensure_access(&control, &file).await?;

    let mut shop = if args.no_demo { None } else { Some(Shop::open().await?) };
    if shop.is_some() && project.head == 0 {
        let mut shop: Vec<Manifest> = demo::manifests()?.into_iter().chain(demo::guardrails()).collect();
        let teams = shop.iter().filter_map(|manifest| manifest.resource.owner().map(str::to_owned)).collect();
        let teams = answering(&control, teams, &admin.id).await?;
        for owner in shop.iter_mut().filter_map(|manifest| manifest.resource.owner_mut()) {
            let team = owner.as_ref().and_then(|name| teams.get(name));
            *owner = Some(team.unwrap_or(&admin.id).clone());
        }
        control.set_up(&file.project, shop, "A small shop to try things on").await?;
    }
    let address = SocketAddr::from(([127, 0, 0, 1], args.port));
    connections::allow_many();
    let listener = connections::listen(address)
        .with_context(|| format!("--port: can't listen on {address}; 0 picks a free port"))?;
    file.url = format!("http://127.0.0.1:{}", listener.local_addr()?.port());
    let flagd = listen_for_flagd(args.flagd_port)?;
    file.flagd = flagd.local_addr()?.to_string();
    let started = assemble::start(Plan {
        control: control.clone(),
        project: file.project.clone(),
        gateway: Some(GatewaySettings {
            listen: SocketAddr::from(([127, 0, 0, 1], args.gateway_port)),
            listener: "public".into(),
            environment: file.environment.clone(),
        }),
        listener,
        flagd: Some(FlagdDoor { listener: flagd, environment: Some(file.environment.clone()) }),
        public_url: file.url.clone(),
        hooks: kept.hooks.clone(),
        webhooks_private: true,
        proxies: Proxies::default(),
        big_segments_redis,
        unnamed_lists_kept: config::DAY,
        sign_in: SignIn::default(),
        live: shop.as_mut().map_or_else(Live::default, |shop| std::mem::take(&mut shop.live)),
    })
    .context("--gateway-port: 0 picks a free port")?;
    let gateway = started.gateway.context("the gateway did not start")?;
    file.gateway_url = format!("http://{gateway}");
    if let Some(shop) = &mut shop {
        shop.let_in(Surroundings { gateway, api: started.api, sdk_key: file.sdk_key.clone() });
    }
    write(&path, &file)?;

    let secret =
        control.sign_in_link_for(&Principal::switchyard(), &admin.id, Duration::from_secs(3600)).await?;
    welcome(&file, &secret, shop.is_some());
    started.until_told().await
}

/// flagd's own port, so that a provider needs no settings; another one may run there already.
fn listen_for_flagd(port: Option<u16>) -> anyhow::Result<TcpListener> {
    let listen = |port| connections::listen(SocketAddr::from(([127, 0, 0, 1], port)));
    match port {
        Some(port) => listen(port)
            .with_context(|| format!("--flagd-port: can't listen on 127.0.0.1:{port}; 0 picks a free port")),
        None => listen(FLAGD_PORT).or_else(|_| listen(0)).context("no port is free for flagd's providers"),
    }
}

fn welcome(file: &DevFile, secret: &str, demo: bool) {
    let (url, gateway, flagd) = (&file.url, &file.gateway_url, &file.flagd);
    line(&format!("ready  {url}\n"));
    line(&format!(
        "  page      {url}/sign-in?token={secret}\n            (signs you in once, within the hour)"
    ));
    line(&format!("  gateway   {gateway}"));
    line(&format!("  flagd     {flagd}\n            (for OpenFeature's flagd providers, without a key)\n"));
    if demo {
        line("Three things to try:");
        line(
            "  1. On the page open Flags, checkout-v2, and drag “Everyone else” from 10 % to 50 %. Apply, and watch it move.",
        );
        line(&format!(
            "  2. curl -H 'x-customer: c-0042' -H 'x-plan: pro' {gateway}/checkout/pay      which checkout answers, and why:\n     \
             switchyard explain GET /checkout/pay -H 'x-customer: c-0042' -H 'x-plan: pro'"
        ));
        line("  3. On the page open History, and revert what you did.");
    } else {
        line("Start with: switchyard apply -f examples/shop   or   switchyard flag list");
    }
}

/// The teams that the shop's files name as owners, by name, with `member` in them: who tries the shop finds
/// owners who can answer.
async fn answering(
    control: &Control,
    names: BTreeSet<String>,
    member: &str,
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut keys = BTreeMap::new();
    for name in names {
        let key = name.to_lowercase();
        let draft = TeamDraft {
            name: name.clone(),
            members: BTreeSet::from([member.to_owned()]),
            expected_version: None,
        };
        control.put_team(&Principal::switchyard(), &key, draft).await?;
        keys.insert(name, key);
    }
    Ok(keys)
}

async fn ensure_access(control: &Control, file: &DevFile) -> anyhow::Result<()> {
    let keys = [
        (KeyKind::Sdk, &file.sdk_key),
        (KeyKind::Mobile, &file.mobile_key),
        (KeyKind::ClientSide, &file.client_side_id),
    ];
    for (kind, secret) in keys {
        control.ensure_key(&file.project, &file.environment, kind, secret).await?;
    }
    control.ensure_token("dev", Role::Admin, &file.token).await?;
    Ok(())
}

/// Keys for a data folder that has none.
fn fresh(demo: bool) -> DevFile {
    let mut dice = rand::rng();
    let mut random = |bytes: usize| -> String {
        (0..bytes).map(|_| format!("{:02x}", dice.random_range(0..=255u8))).collect()
    };
    DevFile {
        url: String::new(),
        gateway_url: String::new(),
        flagd: String::new(),
        token: format!("api-{}", random(24)),
        project: if demo { "shop" } else { "main" }.to_owned(),
        environment: "production".to_owned(),
        sdk_key: format!("sdk-{}", random(24)),
        mobile_key: format!("mob-{}", random(24)),
        client_side_id: random(12),
    }
}

fn read(path: &Path) -> Option<DevFile> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Written aside and put in place in one step, readable by its owner only: it holds keys.
fn write(path: &Path, file: &DevFile) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let aside = path.with_extension("json.new");
    let _ = std::fs::remove_file(&aside);
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    out.write_all(&serde_json::to_vec_pretty(file)?)?;
    out.sync_all()?;
    std::fs::rename(aside, path)?;
    Ok(())
}
