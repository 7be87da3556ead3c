//! The plans that come with the program, and the usual words of each step.

use super::{Plan, Step, StepKind};
use crate::movement::Movement;
use crate::orientation::align::Pose;

/// Names of the built-in plans, in the order of help.
pub const NAMES: [&str; 10] = [
    "seated",
    "flexion-rotation",
    "repositioning",
    "end-range-hold",
    "flexion",
    "extension",
    "side-bend-right",
    "side-bend-left",
    "rotation-right",
    "rotation-left",
];

/// The order of the seated protocol; fixed, so that visits compare.
const ORDER: [Movement; 6] = [
    Movement::Flexion,
    Movement::Extension,
    Movement::SideBendRight,
    Movement::SideBendLeft,
    Movement::RotationRight,
    Movement::RotationLeft,
];

impl Plan {
    /// Nothing is asked for: a recording that goes on until it is ended.
    pub fn free() -> Self {
        Self {
            name: "free".to_owned(),
            title: "No plan".to_owned(),
            steps: vec![Step::usual(StepKind::Free)],
        }
    }

    /// The built-in plan of this name, one of [`NAMES`].
    pub fn built_in(name: &str) -> Option<Self> {
        let (title, steps) = match name {
            "seated" => ("Seated protocol".to_owned(), seated()),
            "flexion-rotation" => ("Flexion-rotation test".to_owned(), flexion_rotation()),
            "repositioning" => ("Finding neutral again".to_owned(), repositioning()),
            "end-range-hold" => ("End-range holds".to_owned(), holds()),
            _ => {
                let movement = Movement::from_name(name).filter(|_| NAMES.contains(&name))?;
                let mut steps = start();
                steps.extend(practised(movement));
                (format!("{} only", movement.title()), steps)
            }
        };
        Some(Self {
            name: name.to_owned(),
            title,
            steps,
        })
    }
}

/// Neutral, and nods that show where forward is.
fn start() -> Vec<Step> {
    vec![Step::usual(StepKind::Neutral), Step::usual(StepKind::Nods)]
}

/// Practice repetitions, then those that count.
fn practised(movement: Movement) -> [Step; 2] {
    [
        Step::usual(StepKind::Practice(movement)),
        Step::usual(StepKind::Movement(movement)),
    ]
}

/// A rest before each plane but the first.
fn seated() -> Vec<Step> {
    let mut steps = start();
    for pair in ORDER.chunks(2) {
        if steps.len() > 2 {
            steps.push(Step::usual(StepKind::Rest));
        }
        steps.extend(pair.iter().copied().flat_map(practised));
    }
    steps
}

/// Neutral is taken sitting, forward is shown by nods; the rest is done lying.
fn flexion_rotation() -> Vec<Step> {
    let mut steps = start();
    steps.push(Step::usual(StepKind::Pose(Pose::Supine)));
    steps.push(Step::usual(StepKind::FlexionRotation(
        Movement::RotationRight,
    )));
    steps.push(Step::usual(StepKind::Rest));
    steps.push(Step::usual(StepKind::FlexionRotation(
        Movement::RotationLeft,
    )));
    steps
}

fn repositioning() -> Vec<Step> {
    let mut steps = start();
    for movement in [
        Movement::RotationRight,
        Movement::RotationLeft,
        Movement::Flexion,
        Movement::Extension,
    ] {
        if steps.len() > 2 {
            steps.push(Step::usual(StepKind::Rest));
        }
        steps.push(Step::usual(StepKind::Reposition(movement)));
    }
    steps
}

fn holds() -> Vec<Step> {
    let mut steps = start();
    for movement in ORDER {
        if steps.len() > 2 {
            steps.push(Step::usual(StepKind::Rest));
        }
        steps.push(Step::usual(StepKind::Hold(movement)));
    }
    steps
}

/// What the subject is told.
pub(super) fn say(kind: StepKind) -> String {
    match kind {
        StepKind::Neutral => {
            "Sit upright, feet flat, hands on your thighs. Look straight ahead and keep still."
                .to_owned()
        }
        StepKind::Nods => "Nod slowly, straight down and up again.".to_owned(),
        StepKind::Pose(Pose::Supine) => "Lie on your back, head level. Keep still.".to_owned(),
        StepKind::Pose(Pose::LookingDown) => "Bring the chin to the chest. Keep still.".to_owned(),
        StepKind::Pose(Pose::LeaningForward) => {
            "Lean forward from the hips, back straight. Keep still.".to_owned()
        }
        StepKind::Practice(movement) => {
            format!("To practise: {}, and come back.", lower(out(movement)))
        }
        StepKind::Movement(movement) => format!(
            "{}, as far as is comfortable. Stay briefly, then come back and keep still.",
            out(movement)
        ),
        StepKind::FlexionRotation(movement) => format!(
            "Examiner: bend the head fully forward and pause, then turn it to the {} and back.",
            side(movement)
        ),
        StepKind::Reposition(movement) => format!(
            "Eyes closed: {}, then find your starting position again and keep still. Open your eyes.",
            lower(out(movement))
        ),
        StepKind::Hold(movement) => format!(
            "{}, as far as is comfortable, and stay there. Breathe calmly.",
            out(movement)
        ),
        StepKind::Rest => "Rest. Let the shoulders drop.".to_owned(),
        StepKind::Free => "Everything is recorded until you end it.".to_owned(),
    }
}

const fn out(movement: Movement) -> &'static str {
    match movement {
        Movement::Flexion => "Bring the chin to the chest",
        Movement::Extension => "Look up at the ceiling",
        Movement::SideBendLeft => "Bring the left ear to the left shoulder",
        Movement::SideBendRight => "Bring the right ear to the right shoulder",
        Movement::RotationLeft => "Look over the left shoulder",
        Movement::RotationRight => "Look over the right shoulder",
    }
}

const fn side(movement: Movement) -> &'static str {
    if matches!(movement, Movement::RotationLeft) {
        "left"
    } else {
        "right"
    }
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}
