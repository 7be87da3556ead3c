//! The layout of C3D on disk: a header, parameters, and frames of 32-bit floats, all little-endian, in
//! blocks of 512 bytes.
//!
//! A length in the parameters is one byte: no more than 255 channels or events, no longer texts.
//! `POINT:FRAMES` is 16 bits wide; `POINT:LONG_FRAMES` and `TRIAL:ACTUAL_END_FIELD` say it where there
//! are more.

/// Bytes of a block.
const BLOCK: usize = 512;
/// Parameters start in the second block.
const PARAMETER_BLOCK: u8 = 2;
/// What the second byte of header and parameters is.
const KEY: u8 = 0x50;
/// Numbers are those of Intel processors.
const INTEL: u8 = 84;
/// A text in a list of labels.
const MOST_LETTERS: usize = 80;
/// Entries in a list.
const MOST_ENTRIES: usize = 255;

/// What a file holds.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) rate_hz: f64,
    pub(super) frames: usize,
    /// No more than 255.
    pub(super) channels: Vec<Channel>,
    /// No more than 255.
    pub(super) marks: Vec<Mark>,
    pub(super) subject: Option<String>,
}

/// An analog channel, one sample a frame.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) label: String,
    pub(super) unit: &'static str,
    pub(super) description: String,
    pub(super) values: Vec<f32>,
}

/// An event.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) label: String,
    /// `Left`, `Right` or `General`.
    pub(super) context: &'static str,
    /// From the first frame.
    pub(super) time_s: f64,
}

/// The bytes of a file.
pub(super) fn encode(content: &Content) -> Vec<u8> {
    let channels = &content.channels[..content.channels.len().min(MOST_ENTRIES)];
    // Where the data start stands in the parameters themselves, but does not change their length.
    let blocks = parameters(content, channels, 0).len() / BLOCK;
    let data_block = blocks as u16 + u16::from(PARAMETER_BLOCK);
    let mut out = header(content, channels.len(), data_block);
    out.extend(parameters(content, channels, data_block));
    out.reserve(content.frames * channels.len() * 4 + BLOCK);
    for frame in 0..content.frames {
        for channel in channels {
            let value = channel.values.get(frame).copied().unwrap_or(f32::NAN);
            out.extend(value.to_le_bytes());
        }
    }
    fill_block(&mut out);
    out
}

fn header(content: &Content, channels: usize, data_block: u16) -> Vec<u8> {
    let mut out = vec![PARAMETER_BLOCK, KEY];
    let points = 0;
    let first_frame = 1;
    let longest_gap = 0;
    for word in [
        points,
        channels as u16,
        first_frame,
        short(content.frames),
        longest_gap,
    ] {
        out.extend(word.to_le_bytes());
    }
    out.extend(FLOATS.to_le_bytes());
    out.extend(data_block.to_le_bytes());
    let samples_a_frame = 1_u16;
    out.extend(samples_a_frame.to_le_bytes());
    out.extend((content.rate_hz as f32).to_le_bytes());
    fill_block(&mut out);
    out
}

/// A scale below zero: data are floats.
const FLOATS: f32 = -1.0;

/// As 16 bits, at most all of them.
fn short(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn fill_block(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

fn parameters(content: &Content, channels: &[Channel], data_block: u16) -> Vec<u8> {
    let mut list = Parameters::default();
    list.point(content, data_block);
    list.analog(content, channels);
    list.trial(content.frames);
    list.events(&content.marks);
    if let Some(subject) = &content.subject {
        list.group("SUBJECTS");
        list.word("USED", 1);
        list.texts("NAMES", &[subject.as_str()]);
    }
    list.group("MANUFACTURER");
    list.texts("SOFTWARE", &["neckrom"]);
    list.texts("VERSION_LABEL", &[env!("CARGO_PKG_VERSION")]);
    list.finish()
}

/// The parameter section as it grows.
#[derive(Default)]
struct Parameters {
    bytes: Vec<u8>,
    /// Number of the last group.
    group: i8,
}

impl Parameters {
    fn point(&mut self, content: &Content, data_block: u16) {
        self.group("POINT");
        self.word("USED", 0);
        self.float("SCALE", FLOATS);
        self.float("RATE", content.rate_hz as f32);
        self.word("DATA_START", data_block);
        self.word("FRAMES", short(content.frames));
        if content.frames > usize::from(u16::MAX) {
            self.float("LONG_FRAMES", content.frames as f32);
        }
        self.texts("LABELS", &[]);
        self.texts("DESCRIPTIONS", &[]);
        self.texts("UNITS", &[]);
    }

    fn analog(&mut self, content: &Content, channels: &[Channel]) {
        let all = |text: fn(&Channel) -> &str| channels.iter().map(text).collect::<Vec<&str>>();
        self.group("ANALOG");
        self.word("USED", channels.len() as u16);
        self.texts("LABELS", &all(|channel| &channel.label));
        self.texts("DESCRIPTIONS", &all(|channel| &channel.description));
        self.texts("UNITS", &all(|channel| channel.unit));
        self.float("GEN_SCALE", 1.0);
        self.floats("SCALE", &[channels.len()], &vec![1.0; channels.len()]);
        self.words("OFFSET", &vec![0; channels.len()]);
        self.float("RATE", content.rate_hz as f32);
        self.texts("FORMAT", &["SIGNED"]);
    }

    /// First and last frame, as 32 bits in two words.
    fn trial(&mut self, frames: usize) {
        let last = u32::try_from(frames).unwrap_or(u32::MAX);
        self.group("TRIAL");
        self.words("ACTUAL_START_FIELD", &[1, 0]);
        self.words(
            "ACTUAL_END_FIELD",
            &[last as u16, (last >> u16::BITS) as u16],
        );
    }

    fn events(&mut self, marks: &[Mark]) {
        let marks = &marks[..marks.len().min(MOST_ENTRIES)];
        let all = |text: fn(&Mark) -> &str| marks.iter().map(text).collect::<Vec<&str>>();
        let minutes_and_seconds: Vec<f32> = marks
            .iter()
            .map(|mark| mark.time_s.max(0.0))
            .flat_map(|time_s| [(time_s / 60.0).floor() as f32, (time_s % 60.0) as f32])
            .collect();
        self.group("EVENT");
        self.word("USED", marks.len() as u16);
        self.texts("LABELS", &all(|mark| &mark.label));
        self.texts("CONTEXTS", &all(|mark| mark.context));
        self.floats("TIMES", &[2, marks.len()], &minutes_and_seconds);
    }

    fn group(&mut self, name: &str) {
        self.group += 1;
        let number = -self.group;
        self.record(name, number, &[]);
    }

    fn word(&mut self, name: &str, value: u16) {
        self.parameter(name, WORD, &[], &value.to_le_bytes());
    }

    fn words(&mut self, name: &str, values: &[u16]) {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.parameter(name, WORD, &[values.len()], &bytes);
    }

    fn float(&mut self, name: &str, value: f32) {
        self.parameter(name, FLOAT, &[], &value.to_le_bytes());
    }

    fn floats(&mut self, name: &str, sizes: &[usize], values: &[f32]) {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.parameter(name, FLOAT, sizes, &bytes);
    }

    /// Texts of one width, filled with spaces.
    fn texts(&mut self, name: &str, texts: &[&str]) {
        let plain = |text: &&str| -> Vec<u8> {
            let letters = text
                .chars()
                .map(|c| if c.is_ascii() { c as u8 } else { b'?' });
            letters.take(MOST_LETTERS).collect()
        };
        let texts: Vec<Vec<u8>> = texts.iter().map(plain).collect();
        let width = texts.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let mut bytes = Vec::with_capacity(width * texts.len());
        for text in &texts {
            bytes.extend(text);
            bytes.resize(bytes.len() + width - text.len(), b' ');
        }
        self.parameter(name, TEXT, &[width, texts.len()], &bytes);
    }

    fn parameter(&mut self, name: &str, kind: i8, sizes: &[usize], data: &[u8]) {
        let mut bytes = vec![kind.to_le_bytes()[0], sizes.len() as u8];
        bytes.extend(sizes.iter().map(|size| *size as u8));
        bytes.extend(data);
        self.record(name, self.group, &bytes);
    }

    /// Length of the name, number of the group, name, distance to the next record, content, and an
    /// empty description.
    fn record(&mut self, name: &str, number: i8, content: &[u8]) {
        self.bytes.push(name.len() as u8);
        self.bytes.extend(number.to_le_bytes());
        self.bytes.extend(name.as_bytes());
        let distance = (2 + content.len() + 1) as u16;
        self.bytes.extend(distance.to_le_bytes());
        self.bytes.extend(content);
        self.bytes.push(0);
    }

    /// With its own header, in whole blocks; a record without name ends the list.
    fn finish(self) -> Vec<u8> {
        let length = (4 + self.bytes.len() + 2).next_multiple_of(BLOCK);
        let mut out = vec![1, KEY, (length / BLOCK) as u8, INTEL];
        out.extend(self.bytes);
        out.resize(length, 0);
        out
    }
}

/// Types of a parameter.
const TEXT: i8 = -1;
const WORD: i8 = 2;
const FLOAT: i8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn content(frames: usize) -> Content {
        Content {
            rate_hz: 50.0,
            frames,
            channels: vec![Channel {
                label: "neck_flexion".to_owned(),
                unit: "deg",
                description: String::new(),
                values: vec![1.5; 2],
            }],
            marks: vec![Mark {
                label: "Flexion start".to_owned(),
                context: "General",
                time_s: 61.5,
            }],
            subject: None,
        }
    }

    fn word(bytes: &[u8], at: usize) -> usize {
        usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
    }

    fn find(bytes: &[u8], what: &[u8]) -> usize {
        let at = bytes.windows(what.len()).position(|window| window == what);
        at.unwrap_or_else(|| panic!("{what:?}"))
    }

    #[test]
    fn blocks_are_whole_and_the_header_says_where_the_data_start() {
        let bytes = encode(&content(3));
        assert_eq!(bytes.len() % BLOCK, 0);
        assert_eq!(bytes[..2], [2, 0x50]);
        assert_eq!((word(&bytes, 2), word(&bytes, 4)), (0, 1));
        assert_eq!((word(&bytes, 6), word(&bytes, 8)), (1, 3));
        let data = (word(&bytes, 16) - 1) * BLOCK;
        assert_eq!(bytes[data..data + 8], [1.5_f32.to_le_bytes(); 2].concat());
        assert_eq!(bytes[data + 8..data + 12], f32::NAN.to_le_bytes());
        assert_eq!(usize::from(bytes[BLOCK + 2]) + 2, data / BLOCK + 1);
    }

    #[test]
    fn records_lead_to_one_another_and_end() {
        let bytes = encode(&content(3));
        let mut at = BLOCK + 4;
        let mut names = Vec::new();
        while bytes[at] != 0 {
            let length = usize::from(bytes[at]);
            names.push(String::from_utf8(bytes[at + 2..at + 2 + length].to_vec()).unwrap());
            at += 2 + length;
            at += word(&bytes, at);
        }
        for name in ["POINT", "ANALOG", "EVENT", "CONTEXTS", "VERSION_LABEL"] {
            assert!(names.iter().any(|own| own == name), "{name}");
        }
    }

    #[test]
    fn event_times_are_minutes_and_seconds() {
        let bytes = encode(&content(3));
        let at = find(&bytes, b"TIMES") + 5 + 2;
        assert_eq!(bytes[at..at + 4], [4, 2, 2, 1]);
        let times = [1.0_f32.to_le_bytes(), 1.5_f32.to_le_bytes()].concat();
        assert_eq!(bytes[at + 4..at + 12], times);
    }

    #[test]
    fn more_frames_than_16_bits_are_said_elsewhere() {
        let bytes = encode(&content(70_000));
        assert_eq!(word(&bytes, 8), 65_535);
        let at = find(&bytes, b"ACTUAL_END_FIELD") + 16 + 2;
        assert_eq!((word(&bytes, at + 3), word(&bytes, at + 5)), (4464, 1));
        find(&bytes, b"LONG_FRAMES");
    }
}
