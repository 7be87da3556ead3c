//! Words that every kind of screen has.

use crate::capture::live::{Phase, PortState, PortView, RepetitionView, View};

/// Minutes and seconds.
pub(super) fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    format!("{:02}:{:02}", whole / 60, whole % 60)
}

/// A whole number of degrees; never `-0`.
pub(super) fn degrees(angle_deg: f64) -> String {
    format!("{}°", angle_deg.round() as i64)
}

/// One repetition: its angle, or by how much the start was missed; in brackets when it does not count.
pub(super) fn repetition(one: &RepetitionView, kind: &str) -> String {
    let text = match (kind, one.miss_deg) {
        ("reposition", Some(miss_deg)) => format!("{miss_deg:.1}° off"),
        ("reposition", None) => "...".to_owned(),
        ("hold", _) => format!("{}, {:.0} s", degrees(one.peak_deg), one.hold_s),
        _ => degrees(one.peak_deg),
    };
    if one.counts {
        text
    } else {
        format!("({text})")
    }
}

/// What the countdown counts.
pub(super) const fn counted(view: &View) -> &'static str {
    match (view.phase, view.kind.as_bytes()) {
        (Phase::Ready, _) => "begins in",
        (_, b"rest") => "rest",
        (_, b"hold") => "hold",
        _ => "keep still",
    }
}

/// Nothing is asked for.
pub(super) fn is_free(view: &View) -> bool {
    view.kind == "free"
}

/// How a port is.
pub(super) fn port(port: &PortView) -> String {
    let name = match port.place {
        crate::sample::SensorPlace::Head => "Head",
        crate::sample::SensorPlace::Trunk => "Trunk",
    };
    let state = match port.state {
        PortState::Waiting => return format!("{name}: waiting"),
        PortState::Lost => {
            let why = port.why.as_deref().unwrap_or_default();
            let gap = if why.is_empty() { "" } else { ", " };
            return format!("{name}: LOST{gap}{why}");
        }
        PortState::Silent => "SILENT".to_owned(),
        PortState::Well => format!("ok, {:.0} a second", port.rate_hz),
    };
    match port.faults {
        0 => format!("{name}: {state}"),
        1 => format!("{name}: {state}, 1 fault"),
        faults => format!("{name}: {state}, {faults} faults"),
    }
}
