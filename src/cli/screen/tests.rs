//! Pictures of the screen, and keys.

use ratatui::Terminal as Screen;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::draw::draw;
use super::*;
use crate::capture::live::{Hint, Outcome, PainView, Phase, PortState, PortView, RepetitionView};
use crate::movement::Movement;
use crate::orientation::align::Method;
use crate::sample::SensorPlace;

fn port(place: SensorPlace) -> PortView {
    PortView {
        place,
        state: PortState::Well,
        rate_hz: 100.0,
        faults: 0,
        why: None,
    }
}

fn made(peak_deg: f64, counts: bool) -> RepetitionView {
    RepetitionView {
        peak_deg,
        counts,
        hold_s: 1.5,
        miss_deg: None,
    }
}

fn movement() -> View {
    View {
        now_s: 133.4,
        plan: "Seated protocol".to_owned(),
        step: 4,
        steps: 16,
        kind: "movement",
        title: "Flexion".to_owned(),
        say: "Bring the chin to the chest, as far as is comfortable. Stay briefly, then come back \
              and keep still."
            .to_owned(),
        next: Some("Extension, practice".to_owned()),
        phase: Phase::Go,
        countdown_s: None,
        movement: Some(Movement::Flexion),
        angle_deg: Some(43.6),
        peak_deg: Some(47.2),
        scale_deg: 80.0,
        repetitions: vec![made(48.4, true), made(21.0, false)],
        wanted: 3,
        pain: None,
        forward: Some(Method::Nods),
        hints: vec![Hint::Small, Hint::TooFast],
        ports: vec![port(SensorPlace::Head), port(SensorPlace::Trunk)],
        outcomes: Vec::new(),
    }
}

fn neutral() -> View {
    View {
        now_s: 2.1,
        step: 1,
        kind: "neutral",
        title: "Neutral".to_owned(),
        say: "Sit upright, feet flat, hands on your thighs. Look straight ahead and keep still."
            .to_owned(),
        next: Some("Nods".to_owned()),
        countdown_s: Some(1.4),
        movement: None,
        angle_deg: None,
        peak_deg: None,
        repetitions: Vec::new(),
        wanted: 0,
        forward: None,
        hints: vec![Hint::NotStill],
        ..movement()
    }
}

fn pain() -> View {
    View {
        kind: "hold",
        title: "Rotation right, hold".to_owned(),
        say: "Look over the right shoulder, as far as is comfortable, and stay there. Breathe calmly."
            .to_owned(),
        movement: Some(Movement::RotationRight),
        countdown_s: Some(17.2),
        angle_deg: Some(102.3),
        peak_deg: Some(104.0),
        scale_deg: 100.0,
        repetitions: vec![RepetitionView {
            hold_s: 30.4,
            ..made(101.0, true)
        }],
        wanted: 2,
        pain: Some(PainView {
            title: "Rotation right".to_owned(),
            pain: 10,
        }),
        hints: vec![Hint::TrunkMoves],
        ..movement()
    }
}

fn lost() -> View {
    let mut view = movement();
    view.angle_deg = None;
    view.peak_deg = None;
    view.hints = vec![
        Hint::Lost(SensorPlace::Head),
        Hint::LogFailed("no space left on the disk".to_owned()),
        Hint::OneMore,
    ];
    view.ports[0].state = PortState::Lost;
    view.ports[0].why = Some("the device was unplugged (input/output error)".to_owned());
    view.ports[1].faults = 12;
    view
}

fn end() -> View {
    let outcome = |movement: Movement, mean_deg: f64, pain, consistent| Outcome {
        title: movement.title().to_owned(),
        kind: "movement",
        movement,
        n: 3,
        mean_deg: Some(mean_deg),
        max_deg: Some(mean_deg + 2.0),
        hold_s: 1.0,
        consistent: Some(consistent),
        pain,
    };
    View {
        step: 16,
        phase: Phase::Over,
        outcomes: vec![
            outcome(Movement::Flexion, 50.2, Some(3), true),
            outcome(Movement::Extension, 55.0, None, true),
            outcome(Movement::SideBendRight, 39.0, None, false),
            outcome(Movement::SideBendLeft, 41.0, None, true),
            outcome(Movement::RotationRight, 71.0, Some(10), true),
            Outcome {
                kind: "reposition",
                mean_deg: Some(3.2),
                max_deg: Some(6.0),
                ..outcome(Movement::RotationLeft, 0.0, None, true)
            },
        ],
        ..movement()
    }
}

fn free() -> View {
    View {
        plan: "No plan".to_owned(),
        step: 1,
        steps: 1,
        kind: "free",
        title: "Free recording".to_owned(),
        say: "Everything is recorded until you end it.".to_owned(),
        next: None,
        movement: None,
        angle_deg: None,
        peak_deg: None,
        repetitions: Vec::new(),
        wanted: 0,
        pain: None,
        hints: Vec::new(),
        ..movement()
    }
}

fn picture(view: &View, width: u16, height: u16) -> String {
    let mut screen = Screen::new(TestBackend::new(width, height)).unwrap();
    screen.draw(|frame| draw(frame, view)).unwrap();
    screen.backend().to_string()
}

#[test]
fn pictures_at_the_usual_size() {
    let all =
        [neutral(), movement(), pain(), lost(), end(), free()].map(|view| picture(&view, 80, 24));
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn pictures_on_a_narrow_terminal() {
    let all = [neutral(), movement(), pain(), lost(), end()].map(|view| picture(&view, 60, 20));
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn the_smallest_terminals_still_show_the_angle_and_what_to_do() {
    let all = [picture(&movement(), 40, 10), picture(&lost(), 30, 6)];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn no_size_breaks_the_picture() {
    for (width, height) in [(1, 1), (2, 40), (300, 1), (50, 16), (200, 60), (51, 17)] {
        for view in [neutral(), movement(), pain(), lost(), end()] {
            picture(&view, width, height);
        }
    }
}

#[test]
fn a_line_a_second() {
    let mut out = Vec::new();
    let mut plain = Plain::new(&mut out, Typed::nothing(), Sound::Bell);
    for view in [neutral(), movement(), movement(), lost(), free(), end()] {
        plain.show(&view).unwrap();
    }
    plain.tone(Tone::End).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn an_object_a_change() {
    let mut out = Vec::new();
    let mut json = JsonLines::new(&mut out, Typed::nothing());
    let soon = View {
        now_s: 133.45,
        angle_deg: Some(44.0),
        ..movement()
    };
    for view in [movement(), soon.clone(), movement(), pain()] {
        json.show(&view).unwrap();
    }
    json.tone(Tone::Warning).unwrap();
    let text = String::from_utf8(out).unwrap();
    let objects: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(objects.len(), 3, "{text}");
    assert_eq!(objects[0]["movement"], "flexion");
    assert_eq!(objects[0]["angle_deg"], 43.6);
    assert_eq!(objects[1]["pain"]["pain"], 10);
    assert_eq!(objects[2]["name"], "warning");
}

#[test]
fn keys_mean_what_the_screen_says() {
    let key = |code| terminal::action(&KeyEvent::new(code, KeyModifiers::NONE));
    let rows = [
        (' ', Action::Next),
        ('r', Action::Redo),
        ('S', Action::Skip),
        ('0', Action::Pain(0)),
        ('9', Action::Pain(9)),
        ('t', Action::Pain(10)),
        ('m', Action::Mark),
        ('q', Action::Quit),
    ];
    for (letter, expected) in rows {
        assert_eq!(key(KeyCode::Char(letter)), Some(expected));
    }
    assert_eq!(key(KeyCode::Char('x')), None);
    let control = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(terminal::action(&control), Some(Action::Quit));
}
