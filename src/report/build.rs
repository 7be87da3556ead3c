//! From results in radians to results in degrees: the parts of a [`Report`](super::Report).

use super::{
    AnglesReport, CoupledReport, MovementReport, PlaneReport, RepetitionReport,
    RepositioningReport, SideReport, WarningReport,
};
use crate::angles::NeckAngles;
use crate::movement::reposition::Repositioning;
use crate::movement::{LeftOut, Movement, MovementRom, Plane, Repetition};
use crate::warning::Warnings;

/// One movement's ROM in degrees.
pub fn movement(rom: &MovementRom) -> MovementReport {
    MovementReport {
        movement: rom.movement.name(),
        n: rom.n,
        mean_deg: rom.mean_rad.map(f64::to_degrees),
        sd_deg: rom.sd_rad.map(f64::to_degrees),
        max_deg: rom.max_rad.map(f64::to_degrees),
        consistent: rom.consistent,
    }
}

/// How well neutral was found again, in degrees.
pub fn repositioning(one: &Repositioning) -> RepositioningReport {
    RepositioningReport {
        movement: one.movement.name(),
        n: one.n,
        constant_deg: one.constant_rad.to_degrees(),
        absolute_deg: one.absolute_rad.to_degrees(),
        variable_deg: one.variable_rad.map(f64::to_degrees),
        total_deg: one.total_rad.to_degrees(),
    }
}

/// Three angles in degrees.
pub const fn angles(angles: &NeckAngles) -> AnglesReport {
    AnglesReport {
        flexion: angles.flexion_rad.to_degrees(),
        side_bend_right: angles.side_bend_right_rad.to_degrees(),
        rotation_left: angles.rotation_left_rad.to_degrees(),
    }
}

/// One repetition in degrees.
pub fn repetition(repetition: &Repetition) -> RepetitionReport {
    RepetitionReport {
        movement: repetition.movement.map_or("mixed", Movement::name),
        start_s: repetition.start_s,
        peak_s: repetition.peak_s,
        end_s: repetition.end_s,
        rom_deg: repetition.rom_rad.to_degrees(),
        hold_s: repetition.hold_s,
        peak_speed_deg_s: repetition.peak_speed_rad_s.to_degrees(),
        mean_speed_deg_s: repetition.mean_speed_rad_s.to_degrees(),
        sparc: repetition.smoothness.map(|smoothness| smoothness.sparc),
        ldlj: repetition.smoothness.map(|smoothness| smoothness.ldlj),
        velocity_peaks: repetition
            .smoothness
            .map(|smoothness| smoothness.velocity_peaks),
        end_range_deg: angles(&repetition.end_range),
        coupled_deg: coupled(repetition),
        zero_offset_deg: angles(&repetition.zero_offset),
        trunk_motion_deg: repetition.trunk_motion_rad.map(f64::to_degrees),
        used: repetition.left_out.is_none(),
        reason: repetition.left_out.map(LeftOut::reason),
    }
}

/// The angles at the end range that are not the movement's own.
fn coupled(repetition: &Repetition) -> CoupledReport {
    let angles = angles(&repetition.end_range);
    let own = repetition.movement.map(Movement::plane);
    let unless = |plane: Plane, angle: f64| (own != Some(plane)).then_some(angle);
    CoupledReport {
        flexion: unless(Plane::Sagittal, angles.flexion),
        side_bend_right: unless(Plane::Frontal, angles.side_bend_right),
        rotation_left: unless(Plane::Transverse, angles.rotation_left),
    }
}

/// The three plane totals.
pub fn planes(roms: &[MovementRom]) -> Vec<PlaneReport> {
    let total = |plane: Plane| {
        let [one, other] = plane.movements();
        Some(mean_deg(roms, one)? + mean_deg(roms, other)?)
    };
    Plane::ALL
        .map(|plane| PlaneReport {
            plane: plane.name(),
            total_deg: total(plane),
        })
        .into_iter()
        .collect()
}

/// Left against right, for side-bend and rotation.
pub fn sides(roms: &[MovementRom]) -> Vec<SideReport> {
    [Plane::Frontal, Plane::Transverse]
        .map(|plane| side(roms, plane))
        .into_iter()
        .collect()
}

fn side(roms: &[MovementRom], plane: Plane) -> SideReport {
    let [left, right] = plane.movements().map(|movement| mean_deg(roms, movement));
    let both = left.zip(right);
    SideReport {
        plane: plane.name(),
        right_minus_left_deg: both.map(|(left, right)| right - left),
        asymmetry_percent: both
            .filter(|(left, right)| left + right > 0.0)
            .map(|(left, right)| (right - left) / (right + left) * 100.0),
    }
}

fn mean_deg(roms: &[MovementRom], movement: Movement) -> Option<f64> {
    roms.iter()
        .find(|rom| rom.movement == movement)?
        .mean_rad
        .map(f64::to_degrees)
}

/// Every kind of warning, counted.
pub fn warnings(warnings: &Warnings) -> Vec<WarningReport> {
    warnings
        .iter()
        .map(|counted| WarningReport {
            code: counted.warning.code(),
            count: counted.count,
            seconds: counted.seconds,
            message: counted.message.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rom(movement: Movement, mean_deg: f64) -> MovementRom {
        MovementRom {
            movement,
            n: 3,
            mean_rad: Some(mean_deg.to_radians()),
            sd_rad: None,
            max_rad: None,
            consistent: None,
        }
    }

    #[test]
    fn planes_are_sums_and_sides_are_differences() {
        let roms = [
            rom(Movement::RotationLeft, 60.0),
            rom(Movement::RotationRight, 80.0),
        ];
        let planes = planes(&roms);
        assert!((planes[2].total_deg.unwrap() - 140.0).abs() < 1e-9);
        assert_eq!(planes[0].total_deg, None);
        let sides = sides(&roms);
        assert!((sides[1].right_minus_left_deg.unwrap() - 20.0).abs() < 1e-9);
        assert!((sides[1].asymmetry_percent.unwrap() - 100.0 / 7.0).abs() < 1e-9);
        assert_eq!(sides[0].asymmetry_percent, None);
    }
}
