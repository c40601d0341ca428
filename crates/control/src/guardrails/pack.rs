//! Guardrails that most projects want, to begin with.

use switchyard_model::Guardrail;
use switchyard_model::guardrail::Effect;

/// One of the pack, without what all of them have alike.
struct Packed {
    key: &'static str,
    name: &'static str,
    description: &'static str,
    rule: &'static str,
    message: &'static str,
    effect: Effect,
    enabled: bool,
}

const PACK: [Packed; 6] = [
    Packed {
        key: "production-steps",
        name: "Small steps in production",
        description: "A mistake that reaches a quarter of the people is found before it reaches the rest.",
        rule: "steps.all(s, !s.production || s.off || s.rule != \"\" || s.points <= 25)",
        message: "This moves more than 25 points at once in production. Go up by at most 25, look at what \
                  happens, and go on.",
        effect: Effect::Warn,
        enabled: true,
    },
    Packed {
        key: "production-owner",
        name: "Production has owners",
        description: "Somebody has to be asked when it breaks at night.",
        rule: "resources.all(r, !r.production || r.deleted || r.owner != \"\" || !(r.kind in [\"flag\", \
               \"targeting\", \"route\"]))",
        message: "A flag or a route of production has no owner. Say who answers for it, a person or a team.",
        effect: Effect::Warn,
        enabled: true,
    },
    Packed {
        key: "not-on-friday-evening",
        name: "Not on Friday evening",
        description: "What breaks then is found on Monday.",
        rule: "!change.production || weekday(now, \"Europe/Amsterdam\") != \"friday\" || \
               hour(now, \"Europe/Amsterdam\") < 16",
        message: "It is Friday after 16:00 in Amsterdam. Wait until Monday, or turn off what hurts.",
        effect: Effect::Warn,
        enabled: true,
    },
    Packed {
        key: "enough-samples",
        name: "Enough seen to judge",
        description: "A preview over a handful of people says nothing.",
        rule: "change.environments.all(e, !(e in impact) || impact[e].contexts >= 1000)",
        message: "Fewer than 1,000 people were seen lately, so who is affected is a guess. Take a smaller step.",
        effect: Effect::Warn,
        enabled: false,
    },
    Packed {
        key: "production-reason",
        name: "Production changes say why",
        description: "The history answers the question that comes three months later.",
        rule: "!change.production || change.reason != \"\" || change.origin == \"files\" && change.title != \"\"",
        message: "Say why: one sentence is enough for whoever reads the history later.",
        effect: Effect::Warn,
        enabled: true,
    },
    Packed {
        key: "no-flag-deleted-while-on",
        name: "No flag is deleted while it is on",
        description: "Code that still asks for it gets the value written in the code, for everybody at once.",
        rule: "resources.all(r, r.kind != \"flag\" || !r.deleted || size(r.on) == 0)",
        message: "This flag is still on. Turn it off first, see that nobody misses it, and delete it then.",
        effect: Effect::Block,
        enabled: true,
    },
];

/// Guardrails to begin with: all warn, but for one that stands in nobody's way; what asks who is affected is
/// off, since that is not told to guardrails yet.
pub fn pack() -> Vec<Guardrail> {
    let guardrail = |packed: &Packed| Guardrail {
        key: packed.key.into(),
        name: packed.name.into(),
        description: packed.description.into(),
        owner: None,
        tags: vec![],
        managed_by: Default::default(),
        rule: packed.rule.into(),
        message: packed.message.into(),
        effect: packed.effect,
        environments: vec![],
        enabled: packed.enabled,
        reverts: false,
    };
    PACK.iter().map(guardrail).collect()
}
