//! A second file, with the trunk's sensor, joined to a recording.

use super::labels::claim;
use super::{Opened, OpenedTrunk, ReadError};
use crate::sample::{Clock, Clocks, Recording, SensorPlace, SensorSamples};
use crate::warning::{Warning, Warnings};

/// Adds the trunk's sensor of `trunk` to `head`: the one that is said to sit there, else the first.
///
/// # Errors
/// When both are the same file, or of different subjects or visits.
pub(super) fn join(head: &mut Opened, trunk: Opened) -> Result<(), ReadError> {
    belong_together(head, &trunk)?;
    let Opened {
        recording: Recording {
            mut sensors, about, ..
        },
        sha256,
        warnings,
        path,
        ..
    } = trunk;
    let at_trunk = |sensor: &SensorSamples| sensor.place == Some(SensorPlace::Trunk);
    let mut sensor = sensors.swap_remove(sensors.iter().position(at_trunk).unwrap_or_default());
    let recording = &mut head.recording;
    recording.clocks = relate(head_clock(recording), &mut sensor);
    recording.sensors.push(sensor);
    claim(recording, recording.sensors.len() - 1, SensorPlace::Trunk);
    // In the sidecar of a file with one sensor, the mount is that sensor's.
    let mount = about.trunk_mount.or(about.head_mount);
    recording.about.trunk_mount = mount.or(recording.about.trunk_mount);
    recording.about.simulated |= about.simulated;
    head.warnings.extend(&warnings);
    pass_over_events(about.events.len(), &mut head.warnings);
    head.trunk = Some(OpenedTrunk { path, sha256 });
    Ok(())
}

fn belong_together(head: &Opened, trunk: &Opened) -> Result<(), ReadError> {
    if head.sha256 == trunk.sha256 {
        return Err(ReadError::BadOption {
            what: "--trunk-file is the recording itself".to_owned(),
        });
    }
    let (one, other) = (&head.recording.about, &trunk.recording.about);
    let labels = [
        ("subject", &one.subject, &other.subject),
        ("visit", &one.visit, &other.visit),
    ];
    for (name, one, other) in labels {
        if let (Some(one), Some(other)) = (one, other)
            && one != other
        {
            return Err(ReadError::BadOption {
                what: format!("the recording is of {name} '{one}' and --trunk-file of '{other}'"),
            });
        }
    }
    Ok(())
}

fn head_clock(recording: &Recording) -> Clock {
    let head = recording.sensor_at(SensorPlace::Head);
    head.map_or(Clock::Own, |sensor| sensor.clock)
}

/// How the clocks of two files relate; a shared counter brings the trunk's times to the head's zero.
pub(super) fn relate(head: Clock, trunk: &mut SensorSamples) -> Clocks {
    match (head, trunk.clock) {
        (Clock::Synchronised, Clock::Synchronised) => Clocks::Shared,
        (
            Clock::Counter {
                first,
                step_s,
                modulus,
            },
            Clock::Counter {
                first: trunk_first,
                step_s: trunk_step_s,
                ..
            },
        ) if (step_s - trunk_step_s).abs() < 1e-9 * step_s => {
            let counts = nearest(trunk_first - first, modulus);
            for time_s in &mut trunk.time_s {
                *time_s += counts * step_s;
            }
            trunk.clock = head;
            Clocks::Counted
        }
        _ => Clocks::Separate,
    }
}

/// The difference of two counts, however often the counter began anew, that is nearest to zero.
fn nearest(difference: f64, modulus: f64) -> f64 {
    difference - modulus * (difference / modulus).round()
}

fn pass_over_events(count: usize, warnings: &mut Warnings) {
    warnings.add_many(Warning::Sidecar, count, || {
        "events of the trunk's file were passed over; write those of the recording beside the head's"
            .to_owned()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(first: f64) -> Clock {
        Clock::Counter {
            first,
            step_s: 0.01,
            modulus: 65_536.0,
        }
    }

    fn sensor(clock: Clock) -> SensorSamples {
        SensorSamples {
            clock,
            time_s: vec![0.0, 0.01],
            ..SensorSamples::default()
        }
    }

    #[test]
    fn equal_counts_are_one_instant_also_where_the_counter_began_anew() {
        for (head, trunk, expected_s) in [
            (100.0, 350.0, 2.5),
            (65_530.0, 4.0, 0.1),
            (4.0, 65_530.0, -0.1),
        ] {
            let mut sensor = sensor(counter(trunk));
            assert_eq!(relate(counter(head), &mut sensor), Clocks::Counted);
            assert!((sensor.time_s[0] - expected_s).abs() < 1e-12, "{sensor:?}");
        }
    }

    #[test]
    fn clocks_of_which_nothing_is_said_are_separate() {
        let kept = [Clock::Own, Clock::Synchronised, counter(1.0)];
        for (head, trunk) in kept
            .into_iter()
            .flat_map(|head| kept.map(|trunk| (head, trunk)))
        {
            let mut sensor = sensor(trunk);
            let both_own = head == Clock::Own || head != trunk;
            assert_eq!(relate(head, &mut sensor) == Clocks::Separate, both_own);
            assert_eq!(sensor.time_s, [0.0, 0.01]);
        }
    }
}
