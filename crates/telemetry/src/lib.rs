//! Request and evaluation metrics, time series and traffic samples.
