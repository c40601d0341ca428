//! Flags in one environment, with what they really serve.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use switchyard_control::Lives;
use switchyard_model::flag::{Flag, Purpose, Variation};
use switchyard_model::ids::{Key, Kind, Scope};
use switchyard_model::validate::dependents;
use switchyard_model::{Resource, ResourceId, State as Resources, Targeting};
use switchyard_snapshot::sentences::{Sentence, flag_sentence, rule_sentences};
use switchyard_telemetry::{Place, Served};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::{schema, search};
use crate::app::App;
use crate::extract::{Params, Segments};
use crate::paging::{self, Page};
use crate::problem::Problems;

/// The seconds over which shares are counted, unless the request says otherwise.
const WINDOW: u32 = 300;

/// A flag in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlagSummary {
    #[schema(value_type = String)]
    key: Key,
    name: String,
    #[schema(value_type = schema::flag::Purpose)]
    r#type: Purpose,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    tags: Vec<String>,
    /// The last day it is meant to be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    expires: Option<Date>,
    archived: bool,
    /// Why it should go; absent where nothing says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<schema::SentencePart>>)]
    stale: Option<Sentence>,
    #[schema(value_type = Vec<schema::Variation>)]
    variations: Vec<Variation>,
    /// The newest revision that touched the flag, or its targeting here.
    revision: u64,
    /// One for each environment of the project.
    environments: Vec<FlagEnvironment>,
}

/// A flag in one environment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlagEnvironment {
    #[schema(value_type = String)]
    environment: Key,
    on: bool,
    rule_count: usize,
    served: Vec<Share>,
    #[schema(value_type = Vec<schema::SentencePart>)]
    sentence: Sentence,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_evaluated_at: Option<Timestamp>,
}

/// What was really served, by variation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Share {
    /// The variation's id.
    variation: String,
    /// 0 to 100.
    percent: f64,
    evaluations: u64,
    /// How many different contexts.
    contexts: u64,
}

/// A flag and its targeting here.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlagDetail {
    #[schema(value_type = schema::Flag)]
    flag: Flag,
    #[schema(value_type = schema::Targeting)]
    targeting: Targeting,
    flag_revision: u64,
    /// 0 where nobody has said anything here yet.
    targeting_revision: u64,
    /// Why it should go; absent where nothing says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<schema::SentencePart>>)]
    stale: Option<Sentence>,
    #[schema(value_type = Vec<schema::SentencePart>)]
    sentence: Sentence,
    environments: Vec<FlagEnvironment>,
    /// The last one, without a rule, is everyone else.
    rule_sentences: Vec<RuleSentence>,
    #[schema(value_type = Vec<schema::ResourceId>)]
    used_by: Vec<ResourceId>,
    served: FlagServed,
}

/// A rule in words.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleSentence {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[schema(value_type = Vec<schema::SentencePart>)]
    conditions: Sentence,
    #[schema(value_type = Vec<schema::SentencePart>)]
    serves: Sentence,
}

/// What a flag really served here.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlagServed {
    window_seconds: u32,
    /// Evaluations in the window.
    sample: u64,
    shares: Vec<Share>,
    by_rule: Vec<RuleShare>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_evaluated_at: Option<Timestamp>,
}

/// What a rule, or a reason without one, really served.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleShare {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// LaunchDarkly's reason kind.
    reason: String,
    /// 0 to 100.
    percent: f64,
    evaluations: u64,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Words, each in the key, name, description or a tag.
    q: Option<String>,
    /// `on`, `off`, or `partial`: on, and not for everyone alike.
    #[param(inline)]
    state: Option<OnOff>,
    tag: Option<String>,
    owner: Option<String>,
    #[param(value_type = Option<schema::flag::Purpose>, inline)]
    r#type: Option<Purpose>,
    /// Those that are put aside, in place of those that are not.
    #[serde(default)]
    archived: bool,
    /// Only those that should go.
    #[serde(default)]
    stale: bool,
    /// Shares are counted over so many seconds, 300 where absent.
    seconds: Option<u32>,
    /// As it was at this revision; as it is where absent. What is live is left out then.
    at: Option<u64>,
    cursor: Option<String>,
    /// 1 to 500.
    limit: Option<u32>,
}

#[derive(Deserialize, ToSchema, Clone, Copy, PartialEq)]
#[serde(rename_all = "camelCase")]
enum OnOff {
    On,
    Off,
    Partial,
}

/// The project's flags, as they are in this environment and beside it in the others.
#[utoipa::path(
    get,
    path = "/flags",
    tag = "flags",
    params(("project" = String, Path), ("environment" = String, Path), ListParams),
    responses((status = 200, body = Page<FlagSummary>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<FlagSummary>>, Problems> {
    let resources = caller.environment_at(&app, &project, &environment, params.at).await?;
    let view = View::new(&app, &caller, &project, &resources, params.seconds, params.at.is_none()).await?;
    let words = search::words(params.q.as_deref());
    let found: Vec<(&Flag, u64)> = resources
        .of(&Scope::Project, Kind::Flag)
        .filter_map(|(_, found)| match &*found.resource {
            Resource::Flag(flag) => Some((flag, found.revision)),
            _ => None,
        })
        .filter(|(flag, _)| {
            flag.archived == params.archived
                && params.r#type.is_none_or(|r#type| flag.purpose == r#type)
                && params.tag.as_ref().is_none_or(|tag| flag.tags.contains(tag))
                && params.owner.as_ref().is_none_or(|owner| flag.owner.as_ref() == Some(owner))
                && search::finds(&app, &words, flag.owner.as_deref(), texts(flag))
                && (!params.stale || view.stale(flag).is_some())
                && params.state.is_none_or(|state| state.fits(&targeting(&resources, &environment, flag).0))
        })
        .collect();
    let page = paging::page(
        found,
        |(flag, _)| &flag.key,
        params.cursor.as_deref(),
        params.limit,
        resources.revision,
    )?;
    let items = page.items.into_iter().map(|(flag, revision)| FlagSummary {
        key: flag.key.clone(),
        name: flag.title().to_owned(),
        r#type: flag.purpose,
        owner: flag.owner.clone(),
        tags: flag.tags.clone(),
        expires: flag.expires,
        archived: flag.archived,
        stale: view.stale(flag),
        variations: flag.variations.clone(),
        revision: revision.max(targeting(&resources, &environment, flag).1),
        environments: view.environments(flag),
    });
    Ok(axum::Json(Page {
        items: items.collect(),
        total: page.total,
        next: page.next,
        revision: page.revision,
    }))
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DetailParams {
    /// Shares are counted over so many seconds, 300 where absent.
    seconds: Option<u32>,
    /// As it was at this revision; as it is where absent. What is live is left out then.
    at: Option<u64>,
}

/// A flag, who gets what of it here, and what it really served.
#[utoipa::path(
    get,
    path = "/flags/{key}",
    tag = "flags",
    params(("project" = String, Path), ("environment" = String, Path), ("key" = String, Path), DetailParams),
    responses((status = 200, body = FlagDetail)),
)]
pub(super) async fn detail(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment, key)): Segments<(String, String, String)>,
    Params(params): Params<DetailParams>,
    headers: HeaderMap,
) -> Result<Response, Problems> {
    let resources = caller.environment_at(&app, &project, &environment, params.at).await?;
    let (flag, flag_revision) = resources
        .flag(&key)
        .ok_or_else(|| Problems::not_found(format!("The project has no flag {key:?}.")))?;
    let (targeting, targeting_revision) = targeting(&resources, &environment, flag);
    let view = View::new(&app, &caller, &project, &resources, params.seconds, params.at.is_none()).await?;
    let served = view.served(&environment, &key);
    let detail = FlagDetail {
        stale: view.stale(flag),
        sentence: flag_sentence(flag, &targeting, &environment, &resources),
        environments: view.environments(flag),
        rule_sentences: rule_sentences(flag, &targeting, &environment, &resources)
            .into_iter()
            .map(|rule| RuleSentence { rule: rule.rule, conditions: rule.conditions, serves: rule.serves })
            .collect(),
        used_by: dependents(&resources, &ResourceId::project(Kind::Flag, &key)),
        served: FlagServed {
            window_seconds: view.seconds,
            sample: served.evaluations,
            shares: shares(flag, &served),
            by_rule: served
                .rules
                .into_iter()
                .map(|rule| RuleShare {
                    rule: rule.rule,
                    reason: rule.reason,
                    percent: rule.percent,
                    evaluations: rule.evaluations,
                })
                .collect(),
            last_evaluated_at: served.last_evaluated_at,
        },
        flag: flag.clone(),
        targeting,
        flag_revision,
        targeting_revision,
    };
    Ok(crate::etag::live_json(&headers, &detail))
}

/// A flag's targeting in an environment, or what stands for it where there is none, and its revision.
fn targeting(resources: &Resources, environment: &str, flag: &Flag) -> (Targeting, u64) {
    match resources.targeting(environment, &flag.key) {
        Some((targeting, revision)) => (targeting.clone(), revision),
        None => (Targeting::untouched(flag), 0),
    }
}

/// What people look for a flag by.
fn texts(flag: &Flag) -> impl Iterator<Item = &str> + Clone {
    let variations = flag.variations.iter().flat_map(|each| [&*each.id, &each.description]);
    [&*flag.key, &flag.name, &flag.description]
        .into_iter()
        .chain(flag.tags.iter().map(String::as_str))
        .chain(variations)
}

impl OnOff {
    fn fits(self, targeting: &Targeting) -> bool {
        match self {
            OnOff::On => targeting.on,
            OnOff::Off => !targeting.on,
            OnOff::Partial => {
                targeting.on
                    && !(targeting.rules.is_empty()
                        && targeting.targets.is_empty()
                        && targeting.context_targets.is_empty()
                        && targeting.fallthrough.variation.is_some())
            }
        }
    }
}

struct View<'a> {
    app: &'a App,
    project: &'a str,
    resources: &'a Resources,
    seconds: u32,
    now: Timestamp,
    /// What is known of flags' lives, where what is live now belongs to it.
    lives: Option<Arc<Lives>>,
}

impl<'a> View<'a> {
    async fn new(
        app: &'a App,
        caller: &Caller,
        project: &'a str,
        resources: &'a Resources,
        seconds: Option<u32>,
        live: bool,
    ) -> Result<Self, Problems> {
        let seconds = seconds.unwrap_or(WINDOW).clamp(1, switchyard_telemetry::LONGEST);
        let lives = if live { Some(app.control.lives(&caller.0, project).await?) } else { None };
        Ok(View { app, project, resources, seconds, now: Timestamp::now(), lives })
    }

    fn stale(&self, flag: &Flag) -> Option<Sentence> {
        let environments = self.resources.environments.iter();
        let aimed = environments.map(|environment| targeting(self.resources, environment, flag).1);
        let flagged = self.resources.flag(&flag.key).map_or(0, |(_, revision)| revision);
        self.lives.as_ref()?.stale(flag, aimed.fold(flagged, u64::max))
    }

    fn served(&self, environment: &str, flag: &str) -> Served {
        let Some(lives) = &self.lives else { return Served::default() };
        let place = Place { project: self.project, environment };
        let served = self.app.telemetry.served(place, flag, self.seconds, self.now);
        let last_evaluated_at = served.last_evaluated_at.max(lives.last_evaluated(environment, flag));
        Served { last_evaluated_at, ..served }
    }

    fn environments(&self, flag: &Flag) -> Vec<FlagEnvironment> {
        let environments = self.resources.environments.iter();
        environments
            .map(|environment| {
                let (targeting, _) = targeting(self.resources, environment, flag);
                let served = self.served(environment, &flag.key);
                FlagEnvironment {
                    environment: environment.clone(),
                    on: targeting.on,
                    rule_count: targeting.rules.len(),
                    sentence: flag_sentence(flag, &targeting, environment, self.resources),
                    served: shares(flag, &served),
                    last_evaluated_at: served.last_evaluated_at,
                }
            })
            .collect()
    }
}

fn shares(flag: &Flag, served: &Served) -> Vec<Share> {
    let share = |part: &switchyard_telemetry::VariationServed| Share {
        variation: variation_name(flag, part.variation),
        percent: part.percent,
        evaluations: part.evaluations,
        contexts: part.contexts,
    };
    served.variations.iter().map(share).collect()
}

/// What to call a variation that was served: it may have gone since.
pub(super) fn variation_name(flag: &Flag, index: Option<usize>) -> String {
    match index {
        None => "(caller's default)".to_owned(),
        Some(index) => match flag.variations.get(index) {
            Some(variation) => variation.id.to_string(),
            None => format!("(variation {index})"),
        },
    }
}
