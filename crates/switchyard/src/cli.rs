//! The command line: what can be said, in one place, so that help, completions and docs agree.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod change;
pub(crate) mod changes;
pub(crate) mod client;
pub(crate) mod explain;
pub(crate) mod files;
pub(crate) mod find_flags;
pub(crate) mod flag;
pub(crate) mod git;
pub(crate) mod guardrail;
pub(crate) mod history;
pub(crate) mod impact;
pub(crate) mod import;
pub(crate) mod order;
pub(crate) mod output;
pub(crate) mod owner;
pub(crate) mod people;
pub(crate) mod promote;
pub(crate) mod route;
pub(crate) mod schedule;
pub(crate) mod secure;
pub(crate) mod segment;
pub(crate) mod team;
pub(crate) mod token;
pub(crate) mod trigger;
pub(crate) mod upstream;
pub(crate) mod webhook;

/// Flags, traffic, functions and intentions: one configuration, one history.
#[derive(Debug, Parser)]
#[command(
    name = "switchyard",
    version,
    about,
    propagate_version = true,
    after_help = "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 the server can't be reached.\n\
                  Start with `switchyard dev`; then `switchyard flag list` in the same folder."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs everything on this machine, with a demo shop to try it on.
    Dev(DevArgs),
    /// Runs a server for production.
    Server(Box<ServerArgs>),
    /// Evaluates flags from a file, without a server.
    Eval(EvalArgs),
    /// Applies files: everything in them together, or nothing.
    Apply(ApplyArgs),
    /// Says how files differ from what is applied.
    Diff(DiffArgs),
    /// Writes the configuration as files that `apply` takes unchanged.
    Export(ExportArgs),
    /// Takes over the flags of a LaunchDarkly or Unleash environment.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Shows what differs between two environments, and makes a change of it.
    Promote(PromoteArgs),
    /// Lists revisions, newest first.
    History(HistoryArgs),
    /// Shows one revision.
    Show(ShowArgs),
    /// Takes one revision back, on top of what came since.
    Revert(RevertArgs),
    /// Makes everything as it was at a revision, whatever came since.
    Restore(RestoreArgs),
    /// Changes: list, show, submit, approve, reject, apply, comment.
    #[command(subcommand)]
    Change(ChangeCommand),
    /// Flags: list, get, on, off, set, describe, archive, delete.
    #[command(subcommand)]
    Flag(FlagCommand),
    /// Finds where source code names flags, and says which are named nowhere.
    #[command(
        after_help = "Examples:\n  switchyard find-flags .\n  switchyard find-flags . --alias camelcase --alias uppersnakecase --upload\n\n\
                      A key is found between two delimiters, as in 'checkout-v2'. What .gitignore leaves out is left out."
    )]
    FindFlags(FindFlagsArgs),
    /// Routes: list, get, set.
    #[command(subcommand)]
    Route(RouteCommand),
    /// Big segments: upload, download.
    #[command(subcommand)]
    Segment(segment::SegmentCommand),
    /// Guardrails: list, try, pack.
    #[command(subcommand)]
    Guardrail(GuardrailCommand),
    /// Who may do what: why, policies, show, check, put, delete, schema.
    #[command(subcommand)]
    Access(access::AccessCommand),
    /// The audit log: list, export, verify, erase.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The project's Git repository: status, connect, sync, hand-over, take-over, disconnect.
    #[command(subcommand)]
    Git(git::GitCommand),
    /// Follow LaunchDarkly, or another Switchyard: status, follow, leave, hand-over.
    #[command(subcommand)]
    Upstream(upstream::UpstreamCommand),
    /// Whether browsers are answered only for contexts that a server vouches for.
    #[command(subcommand)]
    SecureMode(secure::SecureCommand),
    /// Webhooks: list, add, set, events, test, log, send, rotate, on, off, remove.
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Triggers: list, add, log, rotate, on, off, remove.
    #[command(subcommand)]
    Trigger(trigger::TriggerCommand),
    /// Owners: list, hand-over.
    #[command(subcommand)]
    Owner(owner::OwnerCommand),
    /// Teams: list, put, add, remove, delete.
    #[command(subcommand)]
    Team(team::TeamCommand),
    /// Members: list, invite, link, close, open, sign-out, forget-password.
    #[command(subcommand)]
    Member(people::MemberCommand),
    /// Sessions: list, end.
    #[command(subcommand)]
    Session(people::SessionCommand),
    /// Tokens for services: list, create, rotate, end.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Says who would be affected: tries files or a change on the contexts and requests that were seen.
    Impact(ImpactArgs),
    /// Says what would happen to a request, and why.
    Explain(ExplainArgs),
    /// Prints a one-time link to the page.
    SignInLink(SignInLinkArgs),
    /// Prints a completion script for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// Where the server is and how to speak to it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Remote {
    /// The server's URL. Without it, that of the `switchyard dev` started in this folder.
    #[arg(long, env = "SWITCHYARD_URL", global = true, help_heading = "Server")]
    pub(crate) url: Option<String>,
    /// An API token.
    #[arg(long, env = "SWITCHYARD_TOKEN", hide_env_values = true, global = true, help_heading = "Server")]
    pub(crate) token: Option<String>,
    /// The project; the first one where absent.
    #[arg(long, env = "SWITCHYARD_PROJECT", global = true, help_heading = "Server")]
    pub(crate) project: Option<String>,
    /// The environment; the project's first one where absent.
    #[arg(short, long, env = "SWITCHYARD_ENVIRONMENT", global = true, help_heading = "Server")]
    pub(crate) environment: Option<String>,
    /// How answers are written.
    #[arg(long, value_enum, default_value_t = Output::Text, global = true, help_heading = "Server")]
    pub(crate) output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// The API's JSON, for scripts.
    Json,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  switchyard dev\n  switchyard dev --data /tmp/shop --port 0 --no-demo")]
pub(crate) struct DevArgs {
    /// Where everything is kept.
    #[arg(long, default_value = ".switchyard")]
    pub(crate) data: PathBuf,
    /// The page's and the API's port on this machine; 0 picks a free one.
    #[arg(long, default_value_t = 7400)]
    pub(crate) port: u16,
    /// The gateway's port on this machine; 0 picks a free one.
    #[arg(long, default_value_t = 7480)]
    pub(crate) gateway_port: u16,
    /// The port on this machine for flagd's providers; 0 picks a free one. [default: 8013, or a free one where
    /// that is taken]
    #[arg(long)]
    pub(crate) flagd_port: Option<u16>,
    /// A Redis in which server-side SDKs look up the members of big segments, as redis://127.0.0.1:6379.
    #[arg(long, value_name = "URL")]
    pub(crate) big_segments_redis: Option<String>,
    /// A file with the certificates of the CA, PEM, that vouches for that Redis. [default: those the system trusts]
    #[arg(long, value_name = "FILE")]
    pub(crate) big_segments_redis_ca: Option<String>,
    /// Starts empty, without the shop.
    #[arg(long)]
    pub(crate) no_demo: bool,
    /// What is logged, as `info` or `switchyard=debug`.
    #[arg(long, env = "SWITCHYARD_LOG", default_value = "warn")]
    pub(crate) log: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  switchyard server --config /etc/switchyard.yaml\n  \
                        SWITCHYARD_DATA=/var/lib/switchyard switchyard server --listen 0.0.0.0:7400\n\n\
                        A flag beats its SWITCHYARD_* variable, which beats the file.")]
pub(crate) struct ServerArgs {
    /// A YAML or JSON file with these settings: data, listen, publicUrl, gatewayListen, gatewayListener,
    /// gatewayEnvironment, flagdListen, flagdEnvironment, project, log, webhooksPrivate.
    #[arg(long, env = "SWITCHYARD_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Prints a one-time link to sign in as the first admin; the first start always does.
    #[arg(long)]
    pub(crate) print_sign_in_link: bool,
    #[command(flatten)]
    pub(crate) settings: crate::config::RawSettings,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  echo '{\"flag\":\"f\",\"context\":{\"kind\":\"user\",\"key\":\"u1\"},\"default\":false}' \\\n    \
                        | switchyard eval --flags flags.json\n\n\
                        Requests and answers are JSON lines, in the same order. A bad line answers {\"error\":…} and the rest go on."
)]
pub(crate) struct EvalArgs {
    /// `{"flags":{…},"segments":{…}}` in LaunchDarkly's form.
    #[arg(long, value_name = "FILE")]
    pub(crate) flags: PathBuf,
    /// `{"flag":KEY,"context":{…},"default":…,"type":"bool"|"int"|"double"|"string"|"any"}` a line; `-` is
    /// standard input.
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) requests: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  switchyard apply -f shop/ --message 'New checkout' --dry-run\n  \
                        switchyard export | switchyard apply -f -\n  \
                        switchyard apply -f launchdarkly-export.json --environment staging")]
pub(crate) struct ApplyArgs {
    /// A file or a folder of YAML or JSON, one or many resources each; `-` is standard input. Repeat for more.
    #[arg(short, long = "file", value_name = "FILE|DIR", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Why.
    #[arg(short, long, default_value = "")]
    pub(crate) message: String,
    /// Says what would change, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) glass: Glass,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  switchyard diff -f shop/\n  switchyard diff -f shop/ --technical\n\n\
                        Exit codes: 0 all is so, 1 something differs, 2 it could not be said. What no file names is not \
                        looked at, as `apply` leaves it.")]
pub(crate) struct DiffArgs {
    /// A file or a folder, as for `apply`. Repeat for more.
    #[arg(short, long = "file", value_name = "FILE|DIR", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Field by field, beside the sentences.
    #[arg(long)]
    pub(crate) technical: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  switchyard export > shop.yaml\n  switchyard export --environment production --to shop/\n\n\
                        Without --environment every environment is written."
)]
pub(crate) struct ExportArgs {
    /// A folder that gets one file for each resource; standard output where absent.
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// Where flags come from. An import is a change like any other: it is reviewed where others are, and reverted.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Everything of a LaunchDarkly environment: rules, segments, percentages; nobody gets something else.
    #[command(
        after_help = "Examples:\n  switchyard import launchdarkly --sdk-key sdk-… --environment staging --dry-run\n  \
                            switchyard import launchdarkly export.json\n\n\
                            FILE is what /sdk/latest-all answers. Names, owners and tags that are here stay."
    )]
    Launchdarkly {
        /// What `/sdk/latest-all` answers; `-` is standard input.
        #[arg(required_unless_present = "sdk_key", conflicts_with = "sdk_key")]
        file: Option<PathBuf>,
        /// The SDK key of the environment that is to be read.
        #[arg(long, env = "LAUNCHDARKLY_SDK_KEY", hide_env_values = true)]
        sdk_key: Option<String>,
        /// Where LaunchDarkly, a relay or another Switchyard answers server-side SDKs.
        #[arg(long, value_name = "URL", default_value = "https://sdk.launchdarkly.com")]
        base_uri: String,
        #[command(flatten)]
        args: ImportArgs,
    },
    /// What maps exactly of an Unleash environment; the rest is listed, flag by flag, with the reason.
    #[command(
        after_help = "Examples:\n  switchyard import unleash https://unleash.example --client-token … --dry-run\n  \
                            switchyard import unleash features.json --percentages\n\n\
                            FILE is what /api/client/features answers."
    )]
    Unleash {
        /// A file, `-`, or the server's URL.
        #[arg(value_name = "FILE|URL")]
        from: String,
        /// A client token of the environment that is to be read.
        #[arg(long, env = "UNLEASH_CLIENT_TOKEN", hide_env_values = true)]
        client_token: Option<String>,
        /// Take percentages and splits too: the same shares, but other people, as Unleash hashes otherwise.
        #[arg(long)]
        percentages: bool,
        #[command(flatten)]
        args: ImportArgs,
    },
}

impl ImportCommand {
    /// How its answer is written.
    pub(crate) fn output(&self) -> Output {
        let (ImportCommand::Launchdarkly { args, .. } | ImportCommand::Unleash { args, .. }) = self;
        args.remote.output
    }
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Why.
    #[arg(short, long, default_value = "")]
    pub(crate) message: String,
    /// Says what would change, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) glass: Glass,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  switchyard promote --from staging --to production\n  \
                        switchyard promote --from staging --to production targeting/checkout-v2 --reason 'a week without errors'\n  \
                        switchyard promote --from staging --to production --all\n\n\
                        Without resources it only lists what differs. With them it makes a draft, which is applied like any other.")]
pub(crate) struct PromoteArgs {
    /// The environment to take from.
    #[arg(long)]
    pub(crate) from: String,
    /// The environment to change.
    #[arg(long)]
    pub(crate) to: String,
    /// What to take over, as KIND/KEY.
    #[arg(value_name = "KIND/KEY")]
    pub(crate) resources: Vec<String>,
    /// Takes over all but listeners, services and deletions.
    #[arg(long)]
    pub(crate) all: bool,
    /// The change's title.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Why.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  switchyard history --limit 5\n  switchyard history --resource flag/checkout-v2"
)]
pub(crate) struct HistoryArgs {
    /// At most this many.
    #[arg(short = 'n', long, default_value_t = 20)]
    pub(crate) limit: usize,
    /// Only those that touched this one, as KIND/KEY.
    #[arg(long, value_name = "KIND/KEY")]
    pub(crate) resource: Option<String>,
    /// Only those with these words in title or reason.
    #[arg(long)]
    pub(crate) words: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The revision, as 12 or r12.
    #[arg(value_parser = revision)]
    pub(crate) revision: u64,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  switchyard revert 12 --reason 'errors on checkout'\n  switchyard revert r12 --dry-run\n\n\
                        What later revisions changed elsewhere stays. Where they changed the same fields, nothing is done\n\
                        and both sides are named; `restore` is the way that is always possible."
)]
pub(crate) struct RevertArgs {
    /// The revision, as 12 or r12.
    #[arg(value_parser = revision)]
    pub(crate) revision: u64,
    /// Why.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    /// Says what would change, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) glass: Glass,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  switchyard restore 12 --environment production --reason 'back to this morning'\n  \
                        switchyard restore 12 --dry-run\n\nWithout --environment the whole project is restored."
)]
pub(crate) struct RestoreArgs {
    /// The revision, as 12 or r12.
    #[arg(value_parser = revision)]
    pub(crate) revision: u64,
    /// Why.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    /// Says what would change, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) glass: Glass,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChangeCommand {
    /// Lists changes, newest first.
    #[command(
        after_help = "Examples:\n  switchyard change list --awaiting-me\n  switchyard change list --state approved"
    )]
    List(ChangeListArgs),
    /// Shows one change: what it does, what it needs, who said what.
    Show(ChangeArgs),
    /// Sends a draft for review.
    #[command(after_help = "Example:\n  switchyard change submit 12 --reason 'the new checkout is faster'")]
    Submit(SubmitArgs),
    /// Approves a change as it is now.
    #[command(after_help = "Example:\n  switchyard change approve C-12 --note 'as agreed on Monday'\n\n\
                            An approval is for what `change show` shows: whatever edits the change later voids it.")]
    Approve(VerdictArgs),
    /// Rejects a change: it can't be applied until you approve it or it is edited.
    #[command(after_help = "Example:\n  switchyard change reject C-12 --note '25 % is enough for a start'")]
    Reject(VerdictArgs),
    /// Applies a change: all of it, or nothing.
    #[command(after_help = "Examples:\n  switchyard change apply 12\n  \
                            switchyard change apply 12 --break-glass 'checkout is down'")]
    Apply(ChangeApplyArgs),
    /// Makes a change apply at a time, and be taken back at another.
    #[command(
        after_help = "Examples:\n  switchyard change schedule 12 --at '2026-12-01 09:00' --zone Europe/Amsterdam\n  \
                            switchyard change schedule 12 --at '2026-12-01 09:00' --zone Europe/Amsterdam --revert-after 2h\n  \
                            switchyard change schedule 9 --zone UTC --revert-at '2026-12-01 17:00'\n\n\
                            Times are as clocks in the zone show them. A draft is sent for review first."
    )]
    Schedule(ScheduleArgs),
    /// Ends a schedule that waits.
    Unschedule(ChangeArgs),
    /// Lists what is scheduled, and what became of it.
    Schedules(ServerArgsOnly),
    /// Says which changes are applied before one.
    #[command(after_help = "Examples:\n  switchyard change order 12 --after 11\n  \
                            switchyard change order 12 --alone\n\n\
                            What comes after others is tried on top of what they do, and can't be applied before them.")]
    Order(OrderArgs),
    /// Settles the conflicts of a change: what is there now stays, or what the change makes of it.
    #[command(after_help = "Examples:\n  switchyard change show 12\n  \
                            switchyard change resolve 12 --keep change\n  \
                            switchyard change resolve 12 --keep change --except fallthrough")]
    Resolve(ResolveArgs),
    /// Lists where you are mentioned and have not answered, and which changes of yours were stopped.
    Notices(ServerArgsOnly),
    /// Says something about a change, or about one of its edits.
    #[command(after_help = "Example:\n  switchyard change comment 12 'why not 10 % first?' --edit 1")]
    Comment(CommentArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    /// The change's number, as 12 or C-12.
    #[arg(value_parser = change_number)]
    pub(crate) number: u64,
    /// When it applies, as '2026-12-01 09:00'; not for one that is applied already.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The IANA name of the zone whose clocks the times are of.
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: String,
    /// When what it did is taken back.
    #[arg(long, value_name = "TIME", conflicts_with = "revert_after")]
    pub(crate) revert_at: Option<String>,
    /// Or so long after it applied: 90s, 30m, 2h, 3d.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub(crate) revert_after: Option<u32>,
    /// What becomes of a step whose time falls into a freeze.
    #[arg(long, default_value = "wait", value_parser = ["wait", "stop"])]
    pub(crate) if_frozen: String,
    /// How late a step may be where nothing ran at its time: 90s, 30m, 2h.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub(crate) grace: Option<u32>,
    /// Says what it would do, and does nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FlagCommand {
    /// Lists flags with what they do in the environment.
    #[command(after_help = "Example:\n  switchyard flag list --type release --owner Payments")]
    List(FlagListArgs),
    /// Shows one flag.
    Get(KeyArgs),
    /// Turns a flag on.
    On(SwitchArgs),
    /// Turns a flag off.
    Off(SwitchArgs),
    /// Says what a flag is: type, last day, owner, tags, name.
    #[command(
        after_help = "Example:\n  switchyard flag describe checkout-v2 --type release --expires 2026-12-01 --owner Payments"
    )]
    Describe(FlagDescribeArgs),
    /// Puts a flag aside: applications get what they fall back to. Refused while something needs it.
    Archive(SwitchArgs),
    /// Takes a flag back from the archive.
    Unarchive(SwitchArgs),
    /// Takes a flag away, with its targeting everywhere. Refused while something needs it.
    Delete(SwitchArgs),
    /// Says what a rule, or everyone else, gets.
    #[command(after_help = "Examples:\n  switchyard flag set checkout-v2 --split new=25,old=75\n  \
                            switchyard flag set checkout-v2 --rule beta --serve new --reason 'beta is ready'")]
    Set(FlagSetArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum RouteCommand {
    /// Lists routes with where they lead.
    List(ListArgs),
    /// Shows one route.
    Get(KeyArgs),
    /// Sets arms' weights.
    #[command(
        after_help = "Example:\n  switchyard route set catalog --weights v1=90,v2=10 --reason 'first customers'"
    )]
    Set(RouteSetArgs),
}

impl ChangeCommand {
    /// How the answer is written.
    pub(crate) fn output(&self) -> Output {
        match self {
            ChangeCommand::List(args) => args.remote.output,
            ChangeCommand::Show(args) => args.remote.output,
            ChangeCommand::Submit(args) => args.remote.output,
            ChangeCommand::Approve(args) | ChangeCommand::Reject(args) => args.remote.output,
            ChangeCommand::Apply(args) => args.remote.output,
            ChangeCommand::Comment(args) => args.remote.output,
            ChangeCommand::Schedule(args) => args.remote.output,
            ChangeCommand::Unschedule(args) => args.remote.output,
            ChangeCommand::Order(args) => args.remote.output,
            ChangeCommand::Resolve(args) => args.remote.output,
            ChangeCommand::Schedules(args) | ChangeCommand::Notices(args) => args.remote.output,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum GuardrailCommand {
    /// Lists guardrails with what they ask of a change.
    List(ServerArgsOnly),
    /// Says which past changes a guardrail would have stopped, before it is switched on.
    #[command(after_help = "Example:\n  switchyard guardrail try -f small-steps.yaml --revisions 500")]
    Try(GuardrailTryArgs),
    /// Writes guardrails to begin with, as `apply` takes them.
    #[command(
        after_help = "Example:\n  switchyard guardrail pack | switchyard apply -f - --message 'Guardrails'"
    )]
    Pack(ServerArgsOnly),
}

impl GuardrailCommand {
    /// How the answer is written.
    pub(crate) fn output(&self) -> Output {
        match self {
            GuardrailCommand::List(args) | GuardrailCommand::Pack(args) => args.remote.output,
            GuardrailCommand::Try(args) => args.remote.output,
        }
    }
}

impl FlagCommand {
    /// How the answer is written.
    pub(crate) fn output(&self) -> Output {
        match self {
            FlagCommand::List(args) => args.remote.output,
            FlagCommand::Get(args) => args.remote.output,
            FlagCommand::On(args) | FlagCommand::Off(args) => args.remote.output,
            FlagCommand::Set(args) => args.remote.output,
            FlagCommand::Describe(args) => args.remote.output,
            FlagCommand::Archive(args) | FlagCommand::Unarchive(args) | FlagCommand::Delete(args) => {
                args.remote.output
            }
        }
    }
}

impl RouteCommand {
    /// How the answer is written.
    pub(crate) fn output(&self) -> Output {
        match self {
            RouteCommand::List(args) => args.remote.output,
            RouteCommand::Get(args) => args.remote.output,
            RouteCommand::Set(args) => args.remote.output,
        }
    }
}

/// For who may, and only where approvals are missing.
#[derive(Debug, Args)]
pub(crate) struct Glass {
    /// Goes on without the approvals that are missing, and why. It is recorded, and reviewed afterwards.
    #[arg(long, value_name = "REASON")]
    pub(crate) break_glass: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ChangeListArgs {
    /// Only those in this state.
    #[arg(long, value_enum)]
    pub(crate) state: Option<State>,
    /// Only those that wait for your verdict.
    #[arg(long, conflicts_with = "state")]
    pub(crate) awaiting_me: bool,
    /// At most this many.
    #[arg(short = 'n', long, default_value_t = 20)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// Where a change stands.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum State {
    Draft,
    InReview,
    Approved,
    Applied,
    Rejected,
}

#[derive(Debug, Args)]
pub(crate) struct ChangeArgs {
    /// The change, as 12 or C-12.
    #[arg(value_parser = change_number)]
    pub(crate) change: u64,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    /// The change, as 12 or C-12.
    #[arg(value_parser = change_number)]
    pub(crate) change: u64,
    /// What it does, in a few words; made from its edits where it has none.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Why; needed unless it says so already.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// A member's id who is asked to review it. Repeat for more.
    #[arg(long = "reviewer", value_name = "MEMBER")]
    pub(crate) reviewers: Vec<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct VerdictArgs {
    /// The change, as 12 or C-12.
    #[arg(value_parser = change_number)]
    pub(crate) change: u64,
    /// Why.
    #[arg(long, default_value = "")]
    pub(crate) note: String,
    /// Only if it does what this hash is of, as `change show` says it; what it does now where absent.
    #[arg(long, value_name = "HASH")]
    pub(crate) difference: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct ChangeApplyArgs {
    /// The change, as 12 or C-12.
    #[arg(value_parser = change_number)]
    pub(crate) change: u64,
    #[command(flatten)]
    pub(crate) glass: Glass,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct OrderArgs {
    /// The change, as 12 or C-12.
    #[arg(value_parser = change_number)]
    pub(crate) change: u64,
    /// A change that is applied before it. Repeat for more; those it came after until now are replaced.
    #[arg(long, value_name = "CHANGE", value_parser = change_number, required_unless_present = "alone")]
    pub(crate) after: Vec<u64>,
    /// It comes after none.
    #[arg(long, conflicts_with = "after")]
    pub(crate) alone: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// The change, as 12 or C-12.
    #[arg(value_parser = change_number)]
    pub(crate) change: u64,
    /// Which side stays.
    #[arg(long)]
    pub(crate) keep: Keep,
    /// A conflict in which the other side stays: its path, or resource and path as `change show` says them.
    /// Repeat for more.
    #[arg(long, value_name = "CONFLICT")]
    pub(crate) except: Vec<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// A side of a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Keep {
    /// What is there now.
    Now,
    /// What the change makes of it.
    Change,
}

#[derive(Debug, Args)]
pub(crate) struct CommentArgs {
    /// The change, as 12 or C-12.
    #[arg(value_parser = change_number)]
    pub(crate) change: u64,
    /// What to say; `@member-id` mentions somebody.
    pub(crate) text: String,
    /// The edit it is about, counted from 1 as `change show` does; the whole change where absent.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) edit: Option<u32>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only those with these words in key or name.
    #[arg(long)]
    pub(crate) words: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct FindFlagsArgs {
    /// The folder to look through.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Keeps what is found with the project, in place of what this repository had before.
    #[arg(long)]
    pub(crate) upload: bool,
    /// What the repository is called; as Git's `origin` has it where absent.
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,
    /// The branch; as Git has it where absent.
    #[arg(long)]
    pub(crate) branch: Option<String>,
    /// The commit; as Git has it where absent.
    #[arg(long)]
    pub(crate) commit: Option<String>,
    /// A link to a line, as https://git.example/acme/shop/blob/{commit}/{path}#L{line}.
    #[arg(long)]
    pub(crate) link: Option<String>,
    /// What a key stands between, each sign for itself; empty for whole words anywhere.
    #[arg(long, default_value = "\"'`")]
    pub(crate) delimiters: String,
    /// Also finds keys written in this way. Repeat for more.
    #[arg(long, value_enum, value_name = "CONVENTION")]
    pub(crate) alias: Vec<crate::find_flags::Convention>,
    /// A file of YAML or JSON with other names of flags: `checkout-v2: [isNewCheckout]`.
    #[arg(long, value_name = "FILE")]
    pub(crate) aliases: Option<PathBuf>,
    /// A file with the keys to look for, one a line, in place of those that the server has.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// Also looks into files and folders whose names begin with a dot.
    #[arg(long)]
    pub(crate) hidden: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// Nothing but where the server is.
#[derive(Debug, Args)]
pub(crate) struct ServerArgsOnly {
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct GuardrailTryArgs {
    /// A file of YAML or JSON with the guardrail; `-` is standard input. Repeat for more.
    #[arg(short, long = "file", value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// How many revisions back, 1 to 1,000.
    #[arg(short = 'n', long, default_value_t = 200)]
    pub(crate) revisions: u32,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Its key.
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct SwitchArgs {
    /// Its key.
    pub(crate) key: String,
    /// Why.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) glass: Glass,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct FlagListArgs {
    /// Only those with these words in key, name, description or a tag.
    #[arg(long)]
    pub(crate) words: Option<String>,
    /// Only those of this type: release, experiment, operational, permission.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// Only those with this tag.
    #[arg(long)]
    pub(crate) tag: Option<String>,
    /// Only those of this person or team.
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Only those that should go, with why.
    #[arg(long)]
    pub(crate) stale: bool,
    /// Those in the archive, in place of those that are not.
    #[arg(long)]
    pub(crate) archived: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct FlagDescribeArgs {
    /// Its key.
    pub(crate) key: String,
    /// What people call it.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What it is for.
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Who answers for it; empty takes the owner away.
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// All its tags.
    #[arg(long, value_delimiter = ',', value_name = "TAG,…")]
    pub(crate) tags: Option<Vec<String>>,
    /// release, experiment, operational or permission.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// The last day it is meant to be there, as 2026-12-01; empty takes it away.
    #[arg(long, value_name = "DAY")]
    pub(crate) expires: Option<String>,
    /// Why.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct FlagSetArgs {
    /// Its key.
    pub(crate) key: String,
    /// Everyone here gets this variation.
    #[arg(long, value_name = "VARIATION", conflicts_with = "split", required_unless_present = "split")]
    pub(crate) serve: Option<String>,
    /// Percentages that add up to 100, as `new=25,old=75`.
    #[arg(long, value_delimiter = ',', value_parser = share)]
    pub(crate) split: Vec<(String, u32)>,
    /// The rule's id; everyone else where absent.
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// Why.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct RouteSetArgs {
    /// Its key.
    pub(crate) key: String,
    /// Percentages by arm, as `v1=90,v2=10`; arms not named keep theirs.
    #[arg(long, value_delimiter = ',', value_parser = share, required = true)]
    pub(crate) weights: Vec<(String, u32)>,
    /// Why.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  switchyard explain GET /checkout -H 'x-customer: c-17' -H 'x-plan: pro'")]
pub(crate) struct ExplainArgs {
    /// The request's method.
    pub(crate) method: String,
    /// Its URL, or its path: then the host is that of a `host` header, or localhost.
    #[arg(value_name = "URL")]
    pub(crate) asked: String,
    /// A header, as `name: value`. Repeat for more.
    #[arg(short = 'H', long = "header", value_parser = header)]
    pub(crate) headers: Vec<(String, String)>,
    /// As it was at this revision.
    #[arg(long, value_name = "REVISION", value_parser = revision)]
    pub(crate) at: Option<u64>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  switchyard impact -f shop/ --environment production\n  switchyard impact --change 12\n\n\
                        Files are tried in one environment, a change in all that it alters or the one named."
)]
pub(crate) struct ImpactArgs {
    /// A file or a folder of YAML or JSON, as for `apply`; `-` is standard input. Repeat for more.
    #[arg(
        short,
        long = "file",
        value_name = "FILE|DIR",
        required_unless_present = "change",
        conflicts_with = "change"
    )]
    pub(crate) files: Vec<PathBuf>,
    /// A change's number, as 12 or C-12.
    #[arg(long, value_name = "NUMBER", value_parser = change_number)]
    pub(crate) change: Option<u64>,
    /// Some of those who move, with what decides about them; at most 50 a flag.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=50))]
    pub(crate) examples: u8,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// What was done by whom. Each line is chained to the one before, so that a change to the log is found.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Lists what was done, newest first.
    #[command(after_help = "Examples:\n  switchyard audit list --what change.breakGlass\n  \
                            switchyard audit list --target shop --from 2026-11-01T00:00:00Z --output json")]
    List(AuditListArgs),
    /// Writes the whole log as JSON lines, oldest first.
    Export {
        /// A file; standard output where absent.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Reads the whole log and says whether it is what was written.
    #[command(
        after_help = "Examples:\n  switchyard audit verify\n  switchyard audit verify --data /var/lib/switchyard\n  \
                            switchyard audit verify audit.jsonl --head 3f1c…\n\n\
                            Exit code 1 where it is not. FILE and --data ask no server; with --data and by a server the\n\
                            history is held against the log too."
    )]
    Verify(AuditVerifyArgs),
    /// Erases the personal data of a member: name, e-mail, addresses. What they did stays.
    #[command(after_help = "Example:\n  switchyard audit erase ann --dry-run")]
    Erase {
        /// The member's id.
        member: String,
        /// Only tells what would be gone.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        remote: Remote,
    },
}

impl AuditCommand {
    /// How its answer is written.
    pub(crate) fn output(&self) -> Output {
        match self {
            AuditCommand::List(args) => args.remote.output,
            AuditCommand::Verify(args) => args.remote.output,
            AuditCommand::Export { remote, .. } | AuditCommand::Erase { remote, .. } => remote.output,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct AuditListArgs {
    /// Only what this member, token or key did, by id; `stranger` for who was not let in.
    #[arg(long, value_name = "ID")]
    pub(crate) who: Option<String>,
    /// Only what begins with this, as `member.` or `session.begin`.
    #[arg(long, value_name = "WHAT")]
    pub(crate) what: Option<String>,
    /// Only what was done to this or in it, as `shop` or `shop/r12`.
    #[arg(long, value_name = "ID")]
    pub(crate) target: Option<String>,
    /// Only what has personal data of this member beside it.
    #[arg(long, value_name = "MEMBER")]
    pub(crate) about: Option<String>,
    /// Not before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Words, each in the target or the detail.
    #[arg(long)]
    pub(crate) words: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub(crate) limit: u16,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct AuditVerifyArgs {
    /// An export; `-` is standard input.
    #[arg(value_name = "FILE", conflicts_with = "data")]
    pub(crate) file: Option<PathBuf>,
    /// A server's data folder, also while it runs.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// A hash that was noted elsewhere: it must be in the log.
    #[arg(long, value_name = "HASH")]
    pub(crate) head: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct SignInLinkArgs {
    /// The member's id; where absent oneself, or the first admin for a token that is nobody's own.
    #[arg(long)]
    pub(crate) member: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

fn revision(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix('r').unwrap_or(text);
    digits.parse().map_err(|_| format!("{text:?} is no revision; write it as 12 or r12"))
}

fn change_number(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("C-").or_else(|| text.strip_prefix("c-")).unwrap_or(text);
    digits.parse().map_err(|_| format!("{text:?} is no change; write it as 12 or C-12"))
}

/// `90s`, `30m`, `2h`, `3d` in seconds.
fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || format!("{text:?} is no length of time; write it as 90s, 30m, 2h or 3d");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    number.parse::<u32>().ok().and_then(|n| n.checked_mul(unit)).ok_or_else(wrong)
}

fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        None => Err(format!("{text:?} is no header; write it as 'name: value'")),
    }
}

/// `new=37.5` as a weight of 100,000ths.
fn share(text: &str) -> Result<(String, u32), String> {
    let wrong = || format!("{text:?} is no share; write it as new=37.5, with at most three decimals");
    let (id, percent) = text.split_once('=').ok_or_else(wrong)?;
    let percent = percent.trim().trim_end_matches('%').trim_end();
    let (whole, decimals) = percent.split_once('.').unwrap_or((percent, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if decimals.len() > 3
        || whole.len() > 3
        || whole.is_empty()
        || !all_digits(whole)
        || !all_digits(decimals)
    {
        return Err(wrong());
    }
    let weight = format!("{whole}{decimals:0<3}").parse().map_err(|_| wrong())?;
    match weight {
        0..=100_000 => Ok((id.trim().to_owned(), weight)),
        _ => Err(format!("{text:?} is over 100 %")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shares_are_read_exactly() {
        assert_eq!(share("new=37.5"), Ok(("new".into(), 37_500)));
        assert_eq!(share("new=0.125 %"), Ok(("new".into(), 125)));
        assert_eq!(share("new=100"), Ok(("new".into(), 100_000)));
        for wrong in ["new", "new=", "new=1.2345", "new=-1", "new=101", "new=x"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn revisions_and_headers_are_read() {
        assert_eq!(revision("r12"), Ok(12));
        assert!(revision("twelve").is_err());
        assert_eq!((change_number("C-12"), change_number("12")), (Ok(12), Ok(12)));
        assert!(change_number("r12").is_err());
        assert_eq!(header("x-plan:  pro"), Ok(("x-plan".into(), "pro".into())));
        assert!(header("x-plan").is_err());
        assert_eq!((seconds("90s"), seconds("2h")), (Ok(90), Ok(7_200)));
        for wrong in ["", "2", "h", "2 h", "-1h", "9999999d", "2µ"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
