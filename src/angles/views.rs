//! Two other ways to say the same orientation, kept for comparison with other systems.

use nalgebra::Vector3;

use super::NeckAngles;
use crate::frames::{Head, Rotation, Trunk};

/// Flexion and side-bend as gravity inclinometers on the head read them (a CROM device), radians;
/// from the up vector seen in the head frame. Rotation is not observed and stays zero.
pub fn inclinometer(trunk_from_head: &Rotation<Trunk, Head>) -> NeckAngles {
    let up = trunk_from_head.inverse().apply(&Vector3::y());
    NeckAngles {
        flexion_rad: (-up.x).atan2(up.y),
        side_bend_right_rad: (-up.z).atan2(up.y),
        rotation_left_rad: 0.0,
    }
}

/// Cardan angles, intrinsic Z-X-Y: flexion about the trunk's Z first, rotation about the head's Y
/// last, radians (the order of Wu et al., *Journal of Biomechanics* 35 (2002) 543-548, and of Mobility Lab).
/// Singular at 90 degrees of side-bend.
pub fn cardan_zxy(trunk_from_head: &Rotation<Trunk, Head>) -> NeckAngles {
    let r = trunk_from_head.quaternion().to_rotation_matrix();
    let r = r.matrix();
    NeckAngles {
        flexion_rad: r[(0, 1)].atan2(r[(1, 1)]),
        side_bend_right_rad: r[(2, 1)].clamp(-1.0, 1.0).asin(),
        rotation_left_rad: (-r[(2, 0)]).atan2(r[(2, 2)]),
    }
}
