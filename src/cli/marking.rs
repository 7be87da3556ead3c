//! Times that the user marks on the command line: neutral, and poses that show the axes.

use std::str::FromStr;

use clap::Args;

use crate::orientation::align::Pose;
use crate::sample::Event;

/// What was when, in every recording of the command.
#[derive(Debug, Clone, Default, Args)]
pub struct MarkingArgs {
    /// Seconds in which the subject sits in neutral, such as 1.0..3.0
    #[arg(long, value_name = "FROM..TO", help_heading = "Measuring")]
    pub neutral: Option<Span>,
    /// A still pose that shows where forward is, and its seconds, such as looking-down=12.5..14.0;
    /// looking-down, supine, or for a trunk sensor leaning-forward
    #[arg(long, value_name = "POSE=FROM..TO", help_heading = "Measuring")]
    pub pose: Vec<PoseSpan>,
}

impl MarkingArgs {
    /// The marks as events, to come before the recording's own: of several neutrals the first is
    /// taken; poses add up.
    pub(super) fn events(&self) -> Vec<Event> {
        let neutral = self.neutral.iter().map(|span| span.event("neutral"));
        let poses = self.pose.iter().map(|one| one.span.event(one.pose.name()));
        neutral.chain(poses).collect()
    }
}

/// From one time to a later one, seconds on the recording's own axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    from_s: f64,
    to_s: f64,
}

impl Span {
    fn event(self, name: &str) -> Event {
        Event {
            onset_s: self.from_s,
            duration_s: self.to_s - self.from_s,
            name: name.to_owned(),
        }
    }
}

/// A pose and when it was held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoseSpan {
    pose: Pose,
    span: Span,
}

/// Why a mark could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkError {
    /// Not two times in order.
    #[error("'{0}' is not a span: write two times in seconds, such as 1.0..3.0")]
    Span(String),
    /// Not a pose and a span.
    #[error("'{0}' is not a pose and its time: write such as looking-down=12.5..14.0")]
    Pose(String),
    /// An unknown pose.
    #[error("'{0}' is not a pose: write looking-down, supine or leaning-forward")]
    Name(String),
}

impl FromStr for Span {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, MarkError> {
        let times = text.split_once("..").and_then(|(from, to)| {
            let (from_s, to_s) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
            Some(Self { from_s, to_s })
        });
        times
            .filter(|span| span.from_s < span.to_s && (span.to_s - span.from_s).is_finite())
            .ok_or_else(|| MarkError::Span(text.to_owned()))
    }
}

impl FromStr for PoseSpan {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, MarkError> {
        let (name, span) = text
            .split_once('=')
            .ok_or_else(|| MarkError::Pose(text.to_owned()))?;
        let pose = Pose::from_name(name.trim()).ok_or_else(|| MarkError::Name(name.to_owned()))?;
        let span = span.parse()?;
        Ok(Self { pose, span })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_events() {
        let marks = MarkingArgs {
            neutral: Some("1..3".parse().unwrap()),
            pose: vec!["Looking-Down=12.5..14.0".parse().unwrap()],
        };
        let events = marks.events();
        assert_eq!(events[0].name, "neutral");
        assert!((events[0].duration_s - 2.0).abs() < 1e-12);
        assert_eq!(events[1].name, "looking_down");
        assert!((events[1].onset_s - 12.5).abs() < 1e-12);
    }

    #[test]
    fn nonsense_is_refused_with_what_to_write() {
        for text in ["", "3..1", "1..1", "1", "nan..2", "1..inf", "a..b"] {
            assert!(
                matches!(text.parse::<Span>(), Err(MarkError::Span(_))),
                "{text}"
            );
        }
        for (text, part) in [
            ("supine", "write such as"),
            ("sleeping=1..2", "'sleeping' is not a pose"),
            ("supine=2..1", "'2..1' is not a span"),
        ] {
            let refused = text.parse::<PoseSpan>().unwrap_err().to_string();
            assert!(refused.contains(part), "{refused}");
        }
    }
}
