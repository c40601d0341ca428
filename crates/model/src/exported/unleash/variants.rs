//! Variants, as variations.

use serde_json::{Value, json};

use super::features::Variant;
use super::{Options, Rule, Share};

/// The position of `true` in a flag without variants.
pub(super) const TRUE: i64 = 0;

/// All of a rollout.
const WHOLE: u64 = 100_000;

/// Variants of a feature or of one of its strategies: those that somebody gets.
#[derive(Default)]
pub(super) struct Variants(Vec<Variant>);

impl Variants {
    pub(super) fn read(variants: &[Variant], options: Options) -> Result<Self, String> {
        if variants.iter().any(|variant| !variant.overrides.is_empty()) {
            return Err("has variants that are overridden for some values".into());
        }
        let got: Vec<_> = variants.iter().filter(|variant| variant.weight > 0).cloned().collect();
        if !variants.is_empty() && got.is_empty() {
            return Err("has variants that all weigh nothing".into());
        }
        if got.len() > 1 {
            let by = got[0].stickiness.as_deref().unwrap_or("default");
            if !matches!(by, "default" | "userId") {
                return Err(format!("divides its variants by {by}"));
            }
            if !options.percentages {
                return Err(format!("divides people among {} variants, by another hash", got.len()));
            }
        }
        Ok(Variants(got))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a flag's variations are.
pub(super) struct Values {
    variants: Vec<Variant>,
    values: Vec<Value>,
}

/// The values for all variants of a feature; those of a switch where there are none. `bare` is true where some
/// are to have the feature and no variant.
pub(super) fn values<'a>(all: impl Iterator<Item = &'a Variants>, bare: bool) -> Result<Values, String> {
    let mut variants: Vec<Variant> = vec![];
    for variant in all.flat_map(|variants| &variants.0) {
        match variants.iter().find(|known| known.name == variant.name) {
            None => variants.push(variant.clone()),
            Some(known) if payload(known) == payload(variant) => {}
            Some(_) => return Err(format!("gives the variant {} with several payloads", variant.name)),
        }
    }
    if !variants.is_empty() && bare {
        return Err("gives some people variants and others only the feature".into());
    }
    let with = variants.iter().filter(|variant| variant.payload.is_some()).count();
    if with != 0 && with != variants.len() {
        return Err("has variants with a payload and variants without".into());
    }
    let values = variants.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    let kind = |value: &Value| std::mem::discriminant(value);
    if values.iter().any(|value| kind(value) != kind(&values[0])) {
        return Err("has payloads of several types; the values of a flag are of one".into());
    }
    if variants.iter().any(|variant| variant.name == OFF || crate::ids::check_key(&variant.name).is_some()) {
        return Err(format!("has a variant whose name is {OFF:?} or no key"));
    }
    Ok(Values { variants, values })
}

/// The variation of those who have no variant: Unleash's own word.
const OFF: &str = "disabled";

fn payload(variant: &Variant) -> Option<(&str, &str)> {
    variant.payload.as_ref().map(|payload| (&*payload.kind, &*payload.value))
}

fn value(variant: &Variant) -> Result<Value, String> {
    let wrong = |what: &str| format!("has a payload of variant {} that is no {what}", variant.name);
    match payload(variant) {
        None => Ok(json!(variant.name)),
        Some(("number", text)) => {
            let number = text.trim().parse::<serde_json::Number>().map_err(|_| wrong("number"))?;
            Ok(Value::Number(number))
        }
        Some(("json", text)) => serde_json::from_str(text).map_err(|_| wrong("JSON")),
        Some((_, text)) => Ok(json!(text)),
    }
}

impl Values {
    pub(super) fn boolean() -> Self {
        Values { variants: vec![], values: vec![] }
    }

    pub(super) fn is_boolean(&self) -> bool {
        self.variants.is_empty()
    }

    /// The position of what those get who are not in.
    pub(super) fn off(&self) -> i64 {
        if self.is_boolean() { TRUE + 1 } else { self.variants.len() as i64 }
    }

    pub(super) fn variations(&self) -> Value {
        if self.is_boolean() {
            return json!([{ "id": "true", "value": true }, { "id": "false", "value": false }]);
        }
        let named = self.variants.iter().zip(&self.values);
        let mut variations: Vec<_> =
            named.map(|(variant, value)| json!({ "id": variant.name, "value": value })).collect();
        variations.push(json!({ "id": OFF, "value": self.off_value() }));
        Value::Array(variations)
    }

    fn off_value(&self) -> Value {
        match self.values.first() {
            Some(Value::Number(_)) => json!(0),
            Some(Value::Object(_)) => json!({}),
            Some(Value::Array(_)) => json!([]),
            Some(Value::Bool(_)) => json!(false),
            _ => json!(OFF),
        }
    }

    /// Unleash's clients answer their own default to those who have no variant.
    pub(super) fn remark(&self) -> Option<String> {
        let has_payload = self.variants.iter().any(|variant| variant.payload.is_some());
        has_payload.then(|| {
            let value = self.off_value();
            format!("who has no variant gets {value} here, and the application's own default in Unleash")
        })
    }

    /// True where some rule divides people among variants.
    pub(super) fn is_split(&self, rules: &[Rule], of_feature: &Variants) -> bool {
        rules.iter().map(|rule| &rule.variants).chain([of_feature]).any(|variants| variants.0.len() > 1)
    }

    /// What a rule serves.
    pub(super) fn serve(&self, variants: &Variants, share: &Share) -> Value {
        let at = |variant: &Variant| {
            self.variants.iter().position(|known| known.name == variant.name).unwrap_or_default()
        };
        let (part, by) = match share {
            Share::All => (WHOLE, "key"),
            Share::Part(part, by) => (u64::from(*part), &**by),
        };
        let total: u64 = variants.0.iter().map(|variant| variant.weight).sum();
        let mut parts: Vec<(i64, u64)> = match &variants.0[..] {
            [] => vec![(TRUE, part)],
            several => {
                // Cut at the running sum, so that what rounding takes from one goes to the next.
                let (mut sum, mut cut) = (0, 0);
                let next = |variant: &Variant| {
                    sum += variant.weight;
                    let until = part * sum / total;
                    let weight = until - cut;
                    cut = until;
                    (at(variant) as i64, weight)
                };
                several.iter().map(next).collect()
            }
        };
        if part < WHOLE {
            parts.push((self.off(), WHOLE - part));
        }
        if let [(only, _)] = parts[..] {
            return json!({ "variation": only });
        }
        let weights: Vec<_> = parts
            .iter()
            .map(|(variation, weight)| json!({ "variation": variation, "weight": weight }))
            .collect();
        let mut rollout = json!({ "contextKind": "user", "variations": weights });
        if by != "key" {
            rollout["bucketBy"] = json!(by);
        }
        json!({ "rollout": rollout })
    }
}
