//! A thousand customers, about twenty requests a second.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use tokio::time::{MissedTickBehavior, interval};

use super::Surroundings;
use super::call::{Call, call};

/// How many customers there are.
pub(super) const CUSTOMERS: u32 = 1_000;

/// Between two requests: twenty a second.
const PAUSE: Duration = Duration::from_millis(50);

/// A customer, told apart by number; the same at every start.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Customer {
    key: String,
    plan: &'static str,
    country: &'static str,
    beta: bool,
}

impl Customer {
    /// The customer with this number, from 0 to [`CUSTOMERS`].
    pub(super) fn number(number: u32) -> Self {
        // Two different strides, so that plan and country are not the same people.
        let (by_plan, by_country) = (number * 37 % 100, number * 61 % 100);
        let plan = match by_plan {
            0..58 => "free",
            58..83 => "starter",
            83..97 => "pro",
            _ => "enterprise",
        };
        let country = match by_country {
            0..34 => "DE",
            34..56 => "FR",
            56..74 => "NL",
            74..84 => "AT",
            84..94 => "GB",
            _ => "US",
        };
        Customer { key: format!("c-{number:04}"), plan, country, beta: number * 17 % 100 < 8 }
    }

    /// What the shop's front door says about who asks.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let key = HeaderValue::from_str(&self.key).unwrap_or(HeaderValue::from_static("c-0000"));
        headers.insert("x-customer", key);
        headers.insert("x-plan", HeaderValue::from_static(self.plan));
        headers.insert("x-country", HeaderValue::from_static(self.country));
        headers.insert("x-beta", HeaderValue::from_static(if self.beta { "true" } else { "false" }));
        headers
    }
}

/// Visits until the process ends. What fails is the shop's to show; customers come back.
pub(super) async fn visit(surroundings: Surroundings) {
    let mut dice = SmallRng::seed_from_u64(7400);
    let mut waiting: Vec<u32> = vec![];
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        if waiting.is_empty() {
            // All come before anybody comes again: within a minute everybody was seen.
            waiting.extend(0..CUSTOMERS);
            waiting.shuffle(&mut dice);
        }
        let customer = Customer::number(waiting.pop().unwrap_or_default());
        let (method, path) = match dice.random_range(0..100) {
            0..40 => (Method::GET, "/"),
            40..70 => (Method::GET, "/catalog/teapots"),
            70..85 => (Method::POST, "/cart/items"),
            _ => (Method::POST, "/checkout/pay"),
        };
        let to = surroundings.gateway;
        tokio::spawn(async move {
            let headers = customer.headers();
            let asked = Call { to, method, host: "shop.example", path, headers, body: Bytes::new() };
            let _ = call(asked).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_are_many_and_of_every_sort() {
        let all: Vec<_> = (0..CUSTOMERS).map(Customer::number).collect();
        let count = |is: fn(&Customer) -> bool| all.iter().filter(|c| is(c)).count();
        assert_eq!(count(|c| c.plan == "free"), 580);
        assert_eq!(count(|c| c.plan == "enterprise"), 30);
        assert_eq!(count(|c| c.country == "DE"), 340);
        assert_eq!(count(|c| c.beta), 80);
    }
}
