//! What a log says of itself before the first byte of a sensor.

use serde_json::{Map, Value, json};

use crate::protocol::{Speech, by_name};
use crate::sample::SensorPlace;

/// What is known before the capture begins. As JSON:
///
/// ```json
/// {
///   "subject": "s01", "visit": "2", "task": "protocol", "start": "2026-03-01T09:30:00Z",
///   "program": "0.1.0", "simulated": true,
///   "ports": [ { "place": "head", "path": "/dev/ttyUSB0", "protocol": "witmotion", "baud": 115200 } ]
/// }
/// ```
///
/// Of lines that the user described, `protocol` is `text-line`, and `line` says how they are laid out.
/// Ports are in the order of their numbers. Every key but `ports` may be absent, and others are passed
/// over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Subject label, never a name.
    pub subject: Option<String>,
    /// Visit label.
    pub visit: Option<String>,
    /// What is done: a movement, or a whole protocol.
    pub task: Option<String>,
    /// When the clock of the log was zero, UTC, ISO 8601.
    pub start: Option<String>,
    /// Version of the program that wrote the log.
    pub program: Option<String>,
    /// The sensors are simulated.
    pub simulated: bool,
    /// The ports.
    pub ports: Vec<HeadPort>,
}

/// A port of a capture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeadPort {
    /// Where its sensor sits.
    pub place: Option<SensorPlace>,
    /// As the system called it.
    pub path: String,
    /// Name of the protocol.
    pub protocol: String,
    /// Of lines that the user described: how they are laid out, see
    /// [`Layout`](crate::protocol::text::layout::Layout).
    pub line: Option<String>,
    /// Bits a second that the port was set to.
    pub baud: u32,
}

impl Head {
    pub(super) fn to_json(&self) -> Vec<u8> {
        let mut map = Map::new();
        let texts = [
            ("subject", &self.subject),
            ("visit", &self.visit),
            ("task", &self.task),
            ("start", &self.start),
            ("program", &self.program),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                map.insert(key.to_owned(), Value::from(text.as_str()));
            }
        }
        if self.simulated {
            map.insert("simulated".to_owned(), Value::from(true));
        }
        let ports = self.ports.iter().map(HeadPort::to_json);
        map.insert("ports".to_owned(), ports.collect());
        Value::Object(map).to_string().into_bytes()
    }

    /// `None` when it is no JSON object with ports.
    pub(super) fn from_json(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
        let ports = value.get("ports")?.as_array()?;
        Some(Self {
            subject: text("subject"),
            visit: text("visit"),
            task: text("task"),
            start: text("start"),
            program: text("program"),
            simulated: value.get("simulated").and_then(Value::as_bool) == Some(true),
            ports: ports.iter().map(HeadPort::from_json).collect(),
        })
    }
}

impl HeadPort {
    fn to_json(&self) -> Value {
        let mut value = json!({
            "path": self.path,
            "protocol": self.protocol,
            "baud": self.baud,
        });
        let texts = [
            ("place", self.place.map(SensorPlace::name)),
            ("line", self.line.as_deref()),
        ];
        if let Some(map) = value.as_object_mut() {
            let there = texts
                .iter()
                .filter_map(|(key, text)| Some((*key, (*text)?)));
            map.extend(there.map(|(key, text)| (key.to_owned(), Value::from(text))));
        }
        value
    }

    /// What it speaks; `None` where that is not known here.
    pub fn speech(&self) -> Option<Speech> {
        match &self.line {
            Some(line) => line.parse().ok().map(Speech::Lines),
            None => by_name(&self.protocol).map(Speech::Known),
        }
    }

    fn from_json(value: &Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let line = value.get("line").and_then(Value::as_str);
        let place = [SensorPlace::Head, SensorPlace::Trunk]
            .into_iter()
            .find(|place| place.name() == text("place"));
        let baud = value.get("baud").and_then(Value::as_u64);
        Self {
            place,
            path: text("path").to_owned(),
            protocol: text("protocol").to_owned(),
            line: line.map(str::to_owned),
            baud: baud.and_then(|baud| baud.try_into().ok()).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let port = |place| HeadPort {
            place,
            path: "/dev/ttyUSB0".to_owned(),
            protocol: "witmotion".to_owned(),
            line: Some("t_ms,qw,qx,qy,qz".to_owned()),
            baud: 115_200,
        };
        let head = Head {
            subject: Some("s01".to_owned()),
            visit: Some("2".to_owned()),
            start: Some("2026-03-01T09:30:00Z".to_owned()),
            simulated: true,
            ports: vec![port(Some(SensorPlace::Trunk)), port(None)],
            ..Head::default()
        };
        assert_eq!(Head::from_json(&head.to_json()), Some(head));
        for bad in ["", "[]", "{}", r#"{"ports":3}"#] {
            assert_eq!(Head::from_json(bad.as_bytes()), None, "{bad}");
        }
        let odd = br#"{"ports":[3,{"baud":-1,"place":"arm"}],"subject":7}"#;
        let odd = Head::from_json(odd).unwrap();
        assert_eq!(odd.ports, [HeadPort::default(), HeadPort::default()]);
    }
}
