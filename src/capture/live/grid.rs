//! Head and trunk on one even time base, as it goes.

use super::neck::Rest;
use super::sensor::Timed;
use crate::orientation::{angle_between, slerp};

/// Points a second: a head's movement has nothing above 10 Hz.
pub(super) const GRID_HZ: f64 = 50.0;
/// A longer time without a sample is a gap: nothing is made up in it, seconds.
const GAP_S: f64 = 0.25;
/// Over so many points the speed is taken: a tenth of a second.
const SPEED_POINTS: usize = 5;

/// Head and trunk at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) time_s: f64,
    /// `earth_from_sensor`, w, x, y, z.
    pub(super) head: [f64; 4],
    /// The same of the trunk sensor, as it was last heard.
    pub(super) trunk: Option<[f64; 4]>,
    /// Angular speed of the head over the last tenth of a second, rad/s; none after a gap.
    pub(super) speed_rad_s: Option<f64>,
    /// The first after a gap.
    pub(super) after_gap: bool,
}

/// Makes points from the head's samples.
#[derive(Debug, Clone, Default)]
pub(super) struct Grid {
    last: Option<Timed>,
    next_s: f64,
    trunk: Option<Timed>,
    recent: Vec<[f64; 4]>,
}

impl Grid {
    /// The trunk sensor's latest.
    pub(super) const fn trunk(&mut self, timed: Timed) {
        self.trunk = Some(timed);
    }

    /// Head and trunk as they were last heard; none after a cut.
    pub(super) fn latest(&self) -> Option<Rest> {
        Some(Rest {
            head: self.last?.earth_from_sensor,
            trunk: self.trunk.map(|timed| timed.earth_from_sensor),
        })
    }

    /// The next one comes after a gap.
    pub(super) fn cut(&mut self) {
        self.last = None;
        self.recent.clear();
    }

    /// Takes the head's next; points go to `out`.
    pub(super) fn head(&mut self, timed: Timed, out: &mut Vec<Point>) {
        let step_s = self.last.map(|last| timed.time_s - last.time_s);
        let Some(last) = self
            .last
            .filter(|_| step_s.is_some_and(|s| (0.0..=GAP_S).contains(&s)))
        else {
            self.cut();
            self.next_s = timed.time_s + 1.0 / GRID_HZ;
            self.last = Some(timed);
            out.push(self.point(timed.time_s, timed.earth_from_sensor, true));
            return;
        };
        while self.next_s <= timed.time_s {
            let share = (self.next_s - last.time_s) / (timed.time_s - last.time_s).max(1e-9);
            let head = slerp(
                &last.earth_from_sensor,
                &timed.earth_from_sensor,
                share.clamp(0.0, 1.0),
            );
            let time_s = self.next_s;
            out.push(self.point(time_s, head, false));
            self.next_s += 1.0 / GRID_HZ;
        }
        self.last = Some(timed);
    }

    fn point(&mut self, time_s: f64, head: [f64; 4], after_gap: bool) -> Point {
        if self.recent.len() > SPEED_POINTS {
            self.recent.remove(0);
        }
        self.recent.push(head);
        let steps = self.recent.len() - 1;
        let speed_rad_s = (steps >= SPEED_POINTS)
            .then(|| angle_between(&self.recent[0], &head) * GRID_HZ / steps as f64);
        Point {
            time_s,
            head,
            trunk: self.trunk.map(|timed| timed.earth_from_sensor),
            speed_rad_s,
            after_gap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(rad: f64) -> [f64; 4] {
        [(rad / 2.0).cos(), 0.0, 0.0, (rad / 2.0).sin()]
    }

    #[test]
    fn points_are_even_whatever_the_rate_and_know_the_speed() {
        for rate_hz in [20.0, 74.0, 1000.0] {
            let (mut grid, mut points) = (Grid::default(), Vec::new());
            for k in 0..(rate_hz as usize * 3) {
                let time_s = k as f64 / rate_hz;
                let timed = Timed {
                    time_s,
                    earth_from_sensor: turned(0.5 * time_s),
                };
                grid.head(timed, &mut points);
            }
            assert!((145..=150).contains(&points.len()), "{}", points.len());
            let last = points.last().unwrap();
            assert!((last.speed_rad_s.unwrap() - 0.5).abs() < 1e-6);
            assert!(points.iter().filter(|p| p.after_gap).count() == 1);
        }
    }

    #[test]
    fn nothing_is_made_up_in_a_gap() {
        let (mut grid, mut points) = (Grid::default(), Vec::new());
        for time_s in [0.0, 0.1, 5.0, 5.1, 4.0] {
            let timed = Timed {
                time_s,
                earth_from_sensor: turned(0.0),
            };
            grid.head(timed, &mut points);
        }
        assert!(points.len() < 20);
        assert_eq!(points.iter().filter(|p| p.after_gap).count(), 3);
    }
}
