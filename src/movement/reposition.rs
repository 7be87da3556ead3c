//! Joint position error: how well the head finds the position again that it left.
//!
//! Of each repetition, the angles of the first still window after it less those of the last one before.
//! Means over the returns as in the usual test (Revel 1991; at least six returns for each movement, de
//! Vries 2015, *Man Ther* 20:736): constant error (with sign), absolute error, variable error. Heading drift
//! enters for the seconds of one repetition only.

use super::rom::mean_and_sd;
use super::{Movement, Repetition};
use crate::angles::NeckAngles;
use crate::angles::neck::Zero;

/// How well a position was found again after one movement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repositioning {
    /// The movement that left it.
    pub movement: Movement,
    /// Returns that were seen.
    pub n: usize,
    /// Mean error in the movement's plane, radians; positive when the return went past the position.
    pub constant_rad: f64,
    /// Mean size of it, radians.
    pub absolute_rad: f64,
    /// Standard deviation (n - 1), radians; `None` under two returns.
    pub variable_rad: Option<f64>,
    /// Mean size of the error over all three angles, radians.
    pub total_rad: f64,
}

/// The error after a repetition, each angle by itself (they are small): where the first still window of
/// `zeros` after its end lies, from its own zero. `None` when the head did not rest near neutral again.
pub fn error(repetition: &Repetition, time_s: &[f64], zeros: &[Zero]) -> Option<NeckAngles> {
    let next = zeros.partition_point(|zero| time_s[zero.samples.start] < repetition.end_s);
    let (after, before) = (&zeros.get(next)?.offset, &repetition.zero_offset);
    Some(NeckAngles {
        flexion_rad: after.flexion_rad - before.flexion_rad,
        side_bend_right_rad: after.side_bend_right_rad - before.side_bend_right_rad,
        rotation_left_rad: after.rotation_left_rad - before.rotation_left_rad,
    })
}

/// The means over the errors after repetitions of one movement; `None` of none.
pub fn measure(movement: Movement, errors: &[NeckAngles]) -> Option<Repositioning> {
    let past_rad: Vec<f64> = errors
        .iter()
        .map(|error| -movement.angle_rad(error))
        .collect();
    let (constant_rad, variable_rad) = mean_and_sd(&past_rad);
    let mean = |sum: f64| sum / errors.len() as f64;
    Some(Repositioning {
        movement,
        n: errors.len(),
        constant_rad: constant_rad?,
        absolute_rad: mean(past_rad.iter().map(|error| error.abs()).sum()),
        variable_rad,
        total_rad: mean(errors.iter().map(size_rad).sum()),
    })
}

/// How large an error is over all three angles, radians.
fn size_rad(error: &NeckAngles) -> f64 {
    let [a, b, c] = [
        error.flexion_rad,
        error.side_bend_right_rad,
        error.rotation_left_rad,
    ];
    (a * a + b * b + c * c).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotated(left_deg: f64) -> NeckAngles {
        NeckAngles {
            rotation_left_rad: left_deg.to_radians(),
            ..NeckAngles::default()
        }
    }

    #[test]
    fn past_is_positive_whichever_side_it_came_from() {
        let errors = [rotated(-3.0), rotated(1.0), rotated(-4.0)];
        let left = measure(Movement::RotationLeft, &errors).unwrap();
        let right = measure(Movement::RotationRight, &errors).unwrap();
        assert!((left.constant_rad.to_degrees() - 2.0).abs() < 1e-9);
        assert!((right.constant_rad.to_degrees() + 2.0).abs() < 1e-9);
        for one in [left, right] {
            assert_eq!(one.n, 3);
            assert!((one.absolute_rad.to_degrees() - 8.0 / 3.0).abs() < 1e-9);
            assert!((one.variable_rad.unwrap().to_degrees() - 7_f64.sqrt()).abs() < 1e-9);
            assert!((one.total_rad.to_degrees() - 8.0 / 3.0).abs() < 1e-9);
        }
        assert_eq!(measure(Movement::Flexion, &[]), None);
        let one = measure(Movement::Flexion, &errors[..1]).unwrap();
        assert_eq!(one.variable_rad, None);
    }
}
