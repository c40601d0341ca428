//! Operations on a flag.

use super::{Applying, Flag, Key, Problem};
use crate::flag::Variation;

impl Applying<'_> {
    /// Targeting names variations by position, so that one that stays must stay where it is.
    pub(super) fn keep_positions(&mut self, before: &Flag, after: &Flag) {
        for (to, variation) in after.variations.iter().enumerate() {
            let Some(from) = before.variation_index(&variation.id).filter(|from| *from != to) else {
                continue;
            };
            let path = format!("resource.variations[{to}].id");
            let reason =
                format!("would move from position {from} to {to}, and rules name variations by position");
            let hint = "keep the order, put new variations at the end, and take away only from the end";
            self.problem(Problem::new(path, reason).value(&*variation.id).hint(hint));
        }
    }

    pub(super) fn set_expires(&mut self, flag: &mut Flag, expires: &str) {
        match expires.parse() {
            Ok(day) => flag.expires = Some(day),
            Err(_) if expires.is_empty() => flag.expires = None,
            Err(_) => {
                let problem = Problem::new("expires", "is no day").value(expires);
                self.problem(problem.hint("write it as 2026-12-01; empty takes it away"));
            }
        }
    }

    pub(super) fn add_variation(&mut self, flag: &mut Flag, variation: &Variation) {
        if flag.variation_index(&variation.id).is_some() {
            let problem = Problem::new("variation.id", "is taken by another variation of this flag");
            return self.problem(problem.value(&*variation.id));
        }
        flag.variations.push(variation.clone());
    }

    pub(super) fn set_variation(&mut self, flag: &mut Flag, variation: &Variation) {
        match flag.variation_index(&variation.id) {
            Some(at) => flag.variations[at] = variation.clone(),
            None => self.not_there("variation.id", "variation", &variation.id, &ids(flag)),
        }
    }

    pub(super) fn remove_variation(&mut self, flag: &mut Flag, id: &Key) {
        match flag.variation_index(id) {
            None => self.not_there("id", "variation", id, &ids(flag)),
            Some(at) if at + 1 < flag.variations.len() => {
                let reason = "is not the last variation, and rules name variations by position";
                let last = &flag.variations[flag.variations.len() - 1].id;
                let hint = format!("only the last one, {last}, can be taken away");
                self.problem(Problem::new("id", reason).value(&**id).hint(hint));
            }
            Some(at) => {
                flag.variations.remove(at);
            }
        }
    }
}

fn ids(flag: &Flag) -> Vec<&str> {
    flag.variations.iter().map(|v| &*v.id).collect()
}
