//! The sidecar of a simulated recording.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Simulated;
use crate::sample::SensorPlace;

/// What a reader may know of the recording besides its samples, in this order.
#[derive(Debug, Serialize)]
pub struct Sidecar<'a> {
    subject: &'a str,
    visit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'a str>,
    task: String,
    simulated: bool,
    description: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sensors: BTreeMap<&'static str, &'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mount: Option<MountNames>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<ProtocolCounts>,
}

#[derive(Debug, Serialize)]
struct MountNames {
    head: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trunk: Option<String>,
}

#[derive(Debug, Serialize)]
struct ProtocolCounts {
    practice: usize,
    nods: usize,
    repetitions: usize,
}

impl<'a> Sidecar<'a> {
    /// From the recording and what it was made from.
    pub fn of(simulated: &'a Simulated) -> Self {
        let Simulated { recording, truth } = simulated;
        let (about, settings) = (&recording.about, &truth.settings);
        let trunk = about.trunk_mount.map(|mount| mount.to_string());
        let named = |place: SensorPlace| (place.name(), place.name());
        let places = recording
            .sensors
            .iter()
            .filter_map(|sensor| sensor.place.map(named));
        let counts = ProtocolCounts {
            practice: settings.practice,
            nods: settings.nods,
            repetitions: settings.recorded,
        };
        Self {
            subject: &settings.subject,
            visit: &settings.visit,
            date: settings.date.as_deref(),
            task: settings.task(),
            simulated: true,
            description: "Simulated by neckrom simulate; not a person.",
            sensors: if settings.trunk {
                places.collect()
            } else {
                BTreeMap::new()
            },
            mount: about.head_mount.map(|mount| MountNames {
                head: mount.to_string(),
                trunk,
            }),
            protocol: settings.stated.protocol.then_some(counts),
        }
    }
}
