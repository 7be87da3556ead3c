//! What VQF's parameters come to at a stream's sample interval.

use super::Parameters;
use super::lanes::Lanes;
use super::low_pass::Coefficients;

/// Radians in a hundredth of a degree: the unit of the bias's covariance, squared, which keeps its
/// numbers near 1.
pub(super) const CENTIDEGREE: f64 = std::f64::consts::PI / 180.0 / 100.0;

/// What does not change from sample to sample.
#[derive(Debug, Clone)]
pub(super) struct Constants<const N: usize> {
    pub(super) interval_s: Lanes<N>,
    pub(super) half_interval_s: Lanes<N>,
    /// One over the interval.
    pub(super) rate_hz: Lanes<N>,
    pub(super) acc: Coefficients<N>,
    pub(super) rest: Coefficients<N>,
    /// Variance of the bias at the start, and what it gains with every sample.
    pub(super) variance_start: f64,
    pub(super) variance_gain: Lanes<N>,
    /// Variance of a measurement of the bias in motion, horizontal and vertical, and at rest.
    pub(super) motion: Lanes<N>,
    pub(super) motion_vertical: Lanes<N>,
    pub(super) rest_variance: Lanes<N>,
    pub(super) rest_gyro_square: f64,
    pub(super) rest_accel_square: f64,
    pub(super) rest_s: f64,
    pub(super) clip: f64,
}

impl<const N: usize> Constants<N> {
    pub(super) fn new(p: &Parameters, interval_s: [f64; N]) -> Self {
        let hundredths = |deg_s: f64| (deg_s * 100.0).powi(2);
        let interval = Lanes(interval_s);
        // From 0 to (0.1 deg/s)² in the forgetting time.
        let gain = interval * (hundredths(0.1) / p.bias_forgetting_s);
        // The measurement variance that makes the filter's steady state this one.
        let measured = |sigma_deg_s: f64| {
            let steady = hundredths(sigma_deg_s);
            gain.map(|gain| steady * steady / gain + steady)
        };
        let motion = measured(p.bias_sigma_motion_deg_s);
        Self {
            interval_s: interval,
            half_interval_s: interval * 0.5,
            rate_hz: interval.inverse(),
            acc: Coefficients::new(p.tau_acc_s, interval_s),
            rest: Coefficients::new(p.rest_tau_s, interval_s),
            variance_start: hundredths(p.bias_sigma_start_deg_s),
            variance_gain: gain,
            motion,
            motion_vertical: motion * (1.0 / p.bias_vertical_forgetting.max(1e-10)),
            rest_variance: measured(p.bias_sigma_rest_deg_s),
            rest_gyro_square: p.rest_gyro_deg_s.to_radians().powi(2),
            rest_accel_square: p.rest_accel_m_s2.powi(2),
            rest_s: p.rest_s,
            clip: p.bias_clip_deg_s.to_radians(),
        }
    }
}
