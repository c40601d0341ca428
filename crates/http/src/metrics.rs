//! What the control knows in numbers, for those who run the server.

use switchyard_control::{Control, StoreSeen, StoreState};
use switchyard_telemetry::Told;

pub(crate) fn of(control: &Control) -> Vec<Told> {
    let stores = control.stores();
    let gauge = |name, help, value: &dyn Fn(&StoreSeen) -> f64| Told {
        name,
        help,
        is_counter: false,
        values: stores
            .iter()
            .map(|(project, environment, seen)| (project.to_string(), environment.to_string(), value(seen)))
            .collect(),
    };
    let failures = "Times that an environment's big segments could not be written to Redis.";
    vec![
        Told {
            name: "lists_removed",
            help: "Lists of big segments that were removed, as nothing named them.",
            is_counter: true,
            values: vec![(String::new(), String::new(), control.lists_removed() as f64)],
        },
        gauge("big_segments_redis_in_step", "1 where Redis has an environment's big segments.", &|seen| {
            f64::from(seen.state == StoreState::InStep)
        }),
        gauge(
            "big_segments_redis_in_step_timestamp_seconds",
            "When Redis was last in step, in seconds since 1970; 0 for never. SDKs call it stale after 120.",
            &|seen| seen.in_step_at.map_or(0.0, |at| at.as_millisecond() as f64 / 1e3),
        ),
        gauge("big_segments_redis_keys_behind", "Keys that are yet to be written to Redis.", &|seen| {
            seen.behind.values().map(|(add, remove)| add + remove).sum::<usize>() as f64
        }),
        Told {
            is_counter: true,
            ..gauge("big_segments_redis_failures", failures, &|seen| seen.failures as f64)
        },
    ]
}
