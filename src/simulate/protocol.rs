//! The seated protocol: still, nods, then the repetitions of each movement.

use nalgebra::Vector3;

use super::numbers::{Numbers, Purpose};
use super::path::Path;
use super::settings::{Settings, place_of};
use super::truth::{RepetitionKind, TrueAngles, TrueRepetition};
use crate::angles::NeckAngles;
use crate::movement::Movement;

/// Still at the start, seconds: the neutral.
const FIRST_STILL_S: f64 = 3.0;
/// Still before and after each repetition, seconds.
const STILL_S: f64 = 1.0;
/// Still after the nods and after each movement, seconds, besides that of the repetitions.
const REST_S: f64 = 3.0;
/// Each repetition is up to this fraction faster or slower.
const SPEED_SPREAD: f64 = 0.2;
/// No repetition is smaller, degrees.
const SMALLEST_PEAK_DEG: f64 = 2.0;

/// The path of the head, and what is true of it.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) path: Path,
    pub(super) repetitions: Vec<TrueRepetition>,
}

/// Plans the whole recording.
pub(super) fn plan(settings: &Settings) -> Plan {
    let mut path = Path::default();
    path.go(Vector3::zeros(), 0.0);
    path.stay(FIRST_STILL_S);
    let mut plan = Plan {
        path,
        repetitions: Vec::new(),
    };
    let mut reposition = Numbers::new(settings.seed, Purpose::Reposition, 0);
    for repetition in all(settings) {
        let back_rad = (reposition.normal_vector() * settings.reposition_deg).map(f64::to_radians);
        plan.add(&repetition, back_rad);
    }
    plan.path.stay(REST_S);
    plan
}

/// One repetition to be made.
struct Planned {
    movement: Movement,
    kind: RepetitionKind,
    peak_rad: Vector3<f64>,
    outward_s: f64,
    hold_s: f64,
    /// Still before it leaves, seconds.
    before_s: f64,
    /// Still after it is back, seconds.
    after_s: f64,
}

impl Plan {
    fn add(&mut self, repetition: &Planned, back_rad: Vector3<f64>) {
        self.path.stay(repetition.before_s);
        let (start_s, start_rad) = (self.path.end_s(), self.path.end_rad());
        self.path.go(
            self.path.end_rad() + repetition.peak_rad,
            repetition.outward_s,
        );
        let hold_start_s = self.path.end_s();
        if repetition.hold_s > 0.0 {
            self.path.stay(repetition.hold_s);
        }
        let hold_end_s = self.path.end_s();
        self.path.go(back_rad, repetition.outward_s);
        let end_s = self.path.end_s();
        self.path.stay(repetition.after_s);
        let end_range = neck_angles(&repetition.peak_rad);
        self.repetitions.push(TrueRepetition {
            movement: repetition.movement,
            kind: repetition.kind,
            start_s,
            hold_start_s,
            hold_end_s,
            end_s,
            peak_deg: repetition.movement.angle_rad(&end_range).to_degrees(),
            start: TrueAngles::of(&neck_angles(&start_rad)),
            end_range: TrueAngles::of(&end_range),
        });
    }
}

fn all(settings: &Settings) -> Vec<Planned> {
    let mut repetitions = Drawer::new(settings, Movement::Flexion, true).nods();
    if let Some(last) = repetitions.last_mut() {
        last.after_s = REST_S;
    }
    for &movement in &settings.movements {
        repetitions.extend(Drawer::new(settings, movement, false).repetitions());
        if let Some(last) = repetitions.last_mut() {
            last.after_s += REST_S;
        }
    }
    repetitions
}

/// Draws the repetitions of one movement, each from a fixed number of numbers.
struct Drawer<'a> {
    settings: &'a Settings,
    movement: Movement,
    peak: Numbers,
    coupling: Numbers,
    speed: Numbers,
}

impl<'a> Drawer<'a> {
    fn new(settings: &'a Settings, movement: Movement, nods: bool) -> Self {
        let part = if nods {
            Movement::ALL.len()
        } else {
            place_of(movement)
        };
        let numbers = |purpose| Numbers::new(settings.seed, purpose, part);
        Self {
            settings,
            movement,
            peak: numbers(Purpose::Peak),
            coupling: numbers(Purpose::Coupling),
            speed: numbers(Purpose::Speed),
        }
    }

    fn nods(mut self) -> Vec<Planned> {
        let Settings {
            nods,
            nod_peak_deg,
            nod_coupling,
            nod_pause_s,
            ..
        } = *self.settings;
        let mut nod = |_| {
            let drawn = self.draw(nod_peak_deg, nod_coupling, RepetitionKind::Nod);
            Planned {
                hold_s: 0.0,
                before_s: 0.0,
                after_s: nod_pause_s,
                ..drawn
            }
        };
        (0..nods).map(&mut nod).collect()
    }

    fn repetitions(mut self) -> Vec<Planned> {
        let Settings {
            practice,
            recorded,
            coupling,
            ..
        } = *self.settings;
        let peak_deg = self.settings.peak_deg_of(self.movement);
        let kind = |n| {
            if n < practice {
                RepetitionKind::Practice
            } else {
                RepetitionKind::Recorded
            }
        };
        (0..practice + recorded)
            .map(|n| self.draw(peak_deg, coupling, kind(n)))
            .collect()
    }

    fn draw(&mut self, mean_deg: f64, coupling: f64, kind: RepetitionKind) -> Planned {
        let peak_deg = mean_deg + self.settings.spread_deg * self.peak.normal();
        let peak_deg = peak_deg.max(SMALLEST_PEAK_DEG);
        let mut fraction = || coupling * self.coupling.uniform() * self.coupling.sign();
        let fractions = [fraction(), fraction()];
        let faster = 1.0 + SPEED_SPREAD * self.speed.between(-1.0, 1.0);
        Planned {
            movement: self.movement,
            kind,
            peak_rad: peak_rad(self.movement, peak_deg.to_radians(), fractions),
            outward_s: peak_deg / (self.settings.speed_deg_s * faster),
            hold_s: self.settings.hold_s,
            before_s: STILL_S,
            after_s: STILL_S,
        }
    }
}

/// The angles at the end range, in trunk axes: the movement's own, and the two others as fractions of it.
fn peak_rad(movement: Movement, peak_rad: f64, fractions: [f64; 2]) -> Vector3<f64> {
    let (axis, sign) = axis_of(movement);
    let mut angles_rad = Vector3::zeros();
    angles_rad[axis] = sign * peak_rad;
    angles_rad[(axis + 1) % 3] = fractions[0] * peak_rad;
    angles_rad[(axis + 2) % 3] = fractions[1] * peak_rad;
    angles_rad
}

/// Index of the trunk axis a movement turns about, and which way (signs: [`crate::angles`]).
const fn axis_of(movement: Movement) -> (usize, f64) {
    match movement {
        Movement::SideBendRight => (0, 1.0),
        Movement::SideBendLeft => (0, -1.0),
        Movement::RotationLeft => (1, 1.0),
        Movement::RotationRight => (1, -1.0),
        Movement::Extension => (2, 1.0),
        Movement::Flexion => (2, -1.0),
    }
}

/// Angles in trunk axes as neck angles.
const fn neck_angles(angles_rad: &Vector3<f64>) -> NeckAngles {
    let [[x, y, z]] = angles_rad.data.0;
    NeckAngles {
        flexion_rad: -z,
        side_bend_right_rad: x,
        rotation_left_rad: y,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn the_protocol_has_nods_practice_and_recorded_repetitions_in_order() {
        let plan = plan(&Settings::default());
        let count = |kind| {
            plan.repetitions
                .iter()
                .filter(|one| one.kind == kind)
                .count()
        };
        assert_eq!(count(RepetitionKind::Nod), 3);
        assert_eq!(count(RepetitionKind::Practice), 12);
        assert_eq!(count(RepetitionKind::Recorded), 18);
        assert!(
            plan.repetitions
                .iter()
                .all(|one| one.start_s < one.hold_start_s
                    && one.hold_start_s <= one.hold_end_s
                    && one.hold_end_s < one.end_s)
        );
        assert!(
            plan.repetitions
                .windows(2)
                .all(|pair| pair[0].end_s < pair[1].start_s)
        );
    }

    #[test]
    fn peaks_and_coupling_stay_where_they_are_asked_for() {
        let settings = Settings {
            spread_deg: 0.0,
            ..Settings::default()
        };
        for one in plan(&settings).repetitions {
            let nod = one.kind == RepetitionKind::Nod;
            let expected = if nod {
                18.0
            } else {
                settings.peak_deg_of(one.movement)
            };
            assert_relative_eq!(one.peak_deg, expected, epsilon = 1e-9);
            let most = expected * if nod { 0.03 } else { 0.10 };
            assert!(one.coupled_deg().iter().all(|angle| angle.abs() <= most));
        }
    }

    #[test]
    fn one_movement_alone_is_made_as_within_the_protocol() {
        let whole = plan(&Settings {
            reposition_deg: 0.0,
            ..Settings::default()
        });
        let movements = vec![Movement::RotationLeft];
        let alone = plan(&Settings {
            movements,
            ..Settings::default()
        });
        let of = |plan: &Plan| -> Vec<f64> {
            let mine = |one: &&TrueRepetition| one.movement == Movement::RotationLeft;
            plan.repetitions
                .iter()
                .filter(mine)
                .map(|one| one.peak_deg)
                .collect()
        };
        assert_eq!(of(&whole), of(&alone));
    }

    #[test]
    fn the_mirrored_movement_turns_the_other_way() {
        for movement in Movement::ALL {
            let angles = neck_angles(&peak_rad(movement, 0.5, [0.0; 2]));
            assert_relative_eq!(movement.angle_rad(&angles), 0.5);
            assert_relative_eq!(movement.opposite().angle_rad(&angles), -0.5);
        }
    }
}
