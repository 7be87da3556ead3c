//! Plans as TOML: read strictly, so that a typing mistake is no silent change of the protocol.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{Plan, Step, StepKind};
use crate::movement::Movement;
use crate::orientation::align::Pose;

/// Most bytes of a plan.
const BYTES_MAX: usize = 256 * 1024;
/// Most steps.
const STEPS_MAX: usize = 200;
/// Most repetitions of a step.
const REPETITIONS_MAX: u16 = 20;
/// Longest hold or rest, seconds.
const SECONDS_MAX: f64 = 600.0;
/// Longest title, characters.
const TITLE_MAX: usize = 60;
/// Longest instruction, characters.
const SAY_MAX: usize = 200;

/// Why a plan cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the plan: {what}")]
pub struct PlanError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and which key it is about.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanText {
    name: Spanned<String>,
    title: Option<Spanned<String>>,
    step: Spanned<Vec<Spanned<StepText>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepText {
    kind: Spanned<String>,
    movement: Option<Spanned<String>>,
    pose: Option<Spanned<String>>,
    say: Option<Spanned<String>>,
    seconds: Option<Spanned<f64>>,
    repetitions: Option<Spanned<u16>>,
}

/// As written; keys that do not belong to a kind are left out.
#[derive(Serialize)]
struct PlanOut<'a> {
    name: &'a str,
    title: &'a str,
    step: Vec<StepOut<'a>>,
}

#[derive(Serialize)]
struct StepOut<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    movement: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pose: Option<&'static str>,
    say: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repetitions: Option<usize>,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// It is no TOML, has a key that no plan has, lacks one, or a value is out of its range; the
    /// error says in which line.
    pub fn parse(toml: &str) -> Result<Self, PlanError> {
        if toml.len() > BYTES_MAX {
            return Err(PlanError {
                line: 1,
                what: format!("a plan is at most {BYTES_MAX} bytes long"),
            });
        }
        let reader = Reader { toml };
        let plan: PlanText = toml::from_str(toml)
            .map_err(|error| reader.error(error.span().unwrap_or_default(), error.message()))?;
        reader.plan(&plan)
    }

    /// The plan as TOML, which [`Plan::parse`] reads back.
    pub fn to_toml(&self) -> String {
        let out = PlanOut {
            name: &self.name,
            title: &self.title,
            step: self.steps.iter().map(step_out).collect(),
        };
        // Strings and numbers can always be written.
        toml::to_string(&out).unwrap_or_default()
    }
}

fn step_out(step: &Step) -> StepOut<'_> {
    let pose = if let StepKind::Pose(pose) = step.kind {
        Some(pose.name())
    } else {
        None
    };
    StepOut {
        kind: step.kind.name(),
        movement: step.kind.movement().map(Movement::name),
        pose,
        say: &step.say,
        seconds: (step.seconds > 0.0).then_some(step.seconds),
        repetitions: (step.repetitions > 0).then_some(step.repetitions),
    }
}

/// The text, for the lines of errors.
struct Reader<'a> {
    toml: &'a str,
}

impl Reader<'_> {
    fn error(&self, span: Range<usize>, what: impl Into<String>) -> PlanError {
        let before = self.toml.get(..span.start).unwrap_or(self.toml);
        PlanError {
            line: before.bytes().filter(|&b| b == b'\n').count() + 1,
            what: what.into(),
        }
    }

    fn plan(&self, plan: &PlanText) -> Result<Plan, PlanError> {
        let name = plan.name.get_ref();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > TITLE_MAX || !name.chars().all(plain) {
            let what = "'name' is letters, digits, - and _, such as my-plan";
            return Err(self.error(plan.name.span(), what));
        }
        let title = match &plan.title {
            Some(title) => self.text("title", title, TITLE_MAX)?,
            None => name.clone(),
        };
        let steps = plan.step.get_ref();
        if steps.is_empty() || steps.len() > STEPS_MAX {
            let what = format!("a plan has 1 to {STEPS_MAX} steps, each under [[step]]");
            return Err(self.error(plan.step.span(), what));
        }
        let mut found: Vec<Step> = Vec::with_capacity(steps.len());
        for step in steps {
            let own = self.step(step.get_ref())?;
            let neutral = |step: &Step| step.kind == StepKind::Neutral;
            if !neutral(&own) && own.kind.repeats() && !found.iter().any(neutral) {
                let what = "before the first movement comes a step of kind \"neutral\"";
                return Err(self.error(step.span(), what));
            }
            found.push(own);
        }
        Ok(Plan {
            name: name.clone(),
            title,
            steps: found,
        })
    }

    fn step(&self, step: &StepText) -> Result<Step, PlanError> {
        let kind = self.kind(step)?;
        let usual = Step::usual(kind);
        let say = match &step.say {
            Some(say) => self.text("say", say, SAY_MAX)?,
            None => usual.say,
        };
        Ok(Step {
            kind,
            say,
            seconds: match &step.seconds {
                Some(seconds) => self.seconds(seconds, usual.seconds)?,
                None => usual.seconds,
            },
            repetitions: match &step.repetitions {
                Some(count) => self.repetitions(count, usual.repetitions)?,
                None => usual.repetitions,
            },
        })
    }

    fn kind(&self, step: &StepText) -> Result<StepKind, PlanError> {
        let kind = step.kind.get_ref().as_str();
        let of_movement: fn(Movement) -> StepKind = match kind {
            "practice" => StepKind::Practice,
            "movement" => StepKind::Movement,
            "flexion_rotation" => StepKind::FlexionRotation,
            "reposition" => StepKind::Reposition,
            "hold" => StepKind::Hold,
            _ => return self.still_kind(kind, step),
        };
        self.without(step.pose.as_ref(), "pose", kind)?;
        self.movement(step, kind).map(of_movement)
    }

    /// Kinds without a movement.
    fn still_kind(&self, kind: &str, step: &StepText) -> Result<StepKind, PlanError> {
        self.without(step.movement.as_ref(), "movement", kind)?;
        if kind == "pose" {
            return self.pose(step).map(StepKind::Pose);
        }
        self.without(step.pose.as_ref(), "pose", kind)?;
        match kind {
            "neutral" => Ok(StepKind::Neutral),
            "nods" => Ok(StepKind::Nods),
            "rest" => Ok(StepKind::Rest),
            _ => {
                let what = format!(
                    "'kind' is neutral, nods, pose, practice, movement, flexion_rotation, \
                     reposition, hold or rest, not '{}'",
                    shown(kind)
                );
                Err(self.error(step.kind.span(), what))
            }
        }
    }

    /// A key that this kind has no use for is a mistake.
    fn without(
        &self,
        value: Option<&Spanned<String>>,
        key: &str,
        kind: &str,
    ) -> Result<(), PlanError> {
        match value {
            Some(value) => {
                let what = format!(
                    "'{key}' does not belong to a step of kind '{}'",
                    shown(kind)
                );
                Err(self.error(value.span(), what))
            }
            None => Ok(()),
        }
    }

    fn movement(&self, step: &StepText, kind: &str) -> Result<Movement, PlanError> {
        let Some(text) = &step.movement else {
            let what = format!("a step of kind '{kind}' needs 'movement', such as \"flexion\"");
            return Err(self.error(step.kind.span(), what));
        };
        let movement = Movement::from_name(text.get_ref()).ok_or_else(|| {
            let what = format!(
                "'movement' is flexion, extension, side_bend_left, side_bend_right, \
                 rotation_left or rotation_right, not '{}'",
                shown(text.get_ref())
            );
            self.error(text.span(), what)
        })?;
        let turns = matches!(movement, Movement::RotationLeft | Movement::RotationRight);
        if kind == "flexion_rotation" && !turns {
            let what = "'movement' of a flexion-rotation test is rotation_left or rotation_right";
            return Err(self.error(text.span(), what));
        }
        Ok(movement)
    }

    fn pose(&self, step: &StepText) -> Result<Pose, PlanError> {
        let Some(text) = &step.pose else {
            let what = "a step of kind 'pose' needs 'pose', such as \"supine\"";
            return Err(self.error(step.kind.span(), what));
        };
        Pose::from_name(text.get_ref()).ok_or_else(|| {
            let names = Pose::ALL.map(Pose::name).join(", ");
            let what = format!("'pose' is one of {names}, not '{}'", shown(text.get_ref()));
            self.error(text.span(), what)
        })
    }

    fn text(&self, key: &str, text: &Spanned<String>, longest: usize) -> Result<String, PlanError> {
        let words = text.get_ref().trim();
        let fits = !words.is_empty() && words.chars().count() <= longest;
        if !fits || words.chars().any(char::is_control) {
            let what = format!("'{key}' is one line of 1 to {longest} characters");
            return Err(self.error(text.span(), what));
        }
        Ok(words.to_owned())
    }

    /// Where the kind takes a time.
    fn seconds(&self, seconds: &Spanned<f64>, usual: f64) -> Result<f64, PlanError> {
        let value = *seconds.get_ref();
        if usual <= 0.0 {
            let what =
                "'seconds' belongs to neutral, pose, hold and rest: the others end by themselves";
            return Err(self.error(seconds.span(), what));
        }
        if (1.0..=SECONDS_MAX).contains(&value) {
            return Ok(value);
        }
        let what = format!("'seconds' is 1 to {SECONDS_MAX}, not {value}");
        Err(self.error(seconds.span(), what))
    }

    /// Where the kind is made of repetitions.
    fn repetitions(&self, count: &Spanned<u16>, usual: usize) -> Result<usize, PlanError> {
        let value = *count.get_ref();
        if usual == 0 {
            let what = "'repetitions' does not belong to neutral, pose and rest";
            return Err(self.error(count.span(), what));
        }
        if (1..=REPETITIONS_MAX).contains(&value) {
            return Ok(usize::from(value));
        }
        let what = format!("'repetitions' is 1 to {REPETITIONS_MAX}, not {value}");
        Err(self.error(count.span(), what))
    }
}

/// What was written, cut short and without control characters.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::super::NAMES;
    use super::*;

    const HEAD: &str = "name = \"mine\"\n[[step]]\nkind = \"neutral\"\n";

    fn refusal(rest: &str) -> (usize, String) {
        let error = Plan::parse(&format!("{HEAD}{rest}")).unwrap_err();
        (error.line, error.what)
    }

    #[test]
    fn built_in_plans_are_read_back_from_their_text() {
        for name in NAMES {
            let plan = Plan::built_in(name).unwrap();
            assert_eq!(Plan::parse(&plan.to_toml()).unwrap(), plan, "{name}");
            assert!(plan.title.chars().count() <= TITLE_MAX);
            for step in &plan.steps {
                assert!(step.say.chars().count() <= SAY_MAX, "{}", step.say);
            }
        }
        assert_eq!(Plan::built_in("standing"), None);
        assert_eq!(Plan::built_in("Flexion"), None);
    }

    #[test]
    fn what_is_left_out_is_usual() {
        let plan = Plan::parse(&format!(
            "{HEAD}[[step]]\nkind = \"hold\"\nmovement = \"side-bend-left\"\nseconds = 45\n"
        ))
        .unwrap();
        assert_eq!(plan.title, "mine");
        assert_eq!(plan.steps[0], Step::usual(StepKind::Neutral));
        let hold = Step {
            seconds: 45.0,
            ..Step::usual(StepKind::Hold(Movement::SideBendLeft))
        };
        assert_eq!(plan.steps[1], hold);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line_and_name() {
        let (line, what) = refusal("[[step]]\nkind = \"rest\"\nsecs = 3\n");
        assert!(line == 6 && what.contains("secs"), "{line}: {what}");
        let error = Plan::parse("name = \"a\"\nauthor = 1\nstep = []\n").unwrap_err();
        assert!(error.line == 2 && error.what.contains("author"), "{error}");
    }

    #[test]
    fn values_out_of_range_are_refused_with_their_line_and_key() {
        let rows = [
            ("[[step]]\nkind = \"rest\"\nseconds = 0.5\n", 6, "seconds"),
            ("[[step]]\nkind = \"rest\"\nseconds = nan\n", 6, "seconds"),
            (
                "[[step]]\nkind = \"rest\"\nrepetitions = 3\n",
                6,
                "repetitions",
            ),
            (
                "[[step]]\nkind = \"nods\"\nrepetitions = 0\n",
                6,
                "repetitions",
            ),
            ("[[step]]\nkind = \"nods\"\nseconds = 3\n", 6, "seconds"),
            ("[[step]]\nkind = \"movement\"\n", 5, "movement"),
            (
                "[[step]]\nkind = \"rest\"\nmovement = \"flexion\"\n",
                6,
                "movement",
            ),
            (
                "[[step]]\nkind = \"hold\"\nmovement = \"bow\"\n",
                6,
                "movement",
            ),
            (
                "[[step]]\nkind = \"flexion_rotation\"\nmovement = \"flexion\"\n",
                6,
                "movement",
            ),
            ("[[step]]\nkind = \"pose\"\npose = \"lotus\"\n", 6, "pose"),
            ("[[step]]\nkind = \"dance\"\n", 5, "kind"),
            (
                "[[step]]\nkind = \"rest\"\nsay = \"a\\u001b[2J\"\n",
                6,
                "say",
            ),
        ];
        for (rest, at, key) in rows {
            let (line, what) = refusal(rest);
            assert!(line == at && what.contains(key), "{rest}: {line}: {what}");
        }
    }

    #[test]
    fn neutral_comes_first() {
        let error = Plan::parse("name = \"a\"\n[[step]]\nkind = \"nods\"\n").unwrap_err();
        assert!(error.line == 2 && error.what.contains("neutral"), "{error}");
        assert_eq!(
            Plan::parse("name = \"a\"\nstep = []\n").unwrap_err().line,
            2
        );
        assert_eq!(Plan::parse("no plan at all").unwrap_err().line, 1);
    }
}
