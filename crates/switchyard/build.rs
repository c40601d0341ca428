//! The page is read at compile time: compile again when it was built again, also when files come and go.
#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

fn main() {
    println!("cargo::rerun-if-changed=../../ui/dist");
}
