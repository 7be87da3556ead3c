//! A finding in words.

use serde_json::{Value, json};

use crate::read::convention::{Candidate, Finding, Outcome};

/// Conventions that are named; of more only the number is said.
const MOST_NAMED: usize = 3;

pub(super) const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fits => "fits",
        Outcome::OtherFits => "other_fits",
        Outcome::NothingFits => "nothing_fits",
        Outcome::CannotTell => "cannot_tell",
    }
}

/// How the convention that the recording was read with fits.
pub(super) fn verdict(finding: &Finding) -> String {
    let off = off(&finding.given);
    let with = match finding.given.options() {
        given if given.is_empty() => "as read".to_owned(),
        given => format!("with {}", given.join(" ")),
    };
    let shown = shown_by(finding);
    match finding.outcome {
        Outcome::Fits => format!("fits {with}: {off}; {shown}"),
        Outcome::OtherFits => format!("does not fit {with}: {off}; {shown}"),
        Outcome::NothingFits => match finding.unlevel_deg {
            Some(deg) => format!(
                "the orientation is not level: the vertical is {deg:.0} degrees from its nearest \
                 axis in all poses; export without a reset to zero; {shown}"
            ),
            None => format!("does not fit {with}, nor any other way: {off}; {shown}"),
        },
        Outcome::CannotTell if finding.has_quaternions => format!("cannot tell; {shown}"),
        Outcome::CannotTell => "none to find out: no quaternions".to_owned(),
    }
}

/// What the verdict rests on.
fn shown_by(finding: &Finding) -> String {
    let (poses, turns) = (finding.poses, finding.turns);
    let tilted_deg = finding.tilted_deg;
    match (poses, turns) {
        (0, 0) => "no pose with an accelerometer, no turn with a gyroscope".to_owned(),
        (0, _) => format!("from {turns} turns, nothing shows which way is up"),
        (1, 0) => "from one pose".to_owned(),
        (1, _) => format!("from one pose and {turns} turns"),
        (_, 0) => format!("from {poses} poses tilted by up to {tilted_deg:.0} degrees"),
        _ => {
            format!("from {poses} poses tilted by up to {tilted_deg:.0} degrees and {turns} turns")
        }
    }
}

pub(super) fn off(candidate: &Candidate) -> String {
    let gravity = candidate.accel_deg.map(|deg| format!("gravity {deg:.1}"));
    let turning = candidate.gyro_deg.map(|deg| format!("turning {deg:.1}"));
    let parts: Vec<String> = gravity.into_iter().chain(turning).collect();
    if parts.is_empty() {
        "nothing to compare".to_owned()
    } else {
        format!("{} degrees off", parts.join(" and "))
    }
}

pub(super) fn options(candidate: &Candidate) -> String {
    match candidate.options() {
        none if none.is_empty() => "no option".to_owned(),
        options => options.join(" "),
    }
}

/// What fits as well, the first few.
pub(super) fn besides(finding: &Finding) -> Option<String> {
    let all: Vec<&Candidate> = finding.besides().collect();
    let fewest = all.first().map_or(0, |one| one.options().len());
    let simple = all.iter().filter(|one| one.options().len() == fewest);
    let simple: Vec<String> = simple.take(MOST_NAMED).map(|one| options(one)).collect();
    let more = all.len() - simple.len();
    let named = simple.join("; ");
    let more = match more {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    (!named.is_empty()).then(|| format!("not excluded: {named}{more}"))
}

pub(super) fn units(finding: &Finding) -> Vec<String> {
    let unit = |known: bool, other: &'static str| if known { "its unit is another" } else { other };
    let gyro = finding.gyro.map(|gyro| {
        let (ratio, unit) = (
            gyro.size,
            unit(gyro.unit.is_some(), "times or rate may be wrong"),
        );
        let against = if finding.has_quaternions {
            "the quaternion's"
        } else {
            "that of gravity in sensor axes"
        };
        format!("gyroscope speed is {ratio:.3} times {against}: {unit}")
    });
    let accel = finding.accel.map(|accel| {
        let (size, unit) = (
            accel.size,
            unit(accel.unit.is_some(), "no unit explains it"),
        );
        format!("accelerometer at rest is {size:.2} m/s², not 9.81: {unit}")
    });
    gyro.into_iter().chain(accel).collect()
}

pub(super) fn candidate_json(candidate: &Candidate) -> Value {
    json!({
        "options": candidate.options(),
        "gravity_off_deg": candidate.accel_deg,
        "turning_off_deg": candidate.gyro_deg,
    })
}
