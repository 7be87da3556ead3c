//! Both sensors on one even time base, where the head rests, and its heading drift taken out.

use crate::orientation::align::Motion;
use crate::orientation::clock::EvenSamples;
use crate::orientation::fuse::{self, Source};
use crate::orientation::heading::{Drift, Rest};
use crate::orientation::still::{self, Neutral, StillWindow};
use crate::orientation::synchronise::{self, Timing};
use crate::orientation::{OrientationError, pair, restart, speed};
use crate::pipeline::{Settings, labels};
use crate::read::faults::{Fault, FaultKind, faults};
use crate::read::sensor_names;
use crate::sample::{About, Clocks, SensorPlace, SensorSamples};
use crate::warning::{Warning, Warnings};

/// The sensors on one even time base, and where the head rests.
pub(super) struct Oriented {
    pub(super) head: EvenSamples,
    pub(super) trunk: Option<EvenSamples>,
    pub(super) speed_rad_s: Vec<f64>,
    pub(super) windows: Vec<StillWindow>,
    pub(super) neutral: Neutral,
    /// How the trunk sensor's time was brought to the head's, with two sensors.
    pub(super) timing: Option<Timing>,
    /// Heading drift of the head (against the trunk, with two sensors); `None` when it cannot be told.
    pub(super) drift: Option<Drift>,
}

impl Oriented {
    pub(super) fn head_motion(&self) -> Motion<'_> {
        Motion {
            samples: &self.head,
            neutral: &self.neutral,
        }
    }

    /// Estimates the heading drift, and takes it out unless it is to be kept.
    fn close_drift(&mut self, settings: &Settings) {
        let neutral = &self.neutral.window;
        let mut rests = still::rests(neutral, &self.neutral.returns, &self.head);
        if let Some(trunk) = &self.trunk {
            subtract(&mut rests, &self.trunk_rests(trunk));
        }
        let neutral_s = still::middle_s(neutral, &self.head);
        let mut restarts_s = self.head.restarts_s.clone();
        if let Some(trunk) = &self.trunk {
            restarts_s = pair::merged(&restarts_s, &trunk.restarts_s);
        }
        self.drift = Drift::estimate(&rests, &restarts_s, neutral_s, settings.rests);
        let Some(drift) = self.drift.as_ref().filter(|_| !settings.keep_drift) else {
            return;
        };
        drift.remove(&self.head.time_s, &mut self.head.earth_from_sensor);
        let windows = [&mut self.windows, &mut self.neutral.returns];
        for window in windows.into_iter().flatten() {
            window.refresh(&self.head);
        }
        self.neutral.window.refresh(&self.head);
    }

    /// Heading of the trunk sensor while the head rests in neutral.
    fn trunk_rests(&self, trunk: &EvenSamples) -> Vec<Rest> {
        let mut neutral = self.neutral.window.clone();
        let mut returns = self.neutral.returns.clone();
        neutral.refresh(trunk);
        for window in &mut returns {
            window.refresh(trunk);
        }
        still::rests(&neutral, &returns, trunk)
    }
}

fn subtract(rests: &mut [Rest], others: &[Rest]) {
    for (rest, other) in rests.iter_mut().zip(others) {
        rest.heading_rad -= other.heading_rad;
    }
}

/// Brings the recording's sensors to orientation on one time base, and finds neutral.
pub(super) fn orient(
    sensors: Vec<SensorSamples>,
    clocks: Clocks,
    about: &About,
    settings: &Settings,
    warnings: &mut Warnings,
) -> Result<Oriented, OrientationError> {
    let Sensors {
        mut head,
        mut trunk,
        timing,
    } = paired(sensors, clocks, about, settings, warnings)?;
    for samples in [Some(&mut head), trunk.as_mut()].into_iter().flatten() {
        if !still::low_pass(samples, settings.filter_hz) {
            warnings.add(Warning::FilterSkipped, || {
                format!(
                    "{:.1} Hz is too slow for the {} Hz low-pass",
                    samples.rate_hz, settings.filter_hz
                )
            });
        }
    }
    let (q, segments) = (&head.earth_from_sensor, &head.segments);
    let speed_rad_s = speed::angular_speed(q, segments, head.rate_hz);
    let mut windows = still::windows(&head, &speed_rad_s, &settings.still);
    restart::join(&mut head, &mut windows, &settings.still);
    if let Some(trunk) = &mut trunk {
        join_sections(trunk, settings);
    }
    let labelled = labels::labelled_neutral(about, &head);
    let neutral = still::neutral(&windows, &head, labelled, &settings.still)?;
    let mut oriented = Oriented {
        head,
        trunk,
        speed_rad_s,
        windows,
        neutral,
        timing,
        drift: None,
    };
    oriented.close_drift(settings);
    Ok(oriented)
}

/// Gives the sections between restarts of the trunk sensor one heading.
fn join_sections(trunk: &mut EvenSamples, settings: &Settings) {
    if trunk.restarts_s.is_empty() {
        return;
    }
    let (q, segments) = (&trunk.earth_from_sensor, &trunk.segments);
    let speed_rad_s = speed::angular_speed(q, segments, trunk.rate_hz);
    let mut windows = still::windows(trunk, &speed_rad_s, &settings.still);
    restart::join(trunk, &mut windows, &settings.still);
}

/// Head and trunk, oriented and on one time base.
struct Sensors {
    head: EvenSamples,
    trunk: Option<EvenSamples>,
    timing: Option<Timing>,
}

fn paired(
    mut sensors: Vec<SensorSamples>,
    clocks: Clocks,
    about: &About,
    settings: &Settings,
    warnings: &mut Warnings,
) -> Result<Sensors, OrientationError> {
    let (count, names) = (sensors.len(), sensor_names(&sensors));
    let no_head = |names| OrientationError::NoHeadSensor { names };
    let Some(head) = taken(&mut sensors, SensorPlace::Head) else {
        return Err(no_head(names));
    };
    let trunk = taken(&mut sensors, SensorPlace::Trunk);
    drop(sensors);
    let both: Vec<SensorSamples> = [Some(head), trunk].into_iter().flatten().collect();
    let seen: Vec<Vec<Seen>> = both.iter().map(seen).collect();
    let mut even = fuse::orientations(both, settings.fuse, settings.gap_s, warnings)?;
    for (even, seen) in even.iter_mut().zip(seen) {
        // They went into the orientation.
        (even.accel_m_s2, even.mag) = (None, None);
        mark_faults(seen, even, warnings);
    }
    let mut even = even.into_iter();
    let (Some(mut head), trunk) = (even.next(), even.next()) else {
        return Err(no_head(names));
    };
    mark_restarts(about, &mut head);
    if let Some(trunk) = trunk {
        let (mut trunk, timing) = synchronise::on_head_clock(clocks, &head, trunk, warnings)?;
        mark_restarts(about, &mut trunk);
        let (head, trunk) = pair::pair(&head, &trunk)?;
        return Ok(Sensors {
            head,
            trunk: Some(trunk),
            timing: Some(timing),
        });
    }
    warnings.add(Warning::SingleSensor, || single_sensor(count, &names));
    Ok(Sensors {
        head,
        trunk: None,
        timing: None,
    })
}

/// The sensor at this place, out of all.
fn taken(sensors: &mut Vec<SensorSamples>, place: SensorPlace) -> Option<SensorSamples> {
    let at = sensors.iter().position(|one| one.place == Some(place))?;
    Some(sensors.remove(at))
}

/// The restarts that the recording says, on samples that keep its time.
fn mark_restarts(about: &About, even: &mut EvenSamples) {
    for time_s in labels::restarts_s(about) {
        even.restart(time_s);
    }
}

fn single_sensor(count: usize, names: &str) -> String {
    let single = "one sensor: movement of the trunk counts as movement of the neck";
    if count > 1 {
        format!("{single}; sensors here: {names}; pass --trunk NAME if one sits on the trunk")
    } else {
        single.to_owned()
    }
}

/// A fault with the times of its samples, where they matter.
struct Seen {
    fault: Fault,
    times_s: Vec<f64>,
}

/// What is wrong with a sensor's samples.
fn seen(sensor: &SensorSamples) -> Vec<Seen> {
    let seen = |fault: Fault| {
        let matter = fault.kind == FaultKind::HeadingReset || fault.kind.spoils_samples();
        let samples = fault.samples.iter().cloned().flatten();
        let times_s = samples.filter(|_| matter).map(|k| sensor.time_s[k]);
        Seen {
            times_s: times_s.collect(),
            fault,
        }
    };
    faults(sensor).into_iter().map(seen).collect()
}

/// Counts what is wrong with a sensor's samples, and marks those as bad that it spoils; no movement
/// goes on across a jump of the heading.
fn mark_faults(seen: Vec<Seen>, even: &mut EvenSamples, warnings: &mut Warnings) {
    let fused = even.source != Source::Device;
    for Seen { fault, times_s } in seen {
        if fused && fault.kind.concerns_orientation() {
            continue;
        }
        warnings.add_lasting(fault.kind.warning(), fault.count, fault.seconds, || {
            fault.message.clone()
        });
        if fault.kind == FaultKind::HeadingReset {
            for time_s in &times_s {
                even.restart(*time_s);
            }
        }
        // Zeros were dropped, and are missing already; a stale channel spoils what is fused of it.
        let passed_over = fault.kind == FaultKind::ZeroQuaternion
            || (fault.kind == FaultKind::StaleChannel && !fused);
        if fault.kind.spoils_samples() && !passed_over {
            even.bad_s.extend(times_s);
        }
    }
    even.bad_s.retain(|t| t.is_finite());
    even.bad_s.sort_by(f64::total_cmp);
    even.bad_s.dedup();
}
