//! Angles against values computed outside this program (`SciPy`'s rotations), in all three views.

#![expect(clippy::unreadable_literal, reason = "digits as they were printed")]

use nalgebra::{Quaternion, UnitQuaternion};
use neckrom::angles::{NeckAngles, twist, views};
use neckrom::frames::Rotation;

/// The quaternion `trunk_from_head` (w, x, y, z) and its angles in degrees, in the order flexion,
/// side-bend right, rotation left.
struct Row {
    case: &'static str,
    head: [f64; 4],
    swing_twist: [f64; 3],
    inclinometer: [f64; 2],
    cardan: [f64; 3],
}

const ROWS: [Row; 14] = [
    Row {
        case: "neutral",
        head: [1.0, 0.0, 0.0, 0.0],
        swing_twist: [0.0, 0.0, 0.0],
        inclinometer: [0.0, 0.0],
        cardan: [0.0, 0.0, 0.0],
    },
    Row {
        case: "flexion 50",
        head: [0.906307787, 0.0, 0.0, -0.422618262],
        swing_twist: [50.0, 0.0, 0.0],
        inclinometer: [50.0, 0.0],
        cardan: [50.0, 0.0, 0.0],
    },
    Row {
        case: "extension 60",
        head: [0.866025404, 0.0, 0.0, 0.5],
        swing_twist: [-60.0, 0.0, 0.0],
        inclinometer: [-60.0, 0.0],
        cardan: [-60.0, 0.0, 0.0],
    },
    Row {
        case: "side-bend right 40",
        head: [0.939692621, 0.342020143, 0.0, 0.0],
        swing_twist: [0.0, 40.0, 0.0],
        inclinometer: [0.0, 40.0],
        cardan: [0.0, 40.0, 0.0],
    },
    Row {
        case: "side-bend left 40",
        head: [0.939692621, -0.342020143, 0.0, 0.0],
        swing_twist: [0.0, -40.0, 0.0],
        inclinometer: [0.0, -40.0],
        cardan: [0.0, -40.0, 0.0],
    },
    Row {
        case: "rotation left 75",
        head: [0.79335334, 0.0, 0.608761429, 0.0],
        swing_twist: [0.0, 0.0, 75.0],
        inclinometer: [0.0, 0.0],
        cardan: [0.0, 0.0, 75.0],
    },
    Row {
        case: "rotation right 75",
        head: [0.79335334, 0.0, -0.608761429, 0.0],
        swing_twist: [0.0, 0.0, -75.0],
        inclinometer: [0.0, 0.0],
        cardan: [0.0, 0.0, -75.0],
    },
    Row {
        case: "side-bend right 40 coupled rot right 13.6 ext 6.4 (rotation vector)",
        head: [0.931276037, 0.341032205, -0.11595095, 0.054565153],
        swing_twist: [-11.2652, 38.8067, -14.1945],
        inclinometer: [-1.6959, 40.3916],
        cardan: [-13.3513, 38.5016, -18.8758],
    },
    Row {
        case: "rotation left 75 coupled side-bend left 8.3 flexion 6.8 (rotation vector)",
        head: [0.789278928, -0.067268266, 0.607845781, -0.055111351],
        swing_twist: [0.3005, -9.9731, 75.2017],
        inclinometer: [9.7241, -2.2786],
        cardan: [0.3036, -9.9731, 75.1753],
    },
    Row {
        case: "FRT: flexion 60 then left rotation 44 about own long axis",
        head: [0.802964772, 0.187303297, 0.324418826, -0.463591927],
        swing_twist: [60.0, 0.0, 44.0],
        inclinometer: [51.2491, 50.2691],
        cardan: [60.0, 0.0, 44.0],
    },
    Row {
        case: "FRT: flexion 60 then right rotation 28 about own long axis",
        head: [0.840300748, -0.120960948, -0.209510507, -0.485147863],
        swing_twist: [60.0, 0.0, -28.0],
        inclinometer: [56.8197, -39.1162],
        cardan: [60.0, 0.0, -28.0],
    },
    Row {
        case: "extension 70 + rotation left 80 (rotation vector)",
        head: [0.599711958, 0.0, 0.602223875, 0.526945891],
        swing_twist: [-44.877, 45.0649, 90.2395],
        inclinometer: [-54.8723, -54.9849],
        cardan: [-54.8723, 39.3962, 69.1814],
    },
    Row {
        case: "mount pitch 10 on rotation left 75",
        head: [0.79335334, 0.105710313, 0.599512975, 0.0],
        swing_twist: [7.3168, 9.6825, 74.1545],
        inclinometer: [-7.387, 9.7352],
        cardan: [7.387, 9.6559, 74.7793],
    },
    Row {
        case: "mount roll 10 on flexion 50",
        head: [0.906307787, 0.0, -0.073386891, -0.416197741],
        swing_twist: [49.0291, 3.9701, -9.2587],
        inclinometer: [49.0969, -5.3398],
        cardan: [49.0969, 3.5022, -7.6587],
    },
];

/// The rows give four decimals, and quaternions of nine digits.
const TOLERANCE_DEG: f64 = 1e-4;

fn degrees(angles: &NeckAngles) -> [f64; 3] {
    [
        angles.flexion_rad,
        angles.side_bend_right_rad,
        angles.rotation_left_rad,
    ]
    .map(f64::to_degrees)
}

#[test]
fn angles_in_three_views() {
    for row in ROWS {
        let [w, x, y, z] = row.head;
        let q = UnitQuaternion::from_quaternion(Quaternion::new(w, x, y, z));
        let trunk_from_head = Rotation::claim(q);
        let close = |found: [f64; 3], expected: &[f64], view: &str| {
            for (a, b) in found.iter().zip(expected) {
                let case = row.case;
                assert!(
                    (a - b).abs() < TOLERANCE_DEG,
                    "{case}, {view}: {found:?} {expected:?}"
                );
            }
        };
        close(
            degrees(&twist::angles(&trunk_from_head)),
            &row.swing_twist,
            "swing and twist",
        );
        close(
            degrees(&views::inclinometer(&trunk_from_head)),
            &row.inclinometer,
            "inclinometer",
        );
        close(
            degrees(&views::cardan_zxy(&trunk_from_head)),
            &row.cardan,
            "Cardan Z-X-Y",
        );
    }
}
