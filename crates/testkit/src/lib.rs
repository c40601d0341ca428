//! Fixtures and checks shared by tests.
