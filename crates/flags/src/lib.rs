//! Evaluates a flag for a context, and says why. Pure.
