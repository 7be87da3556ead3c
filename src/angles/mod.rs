//! Neck angles: head against trunk, or against neutral.
//!
//! # Signs
//!
//! By the right-hand rule in ISB axes (X forward, Y up, Z right):
//!
//! | movement | rotation vector | in [`NeckAngles`] |
//! |---|---|---|
//! | flexion | -Z | `flexion_rad` > 0 |
//! | extension | +Z | `flexion_rad` < 0 |
//! | side-bend right | +X | `side_bend_right_rad` > 0 |
//! | side-bend left | -X | `side_bend_right_rad` < 0 |
//! | rotation left | +Y | `rotation_left_rad` > 0 |
//! | rotation right | -Y | `rotation_left_rad` < 0 |
//!
//! People never see a sign: results name six movements with positive angles.

pub mod neck;
pub mod twist;
pub mod views;
mod wide;

/// Three signed angles of the neck, radians; signs as in the table of this module.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NeckAngles {
    /// Flexion positive, extension negative.
    pub flexion_rad: f64,
    /// Side-bend right positive, left negative.
    pub side_bend_right_rad: f64,
    /// Rotation left positive, right negative.
    pub rotation_left_rad: f64,
}
