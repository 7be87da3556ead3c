//! The JSON sidecar: what is known about a recording besides its samples.

use serde_json::{Map, Value, json};

use crate::frames::Mount;
use crate::sample::About;

/// The sidecar of a recording; `None` when there is nothing to say.
pub fn sidecar(about: &About) -> Option<Vec<u8>> {
    let map = known(about);
    (!map.is_empty()).then(|| pretty(&Value::Object(map)))
}

/// What is known, by the keys of a sidecar.
pub(super) fn known(about: &About) -> Map<String, Value> {
    let mut map = Map::new();
    let labels = [
        ("subject", &about.subject),
        ("visit", &about.visit),
        ("date", &about.date),
        ("task", &about.task),
    ];
    for (key, label) in labels {
        if let Some(label) = label {
            map.insert(key.to_owned(), json!(label));
        }
    }
    if about.simulated {
        map.insert("simulated".to_owned(), json!(true));
    }
    push_mounts(&mut map, about);
    if let Some(practice) = about.practice {
        map.insert("protocol".to_owned(), json!({ "practice": practice }));
    }
    if !about.events.is_empty() {
        map.insert("events".to_owned(), events(about));
    }
    map
}

fn push_mounts(map: &mut Map<String, Value>, about: &About) {
    let mounts = [("head", about.head_mount), ("trunk", about.trunk_mount)];
    let named: Map<String, Value> = mounts
        .iter()
        .filter_map(|(name, mount)| mount.map(|mount| ((*name).to_owned(), text(&mount))))
        .collect();
    if named.is_empty() {
        return;
    }
    map.insert("mount".to_owned(), Value::Object(named));
    let exact = mounts
        .iter()
        .any(|(_, mount)| mount.is_some_and(|mount| mount.exact));
    map.insert("mount_exact".to_owned(), json!(exact));
}

fn text(mount: &Mount) -> Value {
    Value::String(mount.to_string())
}

fn events(about: &About) -> Value {
    let event = |event: &crate::sample::Event| json!({ "onset_s": event.onset_s, "duration_s": event.duration_s, "name": event.name });
    about.events.iter().map(event).collect()
}

pub(super) fn pretty(value: &Value) -> Vec<u8> {
    let mut bytes = format!("{value:#}").into_bytes();
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Event;

    #[test]
    fn nothing_known_is_no_sidecar() {
        assert_eq!(sidecar(&About::default()), None);
    }

    #[test]
    fn what_is_known_is_written() {
        let about = About {
            subject: Some("01".to_owned()),
            head_mount: Some("+x,+z".parse().unwrap()),
            practice: Some(2),
            events: vec![Event {
                onset_s: 1.0,
                duration_s: 2.0,
                name: "neutral".to_owned(),
            }],
            ..About::default()
        };
        let json: Value = serde_json::from_slice(&sidecar(&about).unwrap()).unwrap();
        assert_eq!(json["subject"], "01");
        assert_eq!(json["mount"]["head"], "+x,+z");
        assert_eq!(json["protocol"]["practice"], 2);
        assert_eq!(json["events"][0]["name"], "neutral");
    }
}
