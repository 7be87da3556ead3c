//! What an analysis has to say besides its numbers.

use super::Settings;
use crate::movement::{LeftOut, Repetition};
use crate::orientation::heading::Drift;
use crate::units::SECONDS_PER_MINUTE;
use crate::warning::{Warning, Warnings};

/// Heading drift over which results carry a warning, rad/s: 3 degrees a minute.
const DRIFT_RAD_S_MAX: f64 = 3.0 * std::f64::consts::PI / 180.0 / SECONDS_PER_MINUTE;

/// No repetition was found.
pub(super) fn of_nothing(repetitions: &[Repetition], settings: &Settings, warnings: &mut Warnings) {
    warnings.add_many(
        Warning::NothingFound,
        usize::from(repetitions.is_empty()),
        || {
            let least = settings.repetition.excursion_rad.to_degrees();
            format!(
                "no movement of {least:.0}° or more that starts and ends in neutral; ask the subject \
                 to come back to neutral and pause after each movement"
            )
        },
    );
}

/// Repetitions that were left out though they were complete.
pub(super) fn of_repetitions(repetitions: &[Repetition], warnings: &mut Warnings) {
    let reasons = [
        (
            LeftOut::OtherMovement,
            Warning::LabelDisagrees,
            "repetitions of another movement than the trial is labelled with were left out",
        ),
        (
            LeftOut::BadSamples,
            Warning::BadSamples,
            "repetitions with too many missing or unsound samples were left out",
        ),
    ];
    for (reason, warning, message) in reasons {
        let of_it = || repetitions.iter().filter(|r| r.left_out == Some(reason));
        let seconds = of_it().map(|r| r.end_s - r.start_s).sum();
        warnings.add_lasting(warning, of_it().count(), seconds, || message.to_owned());
    }
}

/// Heading drift that could not be told, or is large.
pub(super) fn of_drift(drift: Option<&Drift>, settings: &Settings, warnings: &mut Warnings) {
    let Some(drift) = drift else {
        warnings.add(Warning::DriftUnknown, || {
            "too few still windows in neutral to tell the heading drift; none was taken out"
                .to_owned()
        });
        return;
    };
    if drift.slope_rad_s.abs() > DRIFT_RAD_S_MAX {
        let deg_per_min = drift.slope_rad_s.to_degrees() * SECONDS_PER_MINUTE;
        let what = if settings.keep_drift {
            "it was left in; each repetition is measured from its own zero"
        } else {
            "it was taken out between the returns to neutral"
        };
        warnings.add_lasting(
            Warning::HeadingDrift,
            drift.rests(),
            drift.spread_s(),
            || format!("heading drifts by {deg_per_min:.1} deg/min; {what}"),
        );
    }
}
