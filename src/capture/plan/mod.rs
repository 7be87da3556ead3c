//! What a guided capture asks for, step by step.
//!
//! A plan is data: one of the built-in ones ([`Plan::built_in`]) or a TOML file ([`Plan::parse`]):
//!
//! ```toml
//! name = "my-plan"
//! title = "Rotation only"
//!
//! [[step]]
//! kind = "neutral"          # sits still: the zero of everything after it
//! seconds = 3
//!
//! [[step]]
//! kind = "practice"         # repetitions that are not counted
//! movement = "rotation_left"
//! repetitions = 2
//!
//! [[step]]
//! kind = "movement"         # repetitions that are
//! movement = "rotation_left"
//! repetitions = 3
//! say = "Look over the left shoulder."   # left out: the usual words
//! ```
//!
//! # What is written into the recording
//!
//! Each step has [`Step::labels`]: `begin LABEL` and `end LABEL` are written as it begins and ends
//! (see [`crate::sample::events_of_marks`]), so that an analysis finds `neutral`, `nods`, each
//! movement by its name, still poses such as `supine`, and `practice`.

mod built_in;
mod text;

use crate::movement::Movement;
use crate::orientation::align::Pose;

pub use built_in::NAMES;
pub use text::PlanError;

/// Steps in the order in which they are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// One word, as the command line takes it.
    pub name: String,
    /// For people.
    pub title: String,
    /// At least one; the first that measures comes after a neutral.
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What.
    pub kind: StepKind,
    /// What the subject is told.
    pub say: String,
    /// How long to keep still, to hold or to rest, seconds; zero where only repetitions count.
    pub seconds: f64,
    /// How often; zero where only time counts.
    pub repetitions: usize,
}

/// Kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// Sits still, looking straight ahead.
    Neutral,
    /// Nods, which show where forward is.
    Nods,
    /// A still pose, which shows where forward is.
    Pose(Pose),
    /// Repetitions that are not counted.
    Practice(Movement),
    /// Repetitions that are.
    Movement(Movement),
    /// The flexion-rotation test to one side: on the back, the head bent forward all the way by the
    /// examiner, then turned.
    FlexionRotation(Movement),
    /// Out and back with closed eyes, to find the starting position again.
    Reposition(Movement),
    /// To the end range, and held there.
    Hold(Movement),
    /// Nothing.
    Rest,
    /// Anything, until the capture is ended; in no plan's text.
    Free,
}

impl StepKind {
    /// The name in a plan's text.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Nods => "nods",
            Self::Pose(_) => "pose",
            Self::Practice(_) => "practice",
            Self::Movement(_) => "movement",
            Self::FlexionRotation(_) => "flexion_rotation",
            Self::Reposition(_) => "reposition",
            Self::Hold(_) => "hold",
            Self::Rest => "rest",
            Self::Free => "free",
        }
    }

    /// The movement that is made in it.
    pub const fn movement(self) -> Option<Movement> {
        match self {
            Self::Practice(movement)
            | Self::Movement(movement)
            | Self::FlexionRotation(movement)
            | Self::Reposition(movement)
            | Self::Hold(movement) => Some(movement),
            Self::Neutral | Self::Nods | Self::Pose(_) | Self::Rest | Self::Free => None,
        }
    }

    /// For people, short.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Neutral => "Neutral",
            Self::Nods => "Nods",
            Self::Pose(Pose::Supine) => "Lying on the back",
            Self::Pose(Pose::LookingDown) => "Looking down",
            Self::Pose(Pose::LeaningForward) => "Leaning forward",
            Self::Rest => "Rest",
            Self::Free => "Free recording",
            Self::FlexionRotation(Movement::RotationLeft) => "Flexion-rotation left",
            Self::FlexionRotation(_) => "Flexion-rotation right",
            Self::Practice(movement)
            | Self::Movement(movement)
            | Self::Reposition(movement)
            | Self::Hold(movement) => movement.title(),
        }
    }

    /// What is done in it besides, to stand after its title; may be empty.
    pub const fn manner(self) -> &'static str {
        match self {
            Self::Practice(_) => ", practice",
            Self::Reposition(_) => ", eyes closed",
            Self::Hold(_) => ", hold",
            Self::Neutral
            | Self::Nods
            | Self::Pose(_)
            | Self::Movement(_)
            | Self::FlexionRotation(_)
            | Self::Rest
            | Self::Free => "",
        }
    }

    /// Its repetitions give a result.
    pub const fn counts(self) -> bool {
        matches!(
            self,
            Self::Movement(_) | Self::FlexionRotation(_) | Self::Reposition(_) | Self::Hold(_)
        )
    }

    /// The movement whose angle is shown: of nods, flexion.
    pub const fn shown(self) -> Option<Movement> {
        if matches!(self, Self::Nods) {
            Some(Movement::Flexion)
        } else {
            self.movement()
        }
    }

    /// The head keeps still in it, to be neutral or a pose.
    pub const fn is_still(self) -> bool {
        matches!(self, Self::Neutral | Self::Pose(_))
    }

    /// It is made of repetitions.
    pub const fn repeats(self) -> bool {
        matches!(self, Self::Nods) || self.movement().is_some()
    }
}

impl Step {
    /// The step with the usual words, time and repetitions of its kind.
    pub fn usual(kind: StepKind) -> Self {
        let (seconds, repetitions) = match kind {
            StepKind::Neutral | StepKind::Pose(_) => (2.0, 0),
            StepKind::Nods | StepKind::Movement(_) | StepKind::FlexionRotation(_) => (0.0, 3),
            StepKind::Practice(_) => (0.0, 2),
            StepKind::Reposition(_) => (0.0, 6),
            StepKind::Hold(_) => (30.0, 1),
            StepKind::Rest => (20.0, 0),
            StepKind::Free => (0.0, 0),
        };
        Self {
            kind,
            say: built_in::say(kind),
            seconds,
            repetitions,
        }
    }

    /// The labels of its span in the recording: what an analysis knows first. A free one has none.
    pub fn labels(&self) -> Vec<String> {
        let movement = |movement: Movement| movement.name().to_owned();
        match self.kind {
            StepKind::Neutral => vec!["neutral".to_owned()],
            StepKind::Nods => vec!["nods".to_owned()],
            StepKind::Pose(pose) => vec![pose.name().to_owned()],
            StepKind::Rest => vec!["rest".to_owned()],
            StepKind::Free => Vec::new(),
            StepKind::Movement(m) => vec![movement(m)],
            StepKind::Practice(m) => vec![movement(m), "practice".to_owned()],
            StepKind::Hold(m) => vec![movement(m), "hold".to_owned()],
            StepKind::Reposition(m) => vec![format!("reposition_{}", m.name())],
            StepKind::FlexionRotation(m) => vec![format!("flexion_{}", m.name())],
        }
    }
}
