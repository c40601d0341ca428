//! Side-by-side benchmarks against peers, and what runs of the whole product share.

pub mod product;
