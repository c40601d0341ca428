//! The embedded data plane.
