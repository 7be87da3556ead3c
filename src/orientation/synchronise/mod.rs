//! Two sensors with a clock each: the trunk's times brought to the head's clock.
//!
//! The trunk follows the head by a few per cent, and that is enough: both angular velocities, slow
//! and in earth axes, are compared whichever way the two earths are turned (`correlate`). First a
//! part of the recording against all lags, which tells the offset to some samples; then windows along
//! the recording near it, ever farther from that part (`windows`); then a straight line through
//! their offsets that passes over wrong ones (`line`): its height is the offset, its slope the skew.
//! Where the movements have too little in common, or fit in two places, nothing is guessed.

mod correlate;
mod line;
mod signal;
mod windows;

use std::ops::Range;

use self::correlate::{Search, search};
use self::line::Line;
use self::signal::{RATE_HZ, Signal};
use self::windows::Windows;
use super::OrientationError;
use super::clock::EvenSamples;
use crate::sample::Clocks;
use crate::warning::{Warning, Warnings};

/// Longest part that is compared at all lags, seconds. Over a longer one clocks run apart.
const PART_S: f64 = 180.0;
/// Most parts that are tried.
const PARTS: usize = 8;
/// Correlation of the best part under which nothing is told.
const CORRELATION_MIN: f64 = 0.5;
/// Another lag with more than this share of the best one's evidence may be the right one.
const NEXT_SHARE: f64 = 0.7;

/// How the trunk's times came to the head's clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Timing {
    /// They were on it.
    SharedClock,
    /// By the count of a base that both sensors share.
    Counters,
    /// By the movement that both sensors show.
    Correlated(Correlation),
}

impl Timing {
    /// The stable name in results.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SharedClock => "shared_clock",
            Self::Counters => "counters",
            Self::Correlated(_) => "correlated",
        }
    }

    /// What was found, if it had to be.
    pub const fn correlation(&self) -> Option<&Correlation> {
        match self {
            Self::Correlated(correlation) => Some(correlation),
            Self::SharedClock | Self::Counters => None,
        }
    }
}

/// Two clocks as their sensors' movement tells them: `head = trunk + offset_s + skew * (trunk - from_s)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// First time of the trunk sensor, seconds of its clock.
    pub from_s: f64,
    /// What the head's clock reads then, less what the trunk's reads, seconds.
    pub offset_s: f64,
    /// Seconds that the head's clock counts more in each of the trunk's; times 1e6 in ppm.
    pub skew: f64,
    /// Standard deviation of the windows' offsets about the line, seconds; robust.
    pub scatter_s: f64,
    /// Standard error of the offset where it is largest, seconds.
    pub error_s: f64,
    /// Mean correlation of the windows used, weighted by how much they move; 0 to 1.
    pub correlation: f64,
    /// Windows used.
    pub windows: usize,
}

impl Correlation {
    /// A time of the trunk's clock on the head's.
    pub fn head_s(&self, trunk_s: f64) -> f64 {
        trunk_s + self.offset_s + self.skew * (trunk_s - self.from_s)
    }
}

/// Puts the trunk's samples on the head's clock, as the recording says that the clocks relate.
///
/// # Errors
/// With separate clocks: when the movement does not tell how they relate; see [`find`].
pub fn on_head_clock(
    clocks: Clocks,
    head: &EvenSamples,
    trunk: EvenSamples,
    warnings: &mut Warnings,
) -> Result<(EvenSamples, Timing), OrientationError> {
    match clocks {
        Clocks::Shared => Ok((trunk, Timing::SharedClock)),
        Clocks::Counted => Ok((trunk, Timing::Counters)),
        Clocks::Separate => {
            let found = find(head, &trunk)?;
            warn(&found, warnings);
            Ok((moved(trunk, &found), Timing::Correlated(found)))
        }
    }
}

fn warn(found: &Correlation, warnings: &mut Warnings) {
    warnings.add(Warning::ClocksCorrelated, || {
        format!(
            "each sensor has its own clock; by their common movement, head less trunk is {:+.3} s when \
             the trunk sensor starts and changes by {:+.0} ppm; scatter {:.1} ms, correlation {:.2}",
            found.offset_s,
            found.skew * 1e6,
            found.scatter_s * 1e3,
            found.correlation
        )
    });
}

fn moved(mut trunk: EvenSamples, found: &Correlation) -> EvenSamples {
    let times = [&mut trunk.time_s, &mut trunk.bad_s, &mut trunk.restarts_s];
    for time_s in times.into_iter().flatten() {
        *time_s = found.head_s(*time_s);
    }
    trunk.rate_hz /= 1.0 + found.skew;
    trunk
}

/// Finds how the two clocks relate from the movement that both sensors show.
///
/// # Errors
/// [`OrientationError::ClocksUnknown`] when the movements have too little in common, fit in several
/// places, or leave the offset uncertain by more than 50 ms somewhere.
pub fn find(head: &EvenSamples, trunk: &EvenSamples) -> Result<Correlation, OrientationError> {
    let unknown = |reason: String| OrientationError::ClocksUnknown { reason };
    let gaps = || unknown("the samples have gaps far longer than themselves".to_owned());
    let head = Signal::new(head).ok_or_else(gaps)?;
    let trunk = Signal::new(trunk).ok_or_else(gaps)?;
    let (part, found) =
        best_part(&head, &trunk).ok_or_else(|| unknown("nothing moves".to_owned()))?;
    judge(&found).map_err(unknown)?;
    let offset_s = head.start_s - trunk.start_s + found.best.lag as f64 / RATE_HZ;
    let middle_s = trunk.time_s(f64::midpoint(part.start as f64, part.end as f64));
    let windows = Windows {
        head: &head,
        trunk: &trunk,
    };
    let line = windows
        .grow(part, Line::level(middle_s, offset_s))
        .ok_or_else(|| unknown("too few moments in which both sensors move together".to_owned()))?;
    windows.result(&line).map_err(unknown)
}

/// Parts of the trunk's signal against all of the head's; the one whose best lag stands out most.
fn best_part(head: &Signal, trunk: &Signal) -> Option<(Range<usize>, Search)> {
    let length = ((PART_S * RATE_HZ) as usize).min(trunk.len());
    let rest = trunk.len() - length;
    let count = (rest.div_ceil(length.div_ceil(2).max(1)) + 1).min(PARTS);
    let part = |n: usize| {
        let start = rest * n / (count - 1).max(1);
        start..start + length
    };
    let stands_out = |search: &Search| {
        let next = search.next.map_or(0.0, |next| next.evidence);
        search.best.evidence - next
    };
    (0..count)
        .filter_map(|n| Some((part(n), search(head, trunk, part(n))?)))
        .max_by(|a, b| stands_out(&a.1).total_cmp(&stands_out(&b.1)))
}

fn judge(found: &Search) -> Result<(), String> {
    let correlation = found.best.correlation;
    if correlation < CORRELATION_MIN {
        return Err(format!(
            "they have too little movement in common (correlation {correlation:.2}, \
             {CORRELATION_MIN} is needed)"
        ));
    }
    match found.next {
        Some(next) if next.evidence > NEXT_SHARE * found.best.evidence => Err(format!(
            "their movement fits at more than one offset (correlation {correlation:.2} and {:.2})",
            next.correlation
        )),
        _ => Ok(()),
    }
}
