//! Constants of measurement, unit in the name.

/// Standard gravity, m/s² (3rd CGPM, 1901; exact by definition).
pub const STANDARD_GRAVITY_M_S2: f64 = 9.806_65;

/// Seconds in a minute.
pub const SECONDS_PER_MINUTE: f64 = 60.0;
