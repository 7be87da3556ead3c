//! Every convention against the evidence: which ones does it leave?

use nalgebra::Vector3;

use super::candidate::{Candidate, Taken, measured, off_vertical_deg, rms_deg, verticals};
use super::evidence::Evidence;
use super::{Convention, Mirror, Up};
use crate::read::ReadOptions;

/// What is off by more than the best one's so many times ...
const EXCLUDED_TIMES: f64 = 2.0;
/// ... and so many degrees is excluded by it.
const EXCLUDED_DEG: f64 = 5.0;

/// What the evidence says about the convention that a recording was read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It fits.
    Fits,
    /// It does not, and another does.
    OtherFits,
    /// None does.
    NothingFits,
    /// There is no evidence.
    CannotTell,
}

/// The candidates, judged.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    pub(super) outcome: Outcome,
    /// The convention that the recording was read with.
    pub(super) given: Candidate,
    /// Those that fit and that the evidence does not tell apart: the one given, if it does, then
    /// simplest first.
    pub(super) fitting: Vec<Candidate>,
    /// The nearest one that is excluded.
    pub(super) next: Option<Candidate>,
}

/// What there is to say when the convention given is so near that no other can exclude it, or when
/// there is no evidence; `None` when the others must be looked at.
pub(super) fn glance_at(evidence: &Evidence, options: &ReadOptions) -> Option<Judged> {
    let given = given(evidence, options);
    let none = evidence.poses.is_empty() && evidence.turns.is_empty();
    let near = given.fits() && given.off_deg() <= EXCLUDED_DEG;
    (none || near).then(|| Judged {
        outcome: if none {
            Outcome::CannotTell
        } else {
            Outcome::Fits
        },
        given,
        fitting: if none { Vec::new() } else { vec![given] },
        next: None,
    })
}

/// Judges all conventions; `options` say which one the recording was read with, and `gravity_down`
/// whether the accelerometer gives gravity, if that is known.
pub(super) fn judge(
    evidence: &Evidence,
    options: &ReadOptions,
    gravity_down: Option<bool>,
) -> Judged {
    let given = given(evidence, options);
    let mut judged = Judged {
        outcome: Outcome::CannotTell,
        given,
        fitting: Vec::new(),
        next: None,
    };
    if evidence.poses.is_empty() && evidence.turns.is_empty() {
        return judged;
    }
    let mut all = vec![given];
    all.extend(candidates(evidence, &given));
    all.sort_by(|one, other| one.off_deg().total_cmp(&other.off_deg()));
    let possible =
        |one: &Candidate| gravity_down.is_none_or(|down| one.convention.gravity_down == down);
    let best = all.iter().find(|one| possible(one));
    let limit_deg = best.map_or(0.0, Candidate::off_deg) * EXCLUDED_TIMES + EXCLUDED_DEG;
    let good = |one: &Candidate| possible(one) && one.fits() && one.off_deg() <= limit_deg;
    let (mut fitting, others): (Vec<Candidate>, Vec<Candidate>) = all.into_iter().partition(good);
    fitting.sort_by_key(|one| (*one != given, one.options().len()));
    judged.fitting = distinct(fitting);
    judged.next = others.first().copied();
    judged.outcome = match (good(&given), judged.fitting.is_empty()) {
        (true, _) => Outcome::Fits,
        (false, false) => Outcome::OtherFits,
        (false, true) => Outcome::NothingFits,
    };
    judged
}

/// The convention that the recording was read with.
fn given(evidence: &Evidence, options: &ReadOptions) -> Candidate {
    let verticals = verticals(evidence, Taken::Rightly, options.convention);
    Candidate {
        order: options.quaternion_order,
        ..measured(evidence, &verticals, Taken::Rightly, options.convention)
    }
}

/// Without those that are another way to write an earlier one.
fn distinct(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut distinct: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        if !distinct.iter().any(|earlier| earlier.is_same(&candidate)) {
            distinct.push(candidate);
        }
    }
    distinct
}

/// All others that are tried.
fn candidates(evidence: &Evidence, given: &Candidate) -> Vec<Candidate> {
    let ups = ups(evidence, given);
    let new_order = |sides: &(Taken, Convention)| {
        let order = sides.0.order();
        order.is_none() || order != given.order
    };
    let is_given = |one: &Candidate| one.order == given.order && one.convention == given.convention;
    let mut all = Vec::new();
    for (taken, sides) in all_sides().filter(new_order) {
        let verticals = verticals(evidence, taken, sides);
        let found = measured(evidence, &verticals, taken, sides);
        all.extend(ups.iter().map(|&(up, gravity_down)| {
            let convention = Convention {
                up,
                gravity_down,
                ..sides
            };
            Candidate {
                order: taken.order().or(given.order),
                convention,
                accel_deg: off_vertical_deg(&verticals, convention),
                ..found
            }
        }));
    }
    all.retain(|one| !is_given(one));
    all
}

/// Which way may be up, and whether gravity points down. Without poses nothing says it, and it is
/// left as given.
fn ups(evidence: &Evidence, given: &Candidate) -> Vec<(Up, bool)> {
    if evidence.poses.is_empty() {
        return vec![(given.convention.up, given.convention.gravity_down)];
    }
    vec![
        (Up::Z, false),
        (Up::Y, false),
        (Up::MinusZ, false),
        (Up::Z, true),
        (Up::Y, true),
    ]
}

/// Every way to take the quaternions, up and gravity aside.
fn all_sides() -> impl Iterator<Item = (Taken, Convention)> {
    let mirrors = || std::iter::once(None).chain(Mirror::ALL.into_iter().map(Some));
    let directions = || [false, true].into_iter();
    let sides = move || {
        directions().flat_map(move |conjugate| {
            mirrors().map(move |left_handed| Convention {
                conjugate,
                left_handed,
                ..Convention::default()
            })
        })
    };
    Taken::ALL
        .into_iter()
        .flat_map(move |taken| sides().map(move |sides| (taken, sides)))
}

/// Where the vertical lies in the file's earth when quaternions are taken the way in which it
/// wanders least, and how much it does, degrees.
pub(super) fn vertical(evidence: &Evidence) -> Option<(Vector3<f64>, f64)> {
    let found = all_sides().filter_map(|(taken, sides)| {
        let verticals = verticals(evidence, taken, sides);
        let units = verticals.iter().filter_map(|v| v.try_normalize(0.0));
        let mean = units.sum::<Vector3<f64>>().try_normalize(1e-9)?;
        Some((mean, rms_deg(&verticals, &mean)?))
    });
    found.min_by(|one, other| one.1.total_cmp(&other.1))
}
