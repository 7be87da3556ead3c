//! How the ports are doing.

use crate::capture::told::Told;
use crate::sample::SensorPlace;

/// Without a sample for so long, a sensor is silent, seconds.
const SILENT_S: f64 = 0.5;
/// The first sample comes within this time, seconds.
const FIRST_S: f64 = 3.0;

/// What a port does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortState {
    /// No sample came yet.
    Waiting,
    /// Samples come.
    Well,
    /// The port is there, and nothing sound comes.
    Silent,
    /// The port is gone.
    Lost,
}

impl PortState {
    /// For people and for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Well => "ok",
            Self::Silent => "silent",
            Self::Lost => "lost",
        }
    }
}

/// One sensor's port.
#[derive(Debug, Clone, PartialEq)]
pub struct PortView {
    /// Whose.
    pub place: SensorPlace,
    /// What it does.
    pub state: PortState,
    /// Samples a second, of late.
    pub rate_hz: f64,
    /// Stretches of bytes that were no sound frame, and samples that the device counted and that did
    /// not come.
    pub faults: u64,
    /// Why it was lost, as the system says.
    pub why: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Port {
    view: PortView,
    last_s: f64,
}

impl Port {
    pub(super) fn new(place: SensorPlace) -> Self {
        Self {
            view: PortView {
                place,
                state: PortState::Waiting,
                rate_hz: 0.0,
                faults: 0,
                why: None,
            },
            last_s: 0.0,
        }
    }

    pub(super) const fn view(&self) -> &PortView {
        &self.view
    }

    /// Takes what is told of it; `true` when it got worse.
    pub(super) fn take(&mut self, told: &Told) -> bool {
        match told {
            Told::Samples { samples, .. } => {
                if let Some(last) = samples.last() {
                    self.last_s = self.last_s.max(last.arrival_s);
                    self.view.why = None;
                    self.change(PortState::Well);
                }
                false
            }
            Told::Lost { why, .. } => {
                self.view.why = Some(why.chars().filter(|c| !c.is_control()).take(60).collect());
                self.view.rate_hz = 0.0;
                self.change(PortState::Lost)
            }
            Told::Back { at_s, .. } => {
                self.view.why = None;
                self.last_s = self.last_s.max(*at_s);
                self.change(PortState::Well);
                false
            }
            Told::Health {
                faults, rate_hz, ..
            } => {
                self.view.faults = faults.corrupt_frames as u64 + faults.lost_samples;
                self.view.rate_hz = *rate_hz;
                false
            }
            Told::LogFailed { .. } => false,
        }
    }

    /// Time goes on; `true` when it fell silent.
    pub(super) fn tick(&mut self, now_s: f64) -> bool {
        match self.view.state {
            PortState::Well => now_s - self.last_s > SILENT_S && self.change(PortState::Silent),
            PortState::Waiting => now_s > FIRST_S && self.change(PortState::Silent),
            PortState::Silent | PortState::Lost => false,
        }
    }

    fn change(&mut self, state: PortState) -> bool {
        let changed = self.view.state != state;
        self.view.state = state;
        changed
    }
}
