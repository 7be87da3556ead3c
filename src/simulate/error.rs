//! What cannot be simulated.

/// Why settings cannot be simulated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SimulateError {
    /// A setting outside its range, or not a number.
    #[error("{name} is {value}, but must lie in {low} to {high}")]
    OutOfRange {
        /// The setting.
        name: &'static str,
        /// What it is.
        value: f64,
        /// Lowest allowed.
        low: f64,
        /// Highest allowed.
        high: f64,
    },
    /// A label that cannot be part of a file name.
    #[error("{name} is '{label}', but must be letters and digits")]
    Label {
        /// The setting.
        name: &'static str,
        /// What it is.
        label: String,
    },
    /// A date of another form.
    #[error("the date is '{0}', but must be YYYY-MM-DD")]
    Date(String),
    /// A movement asked for more than once.
    #[error("{0} is asked for more than once")]
    Twice(&'static str),
    /// No movement or no repetition.
    #[error("nothing to simulate: no movement or no repetition is asked for")]
    Nothing,
}
