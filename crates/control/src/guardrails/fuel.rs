//! What an evaluation may cost. CEL always ends, but not always soon: loops in loops and lists of lists of
//! lists multiply. So a rule is rewritten before it runs: each loop pays for its turns before its first one,
//! and each value that is copied, compared or searched pays for its size before that happens. What is left
//! after the last drop is an error, and the same rule on the same change always spends the same.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::common::types::{self, CelInt, CelList, CelMap, CelString, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::{Env, ExecutionError};

/// What each rule may spend on any change: about the work of looking at so many values.
const BASE: u64 = 200_000;
/// And how often it may look at everything there is.
const LOOKS: u64 = 100;

/// What calls of these cost beside their arguments.
const DEAR: [(&str, u64); 5] =
    [("matches", 1_000), ("hour", 50), ("minute", 50), ("weekday", 50), ("date", 50)];

/// The names under which a rule pays; nobody can write them.
pub(super) const FUEL: &str = "@fuel";
const PAY: &str = "@pay";
const PAY_LOOP: &str = "@payLoop";

/// What an evaluation may still spend.
#[derive(Debug, Clone)]
pub(super) struct Fuel(Arc<AtomicU64>);

static FUEL_TYPE: Type = Type::new_unspecified_type("switchyard.fuel");

impl Fuel {
    /// For an evaluation over values of this size ([`size`]).
    pub(super) fn for_values(size: u64) -> Self {
        Fuel(Arc::new(AtomicU64::new(BASE.saturating_add(LOOKS.saturating_mul(size)))))
    }

    fn spend(&self, cost: u64) -> Result<(), ExecutionError> {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(cost), Ordering::Relaxed);
        if cost < left { Ok(()) } else { Err(ExecutionError::function_error(PAY, "too much work")) }
    }

    fn left(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Val for Fuel {
    fn get_type(&self) -> &Type {
        &FUEL_TYPE
    }

    fn cel_type() -> &'static Type {
        &FUEL_TYPE
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Fuel {}

/// True where the evaluation ended because it had spent everything.
pub(super) fn is_spent(error: &ExecutionError) -> bool {
    matches!(error, ExecutionError::FunctionError { function, .. } if function == PAY)
}

/// Declares what rewritten rules call.
pub(super) fn declare(env: &mut Env) -> Result<(), cel::DeclarationError> {
    env.add_overload(PAY, PAY, vec![types::DYN_TYPE, types::DYN_TYPE], pay)?;
    env.add_overload(PAY_LOOP, PAY_LOOP, vec![types::DYN_TYPE, types::DYN_TYPE, types::DYN_TYPE], pay_loop)
}

/// `@pay(@fuel, value)` is the value.
fn pay<'b, 'v>(mut args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = args.pop().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let fuel = args[0].downcast_ref::<Fuel>().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    fuel.spend(size(&*value, fuel.left()))?;
    Ok(value)
}

/// `@payLoop(@fuel, turn, range)` is the range; each of its elements takes one turn of this cost.
fn pay_loop<'b, 'v>(mut args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let range = args.pop().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let fuel = args[0].downcast_ref::<Fuel>().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let turn = args[1].downcast_ref::<CelInt>().map_or(u64::MAX, |turn| turn.inner().unsigned_abs());
    let turns = range.as_sizer().map_or(1, |sizer| sizer.size().inner().unsigned_abs());
    fuel.spend(turns.saturating_mul(turn).saturating_add(size(&*range, fuel.left())))?;
    Ok(range)
}

/// How many values there are in a value, long texts counting more; counted no further than `enough`.
pub(super) fn size(value: &dyn Val, enough: u64) -> u64 {
    let mut sum = 1;
    let mut add = |inner: &dyn Val| {
        sum += size(inner, enough.saturating_sub(sum));
        sum < enough
    };
    if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        return 1 + text.inner().len() as u64 / 32;
    }
    if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        let _ = list.inner().iter().all(|inner| add(&**inner));
    } else if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        let _ = map.inner().values().all(|inner| add(&**inner));
    }
    sum
}

/// Rewrites an expression so that it pays.
pub(super) fn metered(mut expr: IdedExpr) -> IdedExpr {
    expr.expr = match expr.expr {
        Expr::Call(call) => Expr::Call(metered_call(call)),
        Expr::Comprehension(loops) => Expr::Comprehension(Box::new(metered_loop(*loops))),
        Expr::List(mut list) => {
            list.elements = list.elements.into_iter().map(|e| paid(metered(e))).collect();
            Expr::List(list)
        }
        Expr::Map(mut map) => {
            for entry in &mut map.entries {
                if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                    entry.key = paid(metered(std::mem::take(&mut entry.key)));
                    entry.value = paid(metered(std::mem::take(&mut entry.value)));
                }
            }
            Expr::Map(map)
        }
        Expr::Select(mut select) => {
            select.operand = Box::new(metered(*select.operand));
            Expr::Select(select)
        }
        other => other,
    };
    expr
}

fn metered_call(mut call: CallExpr) -> CallExpr {
    // These only hand on what they are given, or look into it at one place.
    let free = [
        operators::LOGICAL_AND,
        operators::LOGICAL_OR,
        operators::LOGICAL_NOT,
        operators::CONDITIONAL,
        operators::INDEX,
        operators::NOT_STRICTLY_FALSE,
    ]
    .contains(&&*call.func_name);
    let meter = |e| if free { metered(e) } else { paid(metered(e)) };
    call.args = call.args.into_iter().map(meter).collect();
    call.target = call.target.map(|target| Box::new(meter(*target)));
    call
}

fn metered_loop(mut loops: ComprehensionExpr) -> ComprehensionExpr {
    let turn = 4 + weight(&loops.loop_cond) + weight(&loops.loop_step);
    let turn = literal(i64::try_from(turn).unwrap_or(i64::MAX));
    loops.iter_range = call(PAY_LOOP, vec![fuel(), turn, metered(loops.iter_range)]);
    loops.accu_init = metered(loops.accu_init);
    loops.loop_cond = metered(loops.loop_cond);
    loops.loop_step = metered(loops.loop_step);
    loops.result = metered(loops.result);
    loops
}

/// What a turn through an expression costs at most, loops in it apart: its nodes.
fn weight(expr: &IdedExpr) -> u64 {
    1 + match &expr.expr {
        Expr::Call(call) => {
            let own = DEAR.iter().find(|(name, _)| *name == call.func_name).map_or(0, |(_, cost)| *cost);
            own + call.target.iter().map(|e| weight(e)).sum::<u64>()
                + call.args.iter().map(weight).sum::<u64>()
        }
        Expr::List(list) => list.elements.iter().map(weight).sum(),
        Expr::Map(map) => {
            let entries = map.entries.iter().map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => weight(&entry.key) + weight(&entry.value),
                EntryExpr::StructField(field) => weight(&field.value),
            });
            entries.sum()
        }
        Expr::Select(select) => weight(&select.operand),
        Expr::Comprehension(loops) => weight(&loops.iter_range) + weight(&loops.result),
        _ => 0,
    }
}

/// The same value, paid for. Literals are free, lists and maps made here have paid for what is in them, and
/// what loops themselves keep has to stay as it is: the evaluator appends to it in place.
fn paid(expr: IdedExpr) -> IdedExpr {
    match &expr.expr {
        Expr::Literal(_) | Expr::List(_) | Expr::Map(_) => expr,
        Expr::Ident(name) if name.starts_with('@') => expr,
        _ => call(PAY, vec![fuel(), expr]),
    }
}

fn fuel() -> IdedExpr {
    IdedExpr { id: 0, expr: Expr::Ident(FUEL.to_owned()) }
}

fn literal(number: i64) -> IdedExpr {
    IdedExpr { id: 0, expr: Expr::Literal(LiteralValue::Int(number.into())) }
}

fn call(name: &str, args: Vec<IdedExpr>) -> IdedExpr {
    let call = CallExpr { func_name: name.to_owned(), target: None, args };
    IdedExpr { id: 0, expr: Expr::Call(call) }
}
