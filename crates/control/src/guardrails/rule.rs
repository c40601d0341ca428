//! A guardrail's rule, read and ready to run.

use cel::common::ast::{EntryExpr, Expr, IdedExpr, SelectExpr};
use cel::common::types::CelBool;
use cel::common::value::Val;
use cel::{Context, ExecutionError, ParseErrors, Value};
use switchyard_model::Problem;
use switchyard_model::guardrail::RULE_MAX;

use super::fuel::{self, FUEL, Fuel, metered};
use super::functions::{self, environment};

/// How deep a rule may nest: what is kept is dropped on threads with little stack.
const DEPTH_MAX: usize = 150;
/// The most mistakes that are told of one rule; after the first few they follow from each other.
const MISTAKES_MAX: usize = 3;
/// The most characters of what went wrong in a rule.
const WORDS_MAX: usize = 300;

/// What there is to ask about.
pub(super) const VARIABLES: [&str; 5] = ["change", "impact", "now", "resources", "steps"];
/// What `change` has.
pub(super) const CHANGE: [&str; 8] =
    ["at", "author", "edits", "environments", "origin", "production", "reason", "title"];
/// CEL's names for its types, for `type(x) == string`.
const TYPES: [&str; 10] =
    ["bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "uint"];

/// A rule that can be run.
pub(super) struct Rule {
    expr: IdedExpr,
    /// It asks who is affected.
    pub(super) asks_impact: bool,
}

impl Rule {
    /// Reads a rule. Recurses deeply: call it [`super::aside::aside`].
    ///
    /// # Errors
    /// What can't be read and which names are not there, at the path `rule`.
    pub(super) fn read(text: &str) -> Result<Rule, Vec<Problem>> {
        if text.chars().count() > RULE_MAX {
            return Err(vec![mistake(format!("is longer than {RULE_MAX} characters"))]);
        }
        let expr = environment().parser().parse(text).map_err(|errors| unreadable(&errors))?;
        let mut names = Names::default();
        names.look(&expr, 0);
        if names.too_deep {
            return Err(vec![mistake("is nested too deeply")]);
        }
        names.mistakes.truncate(MISTAKES_MAX);
        if names.mistakes.is_empty() {
            Ok(Rule { expr: metered(expr), asks_impact: names.asks_impact })
        } else {
            Err(names.mistakes)
        }
    }

    /// Whether what it asks for is so, or why that can't be said. Recurses deeply.
    pub(super) fn holds(&self, context: &Context<'_, 'static>, fuel: Fuel) -> Result<bool, String> {
        let mut context = context.new_inner_scope();
        context.add_variable_as_val(FUEL, Box::new(fuel) as Box<dyn Val>);
        let value = Value::resolve_val(&self.expr, &context).map_err(|error| in_words(&error))?;
        match value.downcast_ref::<CelBool>() {
            Some(answer) => Ok(*answer.inner()),
            None => Err(format!("it answers a {}, and must answer true or false", value.get_type().name())),
        }
    }
}

fn mistake(reason: impl Into<String>) -> Problem {
    Problem::new("rule", reason)
}

fn unreadable(errors: &ParseErrors) -> Vec<Problem> {
    let mut problems: Vec<Problem> = vec![];
    for error in &errors.errors {
        // The reader wraps its own limit's error in the debug form of another.
        let problem = if error.msg.contains("recursion limit") || error.msg.contains("OtherError") {
            mistake("is nested too deeply")
        } else {
            let (line, column) = error.pos;
            let why: String =
                error.msg.trim_start_matches("Syntax error: ").chars().take(WORDS_MAX).collect();
            let hint = "see docs/guardrails.md for what a rule can ask";
            mistake(format!("can't be read at line {line}, column {column}: {why}")).hint(hint)
        };
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems.truncate(MISTAKES_MAX);
    problems
}

/// An evaluation's error for the person whose change it stands against.
fn in_words(error: &ExecutionError) -> String {
    match error {
        spent if fuel::is_spent(spent) => {
            "it asks for too much work: loops in loops over many values, or very large ones".to_owned()
        }
        ExecutionError::FunctionError { message, .. } => message.clone(),
        ExecutionError::NoSuchKey(name) => format!("it asks for `{name}`, which is not there"),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "it divides by zero".to_owned()
        }
        other => {
            // Errors show whole values, which can be long.
            let mut words = Words(String::new());
            let _ = std::fmt::write(&mut words, format_args!("{other}"));
            words.0
        }
    }
}

/// The beginning of what is written to it.
struct Words(String);

impl std::fmt::Write for Words {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend(text.chars().take(WORDS_MAX.saturating_sub(self.0.chars().count())));
        if self.0.chars().count() < WORDS_MAX { Ok(()) } else { Err(std::fmt::Error) }
    }
}

/// Looks for names that are not there.
#[derive(Default)]
struct Names {
    /// The variables of the loops around.
    loops: Vec<String>,
    mistakes: Vec<Problem>,
    asks_impact: bool,
    too_deep: bool,
}

impl Names {
    fn look(&mut self, expr: &IdedExpr, depth: usize) {
        if depth > DEPTH_MAX {
            self.too_deep = true;
            return;
        }
        let depth = depth + 1;
        match &expr.expr {
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => {
                self.field(select);
                self.look(&select.operand, depth);
            }
            Expr::Call(call) => {
                let name = &*call.func_name;
                let operator = !name.starts_with(|c: char| c.is_ascii_alphabetic());
                if !operator && !functions::KNOWN.contains(&name) {
                    self.not_there("calls", name, "it can call", &functions::KNOWN);
                }
                call.target.iter().for_each(|target| self.look(target, depth));
                call.args.iter().for_each(|arg| self.look(arg, depth));
            }
            Expr::Comprehension(loops) => {
                self.look(&loops.iter_range, depth);
                self.loops.push(loops.iter_var.clone());
                for part in [&loops.accu_init, &loops.loop_cond, &loops.loop_step, &loops.result] {
                    self.look(part, depth);
                }
                self.loops.pop();
            }
            Expr::List(list) => list.elements.iter().for_each(|e| self.look(e, depth)),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.look(&entry.key, depth);
                        self.look(&entry.value, depth);
                    }
                }
            }
            Expr::Struct(made) => self.not_there("makes a", &made.type_name, "it can make", &["list", "map"]),
            Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn name(&mut self, name: &str) {
        let of_a_loop = name.starts_with('@') || self.loops.iter().any(|l| l == name);
        if of_a_loop || TYPES.contains(&name) {
            return;
        }
        self.asks_impact |= name == "impact";
        if !VARIABLES.contains(&name) {
            self.not_there("asks for", name, "it can ask for", &VARIABLES);
        }
    }

    fn field(&mut self, select: &SelectExpr) {
        let of_change = matches!(&select.operand.expr, Expr::Ident(name) if name == "change");
        let shadowed = self.loops.iter().any(|l| l == "change");
        if of_change && !shadowed && !CHANGE.contains(&&*select.field) {
            self.not_there("asks for", &format!("change.{}", select.field), "change has", &CHANGE);
        }
    }

    fn not_there(&mut self, does: &str, name: &str, there_is: &str, known: &[&str]) {
        let name: String = name.chars().take(100).collect();
        let problem = mistake(format!("{does} `{name}`, which is not there"))
            .hint(format!("{there_is} {}", known.join(", ")));
        if self.mistakes.len() < MISTAKES_MAX && !self.mistakes.contains(&problem) {
            self.mistakes.push(problem);
        }
    }
}
