//! What a screen needs, as plain data, and the words of hints.

use super::ports::PortView;
use crate::movement::Movement;
use crate::orientation::align::Method;
use crate::sample::SensorPlace;

/// Something to be said to the examiner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// The log cannot be written.
    LogFailed(String),
    /// A port is gone.
    Lost(SensorPlace),
    /// A sensor says nothing.
    Silent(SensorPlace),
    /// The head sensor's samples have neither orientation nor what it is made from.
    NoOrientation,
    /// The head moves where it should rest.
    NotStill,
    /// Another sensor position is to be found first: neutral, or the bent head of the
    /// flexion-rotation test.
    NoZero,
    /// The head was not back in neutral.
    BackToNeutral,
    /// The examiner bends the head first.
    BendFirst,
    /// The head was not kept bent.
    KeepBent,
    /// Another movement than asked for.
    Other(Movement),
    /// No movement stands out.
    Mixed,
    /// Under half of the largest.
    Small,
    /// Over the speed of a slow movement.
    TooFast,
    /// Sped up several times.
    Jerky,
    /// The trunk went along.
    TrunkMoves,
    /// The repetitions differ.
    OneMore,
    /// They still differ after the last that is asked for.
    Inconsistent,
    /// Which way is forward is not known: flexion and side-bend are told by the step alone.
    ForwardUnknown,
}

impl Hint {
    /// The sentence.
    pub fn text(&self) -> String {
        match self {
            Self::LogFailed(why) => format!("Cannot write the recording: {why}"),
            Self::Lost(place) => format!(
                "The {} sensor's port is gone. Plug it in again.",
                place.name()
            ),
            Self::Silent(place) => {
                format!("The {} sensor is silent. Is it switched on?", place.name())
            }
            Self::NoOrientation => {
                "The head sensor sends no orientation: switch on its quaternion, or gyroscope \
                 and accelerometer."
                    .to_owned()
            }
            Self::NotStill => "Not still yet. Breathe out and keep still.".to_owned(),
            Self::NoZero => "Keep still for a moment first.".to_owned(),
            Self::BackToNeutral => "Come back to the middle and keep still.".to_owned(),
            Self::BendFirst => "Bend the head fully forward and pause there.".to_owned(),
            Self::KeepBent => "The head came up. Keep it fully bent while turning.".to_owned(),
            Self::Other(movement) => format!("That was {}; not counted.", lower(*movement)),
            Self::Mixed => "That went in two directions; not counted.".to_owned(),
            Self::Small => "One was under half of the largest; not counted.".to_owned(),
            Self::TooFast => "A little slower, please.".to_owned(),
            Self::Jerky => "Move smoothly, in one go.".to_owned(),
            Self::TrunkMoves => "Keep the shoulders still.".to_owned(),
            Self::OneMore => "These differ. One more, please.".to_owned(),
            Self::Inconsistent => "The repetitions differ; that is noted.".to_owned(),
            Self::ForwardUnknown => "Forward is not known yet; it shows after flexion.".to_owned(),
        }
    }

    /// Short and stable, for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::LogFailed(_) => "log_failed",
            Self::Lost(_) => "lost",
            Self::Silent(_) => "silent",
            Self::NoOrientation => "no_orientation",
            Self::NotStill => "not_still",
            Self::NoZero => "no_zero",
            Self::BackToNeutral => "back_to_neutral",
            Self::BendFirst => "bend_first",
            Self::KeepBent => "keep_bent",
            Self::Other(_) => "other_movement",
            Self::Mixed => "mixed",
            Self::Small => "small",
            Self::TooFast => "too_fast",
            Self::Jerky => "jerky",
            Self::TrunkMoves => "trunk_moves",
            Self::OneMore => "one_more",
            Self::Inconsistent => "inconsistent",
            Self::ForwardUnknown => "forward_unknown",
        }
    }

    /// The recording suffers.
    pub const fn is_urgent(&self) -> bool {
        matches!(
            self,
            Self::LogFailed(_) | Self::Lost(_) | Self::Silent(_) | Self::NoOrientation
        )
    }
}

fn lower(movement: Movement) -> String {
    movement.title().to_lowercase()
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// About to begin.
    Ready,
    /// Begun.
    Go,
    /// All repetitions made; coming back to rest.
    Returning,
    /// The plan is over.
    Over,
}

impl Phase {
    /// For programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Go => "go",
            Self::Returning => "returning",
            Self::Over => "over",
        }
    }
}

/// One repetition of the step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepetitionView {
    /// Zero to end range, degrees.
    pub peak_deg: f64,
    /// Counts towards the result.
    pub counts: bool,
    /// Held at the end range, seconds.
    pub hold_s: f64,
    /// How far the starting position was missed afterwards, degrees; in the repositioning test.
    pub miss_deg: Option<f64>,
}

/// Pain in a movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PainView {
    /// Name of the movement.
    pub title: String,
    /// 0 to 10.
    pub pain: u8,
}

/// What a finished step gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Name of the step, for people.
    pub title: String,
    /// Kind of the step, such as `movement`.
    pub kind: &'static str,
    /// Which movement.
    pub movement: Movement,
    /// Those that count.
    pub n: usize,
    /// Mean of their peaks, degrees; in the repositioning test, mean of the misses.
    pub mean_deg: Option<f64>,
    /// Largest, degrees.
    pub max_deg: Option<f64>,
    /// Longest hold, seconds.
    pub hold_s: f64,
    /// Every one lies near the mean; `None` under two.
    pub consistent: Option<bool>,
    /// Pain, 0 to 10, as it was typed.
    pub pain: Option<u8>,
}

/// Everything a screen shows.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Since the start of the capture, seconds.
    pub now_s: f64,
    /// Title of the plan.
    pub plan: String,
    /// Number of the step, from 1.
    pub step: usize,
    /// Number of steps.
    pub steps: usize,
    /// Kind of the step, such as `movement`.
    pub kind: &'static str,
    /// Name of the step, with what is done in it.
    pub title: String,
    /// What the subject is told.
    pub say: String,
    /// Title of the next step.
    pub next: Option<String>,
    /// Where the step stands.
    pub phase: Phase,
    /// Seconds left to keep still, to hold, to rest, or until it begins.
    pub countdown_s: Option<f64>,
    /// Which movement is shown.
    pub movement: Option<Movement>,
    /// Its angle, degrees; negative the other way.
    pub angle_deg: Option<f64>,
    /// Largest angle of the repetition that goes on, degrees.
    pub peak_deg: Option<f64>,
    /// Full length of the bar, degrees.
    pub scale_deg: f64,
    /// Of this step, in order.
    pub repetitions: Vec<RepetitionView>,
    /// How many are asked for.
    pub wanted: usize,
    /// Pain that was typed for the movement that is made or was made last.
    pub pain: Option<PainView>,
    /// How forward was found; `None` before neutral.
    pub forward: Option<Method>,
    /// Most urgent first.
    pub hints: Vec<Hint>,
    /// Of the head, and of the trunk if there is one.
    pub ports: Vec<PortView>,
    /// What the steps so far gave, in order.
    pub outcomes: Vec<Outcome>,
}
