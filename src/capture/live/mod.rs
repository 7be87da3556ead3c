//! A guided capture while it runs: takes what the ports tell, knows where the plan stands, and gives
//! what is shown, marked and sounded. Pure: time comes in as data.
//!
//! The angle on the screen is the analysis' own (swing and twist from the last rest in neutral, the
//! same alignment, see `neck`), of samples so far; the result of a visit is always that of the
//! analysis of the whole recording. On 20 simulated subjects with crooked sensors a peak on the screen
//! is off by at most 0.6 degrees with the device's orientation, 1.4 with gyroscope and accelerometer.
//!
//! Memory is bounded: of the samples, points at 50 a second are kept for 20 minutes, for alignment.

mod find;
mod grid;
mod keys;
mod made;
mod neck;
mod ports;
mod sensor;
mod show;
mod steps;
mod still;
mod view;

use crate::angles::NeckAngles;
use crate::capture::plan::{Plan, Step, StepKind};
use crate::capture::told::Told;
use crate::movement::Movement;
use crate::protocol::Sample;
use crate::sample::SensorPlace;

use find::{Finder, Now};
use grid::{Grid, Point};
use made::Record;
pub use neck::Mounts;
use neck::{Neck, Rest, trunk_motion_rad};
use ports::Port;
pub use ports::{PortState, PortView};
use sensor::{Sensor, Timed};
use still::{StillTime, Stillness, ZERO_S, Zeros};
pub use view::{Hint, Outcome, PainView, Phase, RepetitionView, View};

/// What the examiner does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// On to the next step; what was made counts.
    Next,
    /// This step again; what was made does not count. Right after a step has ended: that one.
    Redo,
    /// On to the next step, this one is left out.
    Skip,
    /// Pain, 0 to 10, in the movement that is made or was made last.
    Pain(u8),
    /// A mark at this moment.
    Mark,
    /// The capture ends.
    Quit,
}

/// A label to be written into the recording; see [`crate::sample::events_of_marks`].
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Since the start of the capture, seconds; may lie in the past.
    pub at_s: f64,
    /// `begin NAME`, `end NAME`, or a moment.
    pub label: String,
}

/// A sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A step begins.
    Begin,
    /// It is done.
    End,
    /// A port is gone or silent, or the recording cannot be written.
    Warning,
}

/// No more marks and tones wait to be taken than this; more are not made by hand.
const WAITING_MAX: usize = 10_000;

/// A guided capture.
#[derive(Debug, Clone)]
pub struct Live {
    plan: Plan,
    records: Vec<Record>,
    at: usize,
    entered_s: f64,
    phase: Phase,
    ready_until_s: f64,
    over: bool,
    now_s: f64,
    sensors: [Sensor; 2],
    ports: Vec<Port>,
    log_failed: Option<String>,
    grid: Grid,
    stillness: Stillness,
    neck: Neck,
    zeros: Zeros,
    finder: Finder,
    /// Where a repetition of the repositioning test began.
    miss_from: Option<Rest>,
    /// The last repetition is over, seconds.
    closed_s: Option<f64>,
    /// Head bent back to level, in the flexion-rotation test.
    level: Option<Rest>,
    /// The head's orientation came once.
    has_seen: bool,
    hints: Vec<Hint>,
    marks: Vec<Mark>,
    /// Written once it is known that they stand.
    held_marks: Vec<Mark>,
    tones: Vec<Tone>,
}

impl Live {
    /// Begins the plan's first step at time zero; forward is found from the movements.
    pub fn new(plan: Plan) -> Self {
        Self::with_mounts(plan, Mounts::default())
    }

    /// The same, with sensors that are declared to sit in a certain way.
    pub fn with_mounts(mut plan: Plan, mounts: Mounts) -> Self {
        let nothing = plan.steps.is_empty();
        if nothing {
            plan.steps.push(Step::usual(StepKind::Rest));
        }
        let records = vec![Record::default(); plan.steps.len()];
        let mut live = Self {
            over: nothing,
            plan,
            records,
            at: 0,
            entered_s: 0.0,
            phase: Phase::Go,
            ready_until_s: 0.0,
            now_s: 0.0,
            sensors: [Sensor::default(), Sensor::default()],
            ports: vec![Port::new(SensorPlace::Head)],
            log_failed: None,
            grid: Grid::default(),
            stillness: Stillness::default(),
            neck: Neck::new(mounts),
            zeros: Zeros::default(),
            finder: Finder::default(),
            miss_from: None,
            closed_s: None,
            level: None,
            has_seen: false,
            hints: Vec::new(),
            marks: Vec::new(),
            held_marks: Vec::new(),
            tones: Vec::new(),
        };
        live.enter(0, 0.0);
        live
    }

    /// Takes what the capture tells.
    pub fn take(&mut self, told: &Told) {
        let place = match told {
            Told::Samples { place, .. }
            | Told::Lost { place, .. }
            | Told::Back { place, .. }
            | Told::Health { place, .. } => *place,
            Told::LogFailed { why, .. } => {
                self.log_failed = Some(why.chars().filter(|c| !c.is_control()).take(60).collect());
                self.sound(Tone::Warning);
                return;
            }
        };
        if self.port(place).take(told) {
            self.sound(Tone::Warning);
        }
        match told {
            Told::Samples { samples, .. } => self.take_samples(place, samples),
            Told::Lost { .. } | Told::Back { .. } => self.interrupted(),
            Told::Health { .. } | Told::LogFailed { .. } => {}
        }
    }

    /// A port is gone right now.
    pub fn is_lost(&self) -> bool {
        let lost = |port: &Port| port.view().state == PortState::Lost;
        self.ports.iter().any(lost)
    }

    fn port(&mut self, place: SensorPlace) -> &mut Port {
        let own = |port: &Port| port.view().place == place;
        let at = self.ports.iter().position(own).unwrap_or_else(|| {
            self.ports.push(Port::new(place));
            self.ports.len() - 1
        });
        &mut self.ports[at]
    }

    /// What goes on across an interruption is no repetition, and heading may have changed.
    fn interrupted(&mut self) {
        self.finder.drop_open();
        self.grid.cut();
        self.stillness.restart();
        self.zeros.lose_heading();
        self.miss_from = None;
    }

    fn take_samples(&mut self, place: SensorPlace, samples: &[Sample]) {
        let (mut timed, mut points) = (Vec::new(), Vec::new());
        for sample in samples {
            let sensor = &mut self.sensors[place as usize];
            if sensor.is_new_segment(sample) {
                self.interrupted();
            }
            self.sensors[place as usize].take(sample, &mut timed);
            for timed in timed.drain(..) {
                self.take_timed(place, timed, &mut points);
            }
        }
        for point in points {
            self.take_point(&point);
        }
    }

    fn take_timed(&mut self, place: SensorPlace, timed: Timed, points: &mut Vec<Point>) {
        match place {
            SensorPlace::Head => self.grid.head(timed, points),
            SensorPlace::Trunk => self.grid.trunk(timed),
        }
    }

    /// One point of the even time base.
    fn take_point(&mut self, point: &Point) {
        self.now_s = self.now_s.max(point.time_s);
        self.has_seen = true;
        let ended = self.stillness.take(point);
        if let Some(ended) = ended {
            self.rested(&ended);
        }
        let fresh = self.stillness.now().is_some_and(|now| now.lasts_s() <= 0.0);
        if fresh && self.step().kind == StepKind::Neutral {
            self.neck.begin();
        }
        self.neck.add(point);
        self.measure(point);
        self.go_on();
    }

    /// A still time is over.
    fn rested(&mut self, ended: &StillTime) {
        let rest = ended.rest();
        let returned = self.zeros.is_return(&rest, self.out_rad());
        if returned {
            self.zeros.follow(&rest);
        }
        if self.neck.neutral().is_some() {
            let in_neutral = returned && self.level.is_none();
            self.neck.rested(&ended.span_s(), in_neutral);
        }
    }

    fn out_rad(&self) -> Option<f64> {
        self.finder.open().map(|open| open.peak_rad)
    }

    /// Zero, angles, repetitions.
    fn measure(&mut self, point: &Point) {
        let still = self.stillness.now().filter(|now| now.lasts_s() >= ZERO_S);
        if let Some(rest) = still.map(StillTime::rest) {
            self.rest_now(rest);
        }
        let Some(zero) = self.zeros.zero().copied() else {
            return;
        };
        let rest = Rest {
            head: point.head,
            trunk: point.trunk,
        };
        let is_neutral = self.step().kind == StepKind::Neutral;
        let Some(angles) = self.angles(&rest).filter(|_| !is_neutral) else {
            return;
        };
        let now = Now {
            time_s: point.time_s,
            angles,
            speed_rad_s: point.speed_rad_s.unwrap_or(0.0),
            trunk_rad: trunk_motion_rad(&zero, &rest),
        };
        let was_open = self.finder.open().is_some();
        let found = self.finder.take(&now);
        if !was_open && self.finder.open().is_some() {
            self.opened(zero);
        }
        if let Some(excursion) = found {
            self.closed(&excursion);
        }
    }

    /// The head rests at this moment, long enough to be a zero.
    fn rest_now(&mut self, rest: Rest) {
        if !self.zeros.has_base() {
            self.find_base(rest);
        }
        if !self.zeros.is_return(&rest, self.out_rad()) {
            return;
        }
        self.zeros.set_zero(rest);
        if let Some(excursion) = self.finder.rest() {
            self.closed(&excursion);
        }
        if let Some(from) = self.miss_from.take() {
            let missed = self.neck.angles(&from, &rest);
            self.missed(missed);
        }
    }

    /// In the flexion-rotation test, what is turned from is the bent head.
    fn find_base(&mut self, rest: Rest) {
        let bent = |level: &Rest| crate::orientation::angle_between(&level.head, &rest.head);
        let is_bent = self.level.as_ref().is_none_or(|l| bent(l) >= BENT_RAD_MIN);
        if matches!(self.step().kind, StepKind::FlexionRotation(_)) && is_bent {
            self.zeros.set_base(rest);
        }
    }

    /// Angles from zero, as the step asks for them.
    fn angles(&self, rest: &Rest) -> Option<NeckAngles> {
        let angles = self.neck.angles(self.zeros.zero()?, rest)?;
        Some(self.as_asked(angles))
    }

    /// While forward is a guess, a tilt is what the step asks for, whichever way it goes.
    fn as_asked(&self, angles: NeckAngles) -> NeckAngles {
        let tilt_rad = angles.flexion_rad.hypot(angles.side_bend_right_rad);
        let (flexion_rad, side_bend_right_rad) = match self.step().kind.shown() {
            _ if !self.neck.is_forward_guessed() => return angles,
            Some(Movement::Flexion) => (tilt_rad, 0.0),
            Some(Movement::Extension) => (-tilt_rad, 0.0),
            Some(Movement::SideBendRight) => (0.0, tilt_rad),
            Some(Movement::SideBendLeft) => (0.0, -tilt_rad),
            Some(Movement::RotationLeft | Movement::RotationRight) | None => return angles,
        };
        NeckAngles {
            flexion_rad,
            side_bend_right_rad,
            ..angles
        }
    }

    /// Time goes on, whether samples come or not.
    pub fn tick(&mut self, now_s: f64) {
        if !now_s.is_finite() {
            return;
        }
        self.now_s = self.now_s.max(now_s);
        let fell_silent = self
            .ports
            .iter_mut()
            .fold(false, |any, port| port.tick(now_s) | any);
        if fell_silent {
            self.sound(Tone::Warning);
        }
        self.go_on();
    }

    /// What is to be written into the recording since the last call.
    pub fn marks(&mut self) -> Vec<Mark> {
        std::mem::take(&mut self.marks)
    }

    /// What is to be sounded since the last call.
    pub fn tones(&mut self) -> Vec<Tone> {
        std::mem::take(&mut self.tones)
    }

    /// The plan is over, or was ended.
    pub const fn is_over(&self) -> bool {
        self.over
    }

    fn sound(&mut self, tone: Tone) {
        if self.tones.len() < WAITING_MAX {
            self.tones.push(tone);
        }
    }

    fn mark(&mut self, at_s: f64, label: String) {
        if self.marks.len() < WAITING_MAX {
            self.marks.push(Mark { at_s, label });
        }
    }

    fn step(&self) -> &Step {
        &self.plan.steps[self.at]
    }

    /// Samples, points and windows that are kept.
    #[cfg(test)]
    fn held(&self) -> usize {
        let waiting: usize = self.sensors.iter().map(Sensor::held).sum();
        waiting + self.neck.held() + self.marks.len() + self.tones.len()
    }
}

/// A head that is bent less far forward than this is not bent yet, radians: 20 degrees.
const BENT_RAD_MIN: f64 = 20.0 * std::f64::consts::PI / 180.0;

#[cfg(test)]
mod tests;
