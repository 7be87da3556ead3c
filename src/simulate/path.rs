//! The programmed path of the head against the trunk: key poses, joined by minimum-jerk movement.

use nalgebra::Vector3;

/// Where the head is to be at a time.
///
/// `angles_rad` holds the three neck angles as trunk axes: X side-bend right, Y rotation left,
/// Z extension.
#[derive(Debug, Clone, Copy)]
struct KeyPose {
    time_s: f64,
    angles_rad: Vector3<f64>,
}

/// A path through key poses; still where two neighbours are the same.
#[derive(Debug, Default)]
pub(super) struct Path {
    poses: Vec<KeyPose>,
}

impl Path {
    /// Goes on to these angles, `seconds` after the last pose; the first pose is at time zero.
    pub(super) fn go(&mut self, angles_rad: Vector3<f64>, seconds: f64) {
        let time_s = self.poses.last().map_or(0.0, |last| last.time_s + seconds);
        self.poses.push(KeyPose { time_s, angles_rad });
    }

    /// Stays where it is.
    pub(super) fn stay(&mut self, seconds: f64) {
        self.go(self.end_rad(), seconds);
    }

    /// Time of the last pose.
    pub(super) fn end_s(&self) -> f64 {
        self.poses.last().map_or(0.0, |last| last.time_s)
    }

    /// Angles of the last pose.
    pub(super) fn end_rad(&self) -> Vector3<f64> {
        self.poses
            .last()
            .map_or_else(Vector3::zeros, |last| last.angles_rad)
    }

    /// Angles at any time; before the first and after the last pose the head is still.
    pub(super) fn at(&self, time_s: f64) -> Vector3<f64> {
        let next = self.poses.partition_point(|pose| pose.time_s <= time_s);
        let (Some(to), Some(from)) = (self.poses.get(next), self.poses[..next].last()) else {
            return if next == 0 {
                self.start_rad()
            } else {
                self.end_rad()
            };
        };
        let share = (time_s - from.time_s) / (to.time_s - from.time_s);
        from.angles_rad + (to.angles_rad - from.angles_rad) * minimum_jerk(share)
    }

    fn start_rad(&self) -> Vector3<f64> {
        self.poses
            .first()
            .map_or_else(Vector3::zeros, |first| first.angles_rad)
    }
}

/// Share of the way at a share of the time: 10 s³ - 15 s⁴ + 6 s⁵ (Flash and Hogan 1985,
/// J Neurosci 5:1688-1703). Speed and acceleration are zero at both ends.
fn minimum_jerk(share: f64) -> f64 {
    share.powi(3) * (10.0 + share * (6.0 * share - 15.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn a_path_passes_its_poses_and_is_half_way_at_half_time() {
        let mut path = Path::default();
        path.go(Vector3::zeros(), 0.0);
        path.stay(1.0);
        path.go(Vector3::y(), 2.0);
        path.stay(1.0);
        assert_relative_eq!(path.end_s(), 4.0);
        for (time_s, expected) in [(-1.0, 0.0), (0.5, 0.0), (2.0, 0.5), (3.0, 1.0), (9.0, 1.0)] {
            assert_relative_eq!(path.at(time_s).y, expected, epsilon = 1e-12);
        }
    }
}
