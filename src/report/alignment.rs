//! How sensor axes became head axes, and how sure that is, in degrees and words.

use serde::Serialize;

use crate::frames::{Rotation, Sensor};
use crate::orientation::align::{Certainty, Method};
use crate::pipeline::Analysis;

/// How sensor axes became head axes, and where neutral is.
#[derive(Debug, Clone, Serialize)]
pub struct AlignmentReport {
    /// `declared_mount`, `declared_mount_exact`, `labelled_trials`, `nods`, `two_poses`,
    /// `sensor_axes`.
    pub method: &'static str,
    /// Quaternion w, x, y, z.
    pub head_from_sensor: [f64; 4],
    /// What it rests on.
    pub certainty: CertaintyReport,
    /// The method for the trunk sensor, if there is one; also `follows_head`.
    pub trunk_method: Option<&'static str>,
    /// Quaternion w, x, y, z.
    pub trunk_from_sensor: Option<[f64; 4]>,
    /// What that rests on.
    pub trunk_certainty: Option<CertaintyReport>,
    /// The still window that is neutral.
    pub neutral_start_s: f64,
    /// Its end.
    pub neutral_end_s: f64,
    /// How far the axes found differ from the sensor's nearest own axes.
    pub mount_tilt_deg: f64,
}

/// How sure an alignment is; `null` where its method has no such figure.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct CertaintyReport {
    /// Expected error of forward about the vertical, one standard deviation.
    pub forward_error_deg: Option<f64>,
    /// Nods, labelled repetitions, poses, or motions in which the trunk followed; with a declared
    /// mount, those that check it.
    pub motions: usize,
    /// Their mean size; for poses, the angle from neutral.
    pub motion_deg: Option<f64>,
    /// Standard deviation of the axes of single motions about their mean.
    pub axis_spread_deg: Option<f64>,
    /// Share of the motion about one axis, 0 to 1.
    pub axis_share: Option<f64>,
    /// How well the trunk's tilting follows the head's, 0 to 1.
    pub coherence: Option<f64>,
    /// From the declared forward to the one that motions show, to the left positive.
    pub shown_from_declared_deg: Option<f64>,
    /// The method that showed it.
    pub shown_by: Option<&'static str>,
    /// Between the axis that should be up (declared, else the sensor's nearest) and the vertical in
    /// neutral.
    pub tilt_deg: f64,
    /// How still neutral was: root mean square of the vertical's distance from its mean.
    pub sway_deg: f64,
}

impl AlignmentReport {
    /// From an analysis.
    pub fn of(analysis: &Analysis) -> Self {
        let (head, trunk) = (&analysis.head, analysis.trunk.as_ref());
        Self {
            method: head.method.name(),
            head_from_sensor: head.segment_from_sensor.wxyz(),
            certainty: CertaintyReport::of(&head.certainty),
            trunk_method: trunk.map(|trunk| trunk.method.name()),
            trunk_from_sensor: trunk.map(|trunk| trunk.segment_from_sensor.wxyz()),
            trunk_certainty: trunk.map(|trunk| CertaintyReport::of(&trunk.certainty)),
            neutral_start_s: analysis.neutral_s.start,
            neutral_end_s: analysis.neutral_s.end,
            mount_tilt_deg: off_axes_rad(&head.segment_from_sensor).to_degrees(),
        }
    }

    /// In one line, as in `nods (3 of 18°, forward ±0.9°), 29.3° from the sensor's own axes`.
    pub fn told(&self) -> String {
        let trunk = self.trunk_method.zip(self.trunk_certainty.as_ref());
        let trunk =
            trunk.map(|(method, certainty)| format!("; trunk: {}", told(method, certainty)));
        format!(
            "{}, {:.1}° from the sensor's own axes{}",
            told(self.method, &self.certainty),
            self.mount_tilt_deg,
            trunk.unwrap_or_default()
        )
    }
}

impl CertaintyReport {
    fn of(certainty: &Certainty) -> Self {
        let degrees = |angle_rad: Option<f64>| angle_rad.map(f64::to_degrees);
        Self {
            forward_error_deg: degrees(certainty.forward_error_rad),
            motions: certainty.motions,
            motion_deg: degrees(certainty.motion_rad),
            axis_spread_deg: degrees(certainty.axis_spread_rad),
            axis_share: certainty.axis_share,
            coherence: certainty.coherence,
            shown_from_declared_deg: degrees(certainty.shown_from_declared_rad),
            shown_by: certainty.shown_by.map(Method::name),
            tilt_deg: certainty.tilt_rad.to_degrees(),
            sway_deg: certainty.sway_rad.to_degrees(),
        }
    }

    /// What there is besides the method's name.
    fn parts(&self) -> Vec<String> {
        if let Some(off) = self.shown_from_declared_deg {
            let side = if off < 0.0 { "right" } else { "left" };
            let shown_by = self.shown_by.unwrap_or_default().replace('_', " ");
            let shown = format!("{shown_by} show forward {:.0}° to the {side}", off.abs());
            return vec![self.tilted(), shown];
        }
        let Some(error) = self.forward_error_deg else {
            return vec![self.tilted()];
        };
        let motions = self.motions;
        let size = self
            .motion_deg
            .map(|size| format!("{motions} of {size:.0}°"));
        let coherence = self.coherence.map(|value| format!("coherence {value:.2}"));
        let error = Some(format!("forward ±{error:.1}°"));
        [size, coherence, error].into_iter().flatten().collect()
    }

    fn tilted(&self) -> String {
        format!("tilted {:.0}°", self.tilt_deg)
    }
}

fn told(method: &str, certainty: &CertaintyReport) -> String {
    format!(
        "{} ({})",
        method.replace('_', " "),
        certainty.parts().join(", ")
    )
}

/// How far a rotation is from the nearest one that only swaps and turns round axes, radians.
fn off_axes_rad<Segment>(rotation: &Rotation<Segment, Sensor>) -> f64 {
    // The 24 rotations of the cube have quaternions with components 0, ±1/2, ±1/√2, ±1.
    let mut q = rotation.wxyz().map(f64::abs);
    q.sort_by(|a, b| b.total_cmp(a));
    let [a, b, c, d] = q;
    let one = a;
    let two = (a + b) * std::f64::consts::FRAC_1_SQRT_2;
    let four = (a + b + c + d) / 2.0;
    2.0 * one.max(two).max(four).clamp(-1.0, 1.0).acos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{UnitQuaternion, Vector3};

    #[test]
    fn off_axes_is_zero_for_swapped_axes_and_the_angle_for_a_crooked_one() {
        let quarter = UnitQuaternion::from_scaled_axis(Vector3::x() * std::f64::consts::FRAC_PI_2);
        let third = UnitQuaternion::from_scaled_axis(
            Vector3::new(1.0, 1.0, 1.0) * (2.0 * std::f64::consts::FRAC_PI_3 / 3_f64.sqrt()),
        );
        let crooked = UnitQuaternion::from_scaled_axis(Vector3::y() * 0.3);
        let off = |q| off_axes_rad::<crate::frames::Head>(&Rotation::claim(q)).to_degrees();
        assert!(off(quarter) < 1e-5 && off(third) < 1e-5);
        assert!((off(quarter * crooked) - 0.3_f64.to_degrees()).abs() < 1e-6);
    }

    #[test]
    fn each_method_tells_the_figures_it_has() {
        let nods = CertaintyReport {
            forward_error_deg: Some(0.91),
            motions: 3,
            motion_deg: Some(18.4),
            tilt_deg: 12.3,
            ..CertaintyReport::default()
        };
        assert_eq!(told("nods", &nods), "nods (3 of 18°, forward ±0.9°)");
        let follows = CertaintyReport {
            coherence: Some(0.979),
            motion_deg: None,
            ..nods
        };
        assert_eq!(
            told("follows_head", &follows),
            "follows head (coherence 0.98, forward ±0.9°)"
        );
        let declared = CertaintyReport {
            shown_from_declared_deg: Some(-3.2),
            shown_by: Some("labelled_trials"),
            ..nods
        };
        assert_eq!(
            told("declared_mount", &declared),
            "declared mount (tilted 12°, labelled trials show forward 3° to the right)"
        );
        let assumed = CertaintyReport {
            tilt_deg: 4.0,
            ..CertaintyReport::default()
        };
        assert_eq!(told("sensor_axes", &assumed), "sensor axes (tilted 4°)");
    }
}
