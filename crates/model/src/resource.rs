//! One resource of any kind, and its form in files and in the API.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{Key, Kind, ResourceId, Scope};
use crate::shaped::shaped;
use crate::{Flag, Guardrail, Listener, Problem, Route, Segment, Service, Targeting, Writer};

/// One object of the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Resource {
    /// See [`Flag`].
    Flag(Flag),
    /// See [`Targeting`].
    Targeting(Targeting),
    /// See [`Segment`].
    Segment(Segment),
    /// See [`Service`].
    Service(Service),
    /// See [`Listener`].
    Listener(Listener),
    /// See [`Route`].
    Route(Box<Route>),
    /// See [`Guardrail`].
    Guardrail(Guardrail),
}

impl Resource {
    /// What it is.
    pub fn kind(&self) -> Kind {
        match self {
            Resource::Flag(_) => Kind::Flag,
            Resource::Targeting(_) => Kind::Targeting,
            Resource::Segment(_) => Kind::Segment,
            Resource::Service(_) => Kind::Service,
            Resource::Listener(_) => Kind::Listener,
            Resource::Route(_) => Kind::Route,
            Resource::Guardrail(_) => Kind::Guardrail,
        }
    }

    /// Its key.
    pub fn key(&self) -> &Key {
        match self {
            Resource::Flag(r) => &r.key,
            Resource::Targeting(r) => &r.key,
            Resource::Segment(r) => &r.key,
            Resource::Service(r) => &r.key,
            Resource::Listener(r) => &r.key,
            Resource::Route(r) => &r.key,
            Resource::Guardrail(r) => &r.key,
        }
    }

    /// Who answers for it: a member's id, or any name. A targeting's owner is its flag's.
    pub fn owner(&self) -> Option<&str> {
        match self {
            Resource::Flag(r) => r.owner.as_deref(),
            Resource::Targeting(_) => None,
            Resource::Segment(r) => r.owner.as_deref(),
            Resource::Service(r) => r.owner.as_deref(),
            Resource::Listener(r) => r.owner.as_deref(),
            Resource::Route(r) => r.owner.as_deref(),
            Resource::Guardrail(r) => r.owner.as_deref(),
        }
    }

    /// Its one writer.
    pub fn managed_by(&self) -> Writer {
        match self {
            Resource::Flag(r) => r.managed_by,
            Resource::Targeting(r) => r.managed_by,
            Resource::Segment(r) => r.managed_by,
            Resource::Service(r) => r.managed_by,
            Resource::Listener(r) => r.managed_by,
            Resource::Route(r) => r.managed_by,
            Resource::Guardrail(r) => r.managed_by,
        }
    }

    /// Gives it another writer.
    pub fn set_managed_by(&mut self, writer: Writer) {
        match self {
            Resource::Flag(r) => r.managed_by = writer,
            Resource::Targeting(r) => r.managed_by = writer,
            Resource::Segment(r) => r.managed_by = writer,
            Resource::Service(r) => r.managed_by = writer,
            Resource::Listener(r) => r.managed_by = writer,
            Resource::Route(r) => r.managed_by = writer,
            Resource::Guardrail(r) => r.managed_by = writer,
        }
    }

    /// Its tags. A targeting's are its flag's.
    pub fn tags(&self) -> &[String] {
        match self {
            Resource::Flag(r) => &r.tags,
            Resource::Targeting(_) => &[],
            Resource::Segment(r) => &r.tags,
            Resource::Service(r) => &r.tags,
            Resource::Listener(r) => &r.tags,
            Resource::Route(r) => &r.tags,
            Resource::Guardrail(r) => &r.tags,
        }
    }

    /// What [`Resource::owner`] answers, to be set; `None` for a targeting.
    pub fn owner_mut(&mut self) -> Option<&mut Option<String>> {
        match self {
            Resource::Flag(r) => Some(&mut r.owner),
            Resource::Targeting(_) => None,
            Resource::Segment(r) => Some(&mut r.owner),
            Resource::Service(r) => Some(&mut r.owner),
            Resource::Listener(r) => Some(&mut r.owner),
            Resource::Route(r) => Some(&mut r.owner),
            Resource::Guardrail(r) => Some(&mut r.owner),
        }
    }

    /// What people call it: its name, or its key where it has none.
    pub fn title(&self) -> &str {
        let name = match self {
            Resource::Flag(r) => &*r.name,
            Resource::Targeting(_) => "",
            Resource::Segment(r) => &r.name,
            Resource::Service(r) => &r.name,
            Resource::Listener(r) => &r.name,
            Resource::Route(r) => &r.name,
            Resource::Guardrail(r) => &r.name,
        };
        if name.is_empty() { self.key() } else { name }
    }

    /// Reads a resource from JSON with its `kind`. A shape that does not fit is one problem that names
    /// the path; more mistakes are found by [`crate::validate::validate`].
    pub fn from_json(mut json: Value) -> Result<Self, Vec<Problem>> {
        let Some(fields) = json.as_object_mut() else {
            return Err(vec![Problem::new("", "must be an object with `kind` and `key`")]);
        };
        let kind: Kind = match fields.remove("kind") {
            Some(Value::String(word)) => {
                word.parse().map_err(|reason: String| vec![Problem::new("kind", reason)])?
            }
            Some(other) => return Err(vec![Problem::new("kind", "must be a text").value(other)]),
            None => {
                return Err(vec![Problem::new("kind", "is missing").hint("say what it is, as `kind: flag`")]);
            }
        };
        Ok(match kind {
            Kind::Flag => Resource::Flag(shaped(json)?),
            Kind::Targeting => Resource::Targeting(shaped(json)?),
            Kind::Segment => Resource::Segment(shaped(json)?),
            Kind::Service => Resource::Service(shaped(json)?),
            Kind::Listener => Resource::Listener(shaped(json)?),
            Kind::Route => Resource::Route(Box::new(shaped(json)?)),
            Kind::Guardrail => Resource::Guardrail(shaped(json)?),
        })
    }

    /// The resource as JSON, with its `kind` first.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("resources hold nothing that JSON can't")
    }
}

/// A resource in its scope, as files and the API write it: the resource's own fields, `kind`, and
/// `environment` where it belongs to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// Project or environment.
    pub scope: Scope,
    /// The resource.
    pub resource: Resource,
}

impl Manifest {
    /// The resource's name.
    pub fn id(&self) -> ResourceId {
        ResourceId { scope: self.scope.clone(), kind: self.resource.kind(), key: self.resource.key().clone() }
    }

    /// Reads a manifest. `default_environment` is taken where an environment is needed and none is said.
    pub fn from_json(mut json: Value, default_environment: Option<&str>) -> Result<Self, Vec<Problem>> {
        let said = json.as_object_mut().and_then(|fields| fields.remove("environment"));
        let resource = Resource::from_json(json)?;
        let kind = resource.kind();
        let scope = match (kind.is_project_scoped(), said) {
            (true, None) => Scope::Project,
            (true, Some(e)) => {
                return Err(vec![
                    Problem::new(
                        "environment",
                        format!("has no place here: a {kind} belongs to the project"),
                    )
                    .value(e)
                    .hint("leave it out"),
                ]);
            }
            (false, Some(Value::String(e))) => Scope::Environment(e.into()),
            (false, Some(e)) => return Err(vec![Problem::new("environment", "must be a text").value(e)]),
            (false, None) => match default_environment {
                Some(e) => Scope::Environment(e.into()),
                None => {
                    return Err(vec![
                        Problem::new(
                            "environment",
                            format!("is missing: a {kind} belongs to an environment"),
                        )
                        .hint("say which, as `environment: production`"),
                    ]);
                }
            },
        };
        Ok(Manifest { scope, resource })
    }

    /// The manifest as JSON: `kind`, `environment` where there is one, then the resource's fields.
    pub fn to_json(&self) -> Value {
        let mut json = self.resource.to_json();
        if let (Scope::Environment(e), Some(fields)) = (&self.scope, json.as_object_mut()) {
            fields.insert("environment".into(), Value::String(e.to_string()));
        }
        json
    }
}
