//! The JSON file of the same stem beside a recording: what is known besides the samples.
//!
//! ```json
//! {
//!   "subject": "01", "visit": "02", "date": "2025-03-01", "task": "protocol",
//!   "sensors": { "00B42D4B": "head", "00B42D4C": "trunk" },
//!   "mount": { "head": "+x,+z", "trunk": "-y,+x" }, "mount_exact": false,
//!   "protocol": { "practice": 2 },
//!   "events": [ { "onset_s": 0.0, "duration_s": 2.0, "name": "neutral" } ]
//! }
//! ```
//!
//! Every key may be absent, unknown keys are passed over, a value of the wrong type is a warning.

use serde_json::{Map, Value};

use super::labels::{claim, is_named};
use crate::frames::Mount;
use crate::sample::{Event, Recording, SensorPlace};
use crate::warning::{Warning, Warnings};

/// Applies a sidecar's text.
pub(super) fn apply(text: &[u8], recording: &mut Recording, warnings: &mut Warnings) {
    let parsed: Result<Value, _> = serde_json::from_slice(text);
    match parsed {
        Ok(Value::Object(map)) => {
            labels(&map, recording, warnings);
            sensors(&map, recording, warnings);
            mounts(&map, recording, warnings);
            protocol(&map, recording, warnings);
            events(&map, recording, warnings);
        }
        Ok(_) => warnings.add(Warning::Sidecar, || {
            "the sidecar is not a JSON object".to_owned()
        }),
        Err(error) => {
            warnings.add(Warning::Sidecar, || {
                format!("the sidecar is not JSON: {error}")
            });
        }
    }
}

fn wrong(warnings: &mut Warnings, key: &str, expected: &str) {
    let key = super::error::excerpt(key.as_bytes(), 40);
    warnings.add(Warning::Sidecar, || {
        format!("'{key}' in the sidecar is not {expected}")
    });
}

fn labels(map: &Map<String, Value>, recording: &mut Recording, warnings: &mut Warnings) {
    let about = &mut recording.about;
    let slots = [
        ("subject", &mut about.subject),
        ("visit", &mut about.visit),
        ("date", &mut about.date),
        ("task", &mut about.task),
    ];
    for (key, slot) in slots {
        match map.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => *slot = Some(text.clone()),
            Some(_) => wrong(warnings, key, "text"),
        }
    }
    match map.get("simulated") {
        None | Some(Value::Null) => {}
        Some(Value::Bool(simulated)) => about.simulated |= simulated,
        Some(Value::String(text)) => about.simulated |= text == "yes",
        Some(_) => wrong(warnings, "simulated", "true, false or \"yes\""),
    }
}

fn sensors(map: &Map<String, Value>, recording: &mut Recording, warnings: &mut Warnings) {
    let Some(sensors) = map.get("sensors") else {
        return;
    };
    let Value::Object(sensors) = sensors else {
        return wrong(warnings, "sensors", "an object");
    };
    for (name, place) in sensors {
        let place = match place.as_str() {
            Some("head") => SensorPlace::Head,
            Some("trunk") => SensorPlace::Trunk,
            _ => {
                wrong(
                    warnings,
                    &format!("sensors.{name}"),
                    "\"head\" or \"trunk\"",
                );
                continue;
            }
        };
        match recording
            .sensors
            .iter()
            .position(|sensor| is_named(sensor, name))
        {
            Some(index) => claim(recording, index, place),
            None => wrong(
                warnings,
                &format!("sensors.{name}"),
                "a sensor of the recording",
            ),
        }
    }
}

fn mounts(map: &Map<String, Value>, recording: &mut Recording, warnings: &mut Warnings) {
    let exact = match map.get("mount_exact") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(exact)) => *exact,
        Some(_) => {
            wrong(warnings, "mount_exact", "true or false");
            false
        }
    };
    let mut parse = |key: &str, value: &Value| -> Option<Mount> {
        let mount = value.as_str().and_then(|text| text.parse().ok());
        if mount.is_none() {
            wrong(warnings, key, "a mount such as \"+x,+z\"");
        }
        mount.map(|mount| Mount { exact, ..mount })
    };
    let about = &mut recording.about;
    match map.get("mount") {
        None | Some(Value::Null) => {}
        Some(Value::Object(mounts)) => {
            if let Some(head) = mounts.get("head") {
                about.head_mount = parse("mount.head", head);
            }
            if let Some(trunk) = mounts.get("trunk") {
                about.trunk_mount = parse("mount.trunk", trunk);
            }
        }
        Some(value) => about.head_mount = parse("mount", value),
    }
}

fn protocol(map: &Map<String, Value>, recording: &mut Recording, warnings: &mut Warnings) {
    let Some(protocol) = map.get("protocol") else {
        return;
    };
    let Value::Object(protocol) = protocol else {
        return wrong(warnings, "protocol", "an object");
    };
    let Some(practice) = protocol.get("practice") else {
        return;
    };
    match practice
        .as_u64()
        .and_then(|count| usize::try_from(count).ok())
    {
        Some(practice) => recording.about.practice = Some(practice),
        None => wrong(warnings, "protocol.practice", "a number of repetitions"),
    }
}

fn events(map: &Map<String, Value>, recording: &mut Recording, warnings: &mut Warnings) {
    let Some(events) = map.get("events") else {
        return;
    };
    let Value::Array(events) = events else {
        return wrong(warnings, "events", "a list");
    };
    for (index, value) in events.iter().enumerate() {
        match event(value) {
            Some(event) => recording.about.events.push(event),
            None => wrong(
                warnings,
                &format!("events[{index}]"),
                "an object with onset_s, duration_s (seconds, not negative) and name",
            ),
        }
    }
}

fn event(value: &Value) -> Option<Event> {
    let duration_s = value.get("duration_s").map_or(Some(0.0), Value::as_f64)?;
    Some(Event {
        onset_s: value.get("onset_s")?.as_f64()?,
        duration_s: Some(duration_s).filter(|duration| *duration >= 0.0)?,
        name: value.get("name")?.as_str()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::SensorSamples;

    fn applied(text: &str) -> (Recording, Vec<String>) {
        let sensor = |name: &str| SensorSamples {
            name: name.to_owned(),
            ..SensorSamples::default()
        };
        let mut recording = Recording {
            sensors: vec![sensor("A"), sensor("B")],
            ..Recording::default()
        };
        let mut warnings = Warnings::default();
        apply(text.as_bytes(), &mut recording, &mut warnings);
        (
            recording,
            warnings
                .iter()
                .map(|warning| warning.message.clone())
                .collect(),
        )
    }

    #[test]
    fn all_keys_are_used_and_unknown_ones_passed_over() {
        let (recording, messages) = applied(
            r#"{"subject":"01","visit":"02","date":"2025-03-01","task":"flexion","simulated":"yes",
            "sensors":{"b":"head","A":"trunk"},"mount":{"head":"+x,+z","trunk":"-y,+x"},
            "mount_exact":true,"protocol":{"practice":2,"nods":3},"other":[],
            "events":[{"onset_s":1,"duration_s":2.5,"name":"neutral"},{"onset_s":3,"name":"nods"}]}"#,
        );
        assert_eq!(messages, Vec::<String>::new());
        let about = &recording.about;
        assert_eq!(about.subject.as_deref(), Some("01"));
        assert!(about.simulated && about.head_mount.unwrap().exact);
        assert_eq!(about.trunk_mount.unwrap().to_string(), "-y,+x");
        assert_eq!((about.practice, about.events.len()), (Some(2), 2));
        assert_eq!(recording.sensors[1].place, Some(SensorPlace::Head));
        assert_eq!(recording.sensors[0].place, Some(SensorPlace::Trunk));
    }

    #[test]
    fn wrong_types_are_warnings_that_name_the_key() {
        for (text, key) in [
            (r#"{"subject":1}"#, "'subject'"),
            (r#"{"simulated":3}"#, "'simulated'"),
            (r#"{"sensors":{"A":"arm"}}"#, "'sensors.A'"),
            (r#"{"sensors":{"C":"head"}}"#, "'sensors.C'"),
            (r#"{"mount":"up"}"#, "'mount'"),
            (r#"{"mount_exact":"no"}"#, "'mount_exact'"),
            (r#"{"protocol":{"practice":-1}}"#, "'protocol.practice'"),
            (r#"{"events":[{"onset_s":"x","name":"n"}]}"#, "'events[0]'"),
            ("[]", "object"),
            ("{", "not JSON"),
        ] {
            let (_, messages) = applied(text);
            assert!(
                messages.len() == 1 && messages[0].contains(key),
                "{text}: {messages:?}"
            );
        }
    }
}
