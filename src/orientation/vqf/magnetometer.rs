//! Heading from the magnetometer: which samples are believed, and how the heading follows them.
//!
//! Laidig and Seel 2023, sections 3.3 (heading correction) and 3.5 (disturbance rejection).

use std::f64::consts::{PI, TAU};

use super::lanes::Lanes;
use super::low_pass::{Bank, Coefficients};
use super::{FieldParameters, Parameters};

/// Share by which a first-order filter of this time constant goes with each sample.
fn gain(tau_s: f64, interval_s: f64) -> f64 {
    if tau_s > 0.0 {
        1.0 - (-interval_s / tau_s).exp()
    } else {
        1.0
    }
}

/// Strength and dip of a field.
#[derive(Debug, Clone, Copy)]
struct Field {
    norm: f64,
    dip_rad: f64,
}

impl Field {
    fn follow(&mut self, seen: &Self, gain: f64) {
        self.norm += gain * (seen.norm - self.norm);
        self.dip_rad += gain * (seen.dip_rad - self.dip_rad);
    }
}

/// Tells a disturbed magnetic field from the earth's.
#[derive(Debug, Clone)]
pub(super) struct Disturbance {
    parameters: FieldParameters,
    interval_s: f64,
    gain: f64,
    low_pass: Coefficients<1>,
    bank: Bank<2, 1>,
    reference: Field,
    candidate: Field,
    undisturbed_s: f64,
    candidate_s: f64,
    disturbed: bool,
}

impl Disturbance {
    pub(super) fn new(parameters: &Parameters, interval_s: f64) -> Self {
        let parameters = parameters.field.clone();
        let unknown = |norm| Field { norm, dip_rad: 0.0 };
        Self {
            interval_s,
            gain: gain(parameters.reference_tau_s, interval_s),
            low_pass: Coefficients::new(parameters.current_tau_s, [interval_s]),
            bank: Bank::new(),
            reference: unknown(0.0),
            candidate: unknown(-1.0),
            undisturbed_s: 0.0,
            candidate_s: 0.0,
            disturbed: true,
            parameters,
        }
    }

    /// Takes in a field in earth axes and how fast the sensor turns; returns whether it is disturbed.
    pub(super) fn update(&mut self, earth: &[f64; 3], turning_rad_s: f64) -> bool {
        let norm = earth.iter().map(|c| c * c).sum::<f64>().sqrt();
        let dip_rad = -(earth[2] / norm).asin();
        let low = self
            .bank
            .step(&self.low_pass, &[Lanes([norm]), Lanes([dip_rad])]);
        let seen = Field {
            norm: low[0].0[0],
            dip_rad: low[1].0[0],
        };
        if self.is_near(&seen, &self.reference) {
            self.undisturbed_s += self.interval_s;
            if self.undisturbed_s >= self.parameters.undisturbed_s {
                self.disturbed = false;
                self.reference.follow(&seen, self.gain);
            }
        } else {
            self.undisturbed_s = 0.0;
            self.disturbed = true;
        }
        self.consider(&seen, turning_rad_s);
        self.disturbed
    }

    fn is_near(&self, seen: &Field, other: &Field) -> bool {
        (seen.norm - other.norm).abs() < self.parameters.norm_share * other.norm
            && (seen.dip_rad - other.dip_rad).abs() < self.parameters.dip_deg.to_radians()
    }

    /// A steady field may become the new reference.
    fn consider(&mut self, seen: &Field, turning_rad_s: f64) {
        if !self.is_near(seen, &self.candidate) {
            (self.candidate, self.candidate_s) = (*seen, 0.0);
            return;
        }
        if turning_rad_s >= self.parameters.new_gyro_deg_s.to_radians() {
            self.candidate_s += self.interval_s;
        }
        self.candidate.follow(seen, self.gain);
        let first = self.reference.norm == 0.0;
        let long_enough = self.candidate_s >= self.parameters.new_s
            || (first && self.candidate_s >= self.parameters.new_first_s);
        if self.disturbed && long_enough {
            self.reference = self.candidate;
            self.disturbed = false;
            self.undisturbed_s = self.parameters.undisturbed_s;
        }
    }
}

/// Follows the heading that the magnetometer shows.
#[derive(Debug, Clone)]
pub(super) struct Heading {
    gain: f64,
    /// At least this gain at the start: 1, 1/2, 1/3 …
    start_gain: f64,
    tau_s: f64,
    interval_s: f64,
    rejection_s: f64,
    rejection_factor: f64,
    rejected_s: f64,
    /// Turn from the fused earth frame to north, radians.
    delta_rad: f64,
}

impl Heading {
    /// `rejected_s`: for how long a disturbance is taken to have lasted already.
    pub(super) fn new(
        parameters: &Parameters,
        interval_s: f64,
        delta_rad: f64,
        rejected_s: f64,
    ) -> Self {
        Self {
            gain: gain(parameters.tau_mag_s, interval_s),
            start_gain: 1.0,
            tau_s: parameters.tau_mag_s,
            interval_s,
            rejection_s: parameters.field.rejection_s,
            rejection_factor: parameters.field.rejection_factor,
            rejected_s,
            delta_rad,
        }
    }

    pub(super) const fn delta_rad(&self) -> f64 {
        self.delta_rad
    }

    /// Takes in one heading; returns the filtered one.
    pub(super) fn update(&mut self, seen_rad: f64, disturbed: bool) -> f64 {
        let off = wrapped(seen_rad - self.delta_rad);
        let mut gain = self.gain;
        if disturbed {
            if self.rejected_s <= self.rejection_s {
                self.rejected_s += self.interval_s;
                gain = 0.0;
            } else {
                gain /= self.rejection_factor;
            }
        } else {
            self.rejected_s = (self.rejected_s - self.rejection_factor * self.interval_s).max(0.0);
        }
        if self.start_gain > 0.0 {
            gain = gain.max(self.start_gain);
            self.start_gain /= self.start_gain + 1.0;
            if self.start_gain * self.tau_s < self.interval_s {
                self.start_gain = 0.0;
            }
        }
        self.delta_rad = wrapped(self.delta_rad + gain * off);
        self.delta_rad
    }
}

/// Turn from the fused earth frame to north that a field in its axes shows, radians.
pub(super) fn heading_rad(earth: &[f64; 3]) -> f64 {
    earth[0].atan2(earth[1])
}

fn wrapped(angle_rad: f64) -> f64 {
    if angle_rad > PI {
        angle_rad - TAU
    } else if angle_rad < -PI {
        angle_rad + TAU
    } else {
        angle_rad
    }
}
