//! What every protocol has to hold, walked over the table: the same samples from any chunks, no panic
//! and bounded memory from any bytes, the next frame after noise, and no sample from a damaged frame.

use nalgebra::{UnitQuaternion, Vector3};
use proptest::prelude::*;

use super::testing::apart_deg;
use super::{Decoded, Evidence, PROTOCOLS, Protocol, Sample, by_name, recognise};

/// How far a sample may be from what was encoded; `None` where the protocol does not carry it.
struct Carries {
    name: &'static str,
    turn_deg: f64,
    gyro_rad_s: Option<f64>,
    accel_m_s2: Option<f64>,
    mag_ut: Option<f64>,
    time_s: Option<f64>,
    counter: bool,
}

const CARRIES: &[Carries] = &[
    Carries {
        name: "xsens-xbus",
        turn_deg: 1e-4,
        gyro_rad_s: Some(1e-6),
        accel_m_s2: Some(1e-5),
        mag_ut: None,
        time_s: Some(1e-4),
        counter: true,
    },
    Carries {
        name: "witmotion",
        turn_deg: 0.01,
        gyro_rad_s: Some(1e-3),
        accel_m_s2: Some(5e-3),
        mag_ut: None,
        time_s: Some(1e-3),
        counter: false,
    },
    Carries {
        name: "ximu3",
        turn_deg: 1e-4,
        gyro_rad_s: Some(1e-6),
        accel_m_s2: Some(1e-5),
        mag_ut: None,
        time_s: Some(1e-6),
        counter: false,
    },
    Carries {
        gyro_rad_s: Some(1e-5),
        accel_m_s2: Some(1e-4),
        time_s: Some(1e-6),
        counter: true,
        ..Carries::turn("neckrom-line", 1e-3)
    },
    Carries {
        gyro_rad_s: Some(1e-6),
        accel_m_s2: Some(6e-4),
        mag_ut: Some(0.006),
        ..Carries::turn("vectornav", 1e-3)
    },
    Carries {
        gyro_rad_s: Some(1e-6),
        accel_m_s2: Some(1e-5),
        mag_ut: Some(1e-5),
        time_s: Some(6e-4),
        ..Carries::turn("hipnuc", 1e-4)
    },
    Carries {
        gyro_rad_s: Some(1e-6),
        accel_m_s2: Some(1e-5),
        mag_ut: Some(1e-5),
        time_s: Some(1.1e-3),
        ..Carries::turn("lpms", 1e-4)
    },
    Carries {
        accel_m_s2: Some(5e-3),
        counter: true,
        ..Carries::turn("bno08x-rvc", 0.02)
    },
    Carries {
        gyro_rad_s: Some(1e-6),
        accel_m_s2: Some(1e-5),
        time_s: Some(1e-6),
        ..Carries::turn("yost-3space", 1e-4)
    },
    Carries {
        gyro_rad_s: Some(1e-6),
        accel_m_s2: Some(1e-5),
        mag_ut: Some(1e-5),
        time_s: Some(1e-6),
        ..Carries::turn("ngimu", 1e-4)
    },
    Carries {
        counter: true,
        ..Carries::turn("hatire", 1e-4)
    },
    Carries {
        counter: true,
        ..Carries::turn("teapot", 0.01)
    },
    Carries::turn("bno055-uart", 0.01),
    Carries::turn("mpu6050-dmp", 1.1),
    Carries::turn("razor-ahrs", 0.02),
    Carries::turn("arduino-ahrs", 0.02),
    Carries::turn("adafruit-bno055", 0.011),
    Carries::turn("adafruit-bno08x", 1.1),
    Carries {
        time_s: Some(1e-6),
        ..Carries::turn("json-lines", 1e-3)
    },
    Carries {
        gyro_rad_s: Some(1e-4),
        accel_m_s2: Some(0.05),
        mag_ut: Some(0.006),
        time_s: Some(6e-4),
        ..Carries::turn("razor-m0", 0.011)
    },
    Carries {
        gyro_rad_s: Some(0.006),
        ..Carries::turn("sparkfun-bno080", 1.1)
    },
];

impl Carries {
    /// Orientation alone.
    const fn turn(name: &'static str, turn_deg: f64) -> Self {
        Self {
            name,
            turn_deg,
            gyro_rad_s: None,
            accel_m_s2: None,
            mag_ut: None,
            time_s: None,
            counter: false,
        }
    }
}

/// A nod with a turn, 100 samples a second.
pub(super) fn motion(count: usize) -> Vec<Sample> {
    let sample = |index: usize| {
        let time_s = 20.0 + index as f64 / 100.0;
        let phase = index as f64 / 100.0;
        let turn = UnitQuaternion::from_euler_angles(
            0.2 * phase.cos(),
            0.8 * (2.0 * phase).sin(),
            0.5 + phase.sin(),
        );
        Sample {
            counter: Some(250 + index as u64),
            device_time_s: Some(time_s),
            arrival_s: 0.0,
            earth_from_sensor: Some(*turn),
            gyro_rad_s: Some(Vector3::new(-0.3, 1.6 * (2.0 * phase).cos(), 0.9)),
            accel_m_s2: Some(turn.inverse() * Vector3::new(0.0, 0.0, 9.8)),
            mag_ut: Some(turn.inverse() * Vector3::new(20.0, 0.0, -40.0)),
            ..Sample::default()
        }
    };
    (0..count).map(sample).collect()
}

/// The bytes of each sample.
pub(super) fn frames(protocol: &Protocol, samples: &[Sample]) -> Vec<Vec<u8>> {
    let encode = protocol.encode.unwrap();
    let each = |sample: &Sample| {
        let mut bytes = Vec::new();
        encode(sample, &mut bytes);
        bytes
    };
    samples.iter().map(each).collect()
}

fn decoded(protocol: &Protocol, stream: &[u8], size: usize) -> Decoded {
    split(protocol, stream, &[size])
}

/// The same of chunks of these sizes, again and again.
fn split(protocol: &Protocol, mut stream: &[u8], sizes: &[usize]) -> Decoded {
    let (mut decoder, mut out) = ((protocol.decoder)(), Decoded::default());
    for &size in sizes.iter().cycle() {
        let (chunk, rest) = stream.split_at(size.min(stream.len()));
        decoder.push(chunk, 0.0, &mut out);
        stream = rest;
        if stream.is_empty() {
            break;
        }
    }
    decoder.finish(&mut out);
    out
}

/// Samples of one time that hold different channels, as one.
fn merged(samples: Vec<Sample>) -> Vec<Sample> {
    let mut whole: Vec<Sample> = Vec::new();
    for sample in samples {
        match whole.last_mut() {
            Some(last) if last.device_time_s == sample.device_time_s && is_other(last, &sample) => {
                last.earth_from_sensor = last.earth_from_sensor.or(sample.earth_from_sensor);
                last.gyro_rad_s = last.gyro_rad_s.or(sample.gyro_rad_s);
                last.accel_m_s2 = last.accel_m_s2.or(sample.accel_m_s2);
                last.mag_ut = last.mag_ut.or(sample.mag_ut);
            }
            _ => whole.push(sample),
        }
    }
    whole
}

/// No channel is in both.
const fn is_other(one: &Sample, other: &Sample) -> bool {
    let turns = one.earth_from_sensor.is_some() && other.earth_from_sensor.is_some();
    let rates = one.gyro_rad_s.is_some() && other.gyro_rad_s.is_some();
    !(turns || rates)
}

pub(super) fn encodable() -> impl Iterator<Item = &'static Protocol> {
    PROTOCOLS
        .iter()
        .filter(|protocol| protocol.encode.is_some())
}

#[test]
fn names_are_unlike_and_baud_rates_are_there() {
    for (index, protocol) in PROTOCOLS.iter().enumerate() {
        assert_eq!(
            by_name(protocol.name).map(|found| found.title),
            Some(protocol.title)
        );
        let same = |other: &Protocol| other.name == protocol.name;
        assert_eq!(PROTOCOLS.iter().position(same), Some(index));
        assert!(!protocol.baud_rates.is_empty(), "{}", protocol.name);
        let carried = CARRIES
            .iter()
            .filter(|one| one.name == protocol.name)
            .count();
        assert_eq!(
            carried,
            usize::from(protocol.encode.is_some()),
            "{}",
            protocol.name
        );
    }
}

fn near(found: Option<Vector3<f64>>, sent: Option<Vector3<f64>>, tolerance: Option<f64>) -> bool {
    match (found, sent, tolerance) {
        (Some(found), Some(sent), Some(most)) => (found - sent).amax() <= most,
        (found, _, None) => found.is_none(),
        _ => false,
    }
}

fn carried(found: &Sample, sent: &Sample, carries: &Carries) -> bool {
    let turns = (found.earth_from_sensor, sent.earth_from_sensor);
    let turned = match turns {
        (Some(found), Some(sent)) => apart_deg(&found, &sent) <= carries.turn_deg,
        _ => false,
    };
    let timed = match (found.device_time_s, sent.device_time_s, carries.time_s) {
        (Some(found), Some(sent), Some(most)) => (found - sent).abs() <= most,
        (found, _, None) => found.is_none(),
        _ => false,
    };
    turned
        && timed
        && near(found.gyro_rad_s, sent.gyro_rad_s, carries.gyro_rad_s)
        && near(found.accel_m_s2, sent.accel_m_s2, carries.accel_m_s2)
        && near(found.mag_ut, sent.mag_ut, carries.mag_ut)
        && found.counter.is_some() == carries.counter
}

#[test]
fn what_is_encoded_is_decoded() {
    for carries in CARRIES {
        let protocol = by_name(carries.name).unwrap();
        let sent = motion(300);
        let mut stream = frames(protocol, &sent).concat();
        if protocol.evidence == Evidence::Numbers {
            // In place of a line that was cut.
            stream.insert(0, b'\n');
        }
        let mut out = decoded(protocol, &stream, 64);
        out.samples = merged(out.samples);
        out.faults.leading_bytes = 0;
        assert_eq!(
            out.samples.len(),
            sent.len(),
            "{} {:?}",
            carries.name,
            out.faults
        );
        assert_eq!(out.faults, super::Faults::default(), "{}", carries.name);
        for (found, sent) in out.samples.iter().zip(&sent) {
            assert!(
                carried(found, sent, carries),
                "{}\n{found:?}\n{sent:?}",
                carries.name
            );
        }
        let counters: Vec<u64> = out
            .samples
            .iter()
            .filter_map(|sample| sample.counter)
            .collect();
        assert!(
            counters.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "{}",
            carries.name
        );
    }
}

#[test]
fn any_chunks_give_the_same() {
    for protocol in encodable() {
        let stream = frames(protocol, &motion(30)).concat();
        let noisy = [
            &b"boot\xAA\x55\n"[..],
            &stream,
            b"\x55\x51\xFA\xFF",
            &stream[3..],
        ]
        .concat();
        let expected = decoded(protocol, &noisy, noisy.len());
        for size in [1, 2, 3, 7, 11, 20, 64, 500] {
            assert_eq!(
                decoded(protocol, &noisy, size),
                expected,
                "{} {size}",
                protocol.name
            );
        }
    }
}

#[test]
fn streams_are_recognised_wherever_they_begin() {
    for protocol in encodable() {
        let stream = frames(protocol, &motion(40)).concat();
        for start in [0, 5, 17] {
            let found = recognise(&stream[start..]).map(|found| found.name);
            assert_eq!(found, Some(protocol.name), "from {start}");
        }
    }
}

#[test]
fn after_noise_the_next_frame_is_found() {
    let noise: Vec<u8> = (0..97_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 21) as u8)
        .collect();
    for protocol in encodable() {
        let frames = frames(protocol, &motion(20));
        let stream = [frames[..10].concat(), noise.clone(), frames[10..].concat()].concat();
        let mut out = decoded(protocol, &stream, 13);
        out.samples = merged(out.samples);
        // The frame next to the noise may go with it.
        let least = if protocol.evidence == Evidence::Sum {
            19
        } else {
            18
        };
        assert!(out.samples.len() >= least, "{} {out:?}", protocol.name);
        assert!(out.faults.corrupt_frames > 0, "{}", protocol.name);
    }
}

#[test]
fn a_lost_byte_costs_two_samples_at_most() {
    for protocol in encodable() {
        let frames = frames(protocol, &motion(12));
        // The first line of bare numbers is passed over as well.
        let least = 10 - usize::from(protocol.evidence == Evidence::Numbers);
        let middle = frames[..5].concat().len()..frames[..6].concat().len();
        for at in middle {
            let mut stream = frames.concat();
            stream.remove(at);
            let out = decoded(protocol, &stream, 64);
            let count = merged(out.samples).len();
            assert!(count >= least, "{} {at} {count}", protocol.name);
        }
    }
}

/// The channels, without counter and time.
fn channels(sample: &Sample) -> Sample {
    Sample {
        counter: None,
        device_time_s: None,
        segment: 0,
        ..sample.clone()
    }
}

#[test]
fn a_changed_bit_gives_no_other_sample() {
    for protocol in encodable().filter(|protocol| protocol.evidence == Evidence::Sum) {
        let frames = frames(protocol, &motion(5));
        let sound = decoded(protocol, &frames.concat(), 64).samples;
        let before = frames[..2].concat().len();
        for bit in 0..frames[2].len() * 8 {
            let mut stream = frames.concat();
            stream[before + bit / 8] ^= 1 << (bit % 8);
            let out = decoded(protocol, &stream, 64);
            let part_of = |sample: &Sample| {
                let found = channels(sample);
                sound
                    .iter()
                    .map(channels)
                    .any(|sent| is_part(&found, &sent))
            };
            assert!(
                out.samples.iter().all(part_of),
                "{} bit {bit}",
                protocol.name
            );
            assert!(
                out.samples.len() >= 3,
                "{} bit {bit} {out:?}",
                protocol.name
            );
        }
    }
}

/// Every channel is absent or the same: a frame of one channel may be lost alone.
pub(super) fn is_part(found: &Sample, sent: &Sample) -> bool {
    let same = |one: Option<Vector3<f64>>, other| one.is_none() || one == other;
    let turn = match (found.earth_from_sensor, sent.earth_from_sensor) {
        (Some(one), Some(other)) => apart_deg(&one, &other) < 0.02,
        (one, _) => one.is_none(),
    };
    turn && same(found.gyro_rad_s, sent.gyro_rad_s)
        && same(found.accel_m_s2, sent.accel_m_s2)
        && same(found.mag_ut, sent.mag_ut)
}

/// Sound frames with bytes changed, doubled and lost among noise.
fn damaged(protocol: &Protocol, seeds: &[(u8, usize)]) -> Vec<u8> {
    let frames = protocol
        .encode
        .map_or_else(Vec::new, |_| frames(protocol, &motion(8)));
    let mut stream = frames.concat();
    for &(byte, at) in seeds {
        let at = at % (stream.len() + 1);
        match byte % 4 {
            0 if at < stream.len() => drop(stream.remove(at)),
            1 if at < stream.len() => stream[at] = byte,
            _ => stream.insert(at, byte),
        }
    }
    stream
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_survived(
        stream in proptest::collection::vec(any::<u8>(), 0..2000),
        seeds in proptest::collection::vec((any::<u8>(), any::<usize>()), 0..40),
        sizes in proptest::collection::vec(1_usize..100, 1..20),
    ) {
        for protocol in PROTOCOLS {
            let whole = decoded(protocol, &stream, stream.len().max(1));
            prop_assert_eq!(&split(protocol, &stream, &sizes), &whole, "{}", protocol.name);
            let stream = damaged(protocol, &seeds);
            let whole = decoded(protocol, &stream, stream.len().max(1));
            prop_assert_eq!(&split(protocol, &stream, &sizes), &whole, "{}", protocol.name);
            for sample in &whole.samples {
                let norm = sample.earth_from_sensor.map_or(1.0, |turn| turn.norm());
                prop_assert!((norm - 1.0).abs() <= 0.1);
            }
        }
    }
}
