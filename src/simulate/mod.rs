//! Recordings whose truth is known: a simulated subject who makes the seated protocol.
//!
//! One motion gives every channel. The head turns against the trunk along minimum-jerk paths
//! (Flash and Hogan 1985) between programmed poses, with tremor; the trunk follows by a part of it.
//! The quaternion is the orientation of a sensor that may sit crooked, with heading drift and noise;
//! the gyroscope is the rate that adds up to it, with bias and noise; the accelerometer feels gravity
//! and the lever arm from C7, with noise.
//!
//! Each use of random numbers has a stream of its own: turning noise on moves no repetition.

mod error;
mod limits;
mod motion;
pub(crate) mod numbers;
mod path;
mod protocol;
mod sensor;
mod settings;
mod sidecar;
mod truth;

pub use error::SimulateError;
pub use settings::{Channels, PROTOCOL_ORDER, Settings, Stated, TrunkClock};
pub use sidecar::Sidecar;
pub use truth::{RepetitionKind, TrueAngles, TrueClocks, TrueRepetition, Truth};

use nalgebra::Vector3;

use self::motion::Motion;
use self::sensor::{Device, DeviceClock};
use crate::frames::Mount;
use crate::sample::{About, Clocks, Recording, SensorPlace};

/// A simulated recording, and what is true of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// What a reader would give.
    pub recording: Recording,
    /// What an analysis should find.
    pub truth: Truth,
}

/// Simulates a recording; the same settings give the same one, to the bit.
///
/// # Errors
/// If a setting is out of its range.
pub fn simulate(settings: &Settings) -> Result<Simulated, SimulateError> {
    settings.check()?;
    let plan = protocol::plan(settings);
    let motion = Motion::new(settings, plan.path);
    let head = Device::new(settings, &motion, SensorPlace::Head);
    let trunk = settings
        .trunk
        .then(|| Device::new(settings, &motion, SensorPlace::Trunk));
    let devices = std::iter::once(&head).chain(&trunk);
    let clock = head.clock();
    Ok(Simulated {
        recording: Recording {
            sensors: devices.map(Device::samples).collect(),
            clocks: settings
                .trunk_clock
                .filter(|_| settings.trunk)
                .map_or(Clocks::Shared, |_| Clocks::Separate),
            about: about(settings),
        },
        truth: Truth {
            simulated: true,
            duration_s: clock.reading_s(motion.end_s()),
            head_from_sensor: head.segment_from_sensor_wxyz(),
            trunk_from_sensor: trunk.as_ref().map(Device::segment_from_sensor_wxyz),
            repetitions: plan
                .repetitions
                .into_iter()
                .map(|one| one.on_clock(clock.factor))
                .collect(),
            clocks: trunk
                .as_ref()
                .filter(|_| settings.trunk_clock.is_some())
                .map(|trunk| true_clocks(&clock, &trunk.clock())),
            settings: settings.clone(),
        },
    })
}

/// The line that takes the trunk clock's readings to the head clock's.
fn true_clocks(head: &DeviceClock, trunk: &DeviceClock) -> TrueClocks {
    TrueClocks {
        offset_s: head.reading_s(trunk.start_s),
        skew_ppm: (head.factor / trunk.factor - 1.0) * 1e6,
    }
}

fn about(settings: &Settings) -> About {
    let mount = Mount {
        forward: Vector3::x(),
        up: Vector3::z(),
        exact: false,
    };
    About {
        subject: Some(settings.subject.clone()),
        visit: Some(settings.visit.clone()),
        date: settings.date.clone(),
        task: Some(settings.task()),
        head_mount: settings.stated.mount.then_some(mount),
        trunk_mount: (settings.stated.mount && settings.trunk).then_some(mount),
        practice: settings.stated.protocol.then_some(settings.practice),
        events: Vec::new(),
        simulated: true,
    }
}

#[cfg(test)]
mod tests;
