//! `neckrom simulate`: a recording of known truth, with its sidecar and its truth beside it.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use super::convert::{format, say_written};
use super::save::save_in;
use crate::movement::Movement;
use crate::pipeline;
use crate::simulate::{Channels, Settings, Sidecar, Simulated, Stated, TrunkClock, simulate};
use crate::write::{Digits, File, Format, Job, Shape, WhenThere, Written, native_csv_with};

const EXAMPLES: &str = "\
Examples:
  neckrom simulate --seed 1 --out out
  neckrom simulate --seed 2 --peaks flexion=45,rotation-left=60 --crooked 12,-18,20 --out out
  neckrom simulate --seed 3 --trunk --trunk-follows 0.08 --channels both --out out
  neckrom simulate --seed 3 --trunk --trunk-follows 0.05 --trunk-clock-error 80 --out out
  neckrom simulate --seed 4 --task rotation-right --rate 50 --format parquet --out out
  neckrom simulate --seed 5 --channels both --format bids-motion --out dataset";

/// Make a recording of known truth: a simulated subject in the seated protocol.
///
/// Writes sub-S/ses-V/sub-S_ses-V_task-T_motion.csv, the sidecar .json of the same stem, and
/// sub-S_ses-V_task-T_truth.json. The same arguments give the same bytes. With --format bids-motion DIR
/// is a data set, which may have other recordings already.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct SimulateArgs {
    /// Folder to write into
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Format of the recording: native-csv, parquet, opensense-sto, bids-motion or c3d
    #[arg(long, value_name = "NAME", default_value = "native-csv", value_parser = format)]
    #[arg(alias = "file-format")]
    pub format: &'static Format,
    /// Seed of all random numbers
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Samples a second
    #[arg(long, value_name = "HZ", default_value_t = Settings::default().rate_hz)]
    pub rate: f64,
    /// Channels of each sensor
    #[arg(long, value_enum, default_value_t = ChannelsArg::Quaternion)]
    pub channels: ChannelsArg,
    /// Subject label, letters and digits
    #[arg(long, default_value = "01")]
    pub subject: String,
    /// Visit label, letters and digits
    #[arg(long, default_value = "01")]
    pub visit: String,
    /// Date of the visit, YYYY-MM-DD
    #[arg(long)]
    pub date: Option<String>,
    /// The whole protocol, or one movement such as rotation-left
    #[arg(long, default_value = "protocol", value_parser = task)]
    pub task: Task,
    /// Peaks by movement, such as flexion=50,rotation-left=70 (degrees)
    #[arg(long, value_delimiter = ',', value_parser = peak)]
    pub peaks: Vec<(Movement, f64)>,
    /// Standard deviation of the peak between repetitions (degrees)
    #[arg(long, value_name = "DEG", default_value_t = Settings::default().spread_deg)]
    pub spread: f64,
    /// Recorded repetitions of each movement
    #[arg(long, value_name = "N", default_value_t = Settings::default().recorded)]
    pub repetitions: usize,
    /// Practice repetitions before the recorded ones
    #[arg(long, value_name = "N", default_value_t = Settings::default().practice)]
    pub practice: usize,
    /// Nods at the start
    #[arg(long, value_name = "N", default_value_t = Settings::default().nods)]
    pub nods: usize,
    /// Peak of the nods (degrees)
    #[arg(long, value_name = "DEG", default_value_t = Settings::default().nod_peak_deg)]
    pub nod_peak: f64,
    /// Still between nods (seconds)
    #[arg(long, value_name = "S", default_value_t = Settings::default().nod_pause_s)]
    pub nod_pause: f64,
    /// Mean speed outward (deg/s)
    #[arg(long, value_name = "DEG_S", default_value_t = Settings::default().speed_deg_s)]
    pub speed: f64,
    /// Hold at the end range (seconds)
    #[arg(long, value_name = "S", default_value_t = Settings::default().hold_s)]
    pub hold: f64,
    /// Largest coupled angle as a fraction of the peak
    #[arg(long, value_name = "FRACTION", default_value_t = Settings::default().coupling)]
    pub coupling: f64,
    /// Standard deviation of each angle after a repetition (degrees)
    #[arg(long, value_name = "DEG", default_value_t = Settings::default().reposition_deg)]
    pub reposition_error: f64,
    /// Tremor of each angle, root mean square (degrees)
    #[arg(long, value_name = "DEG", default_value_t = Settings::default().tremor_deg)]
    pub tremor: f64,
    /// How the head sensor sits askew: rotation vector in head axes, X forward, Y up, Z right (degrees)
    #[arg(long, value_name = "RX,RY,RZ", default_value = "0,0,0", value_parser = triple)]
    #[arg(allow_hyphen_values = true)]
    pub crooked: [f64; 3],
    /// Add a sensor on the trunk
    #[arg(long)]
    pub trunk: bool,
    /// The trunk's part of the head's movement
    #[arg(long, value_name = "FRACTION", default_value_t = Settings::default().trunk_follows)]
    pub trunk_follows: f64,
    /// How the trunk sensor sits askew: rotation vector in trunk axes (degrees)
    #[arg(long, value_name = "RX,RY,RZ", default_value = "0,0,0", value_parser = triple)]
    #[arg(allow_hyphen_values = true)]
    pub trunk_crooked: [f64; 3],
    /// Heading drift of the head sensor (deg/min)
    #[arg(
        long,
        value_name = "DEG_MIN",
        default_value_t = 0.0,
        allow_hyphen_values = true
    )]
    pub heading_drift: f64,
    /// Heading drift of the trunk sensor (deg/min)
    #[arg(
        long,
        value_name = "DEG_MIN",
        default_value_t = 0.0,
        allow_hyphen_values = true
    )]
    pub trunk_heading_drift: f64,
    /// Gyroscope bias in sensor axes (deg/s)
    #[arg(long, value_name = "X,Y,Z", default_value = "0,0,0", value_parser = triple)]
    #[arg(allow_hyphen_values = true)]
    pub gyro_bias: [f64; 3],
    /// Gyroscope noise density (deg/s/√Hz)
    #[arg(long, value_name = "N", default_value_t = Settings::default().gyro_noise_deg_s_rthz)]
    pub gyro_noise: f64,
    /// Accelerometer noise density (µg/√Hz)
    #[arg(long, value_name = "N", default_value_t = Settings::default().accel_noise_ug_rthz)]
    pub accel_noise: f64,
    /// White noise of the quaternion about each axis (degrees)
    #[arg(long, value_name = "DEG", default_value_t = Settings::default().quaternion_noise_deg)]
    pub quaternion_noise: f64,
    /// Digits after the point of quaternions
    #[arg(long, value_name = "N", default_value_t = Settings::default().quaternion_digits)]
    pub quaternion_digits: usize,
    /// Fraction of the samples that are lost
    #[arg(long, value_name = "FRACTION", default_value_t = Settings::default().lost)]
    pub lost: f64,
    /// How much too fast the clock runs (parts per million)
    #[arg(
        long,
        value_name = "PPM",
        default_value_t = 0.0,
        allow_hyphen_values = true
    )]
    pub clock_error: f64,
    /// Give the trunk sensor a clock of its own, that runs so much too fast (parts per million)
    #[arg(long, value_name = "PPM", allow_hyphen_values = true)]
    pub trunk_clock_error: Option<f64>,
    /// Give the trunk sensor a clock of its own, that starts so long after the head's (seconds)
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    pub trunk_clock_offset: Option<f64>,
    /// State the sensors' mount (+x,+z) in the sidecar, crooked or not
    #[arg(long)]
    pub declare_mount: bool,
    /// Leave the protocol out of the sidecar
    #[arg(long)]
    pub no_protocol: bool,
}

/// Channels of each sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ChannelsArg {
    /// The device's quaternion
    Quaternion,
    /// Gyroscope and accelerometer
    Raw,
    /// All of them
    Both,
}

/// What the subject does; without a movement, the whole protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task(pub Option<Movement>);

impl SimulateArgs {
    /// Simulates, writes the files and says where they are; gives the exit code.
    ///
    /// # Errors
    /// If a setting is refused or a file cannot be written.
    pub fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<u8> {
        let written = self.files()?;
        save_in(&self.out, &written.files)?;
        for file in &written.files {
            writeln!(out, "{}", self.out.join(&file.path).display())?;
        }
        say_written(&written, err)?;
        Ok(0)
    }

    /// The recording, its sidecar and its truth, not yet written; paths are below the folder.
    ///
    /// # Errors
    /// If a setting is refused.
    pub fn files(&self) -> anyhow::Result<Written> {
        let settings = self.settings();
        let simulated = simulate(&settings)?;
        let mut written = self.recording(&simulated)?;
        match self.format.shape {
            Shape::File(ending) => {
                for file in &mut written.files {
                    file.path = self.path(&format!("motion.{ending}"));
                }
                let sidecar = json(&Sidecar::of(&simulated))?;
                written.files.push(self.file("motion.json", sidecar));
            }
            // What belongs to no data set is passed over by validators when that is said.
            Shape::Folder => written.files.push(File {
                path: ".bidsignore".to_owned(),
                bytes: b"*_truth.json\n".to_vec(),
                when_there: WhenThere::Keep,
            }),
        }
        let truth = json(&simulated.truth)?;
        written.files.push(self.file("truth.json", truth));
        Ok(written)
    }

    fn file(&self, ending: &str, bytes: Vec<u8>) -> File {
        File {
            path: self.path(ending),
            bytes,
            when_there: WhenThere::Replace,
        }
    }

    fn path(&self, ending: &str) -> String {
        let (subject, visit, task) = (&self.subject, &self.visit, self.settings().task());
        format!("sub-{subject}/ses-{visit}/sub-{subject}_ses-{visit}_task-{task}_{ending}")
    }

    /// The recording; the native CSV with the digits that the device would give, and its seed.
    fn recording(&self, simulated: &Simulated) -> anyhow::Result<Written> {
        let Simulated { recording, truth } = simulated;
        let settings = pipeline::Settings::default();
        let job = Job {
            recording,
            settings: &settings,
        };
        let mut written = (self.format.write)(&job)?;
        if let ("native-csv", [only]) = (self.format.name, written.files.as_mut_slice()) {
            let seed = truth.settings.seed;
            let comments = [
                "neckrom recording 1".to_owned(),
                format!("simulated: yes (neckrom simulate, seed {seed}); not a person"),
            ];
            only.bytes = native_csv_with(recording, &comments, Some(&digits(&truth.settings)));
        }
        Ok(written)
    }

    /// The trunk sensor's own clock, if either of its figures is given.
    fn trunk_clock(&self) -> Option<TrunkClock> {
        let figures = [self.trunk_clock_error, self.trunk_clock_offset];
        figures.iter().any(Option::is_some).then(|| TrunkClock {
            error_ppm: figures[0].unwrap_or_default(),
            offset_s: figures[1].unwrap_or_default(),
        })
    }

    /// The arguments as settings of the simulator, not yet checked.
    pub fn settings(&self) -> Settings {
        let defaults = Settings::default();
        let mut settings = Settings {
            seed: self.seed,
            rate_hz: self.rate,
            channels: self.channels.into(),
            subject: self.subject.clone(),
            visit: self.visit.clone(),
            date: self.date.clone(),
            movements: self
                .task
                .0
                .map_or(defaults.movements, |movement| vec![movement]),
            practice: self.practice,
            recorded: self.repetitions,
            nods: self.nods,
            nod_peak_deg: self.nod_peak,
            nod_pause_s: self.nod_pause,
            spread_deg: self.spread,
            coupling: self.coupling,
            speed_deg_s: self.speed,
            hold_s: self.hold,
            reposition_deg: self.reposition_error,
            tremor_deg: self.tremor,
            crooked_deg: self.crooked,
            trunk: self.trunk,
            trunk_follows: self.trunk_follows,
            trunk_crooked_deg: self.trunk_crooked,
            trunk_clock: self.trunk_clock(),
            heading_drift_deg_min: self.heading_drift,
            trunk_heading_drift_deg_min: self.trunk_heading_drift,
            gyro_bias_deg_s: self.gyro_bias,
            gyro_noise_deg_s_rthz: self.gyro_noise,
            accel_noise_ug_rthz: self.accel_noise,
            quaternion_noise_deg: self.quaternion_noise,
            quaternion_digits: self.quaternion_digits,
            lost: self.lost,
            clock_error_ppm: self.clock_error,
            stated: Stated {
                protocol: !self.no_protocol,
                mount: self.declare_mount,
            },
            peak_deg: defaults.peak_deg,
            nod_coupling: defaults.nod_coupling,
        };
        for &(movement, peak_deg) in &self.peaks {
            settings.set_peak_deg(movement, peak_deg);
        }
        settings
    }
}

impl From<ChannelsArg> for Channels {
    fn from(channels: ChannelsArg) -> Self {
        match channels {
            ChannelsArg::Quaternion => Self::Quaternion,
            ChannelsArg::Raw => Self::Raw,
            ChannelsArg::Both => Self::Both,
        }
    }
}

pub(super) fn json(value: &impl Serialize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Decimals of the CSV; times get milliseconds where these are exact.
fn digits(settings: &Settings) -> Digits {
    let step_ms = 1000.0 / settings.rate_hz;
    let even = settings.clock_error_ppm.abs() < 1e-9 && settings.trunk_clock.is_none();
    let exact = step_ms.fract().abs() < 1e-9 && even;
    Digits {
        time: if exact { 3 } else { 6 },
        quaternion: settings.quaternion_digits,
        raw: 5,
    }
}

pub(super) fn task(text: &str) -> Result<Task, String> {
    match Movement::from_name(text) {
        Some(movement) => Ok(Task(Some(movement))),
        None if text == "protocol" => Ok(Task(None)),
        None => Err(format!(
            "neither 'protocol' nor a movement; movements: {}",
            movements()
        )),
    }
}

pub(super) fn peak(text: &str) -> Result<(Movement, f64), String> {
    let (name, degrees) = text.split_once('=').ok_or("write movement=degrees")?;
    let movement = Movement::from_name(name)
        .ok_or_else(|| format!("'{name}' is not a movement; movements: {}", movements()))?;
    Ok((movement, number(degrees)?))
}

pub(super) fn triple(text: &str) -> Result<[f64; 3], String> {
    let numbers = text
        .split(',')
        .map(number)
        .collect::<Result<Vec<f64>, String>>()?;
    <[f64; 3]>::try_from(numbers.as_slice())
        .map_err(|error| format!("write three numbers, such as 12,-18,20 ({error})"))
}

pub(super) fn number(text: &str) -> Result<f64, String> {
    let text = text.trim();
    text.parse()
        .map_err(|error: std::num::ParseFloatError| format!("'{text}': {error}"))
}

fn movements() -> String {
    Movement::ALL
        .map(|movement| movement.name().replace('_', "-"))
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        simulate: SimulateArgs,
    }

    fn parse(line: &str) -> Result<SimulateArgs, clap::Error> {
        let words = ["simulate", "--out", "out"]
            .into_iter()
            .chain(line.split_whitespace());
        Line::try_parse_from(words).map(|parsed| parsed.simulate)
    }

    #[test]
    fn without_flags_the_settings_are_the_defaults() {
        assert_eq!(parse("").unwrap().settings(), Settings::default());
    }

    #[test]
    fn flags_become_settings() {
        let line = "--peaks flexion=44,rotation-left=61 --crooked -12,0,3.5 --task rotation-left \
                    --heading-drift -1.5 --no-protocol --declare-mount";
        let settings = parse(line).unwrap().settings();
        assert_eq!(
            format!("{:?}", settings.peak_deg),
            "[44.0, 55.0, 40.0, 40.0, 61.0, 70.0]"
        );
        assert_eq!(settings.movements, [Movement::RotationLeft]);
        let expected = Settings {
            peak_deg: settings.peak_deg,
            movements: settings.movements.clone(),
            crooked_deg: [-12.0, 0.0, 3.5],
            heading_drift_deg_min: -1.5,
            stated: Stated {
                protocol: false,
                mount: true,
            },
            ..Settings::default()
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn nonsense_is_refused_with_what_was_expected() {
        for (line, expected) in [
            ("--peaks chin=3", "movements: flexion"),
            ("--peaks flexion", "movement=degrees"),
            ("--crooked 1,2", "three numbers"),
            ("--crooked 1,2,x", "'x'"),
            ("--task nod", "neither 'protocol' nor a movement"),
        ] {
            let message = parse(line).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn every_file_is_named_by_its_visit_and_says_that_it_is_simulated() {
        let line =
            "--task side-bend-left --practice 0 --repetitions 1 --subject 07 --visit 02 --seed 9";
        let files = parse(line).unwrap().files().unwrap().files;
        let [recording, sidecar, truth] = files.as_slice() else {
            panic!("{files:?}")
        };
        let stem = "sub-07/ses-02/sub-07_ses-02_task-side-bend-left";
        assert_eq!(recording.path, format!("{stem}_motion.csv"));
        assert_eq!(sidecar.path, format!("{stem}_motion.json"));
        assert_eq!(truth.path, format!("{stem}_truth.json"));
        let start = "# neckrom recording 1\n\
                     # simulated: yes (neckrom simulate, seed 9); not a person\n\
                     time_s,q_w,q_x,q_y,q_z\n0.000,";
        assert!(recording.bytes.starts_with(start.as_bytes()));
        for json in [sidecar, truth] {
            let json: serde_json::Value = serde_json::from_slice(&json.bytes).unwrap();
            assert_eq!(json["simulated"], true);
        }
    }

    #[test]
    fn a_data_set_of_simulated_recordings_is_one() {
        let line = "--task flexion --practice 0 --repetitions 1 --format bids-motion";
        let written = parse(line).unwrap().files().unwrap();
        let has = |path: &str| written.files.iter().any(|file| file.path == path);
        assert!(has("participants.tsv") && has(".bidsignore"));
        assert!(has(
            "sub-01/ses-01/motion/sub-01_ses-01_task-flexion_tracksys-imu_motion.tsv"
        ));
        assert!(has("sub-01/ses-01/sub-01_ses-01_task-flexion_truth.json"));
        assert_eq!(written.notes, Vec::<String>::new());
    }
}
