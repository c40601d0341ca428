//! `secure-mode status|on|off`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, Failure};
use super::output::answer;
use super::{Output, Remote, ServerArgsOnly};

#[derive(Debug, Subcommand)]
pub(crate) enum SecureCommand {
    /// Says whether browsers are answered only for contexts that a server vouches for.
    Status(ServerArgsOnly),
    /// Turns it on. First let every page hand its SDK a `hash` that your server made (secureModeHash).
    #[command(after_help = "Example:\n  switchyard secure-mode on -e production")]
    On(ServerArgsOnly),
    /// Turns it off.
    Off(ServerArgsOnly),
}

impl SecureCommand {
    fn remote(&self) -> &Remote {
        let (SecureCommand::Status(args) | SecureCommand::On(args) | SecureCommand::Off(args)) = self;
        &args.remote
    }

    pub(crate) fn output(&self) -> Output {
        self.remote().output
    }
}

pub(crate) fn run(command: &SecureCommand) -> Result<(), Failure> {
    let remote = command.remote();
    let client = Client::connect(remote)?;
    let path = client.in_environment("/secure-mode")?;
    let on = match command {
        SecureCommand::Status(_) => None,
        SecureCommand::On(_) => Some(true),
        SecureCommand::Off(_) => Some(false),
    };
    let view = match on {
        None => client.get(&path)?,
        Some(on) => client.put(&path, &json!({ "on": on }))?,
    };
    answer(remote.output, &view, |view: &Value| {
        let is = if view["on"] == true { "on" } else { "off" };
        format!("secure mode is {is}\n  {}", view["words"].as_str().unwrap_or_default())
    });
    Ok(())
}
