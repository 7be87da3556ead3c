//! Counters and clocks of devices, which begin again at zero when they are full.

/// Seconds in a day.
pub(crate) const DAY_S: f64 = 86_400.0;
/// Forward in time by more than what passed on the host by this is a jump.
const JUMP_S: f64 = 1.0;
/// Without times of arrival, a clock that begins again is believed to have been full if no more than
/// this passed.
const UNWATCHED_S: f64 = 10.0;
/// How near a clock whose ticks no sum covers has to go on to be believed at once.
const NEAR_S: f64 = 0.1;
/// A counter of fewer steps turns too often to tell backwards from forwards.
const FEW_STEPS: u64 = 4096;

/// Days from 1970-01-01 in the Gregorian calendar, counted from March on so that the day of a leap
/// year is the last.
pub(crate) const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leaps = year / 4 - year / 100 + year / 400;
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// How a counter went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The first one, or by as many steps as here; more than one means that some are missing.
    Forward(u64),
    /// The same as before.
    Repeated,
    /// Backwards: the device started anew.
    Restarted,
}

/// A counter of samples that wraps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counter {
    modulus: u64,
    last: Option<u64>,
    total: u64,
}

impl Counter {
    /// Begins again at zero after `modulus` steps.
    pub(crate) const fn new(modulus: u64) -> Self {
        Self {
            modulus,
            last: None,
            total: 0,
        }
    }

    /// Takes the next value.
    pub(crate) fn next(&mut self, value: u64) -> Counted {
        let Some(last) = self.last.replace(value) else {
            self.total = value;
            return Counted::Forward(1);
        };
        let steps = match value.checked_sub(last) {
            Some(steps) => Some(steps),
            None => (value + self.modulus).checked_sub(last),
        };
        let backwards = value < last && self.modulus > FEW_STEPS;
        match steps {
            Some(0) => Counted::Repeated,
            Some(steps) if !backwards || steps < self.modulus / 2 => {
                self.total = self.total.saturating_add(steps);
                Counted::Forward(steps)
            }
            _ => {
                self.total = value;
                Counted::Restarted
            }
        }
    }

    /// The last value, with all the turns before it.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }
}

/// A device's clock that counts ticks, and may wrap.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    ticks_per_s: f64,
    /// It begins again at zero after one of these, whichever fits.
    wraps: &'static [u64],
    /// Messages may be older than the one before by so much.
    late_s: f64,
    last: Option<(u64, f64)>,
    /// Ticks of all turns before this one.
    turns: u64,
    /// No sum covers it: a jump counts when the next ticks go on from it.
    unsure: bool,
    /// Ticks that jumped, and when they came.
    suspect: Option<(u64, f64)>,
}

impl Clock {
    /// A clock of so many ticks a second.
    pub(crate) const fn new(ticks_per_s: f64, wraps: &'static [u64]) -> Self {
        Self {
            ticks_per_s,
            wraps,
            late_s: 0.0,
            last: None,
            turns: 0,
            unsure: false,
            suspect: None,
        }
    }

    /// The same clock, for frames in which no sum covers it.
    pub(crate) const fn unsure(mut self) -> Self {
        self.unsure = true;
        self
    }

    /// The same clock, for messages that may overtake each other by so much.
    pub(crate) const fn late(mut self, late_s: f64) -> Self {
        self.late_s = late_s;
        self
    }

    /// Seconds that the clock shows, rising on where it wraps, and whether the device started anew:
    /// its time went back, or forward by a second more than what passed since the sample before. `None`
    /// for ticks that may be damaged.
    pub(crate) fn next(&mut self, ticks: u64, arrival_s: f64) -> (Option<f64>, bool) {
        if self.unsure && !self.goes_on(ticks, arrival_s) {
            self.suspect = Some((ticks, arrival_s));
            return (None, false);
        }
        self.suspect = None;
        let restarted = self
            .last
            .is_some_and(|last| self.jumps(last, ticks, arrival_s));
        if restarted {
            self.turns = 0;
        }
        self.last = Some((ticks, arrival_s));
        let total = self.turns.saturating_add(ticks);
        (Some(self.seconds(total)), restarted)
    }

    /// They go on from the last ones, or from those that jumped before.
    fn goes_on(&self, ticks: u64, arrival_s: f64) -> bool {
        let near = |from: (u64, f64)| self.is_near(from, ticks, arrival_s);
        self.last.is_none_or(near) || self.suspect.is_some_and(near)
    }

    fn is_near(&self, (last, last_arrival_s): (u64, f64), ticks: u64, arrival_s: f64) -> bool {
        let passed_s = arrival_s - last_arrival_s;
        let within = |steps: u64, unwatched_s: f64| {
            let most_s = if passed_s.is_nan() {
                unwatched_s
            } else {
                NEAR_S + passed_s.max(0.0)
            };
            self.seconds(steps) <= most_s
        };
        match last.checked_sub(ticks) {
            None | Some(0) => within(ticks.saturating_sub(last), f64::INFINITY),
            Some(back) if self.seconds(back) <= NEAR_S.max(self.late_s) => true,
            Some(back) => {
                let full = self.wraps.iter().filter(|&&wrap| last < wrap);
                full.min()
                    .is_some_and(|wrap| within(wrap - back, UNWATCHED_S))
            }
        }
    }

    /// Counts a turn, or says that it is none.
    fn jumps(&mut self, (last, last_arrival_s): (u64, f64), ticks: u64, arrival_s: f64) -> bool {
        let passed_s = arrival_s - last_arrival_s;
        let most_s = |unwatched_s: f64| {
            if passed_s.is_nan() {
                unwatched_s
            } else {
                JUMP_S + passed_s.max(0.0)
            }
        };
        if let Some(step) = ticks.checked_sub(last) {
            return self.seconds(step) > most_s(f64::INFINITY);
        }
        let late_s = if self.unsure { NEAR_S } else { 0.0 };
        if self.seconds(last - ticks) <= self.late_s.max(late_s) {
            return false;
        }
        let full = self.wraps.iter().copied().filter(|&wrap| last < wrap);
        let turn = |&wrap: &u64| self.seconds(ticks + (wrap - last)) <= most_s(UNWATCHED_S);
        match full.min().filter(turn) {
            Some(wrap) => {
                self.turns = self.turns.saturating_add(wrap);
                false
            }
            None => true,
        }
    }

    fn seconds(&self, ticks: u64) -> f64 {
        ticks as f64 / self.ticks_per_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_rise_on_and_tell_what_is_missing() {
        let mut counter = Counter::new(256);
        let steps = [254, 255, 0, 0, 3].map(|value| counter.next(value));
        let forward = Counted::Forward;
        let expected = [
            forward(1),
            forward(1),
            forward(1),
            Counted::Repeated,
            forward(3),
        ];
        assert_eq!(steps, expected);
        assert_eq!(counter.total(), 259);
    }

    #[test]
    fn a_long_counter_that_goes_back_started_anew() {
        let mut counter = Counter::new(65536);
        let steps = [65535, 0, 9, 2].map(|value| counter.next(value));
        assert_eq!(steps[1..3], [Counted::Forward(1), Counted::Forward(9)]);
        assert_eq!((steps[3], counter.total()), (Counted::Restarted, 2));
    }

    /// Times and restarts of ticks of 1 ms that arrive when they say.
    fn shown(wraps: &'static [u64], ticks: &[(u64, f64)]) -> Vec<(f64, bool)> {
        let mut clock = Clock::new(1e3, wraps);
        let each = ticks.iter().map(|&(ticks, at)| clock.next(ticks, at));
        each.map(|(time_s, restarted)| ((time_s.unwrap() * 1e3).round(), restarted))
            .collect()
    }

    #[test]
    fn clocks_wrap_at_what_fits() {
        let both = &[100_000, 200_000];
        let found = shown(both, &[(99_990, 0.0), (0, 0.01), (10, 0.02)]);
        assert_eq!(
            found,
            [(99_990.0, false), (100_000.0, false), (100_010.0, false)]
        );
        let found = shown(both, &[(199_990, 0.0), (0, 0.01)]);
        assert_eq!(found[1], (200_000.0, false));
        let unwatched = [(199_990, f64::NAN), (5_000, f64::NAN)];
        assert_eq!(shown(both, &unwatched)[1], (205_000.0, false));
    }

    #[test]
    fn going_back_or_too_far_is_a_restart() {
        let found = shown(&[100_000], &[(50_000, 0.0), (10, 0.01), (20, 0.02)]);
        assert_eq!(found, [(50_000.0, false), (10.0, true), (20.0, false)]);
        let found = shown(&[], &[(0, 0.0), (5_000, 0.01)]);
        assert_eq!(found[1], (5_000.0, true));
        // The same step is a gap when as much passed on the host, or when nobody watched.
        assert_eq!(shown(&[], &[(0, 0.0), (5_000, 4.9)])[1], (5_000.0, false));
        let unwatched = [(0, f64::NAN), (5_000, f64::NAN)];
        assert_eq!(shown(&[], &unwatched)[1], (5_000.0, false));
    }

    #[test]
    fn a_message_may_be_a_little_late() {
        let mut clock = Clock::new(1e3, &[]).late(0.1);
        clock.next(1000, 0.0);
        assert_eq!(clock.next(950, 0.0), (Some(0.95), false));
        assert!(clock.next(800, 0.0).1);
    }

    #[test]
    fn damaged_ticks_are_no_restart_and_two_that_agree_are_one() {
        let mut clock = Clock::new(1e3, &[1 << 32]).unsure();
        let mut next = |ticks: u64, arrival_s: f64| clock.next(ticks, arrival_s);
        assert_eq!(next(7_000, 0.0), (Some(7.0), false));
        for damaged in [1 << 31, 3, 7_400] {
            assert_eq!(next(damaged, 0.01), (None, false), "{damaged}");
        }
        assert_eq!(next(7_020, 0.02), (Some(7.02), false));
        // A little too far, and back.
        assert_eq!(next(7_080, 0.03), (Some(7.08), false));
        assert_eq!(next(7_040, 0.04), (Some(7.04), false));
        // A gap that the host did not see is none of the clock's.
        assert_eq!(next(7_500, 0.05), (None, false));
        assert_eq!(next(7_510, 0.06), (Some(7.51), false));
        // It started anew.
        assert_eq!(next(5, 0.07), (None, false));
        assert_eq!(next(15, 0.08), (Some(0.015), true));
        assert_eq!(next(25, 0.09), (Some(0.025), false));
    }

    #[test]
    fn days_of_the_calendar() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 3, 1), 11_017);
    }
}
