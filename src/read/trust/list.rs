//! Everything that was checked in a sensor's samples, with how it came out, for people.

use super::Trust;
use crate::read::check::Check;
use crate::read::convention::Outcome;
use crate::read::faults::{Fault, FaultKind};
use crate::sample::SensorSamples;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing wrong.
    Passed,
    /// Something is.
    Failed,
    /// The samples do not tell.
    CannotTell,
}

impl Verdict {
    /// `passed`, `failed` or `cannot tell`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::CannotTell => "cannot tell",
        }
    }

    /// Snake case, for JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::CannotTell => "cannot_tell",
        }
    }
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfCheck {
    /// Stable name, snake case.
    pub code: &'static str,
    /// For people.
    pub title: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was seen.
    pub seen: String,
}

/// A kind of check that looks for faults in the samples.
struct Looking {
    code: &'static str,
    title: &'static str,
    kinds: &'static [FaultKind],
    /// It looks at the quaternions, or at any channel.
    at_quaternions: bool,
    none: &'static str,
}

const LOOKING: [Looking; 5] = [
    Looking {
        code: "start",
        title: "start",
        kinds: &[FaultKind::StartTransient],
        at_quaternions: true,
        none: "no jump and no settling",
    },
    Looking {
        code: "stale",
        title: "frozen values",
        kinds: &[FaultKind::StaleOrientation, FaultKind::StaleChannel],
        at_quaternions: false,
        none: "none while the sensor turns",
    },
    Looking {
        code: "jumps",
        title: "jumps",
        kinds: &[FaultKind::HeadingReset, FaultKind::ImpossibleStep],
        at_quaternions: true,
        none: "none",
    },
    Looking {
        code: "range",
        title: "end of range",
        kinds: &[FaultKind::Clipped],
        at_quaternions: false,
        none: "never reached",
    },
    Looking {
        code: "quaternions",
        title: "quaternions",
        kinds: &[FaultKind::QuantisedQuaternion, FaultKind::ZeroQuaternion],
        at_quaternions: true,
        none: "length one, digits enough",
    },
];

/// All checks of a sensor, in a fixed order; `check` and `faults` are those of its samples.
pub fn self_checks(
    trust: &Trust,
    sensor: &SensorSamples,
    check: &Check,
    faults: &[Fault],
) -> Vec<SelfCheck> {
    let mut all = vec![
        convention(trust),
        angles(trust),
        gyro_unit(trust, sensor),
        accel_unit(trust, sensor),
        times(trust, check),
    ];
    all.extend(LOOKING.iter().map(|one| {
        let found = looked(one, sensor, faults);
        if one.code == "quaternions" {
            with_corrupt(found, check.corrupt_quaternions)
        } else {
            found
        }
    }));
    all
}

fn made(code: &'static str, title: &'static str, verdict: Verdict, seen: String) -> SelfCheck {
    SelfCheck {
        code,
        title,
        verdict,
        seen,
    }
}

fn convention(trust: &Trust) -> SelfCheck {
    let finding = &trust.finding;
    let made = |verdict, seen| made("convention", "orientation", verdict, seen);
    if let Some(seen) = trust.convention_off() {
        let todo = trust.instead();
        let todo = todo.map_or_else(String::new, |todo| format!(": {todo}"));
        return made(Verdict::Failed, format!("{seen}{todo}"));
    }
    if !finding.has_quaternions {
        let seen = "no quaternions: fused from gyroscope and accelerometer".to_owned();
        return made(Verdict::CannotTell, seen);
    }
    if finding.outcome == Outcome::CannotTell {
        let seen = "no accelerometer at rest and no gyroscope to compare with".to_owned();
        return made(Verdict::CannotTell, seen);
    }
    let gravity = finding.given.accel_deg;
    let gravity = gravity.map(|deg| format!("gravity {deg:.1}° off the vertical"));
    let turns = finding.given.gyro_deg;
    let turns = turns.map(|deg| format!("turns {deg:.1}° off the gyroscope's"));
    let seen: Vec<String> = gravity.into_iter().chain(turns).collect();
    made(Verdict::Passed, seen.join(", "))
}

fn angles(trust: &Trust) -> SelfCheck {
    let made = |verdict, seen| made("angles", "angles", verdict, seen);
    match (trust.angles_off(), trust.angles_off_deg) {
        (Some(seen), _) => made(Verdict::Failed, seen),
        (None, Some(off_deg)) => {
            let seen = format!("{off_deg:.2}° off the quaternions");
            made(Verdict::Passed, seen)
        }
        (None, None) => made(
            Verdict::CannotTell,
            "no angles beside quaternions".to_owned(),
        ),
    }
}

fn gyro_unit(trust: &Trust, sensor: &SensorSamples) -> SelfCheck {
    let finding = &trust.finding;
    let made = |verdict, seen| made("gyroscope_unit", "gyroscope unit", verdict, seen);
    if let Some(seen) = trust.gyro_off() {
        return made(Verdict::Failed, seen);
    }
    match finding.tilting {
        _ if sensor.gyro_rad_s.is_none() => made(Verdict::CannotTell, "no gyroscope".to_owned()),
        Some(tilting) => {
            let ratio = tilting.ratio;
            let seen = format!("{ratio:.2} times as fast as gravity turns in sensor axes");
            made(Verdict::Passed, seen)
        }
        None if finding.turns > 0 => made(
            Verdict::Passed,
            "as fast as the quaternions turn".to_owned(),
        ),
        None => made(Verdict::CannotTell, "too little turning".to_owned()),
    }
}

fn accel_unit(trust: &Trust, sensor: &SensorSamples) -> SelfCheck {
    let made = |verdict, seen| made("accelerometer_unit", "accelerometer unit", verdict, seen);
    if let Some(seen) = trust.accel_off() {
        return made(Verdict::Failed, seen);
    }
    match trust.finding.rest_m_s2 {
        _ if sensor.accel_m_s2.is_none() => {
            made(Verdict::CannotTell, "no accelerometer".to_owned())
        }
        Some(size) => made(Verdict::Passed, format!("{size:.2} m/s² at rest")),
        None => made(Verdict::CannotTell, "never at rest".to_owned()),
    }
}

fn times(trust: &Trust, check: &Check) -> SelfCheck {
    let made = |verdict, seen| made("times", "times", verdict, seen);
    if let Some(few) = trust.few_times {
        return made(Verdict::Failed, few.words());
    }
    let longest_s = check.longest_step_s;
    let parts = [
        (check.gaps, format!("gaps, the longest {longest_s:.2} s")),
        (check.duplicates, "repeated".to_owned()),
        (check.backwards, "earlier than the one before".to_owned()),
    ];
    let parts = parts.into_iter().filter(|part| part.0 > 0);
    let parts: Vec<String> = parts.map(|(count, of)| format!("{count} {of}")).collect();
    if parts.is_empty() {
        made(Verdict::Passed, "rise, without gaps".to_owned())
    } else {
        made(Verdict::Failed, parts.join("; "))
    }
}

fn looked(one: &Looking, sensor: &SensorSamples, faults: &[Fault]) -> SelfCheck {
    let made = |verdict, seen| made(one.code, one.title, verdict, seen);
    let found = faults
        .iter()
        .filter(|fault| one.kinds.contains(&fault.kind));
    let words = |fault: &Fault| {
        let (count, seconds) = (fault.count, fault.seconds);
        format!("{} ({count}, {seconds:.2} s)", fault.message)
    };
    let found: Vec<String> = found.map(words).collect();
    if !found.is_empty() {
        return made(Verdict::Failed, found.join("; "));
    }
    if one.at_quaternions && sensor.earth_from_sensor.is_none() {
        return made(Verdict::CannotTell, "no quaternions".to_owned());
    }
    made(Verdict::Passed, one.none.to_owned())
}

/// Corrupt quaternions are counted elsewhere; those of zeros are among them.
fn with_corrupt(found: SelfCheck, corrupt: usize) -> SelfCheck {
    if corrupt == 0 {
        return found;
    }
    let more = match found.verdict {
        Verdict::Failed => format!("; {}", found.seen),
        Verdict::Passed | Verdict::CannotTell => String::new(),
    };
    SelfCheck {
        verdict: Verdict::Failed,
        seen: format!("{corrupt} corrupt{more}"),
        ..found
    }
}
