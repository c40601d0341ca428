//! The revision log and the operational tables.
