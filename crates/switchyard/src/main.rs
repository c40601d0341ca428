//! Switchyard: flags, traffic, functions and intentions as one configuration with one history. The binary:
//! command line, configuration, assembly, the embedded page.

mod assemble;
mod cli;
mod config;
mod connections;
mod demo;
mod dev;
mod eval;
mod find_flags;
mod hook_key;
mod page;
mod server;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::client::Failure;
use cli::{Cli, Command, Output};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (done, output) = match &cli.command {
        Command::Dev(args) => (dev::run(args), Output::Text),
        Command::Server(args) => (server::run(args), Output::Text),
        Command::Eval(args) => (eval::run(args), Output::Text),
        Command::Apply(args) => (cli::files::apply(args), args.remote.output),
        Command::Diff(args) => (cli::files::diff(args), args.remote.output),
        Command::Export(args) => (cli::files::export(args), args.remote.output),
        Command::Import(command) => (cli::import::run(command), command.output()),
        Command::Promote(args) => (cli::promote::promote(args), args.remote.output),
        Command::History(args) => (cli::history::history(args), args.remote.output),
        Command::Show(args) => (cli::history::show(args), args.remote.output),
        Command::Revert(args) => (cli::history::revert(args), args.remote.output),
        Command::Restore(args) => (cli::history::restore(args), args.remote.output),
        Command::Change(command) => (cli::change::run(command), command.output()),
        Command::Flag(command) => (cli::flag::run(command), command.output()),
        Command::FindFlags(args) => (cli::find_flags::run(args), args.remote.output),
        Command::Route(command) => (cli::route::run(command), command.output()),
        Command::Segment(command) => (cli::segment::run(command), command.output()),
        Command::Guardrail(command) => (cli::guardrail::run(command), command.output()),
        Command::Access(command) => (cli::access::run(command), command.output()),
        Command::Audit(command) => (cli::audit::run(command), command.output()),
        Command::Git(command) => (cli::git::run(command), command.output()),
        Command::SecureMode(command) => (cli::secure::run(command), command.output()),
        Command::Upstream(command) => (cli::upstream::run(command), command.output()),
        Command::Webhook(command) => (cli::webhook::run(command), command.output()),
        Command::Owner(command) => (cli::owner::run(command), command.remote().output),
        Command::Team(command) => (cli::team::run(command), command.remote().output),
        Command::Trigger(command) => (cli::trigger::run(command), command.output()),
        Command::Member(command) => (cli::people::members(command), command.output()),
        Command::Session(command) => (cli::people::sessions(command), command.output()),
        Command::Token(command) => (cli::token::run(command), command.output()),
        Command::Impact(args) => (cli::impact::impact(args), args.remote.output),
        Command::Explain(args) => (cli::explain::explain(args), args.remote.output),
        Command::SignInLink(args) => (cli::explain::sign_in_link(args), args.remote.output),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "switchyard", &mut std::io::stdout());
            (Ok(()), Output::Text)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            cli::output::failure(&failure, output);
            ExitCode::from(Failure::exit_code(&failure))
        }
    }
}
