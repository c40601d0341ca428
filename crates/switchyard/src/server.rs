//! `switchyard server`: for production.

use switchyard_contract::Live;
use switchyard_control::Principal;

use crate::assemble::{self, FlagdDoor, Plan};
use crate::cli::ServerArgs;
use crate::cli::client::Failure;
use crate::cli::output::line;
use crate::config::{RawSettings, Settings};
use crate::connections;

pub(crate) fn run(args: &ServerArgs) -> Result<(), Failure> {
    let settings = settings(args).map_err(|mistakes| {
        Failure::refused(format!("these settings can't be used:\n  {}", mistakes.join("\n  ")))
    })?;
    let run = || {
        assemble::log_to_stderr(&settings.log)?;
        assemble::block_on(serve(&settings, args.print_sign_in_link))
    };
    run().map_err(|e| Failure::refused(format!("{e:#}")))
}

fn settings(args: &ServerArgs) -> Result<Settings, Vec<String>> {
    let file = match &args.config {
        Some(path) => RawSettings::read(path).map_err(|mistake| vec![mistake])?,
        None => RawSettings::default(),
    };
    args.settings.clone().over(file).check()
}

async fn serve(settings: &Settings, print_link: bool) -> anyhow::Result<()> {
    let kept = assemble::open(&settings.data).await?;
    let control = kept.control.clone();
    let project =
        control.ensure_project(&settings.project, &settings.project, assemble::first_environments()).await?;
    let admin = control.ensure_admin("Admin").await?;
    connections::allow_many();
    let listen = |name: &str, address| {
        connections::listen(address).map_err(|e| anyhow::anyhow!("{name}: can't listen on {address}: {e}"))
    };
    let listener = listen("listen", settings.listen)?;
    let flagd = settings.flagd.as_ref().map(|flagd| {
        let listener = listen("flagdListen", flagd.listen)?;
        anyhow::Ok(FlagdDoor { listener, environment: flagd.environment.clone() })
    });
    let address = listener.local_addr()?;
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let started = assemble::start(Plan {
        control: control.clone(),
        project: settings.project.clone(),
        gateway: settings.gateway.clone(),
        listener,
        flagd: flagd.transpose()?,
        public_url: public_url.clone(),
        hooks: kept.hooks.clone(),
        webhooks_private: settings.webhooks_private,
        proxies: settings.proxies.clone(),
        big_segments_redis: settings.big_segments_redis.clone(),
        unnamed_lists_kept: settings.unnamed_lists_kept,
        sign_in: settings.sign_in.clone(),
        live: Live::default(),
    })?;
    if print_link || project.head == 0 {
        let secret = control.sign_in_link(&Principal::switchyard(), &admin.id).await?;
        line(&format!("sign in once, within 15 minutes: {public_url}/sign-in?token={secret}"));
    }
    line(&format!("ready {public_url}"));
    started.until_told().await
}
