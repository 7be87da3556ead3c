//! Range of motion of the neck from IMU sensors.
//!
//! neckrom reads orientation streams of one sensor on the head, or of two on head and trunk, and
//! computes how far a person's neck moves in flexion, extension, side-bend left and right, and
//! rotation left and right; and what changed from one visit to the next, against measurement error.
//! It gives measurements only, no diagnosis, no treatment advice.
//!
//! # Stages
//!
//! Data flows one way, in this order; a stage uses only stages above it. A test holds the code to
//! this table.
//!
//! | stage | does |
//! |---|---|
//! | [`units`] | constants of measurement |
//! | [`frames`] | earth, sensor, head, trunk; rotations that know which two they join |
//! | [`mod@reference`] | limits and published values, each with its source |
//! | [`warning`] | what was seen, repaired or left out, counted |
//! | [`sample`] | a recording: columns in one convention |
//! | [`protocol`] | bytes of live sensors to samples, and what was unsound, counted |
//! | [`read`] | files to recordings; the format is found from the bytes |
//! | [`orientation`] | even time, fusion, two clocks on one, still windows, neutral, heading drift, sensor to segment |
//! | [`angles`] | head against trunk as swing and twist, and two other views |
//! | [`movement`] | repetitions, ROM, smoothness |
//! | [`visit`] | a day's repetitions pooled, and the change between days |
//! | [`simulate`] | recordings whose truth is known |
//! | [`pipeline`] | a recording to its ROM: the only place that knows every computing stage |
//! | [`mod@write`] | recordings to neckrom's own files and to open formats |
//! | [`report`] | results in degrees: tables, pictures, page |
//! | [`batch`] | an archive: files on disk to tables, resumable; reads and writes files, as `capture` does |
//! | [`capture`] | live sensors: ports, the log of their bytes, plans, what a screen shows, simulated sensors |
//! | [`cli`] | the commands |
//!
//! # Conventions
//!
//! Inside: radians, seconds, m/s², quaternions (w, x, y, z), Hamilton. Degrees in files, results and
//! on the screen. A rotation is named `to_from_from`, so that inner names cancel:
//! `earth_from_head = earth_from_sensor * sensor_from_head`. Frames are in [`frames`], signs in
//! [`angles`].
//!
//! # How sure a number is
//!
//! On 200 simulated subjects with crooked sensors, coupled movement, drift, bias and noise, the mean
//! absolute error of a ROM is 0.10 to 0.12 degrees, with the device's orientation or with gyroscope and
//! accelerometer alone, with one sensor or with two on separate clocks (`cargo bench --bench
//! accuracy`). On recordings with optical truth the vertical is off by 0.26 to 0.96 degrees, and a ROM
//! within 10 s by 0.12 to 0.78 degrees, slow to fast (`cargo bench --bench broad`). A person's neck
//! differs more than that from day to day: [`mod@reference`] has the limits of change, with sources.
//! Every result says which orientation and alignment it rests on and how sure that is, what drift was
//! taken out, and what was left out and why.
//!
//! # Firmware of one's own
//!
//! A device whose firmware may choose what it sends is understood without doubt when it sends
//! neckrom's own line: number of the sample, microseconds, quaternion, gyroscope in rad/s, accelerometer
//! in m/s², and a CRC, so that nothing is lost or damaged unseen. [`protocol::neckrom_line`] describes it to
//! the byte. This is one of them, ended by a line feed, and what is read from it:
//!
//! ```
//! use neckrom::protocol::{Decoded, framing::sums::Crc16, neckrom_line::PROTOCOL};
//!
//! let line = "I,1024,20480123,0.871800,0.181500,-0.239300,0.381100,\
//!             0.0100,-0.0200,0.0000,3.3552,4.6104,7.9672*51D2\n";
//! let (text, _) = line.split_once('*').unwrap();
//! assert_eq!(Crc16::CCITT_FALSE.of(text.as_bytes()), 0x51D2);
//!
//! let (mut decoder, mut out) = ((PROTOCOL.decoder)(), Decoded::default());
//! decoder.push(line.as_bytes(), 0.0, &mut out);
//! let sample = &out.samples[0];
//! assert_eq!(sample.counter, Some(1024));
//! assert_eq!(sample.device_time_s, Some(20.480123));
//! assert_eq!(sample.earth_from_sensor.unwrap().w, 0.8718);
//! assert_eq!(sample.accel_m_s2.unwrap().z, 7.9672);
//! ```
//!
//! # Example
//!
//! ```
//! use neckrom::{movement::Movement, pipeline, simulate};
//!
//! let settings = simulate::Settings { rate_hz: 50.0, ..simulate::Settings::default() };
//! let simulated = simulate::simulate(&settings)?;
//! let analysis = pipeline::analyze(simulated.recording, &pipeline::Settings::default())?;
//! let flexion = analysis.movements[Movement::Flexion as usize];
//! assert_eq!(flexion.n, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod units;
pub mod frames;
pub mod reference;
pub mod warning;
pub mod sample;
pub mod protocol;
pub mod read;
pub mod orientation;
pub mod angles;
pub mod movement;
pub mod visit;
pub mod simulate;
pub mod pipeline;
pub mod write;
pub mod report;
pub mod batch;
pub mod capture;
pub mod cli;
