//! The simulated sensor: what it sends is what it was given, whatever it speaks and whatever goes wrong.

use std::sync::LazyLock;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use neckrom::capture::headband::{
    Act, HangUp, Headband, HeadbandSettings, Stall, Tally, Trouble, What,
};
use neckrom::movement::Movement;
use neckrom::protocol::{Decoded, Evidence, Faults, PROTOCOLS, Protocol, Sample, by_name};
use neckrom::sample::{SensorPlace, SensorSamples};
use neckrom::simulate::{Channels, Settings, simulate};

/// Protocols with two decimals of a quaternion round by so much.
const TURN_DEG: f64 = 1.2;
const GYRO_RAD_S: f64 = 0.01;
const ACCEL_M_S2: f64 = 0.06;
const TIME_S: f64 = 1e-3;

/// A flexion and its return, 50 samples a second; shared by the tests.
static SENSOR: LazyLock<SensorSamples> = LazyLock::new(|| {
    let settings = Settings {
        rate_hz: 50.0,
        channels: Channels::Both,
        movements: vec![Movement::Flexion],
        practice: 0,
        recorded: 1,
        nods: 0,
        hold_s: 0.5,
        ..Settings::default()
    };
    simulate(&settings).unwrap().recording.sensors.remove(0)
});

fn sensor() -> SensorSamples {
    SENSOR.clone()
}

fn settings(protocol: &'static Protocol, trouble: Trouble) -> HeadbandSettings {
    HeadbandSettings {
        protocol,
        seed: 3,
        place: SensorPlace::Head,
        clock_error_ppm: 200.0,
        trouble,
    }
}

/// Everything that the sensor does.
pub(crate) fn acts(protocol: &'static Protocol, trouble: Trouble) -> Vec<Act> {
    let trouble = Trouble {
        // Lines of text, so that protocols that are lines begin with a whole one.
        banner: true,
        ..trouble
    };
    let band = Headband::new(sensor(), settings(protocol, trouble)).unwrap();
    assert!(band.can_speak(), "{}", protocol.name);
    band.collect()
}

pub(crate) fn encodable() -> impl Iterator<Item = &'static Protocol> {
    PROTOCOLS
        .iter()
        .filter(|protocol| protocol.encode.is_some())
}

fn tally(acts: &[Act]) -> Tally {
    let mut tally = Tally::default();
    for act in acts {
        tally.add(&act.what);
    }
    tally
}

/// What a port that is read as the bytes come gives.
pub(crate) fn decoded(protocol: &Protocol, acts: &[Act]) -> Decoded {
    let (mut decoder, mut out) = ((protocol.decoder)(), Decoded::default());
    for act in acts {
        decoder.push(act.what.bytes(), act.at_s, &mut out);
    }
    decoder.finish(&mut out);
    out.samples = merged(out.samples);
    out
}

/// Samples of one time that hold different channels, as one.
fn merged(samples: Vec<Sample>) -> Vec<Sample> {
    let mut whole: Vec<Sample> = Vec::new();
    for sample in samples {
        let belongs = |last: &&mut Sample| {
            let twice = last.earth_from_sensor.is_some() && sample.earth_from_sensor.is_some()
                || last.gyro_rad_s.is_some() && sample.gyro_rad_s.is_some();
            last.device_time_s == sample.device_time_s && !twice
        };
        match whole.last_mut().filter(belongs) {
            Some(last) => {
                last.earth_from_sensor = last.earth_from_sensor.or(sample.earth_from_sensor);
                last.gyro_rad_s = last.gyro_rad_s.or(sample.gyro_rad_s);
                last.accel_m_s2 = last.accel_m_s2.or(sample.accel_m_s2);
            }
            None => whole.push(sample),
        }
    }
    whole
}

pub(crate) fn sent(acts: &[Act]) -> impl Iterator<Item = (&Sample, bool)> {
    acts.iter().filter_map(|act| match &act.what {
        What::Sent {
            sample, changed, ..
        } => Some((&**sample, *changed == 0)),
        What::Banner(_)
        | What::Noise(_)
        | What::Recorded(_)
        | What::Lost(_)
        | What::HangUp
        | What::Return => None,
    })
}

fn apart_deg(one: Quaternion<f64>, other: Quaternion<f64>) -> f64 {
    let turn = UnitQuaternion::new_normalize;
    turn(one).angle_to(&turn(other)).to_degrees()
}

/// Every channel that was found is that which was sent.
fn agrees(found: &Sample, sent: &Sample) -> bool {
    let near = |found: Option<Vector3<f64>>, sent: Option<Vector3<f64>>, most: f64| {
        found.is_none_or(|found| sent.is_some_and(|sent| (found - sent).amax() <= most))
    };
    let turned = found.earth_from_sensor.is_none_or(|turn| {
        let sent = sent.earth_from_sensor;
        sent.is_some_and(|sent| apart_deg(turn, sent) <= TURN_DEG)
    });
    let timed = found.device_time_s.is_none_or(|time_s| {
        let sent = sent.device_time_s;
        sent.is_some_and(|sent| (time_s - sent).abs() <= TIME_S)
    });
    turned
        && timed
        && near(found.gyro_rad_s, sent.gyro_rad_s, GYRO_RAD_S)
        && near(found.accel_m_s2, sent.accel_m_s2, ACCEL_M_S2)
}

#[test]
fn what_is_sent_is_decoded_in_every_protocol() {
    for protocol in encodable() {
        let acts = acts(protocol, Trouble::default());
        let mut out = decoded(protocol, &acts);
        let name = protocol.name;
        assert_eq!(
            out.samples.len(),
            tally(&acts).whole,
            "{name} {:?}",
            out.faults
        );
        out.faults.leading_bytes = 0;
        // A protocol of lines may count the banner's as lines of its own that are unsound.
        out.faults.skipped_bytes = 0;
        out.faults.corrupt_frames = 0;
        assert_eq!(out.faults, Faults::default(), "{name}");
        for (found, (sent, _)) in out.samples.iter().zip(sent(&acts)) {
            assert!(agrees(found, sent), "{name}\n{found:?}\n{sent:?}");
            assert!(found.earth_from_sensor.is_some(), "{name}");
        }
    }
}

#[test]
fn the_same_seed_sends_the_same_and_every_fault_is_its_own() {
    let protocol = by_name("xsens-xbus").unwrap();
    let all = Trouble {
        noise: 0.02,
        lose: 0.05,
        corrupt: 0.005,
        stall: Some(Stall {
            every_s: 2.0,
            for_s: 0.4,
        }),
        ..Trouble::default()
    };
    assert!(acts(protocol, all) == acts(protocol, all));
    let lost = |trouble| -> Vec<Option<u64>> {
        let acts = acts(protocol, trouble);
        let lost = acts.iter().filter_map(|act| match &act.what {
            What::Lost(sample) => Some(sample.counter),
            What::Banner(_)
            | What::Noise(_)
            | What::Recorded(_)
            | What::Sent { .. }
            | What::HangUp
            | What::Return => None,
        });
        lost.collect()
    };
    let alone = Trouble {
        lose: 0.05,
        ..Trouble::default()
    };
    assert!(!lost(alone).is_empty());
    assert_eq!(lost(all), lost(alone));
}

#[test]
fn of_damaged_bytes_every_whole_sample_comes_and_no_other() {
    for protocol in encodable() {
        let trouble = Trouble {
            corrupt: 0.01,
            ..Trouble::default()
        };
        let acts = acts(protocol, trouble);
        let out = decoded(protocol, &acts);
        let (name, counts) = (protocol.name, tally(&acts));
        assert!(counts.changed > 20, "{name} {counts:?}");
        assert!(out.faults.corrupt_frames > 0, "{name} {:?}", out.faults);
        let whole: Vec<(&Sample, bool)> = sent(&acts).collect();
        // Without a sum, a wrong time is taken for a jump of the clock, and those after it count from it;
        // that of Yost's sensors leaves the time out.
        let is_summed = protocol.evidence == Evidence::Sum;
        let has_sure_times = is_summed && name != "yost-3space";
        let found: Vec<Sample> = out
            .samples
            .into_iter()
            .map(|sample| Sample {
                device_time_s: sample.device_time_s.filter(|_| has_sure_times),
                ..sample
            })
            .collect();
        let near = |found: &Sample, sent: &Sample| (found.arrival_s - sent.arrival_s).abs() < 0.5;
        let came = |sent: &Sample| {
            let mut all = found.iter().filter(|found| near(found, sent));
            all.any(|found| agrees(found, sent))
        };
        let mut missing = 0;
        for (place, (sent, is_whole)) in whole.iter().enumerate() {
            // Without a sum, what stands beside damage may go with it.
            let beside = place.checked_sub(1).is_some_and(|before| !whole[before].1);
            let counts = is_summed || !beside;
            missing += usize::from(*is_whole && counts && !came(sent));
        }
        assert_eq!(missing, 0, "{name} {:?}", out.faults);
        if is_summed {
            let is_sent = |found: &Sample| {
                let mut all = whole.iter().filter(|(sent, _)| near(found, sent));
                all.any(|(sent, _)| agrees(found, sent))
            };
            let wrong = found.iter().find(|found| !is_sent(found));
            assert_eq!(wrong, None, "{name}");
        }
    }
}

#[test]
fn lost_samples_are_missed_by_the_counter() {
    let protocol = by_name("xsens-xbus").unwrap();
    let trouble = Trouble {
        lose: 0.1,
        ..Trouble::default()
    };
    let acts = acts(protocol, trouble);
    let counts = tally(&acts);
    let out = decoded(protocol, &acts);
    assert_eq!(out.samples.len(), counts.whole);
    let ends = [
        acts.iter().find(|act| is_sample(act)),
        acts.iter().rfind(|act| is_sample(act)),
    ];
    assert!(
        ends.iter()
            .flatten()
            .all(|act| !act.what.bytes().is_empty()),
        "no end is lost"
    );
    assert_eq!(out.faults.lost_samples, counts.lost as u64);
    assert!(counts.lost > 20, "{counts:?}");
}

const fn is_sample(act: &Act) -> bool {
    matches!(act.what, What::Sent { .. } | What::Lost(_))
}

#[test]
fn a_stall_holds_back_and_loses_nothing() {
    let protocol = by_name("witmotion").unwrap();
    let stall = Stall {
        every_s: 2.0,
        for_s: 0.5,
    };
    let trouble = Trouble {
        stall: Some(stall),
        ..Trouble::default()
    };
    let acts = acts(protocol, trouble);
    assert_eq!(decoded(protocol, &acts).samples.len(), sensor().len());
    let times_s: Vec<f64> = acts.iter().map(|act| act.at_s).collect();
    assert!(times_s.windows(2).all(|pair| pair[0] <= pair[1]));
    let gaps = times_s
        .windows(2)
        .filter(|pair| pair[1] - pair[0] > 0.4)
        .count();
    let expected = (sensor().duration_s() / stall.every_s) as usize;
    assert!(gaps.abs_diff(expected) <= 1, "{gaps} of {expected}");
}

#[test]
fn a_sensor_that_was_unplugged_starts_anew() {
    let protocol = by_name("xsens-xbus").unwrap();
    let trouble = Trouble {
        hang_up: Some(HangUp {
            after_s: 2.0,
            return_after_s: Some(1.5),
        }),
        ..Trouble::default()
    };
    let acts = acts(protocol, trouble);
    let gone = acts
        .iter()
        .position(|act| act.what == What::HangUp)
        .unwrap();
    let back = acts
        .iter()
        .position(|act| act.what == What::Return)
        .unwrap();
    assert_eq!(back, gone + 1);
    assert!((acts[gone].at_s - 2.0).abs() < 1e-9 && (acts[back].at_s - 3.5).abs() < 1e-9);
    let (first, _) = sent(&acts[back..]).next().unwrap();
    assert_eq!(first.counter, Some(0));
    assert!(first.device_time_s.unwrap() < 0.1);
    let out = decoded(protocol, &acts);
    assert_eq!((out.faults.resets > 0, out.faults.lost_samples), (true, 0));
    assert_eq!(tally(&acts).hang_ups, 1);
    let never = Trouble {
        hang_up: Some(HangUp {
            after_s: 2.0,
            return_after_s: None,
        }),
        ..Trouble::default()
    };
    let band = Headband::new(sensor(), settings(protocol, never)).unwrap();
    assert_eq!(band.last().unwrap().what, What::HangUp);
}

#[test]
fn a_stale_orientation_stays_while_the_gyroscope_goes_on() {
    let protocol = by_name("xsens-xbus").unwrap();
    let trouble = Trouble {
        stale_after_s: Some(4.0),
        ..Trouble::default()
    };
    let out = decoded(protocol, &acts(protocol, trouble));
    let late = &out.samples[205..];
    assert!(
        late.iter()
            .all(|sample| sample.earth_from_sensor == late[0].earth_from_sensor)
    );
    let rates = late.iter().filter_map(|sample| sample.gyro_rad_s);
    assert!(rates.map(|rate| rate.norm()).fold(0.0, f64::max) > 0.3);
}

#[test]
fn at_the_wrong_speed_nothing_is_understood() {
    for protocol in encodable() {
        let trouble = Trouble {
            wrong_baud: true,
            ..Trouble::default()
        };
        let acts = acts(protocol, trouble);
        let out = decoded(protocol, &acts);
        assert!(tally(&acts).bytes > 1000);
        assert!(
            out.samples.len() < 10,
            "{} {}",
            protocol.name,
            out.samples.len()
        );
    }
}
