//! What comes of a stream of which one byte in a hundred is wrong, where it is known which.
//!
//! With a sum, what comes of the stream is, to the sample, what comes of its whole frames alone, and what
//! is counted is what was damaged, to the frame and to the byte. A sum that is no CRC lets a few of the
//! frames pass of which several bytes are wrong; these count as whole here, and are few.
//!
//! Without a sum, a frame counts when what it holds can be true; [`REDUNDANCY`] says for each protocol
//! what that rests on. Promised is: a whole frame that follows a whole one is found; whatever else comes
//! stands beside a damaged frame; and of the damaged frames no fewer do no harm than stands there.

use super::conformance::{encodable, frames, is_part, motion};
use super::testing::{Noise, apart_deg};
use super::{Decoded, Evidence, Faults, Protocol, Sample};

const SAMPLES: usize = 2000;
const INTERVAL_S: f64 = 0.01;
/// One byte in so many is changed.
const ONE_IN: u64 = 100;
/// Samples at both ends whose bytes are left alone, so that a stream begins and ends with a whole frame.
const EDGE: usize = 2;

/// Where the frames of a sample end.
#[derive(Clone, Copy)]
enum Cut {
    /// They are one.
    Whole,
    /// After so many bytes each.
    Every(usize),
    /// After each byte of this value.
    After(u8),
}

fn cut(protocol: &Protocol) -> Cut {
    match protocol.name {
        "witmotion" => Cut::Every(11),
        "xsens-xbus" | "hipnuc" | "lpms" | "vectornav" | "yost-3space" | "bno08x-rvc"
        | "hatire" | "teapot" | "bno055-uart" => Cut::Whole,
        "ngimu" => Cut::After(0xC0),
        _ => Cut::After(b'\n'),
    }
}

/// A frame on the wire.
struct Frame {
    /// The number of the sample that it belongs to.
    sample: usize,
    sent: Vec<u8>,
    came: Vec<u8>,
    /// It is taken for a frame.
    passes: bool,
}

impl Frame {
    fn is_hit(&self) -> bool {
        self.sent != self.came
    }

    /// What came of it, unless it is taken for none.
    fn passing(&self) -> &[u8] {
        if self.passes { &self.came } else { &[] }
    }
}

/// What a device sent and what came of it; the channels of each sample as they are decoded from bytes
/// that are whole.
struct Line {
    frames: Vec<Frame>,
    samples: Vec<Sample>,
}

fn pieces(protocol: &Protocol, bytes: &[u8]) -> Vec<Vec<u8>> {
    match cut(protocol) {
        Cut::Whole => vec![bytes.to_vec()],
        Cut::Every(length) => bytes.chunks(length).map(<[u8]>::to_vec).collect(),
        Cut::After(end) => bytes
            .split_inclusive(|&byte| byte == end)
            .filter(|piece| *piece != [end])
            .map(<[u8]>::to_vec)
            .collect(),
    }
}

fn damaged(bytes: &[u8], noise: &mut Noise) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    for byte in &mut damaged {
        if noise.next().is_multiple_of(ONE_IN) {
            *byte ^= (noise.next() % 255) as u8 + 1;
        }
    }
    damaged
}

/// A frame as it comes.
fn frame(protocol: &Protocol, sample: usize, sent: Vec<u8>, noise: &mut Noise) -> Frame {
    let is_edge = !(EDGE..SAMPLES - EDGE).contains(&sample);
    let came = if is_edge {
        sent.clone()
    } else {
        damaged(&sent, noise)
    };
    let mut frame = Frame {
        sample,
        sent,
        came,
        passes: true,
    };
    frame.passes = !frame.is_hit() || passes(protocol, &frame);
    frame
}

impl Line {
    fn of(protocol: &Protocol) -> Self {
        let mut noise = Noise(0x9E37_79B9_7F4A_7C15);
        let mut line = Self {
            frames: Vec::new(),
            samples: Vec::new(),
        };
        for (sample, bytes) in frames(protocol, &motion(SAMPLES)).iter().enumerate() {
            let sent = pieces(protocol, bytes).into_iter();
            line.frames
                .extend(sent.map(|sent| frame(protocol, sample, sent, &mut noise)));
        }
        let sound = line.decoded(protocol, |frame| &frame.sent);
        assert_eq!(sound.frames, line.frames.len(), "{}", protocol.name);
        assert_eq!(sound.faults, Faults::default(), "{}", protocol.name);
        line.samples = sound.samples;
        line
    }

    /// Each frame comes when its sample was made.
    fn decoded(&self, protocol: &Protocol, bytes: impl Fn(&Frame) -> &[u8]) -> Decoded {
        let (mut decoder, mut out) = ((protocol.decoder)(), Decoded::default());
        if protocol.evidence == Evidence::Numbers {
            // In place of a line that was cut.
            decoder.push(b"\n", 0.0, &mut out);
        }
        for frame in &self.frames {
            decoder.push(bytes(frame), frame.sample as f64 * INTERVAL_S, &mut out);
        }
        decoder.finish(&mut out);
        if protocol.evidence == Evidence::Numbers {
            out.faults.leading_bytes -= 1;
        }
        out
    }

    fn hits(&self) -> impl Iterator<Item = &Frame> {
        self.frames.iter().filter(|frame| frame.is_hit())
    }

    /// Stretches of frames in a row that are taken for none.
    fn stretches(&self) -> usize {
        let all = self.frames.chunk_by(|a, b| a.passes == b.passes);
        all.filter(|stretch| !stretch[0].passes).count()
    }

    /// Of lines: those that came and hold bytes of a damaged one, a damaged end being one too.
    fn unsound_lines(&self) -> usize {
        let hit = |frame: &Frame| vec![!frame.passes; frame.came.len()];
        let is_hit: Vec<bool> = self.frames.iter().flat_map(hit).collect();
        let came: Vec<u8> = self
            .frames
            .iter()
            .flat_map(|frame| frame.came.clone())
            .collect();
        let mut start = 0;
        let mut count = 0;
        for line in came.split_inclusive(|&byte| byte == b'\n') {
            let place = start..start + line.len();
            start = place.end;
            let blank = line.trim_ascii().is_empty();
            count += usize::from(!blank && is_hit[place].contains(&true));
        }
        count
    }
}

/// What shows damage where there is no sum, and the percentage of damaged frames that at least show it,
/// or give an orientation within [`HARMLESS_DEG`] of the true one.
const REDUNDANCY: &[(&str, &str, usize)] = &[
    (
        "ximu3",
        "number of bytes of a message, norm of its quaternion",
        90,
    ),
    (
        "ngimu",
        "lengths and names inside, norm of the quaternion",
        95,
    ),
    (
        "hatire",
        "marks at both ends, turns of at most two circles",
        80,
    ),
    ("teapot", "marks at both ends, norm within 2 %", 90),
    (
        "bno055-uart",
        "mark and length, norm within half a percent",
        95,
    ),
    ("mpu6050-dmp", "word, number of cells, norm", 95),
    (
        "razor-ahrs",
        "word, number of cells, turns within their ranges",
        95,
    ),
    (
        "arduino-ahrs",
        "word, number of cells, turns within their ranges",
        95,
    ),
    ("adafruit-bno055", "words, number of cells, norm", 98),
    ("adafruit-bno08x", "words, number of cells, norm", 98),
    ("json-lines", "it is JSON, norm", 98),
    ("razor-m0", "number of cells, plausible numbers, norm", 95),
    ("sparkfun-bno080", "number of cells, norm", 95),
];
const HARMLESS_DEG: f64 = 2.0;

/// The number of the sample with whose bytes one came.
fn number(sample: &Sample) -> usize {
    (sample.arrival_s / INTERVAL_S).round() as usize
}

/// Without the time at which it came: a frame that is no longer than damage says waits for the next.
fn without_arrival(sample: &Sample) -> Sample {
    Sample {
        arrival_s: 0.0,
        ..sample.clone()
    }
}

/// A frame alone is taken for one: so are a whole one, and a damaged one whose sum is right all the same.
fn passes(protocol: &Protocol, frame: &Frame) -> bool {
    let (mut decoder, mut out) = ((protocol.decoder)(), Decoded::default());
    decoder.push(&frame.came, 0.0, &mut out);
    decoder.finish(&mut out);
    out.frames == 1 && out.faults.leading_bytes == 0
}

/// What the sum of this protocol does not cover: the header of Yost's frames.
fn is_uncovered(protocol: &Protocol, place: usize) -> bool {
    protocol.name == "yost-3space" && place < 6
}

/// Frames that are damaged and pass have several wrong bytes, and are few.
fn check_passed(protocol: &Protocol, line: &Line) {
    let wrong = |frame: &Frame| {
        let all = frame.came.iter().zip(&frame.sent).enumerate();
        all.filter(|(place, (came, sent))| came != sent && !is_uncovered(protocol, *place))
            .count()
    };
    let passed: Vec<&Frame> = line.hits().filter(|frame| frame.passes).collect();
    for frame in &passed {
        let (name, sample) = (protocol.name, frame.sample);
        assert!(wrong(frame) != 1, "{name}: one wrong byte passed, {sample}");
    }
    let several = passed.iter().filter(|frame| wrong(frame) > 1).count();
    let hits = line.hits().count();
    assert!(
        several * 100 < hits,
        "{}: {several} of {hits}",
        protocol.name
    );
}

#[test]
fn with_a_sum_every_whole_frame_comes_no_other_and_the_count_is_right() {
    for protocol in encodable().filter(|protocol| protocol.evidence == Evidence::Sum) {
        let line = Line::of(protocol);
        check_passed(protocol, &line);
        let out = line.decoded(protocol, |frame| &frame.came);
        let alone = line.decoded(protocol, Frame::passing);
        let name = protocol.name;
        let found: Vec<Sample> = out.samples.iter().map(without_arrival).collect();
        let expected: Vec<Sample> = alone.samples.iter().map(without_arrival).collect();
        assert!(found == expected, "{name}");
        let whole = line.frames.iter().filter(|frame| frame.passes).count();
        let refused = line.frames.iter().filter(|frame| !frame.passes);
        let bytes: usize = refused.map(|frame| frame.came.len()).sum();
        let stretches = match cut(protocol) {
            Cut::After(_) => line.unsound_lines(),
            Cut::Whole | Cut::Every(_) => line.stretches(),
        };
        assert!(stretches > 100, "{name}: {stretches}");
        let counted = Faults {
            skipped_bytes: bytes,
            corrupt_frames: stretches,
            ..alone.faults
        };
        assert_eq!((out.frames, out.faults), (whole, counted), "{name}");
    }
}

/// How far an orientation is from what was sent then, degrees; `None` where it is nothing else than
/// that. The samples beside count too, since a lost line may part what two lines say otherwise.
fn harm(line: &Line, found: &Sample) -> Option<f64> {
    let n = number(found);
    let near = || {
        line.samples
            .iter()
            .filter(|sent| number(sent).abs_diff(n) <= 1)
    };
    if near().any(|sent| is_part(found, sent)) {
        return None;
    }
    let turn = found.earth_from_sensor?;
    let apart = near()
        .filter_map(|sent| sent.earth_from_sensor)
        .map(|sent| apart_deg(&sent, &turn));
    Some(apart.fold(f64::INFINITY, f64::min))
}

#[test]
fn without_a_sum_whole_frames_among_whole_ones_come_and_most_damage_shows() {
    let summed = |protocol: &&Protocol| protocol.evidence == Evidence::Sum;
    let others: Vec<&Protocol> = encodable().filter(|protocol| !summed(protocol)).collect();
    assert_eq!(others.len(), REDUNDANCY.len());
    for protocol in others {
        let name = protocol.name;
        let least = REDUNDANCY.iter().find(|one| one.0 == name).unwrap().2;
        let line = Line::of(protocol);
        let out = line.decoded(protocol, |frame| &frame.came);
        let mut is_hit = [false; SAMPLES];
        for frame in line.hits() {
            is_hit[frame.sample] = true;
        }
        let beside = |n: usize| is_hit[n.saturating_sub(1)..(n + 2).min(SAMPLES)].contains(&true);
        for sent in line.samples.iter().filter(|sent| !beside(number(sent))) {
            let found = out
                .samples
                .iter()
                .any(|found| number(found).abs_diff(number(sent)) <= 1 && is_part(found, sent));
            assert!(found, "{name}: {}", number(sent));
        }
        let harms: Vec<(usize, f64)> = out
            .samples
            .iter()
            .filter_map(|found| Some((number(found), harm(&line, found)?)))
            .collect();
        assert!(harms.iter().all(|(n, _)| beside(*n)), "{name}");
        let harmful = harms.iter().filter(|(_, deg)| *deg > HARMLESS_DEG).count();
        let hits = line.hits().count();
        assert!(
            hits > 100 && harmful * 100 <= hits * (100 - least),
            "{name}: {harmful} of {hits}"
        );
    }
}
