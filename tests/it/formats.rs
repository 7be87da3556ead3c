//! Every format against its own literals, all others, and real recordings where they are at hand.

use std::path::{Path, PathBuf};

use nalgebra::{Quaternion, UnitQuaternion};
use neckrom::read::{self, Detected, FORMATS, ReadError, ReadOptions};
use neckrom::sample::{Recording, SensorPlace, SensorSamples};
use neckrom::write;

/// The first bytes of a file of each format.
const LITERALS: &[(&str, &[u8])] = &[
    ("native-csv", b"# neckrom recording 1\ntime_s,q_w,q_x,q_y,q_z\n0,1,0,0,0\n"),
    ("native-csv", b"time_s,gyro_x_rad_s,gyro_y_rad_s,gyro_z_rad_s,accel_x_m_s2\n0,1,0,0,0\n"),
    ("native-csv", b"head_time_s,head_q_w,head_q_x,head_q_y,head_q_z\n0,1,0,0,0\n"),
    ("capture-log", b"neckrom log 1\r\n\x1a\xa5NRLH\0\x0c\0\0\0\0\0\0\0\0\0{\"ports\":[]}"),
    ("parquet", b"PAR1\x15\x04\x15\x10"),
    ("xsens-dot", b"sep=,\nDeviceTag:,A\n\nPacketCounter,SampleTimeFine,Quat_W,Quat_X,Quat_Y,Quat_Z\n"),
    ("xsens-dot", b"DeviceTag: A,Measurement Mode: B\nSampleTimeFine,Quat_W,Quat_X,Quat_Y,Quat_Z\n"),
    ("xsens-dot", b"SampleTimeFine,Quat_W,Quat_X,Quat_Y,Quat_Z\n1,1,0,0,0\n"),
    ("xsens-mtw", b"// Start Time: 0\n// Sample rate: 50.0Hz\nCounter\tAcc_X\tQuat_w\tQuat_x\tQuat_y\tQuat_z\n"),
    ("xsens-mtw", b"// General information: \nPacketCounter,SampleTimeFine,Year,Mat[1][1],Mat[2][1]\n"),
    ("xsens-mtw", b"PacketCounter\tSampleTimeFine\tYear\tQuat_q0\tQuat_q1\tQuat_q2\tQuat_q3\n"),
    ("ximu3-csv", b"Timestamp (us),W,X,Y,Z\n1,1,0,0,0\n"),
    ("ximu3-csv", b"Timestamp (us),W Element,X Element,Y Element,Z Element\n1,1,0,0,0\n"),
    ("ximu3", b"{\"ping\":{\"interface\":\"USB\",\"name\":\"A\",\"sn\":\"0123ABCD\"}}\nQ,1,1,0,0,0\n"),
    ("ximu3", b"\xd1\x40\x42\x0f\0\0\0\0\0\0\0\x80\x3f\0\0\0\0\0\0\0\0\0\0\0\0\n"),
    ("xsens-dot", b"sep=,\nPacketCounter,SampleTimeFine,dq_W,dq_X,dq_Y,dq_Z,dv[1],dv[2],dv[3],Status\n"),
    ("xsens-dot", b"DeviceTag: A,Measurement Mode: Undefined\nSampleTimeFine\n1\n"),
    ("ngimu", b"Time (s),W,X,Y,Z\n0.01,1,0,0,0\n"),
    ("ximu", b"Packet number,Element 1, Element 2, Element 3, Element 4\n1,1,0,0,0\n"),
    ("apdm-csv", b"Test Name:,Walk,,\nSample Rate:,128,Hz,\nTime,A/Acceleration/X\n"),
    ("apdm-csv", b"Format=7,5718,,,Lumbar\nTime,Accelerometer,,,Gyroscope\n"),
    ("apdm-hdf5", b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0\x04\0\x10\0"),
    ("opensense-sto", b"\nDataRate=100\nDataType=Quaternion\nversion=3\nendheader\ntime\thead_imu\n"),
    ("sensor-logger", b"time,seconds_elapsed,roll,pitch,yaw,quaternionZ,quaternionY,quaternionX,quaternionW\n1,1,0,0,0,0,0,0,1\n"),
    ("sensor-logger", b"time,seconds_elapsed,qz,qy,qx,qw,roll,pitch,yaw\n1,1,0,0,0,1,0,0,0\n"),
    ("sensor-logger", b",seconds_elapsed,time,yaw,roll,pitch\n0,1,1,0,0,0\n"),
    ("mpu6050-dmp", b"Initializing I2C devices...\r\nquat\t1.00\t0.00\t0.00\t0.00\r\nquat\t1.00\t0.01\t0.00\t0.00\r\n"),
    ("mpu6050-dmp", b"12:00:00.001 -> ypr\t1.00\t2.00\t3.00\r\n12:00:00.011 -> ypr\t1.00\t2.00\t3.00\r\n"),
    ("mpu6050-dmp", b"euler\t1.00\t2.00\t3.00\nareal\t1\t2\t3\neuler\t1.00\t2.00\t3.00\nareal\t1\t2\t3\n"),
    ("adafruit-bno055", b"X: 1.00 Y: 2.00 Z: 3.00\t\tqW: 1.00 qX: 0.00 qY: 0.00 qZ: 0.00\t\tCALIBRATION: Sys=3\nX: 1.00 Y: 2.00 Z: 3.00\t\tqW: 1.00 qX: 0.00 qY: 0.00 qZ: 0.00\t\tCALIBRATION: Sys=3\n"),
    ("adafruit-bno055", b"Orientation: 1.00 2.00 3.00\nCalibration: 3 3 3 3\nOrientation: 1.00 2.00 3.00\nCalibration: 3 3 3 3\n"),
    ("adafruit-bno055", b"Quaternion: (1.0, 0.0, 0.0, 0.0)\n\nQuaternion: (1.0, 0.0, 0.0, 0.0)\n"),
    ("adafruit-bno08x", b"Reading events\n5012\t2\t0.00\t0.00\t0.00\n5000\t3\t90.00\t0.00\t0.00\n"),
    ("adafruit-bno08x", b"Game Rotation Vector - r: 0.60 i: 0.80 j: 0.00 k: 0.00\nGame Rotation Vector - r: 0.60 i: 0.80 j: 0.00 k: 0.00\n"),
    ("sparkfun-bno080", b"BNO080 Read Example\n0.80,0.00,0.00,0.60,3.14,\n0.00,0.80,0.00,0.60,3.14,\n"),
    ("sparkfun-bno080", b"0.80,0.00,0.00,0.60,3.14,0.00,0.60,0.00,0.80,3.14,\n0.80,0.00,0.00,0.60,3.14,0.00,0.60,0.00,0.80,3.14,\n"),
    ("razor-ahrs", b"#YPR=-142.28,-5.38,33.52\r\n#YPR=-142.28,-5.38,33.52\r\n"),
    ("arduino-ahrs", b"Orientation: 180.00 1.00 2.00\r\nOrientation: 180.00 1.00 2.00\r\n"),
    ("arduino-ahrs", b"Yaw, Pitch, Roll: 1.0, 2.0, 3.0\nYaw, Pitch, Roll: 1.0, 2.0, 3.0\n"),
    ("lara-json", b"{\"time\":1.00,\"imu_1\":\"[0 0 0 1]\",\"imu_2\":\"[0 0 0 1]\"}\n"),
    ("witmotion-text", b"\xef\xbb\xbfTime,Device name,Chip Time(),Acceleration X(g),Acceleration Y(g),Acceleration Z(g),Angle X(\xc2\xb0),Angle Y(\xc2\xb0),Angle Z(\xc2\xb0)\r\n 1:2:3.4,A,2015-1-1 0:9:46.585,0,0,1,0,0,0,\r\n"),
    ("witmotion-text", b"Time(s)\tax(g)\tay(g)\taz(g)\twx(deg/s)\twy(deg/s)\twz(deg/s)\tAngleX(deg)\tAngleY(deg)\tAngleZ(deg)\tq0\tq1\tq2\tq3\n"),
    ("witmotion-binary", b"\x55\x51\x03\x00\x0b\x00\x4d\x08\xde\x09\xf0\x55\x52\xf5\xff\xea\xff\x15\x00\xde\x09\x80"),
    ("apple-headphone", b"timestamp,attitude_roll,attitude_pitch,attitude_yaw,gravity_x,gravity_y,gravity_z,quaternion_x,quaternion_y,quaternion_z,quaternion_w,rotation_rate_x,rotation_rate_y,rotation_rate_z,user_acceleration_x,user_acceleration_y,user_acceleration_z\n"),
    ("apple-headphone", b"QuaternionX,QuaternionY,QuaternionZ,QuaternionW,AttitudePitch,AttitudeRoll,AttitudeYaw,GravitationalAccelerationX,GravitationalAccelerationY,GravitationalAccelerationZ,AccelerationX,AccelerationY,AccelerationZ,RotationX,RotationY,RotationZ\n"),
    ("metabase", b"epoch (ms),time (-13:00),elapsed (s),w (number),x (number),y (number), z (number)\n1,x,0,1,0,0,0\n"),
    ("phyphox", b"\"Time (s)\",\"w\",\"x\",\"y\",\"z\"\n0E0,1E0,0E0,0E0,0E0\n"),
    ("shimmer", b"\"sep=;\"\r\nShimmer_40AC_Timestamp_Unix_CAL;Shimmer_40AC_Gyro_X_CAL;\r\nms;deg/s;\r\n"),
    ("mind-monitor", b"TimeStamp,Delta_TP9,Accelerometer_X,Accelerometer_Y,Accelerometer_Z,Gyro_X,Gyro_Y,Gyro_Z,HeadBandOn,Elements\n"),
    ("yei-3space", b" # Data format: \"%int(ChipTimeUS),%float(RawGyroX),%float(RawGyroY)\"\n1,2,3\n"),
    ("plain-csv", b"t,roll,pitch,yaw\n0,1,2,3\n"),
    ("plain-csv", b"time,ax,ay,az,gx,gy,gz\n0,0,0,1,0,0,0\n"),
    ("plain-csv", b"qw:0.99,qx:0.01,qy:0.02,qz:0.03\nqw:0.99,qx:0.01,qy:0.02,qz:0.03\n"),
    ("plain-csv", b"0,1,0,0,0\n1,1,0,0,0\n2,1,0,0,0\n3,0.6,0.8,0,0\n4,1,0,0,0\n5,1,0,0,0\n"),
    ("plain-csv", b"%time,field.header.seq,field.orientation.x,field.orientation.y,field.orientation.z,field.orientation.w\n"),
    ("plain-csv", b"Time,w1,x1,y1,z1,w2,x2,y2,z2\n0,1,0,0,0,1,0,0,0\n"),
    ("plain-csv", b"timestamp;qx;qy;qz;qw\n0;0;0;0;1\n"),
    ("plain-csv", b"t\tq0\tq1\tq2\tq3\r\n0\t1\t0\t0\t0\r\n"),
    ("quest-log", b"LeftTouchOrientationW,HeadPosX,HeadOrientationW,HeadOrientationX,HeadOrientationY,HeadOrientationZ,time\r\n"),
    ("quest-log", b"Time,LeftTouchOrientationW,HeadOrientationW,HeadOrientationX,HeadOrientationY,HeadOrientationZ\n"),
    ("vive-log", b"time(100ns);time_stamp(ms);eye_valid_L;helmet_rot_x;helmet_rot_y;helmet_rot_z\r\n"),
    ("pico-log", b"User Name\tTimeline\tHead Rotation. x\tHead Rotation. y\tHead Rotation. z\tObject\n"),
    ("crom-vr", b"Sample,Time,Device,X,Y,Z,qW,qX,qY,qZ,aX,aY,aZ\n1714,17:16:53.0532,Trigger,0,0\n"),
    ("crom-vr", b"\xef\xbb\xbfSample,Time,Device,X,Y,Z,qW,qX,qY,qZ,aX,aY,aZ\r\n"),
    ("head-motions-log", b"q;1565693117858;-0.02,-0.85,0.03,0.52,\nv;1565693117858;0.02,-2.05,0.06\n"),
    ("head-motions-log", b"q;1565693117858;0,0,0,1\r\nv;1565693117858;0,0,0\r\n"),
    ("cervicalkine", b"yaw pitch roll\n-0.74 -0.02 -0.51\n"),
    ("cervicalkine", b"== PARAMETERS ==\nmovement:Lacet\n== VALUES ==\nyaw pitch roll\n"),
    ("androsensor", b"sep=;\nACCELEROMETER X (m/s\xb2);ACCELEROMETER Y (m/s\xb2);ACCELEROMETER Z (m/s\xb2);Time since start in ms \n"),
    ("physics-toolbox", b"time,gFx,gFy,gFz,ax,ay,az,wx,wy,wz,p,Bx,By,Bz,Azimuth,Pitch,Roll,\n"),
    ("google-glass", b"1,0,9.8,0.1,0,0,0,20,-3,40,0.6,0,0,nod,s1\n21,0,9.8,0.1,0,0,0,20,-3,40,0.6,0,0,nod,s1\n41,0,9.8,0.1,0,0,0,20,-3,40,0.6,0,0,nod,s1\n"),
    ("pupil-imu", b"section id,recording id,timestamp [ns],gyro x [deg/s],acceleration x [g],quaternion w\n"),
    ("tobii-imu", b"{\"type\":\"imu\",\"timestamp\":0.004,\"data\":{\"accelerometer\":[0,9.6,0],\"gyroscope\":[1,2,0]}}\n"),
    ("tobii-imu", b"{\"type\":\"imu\",\"timestamp\":0.005,\"data\":{\"magnetometer\":[-10,-113,-54]}}\n"),
    ("valedo-log", b"03:57:47.4420: connected\n03:57:47.4430: received update from characteristic CF54BF43-3D66: <f77c>\n"),
    ("unity-log", b"Timestamp,HeadPosX,HeadPosY,HeadPosZ,HeadRotX,HeadRotY,HeadRotZ,HeadRotW\n"),
    ("unity-log", b"Sequence;SequenceTime;CenterEyeRotX;CenterEyeRotY;CenterEyeRotZ;CenterEyeRotW\n1;5,38;0;0;0;1\n"),
    ("unity-log", b"time\thmd_rot_x\thmd_rot_y\thmd_rot_z\n"),
    ("corpus-csv", b"Time,Body Part,Quaternion (x),Quaternion (y),Quaternion (z),Quaternion (w),Angles (x)\n0,,,,,,\n"),
    ("mvnx", b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mvnx xmlns=\"http://www.xsens.com/mvn/mvnx\" version=\"4\">\n<subject label=\"a\" frameRate=\"60\">\n"),
    ("bids-motion", b"name\tcomponent\ttype\ttracked_point\tunits\nhead_quat_w\tquat_w\tORNT\thead\tn/a\n"),
    ("qsense", b"Sensor string: Head\nSensor: 1\nFirmware: 1,0\nRecording: 1\nCalibration: 2,015\nq1\tq2\tq3\tq4\tInterference\n\n1,0\t0,0\t0,0\t0,0\t0\tReference\n"),
    ("noraxon", b"Type,example\nMeasurement,made up\n\ntime,Activity,Marker,Head Accel Sensor X (mG),Head Accel Sensor Y (mG),Head Accel Sensor Z (mG)\n"),
    ("delsys", b"X_s_,AvantiSensor1_ORIENT_W1,X_s__1,AvantiSensor1_ORIENT_X1,X_s__2,AvantiSensor1_ORIENT_Y1,X_s__3,AvantiSensor1_ORIENT_Z1\n0,1,0,0,0,0,0,0\n"),
    ("xdf", b"XDF:\x01\x34\x01\x00<?xml version=\"1.0\"?><info></info>"),
    ("osvr-log", b"0.0 0 1 0 0 0\n0.01 0 0.6 0.8 0 0\n0.02 1 0.6 0.8 0 0\n0.03 1 0.6 0.8 0 0\n"),
];

#[test]
fn each_detector_knows_its_own_and_no_other() {
    for &(name, bytes) in LITERALS {
        // Detectors are shown a text without a mark of UTF-8.
        let shown = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        for format in FORMATS {
            let expected = if format.name == name {
                Detected::Recording
            } else {
                Detected::No
            };
            let text = String::from_utf8_lossy(bytes);
            assert_eq!(
                (format.detect)(shown),
                expected,
                "{} on {text}",
                format.name
            );
        }
        assert_eq!(read::detect(bytes).unwrap().0.name, name);
    }
    for format in FORMATS {
        assert!(
            LITERALS.iter().any(|literal| literal.0 == format.name),
            "{}",
            format.name
        );
    }
}

#[test]
fn no_detector_takes_what_is_no_recording() {
    let zeros = vec![0; 64 * 1024];
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let others: [&[u8]; 6] = [b"", b"t", b"\n\n\n", &zeros, png, b"a,b,c\n1,2,3\n"];
    for bytes in others {
        for format in FORMATS {
            assert_eq!(
                (format.detect)(bytes),
                Detected::No,
                "{} on {bytes:?}",
                format.name
            );
        }
        assert!(read::detect(bytes).is_err());
    }
}

#[test]
fn what_is_written_reads_back_bit_for_bit() {
    let time_s: Vec<f64> = (0..50).map(|index| f64::from(index) / 60.0).collect();
    let turn = |t: &f64| *UnitQuaternion::from_euler_angles(*t, 0.3 * t, -t);
    let vector = |t: &f64| nalgebra::Vector3::new(t.sin(), 1.0 / (t + 0.1), -1e-9 * t);
    let sensor = |place: SensorPlace| SensorSamples {
        name: place.name().to_owned(),
        place: Some(place),
        earth_from_sensor: Some(time_s.iter().map(turn).collect()),
        gyro_rad_s: Some(time_s.iter().map(vector).collect()),
        accel_m_s2: Some(time_s.iter().map(vector).collect()),
        time_s: time_s.clone(),
        ..SensorSamples::default()
    };
    let mut recording = Recording {
        sensors: vec![sensor(SensorPlace::Head), sensor(SensorPlace::Trunk)],
        ..Recording::default()
    };
    recording.about.simulated = true;
    recording.sensors[1]
        .time_s
        .iter_mut()
        .for_each(|time_s| *time_s += 0.001);
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("a.csv", write::native_csv(&recording), "native-csv"),
        ("b.parquet", write::parquet(&recording).unwrap(), "parquet"),
    ];
    for (name, bytes, format) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let opened = read::open(&path, &ReadOptions::default()).unwrap();
        assert_eq!(opened.format.name, format);
        assert_eq!(opened.recording, recording, "{name}");
        assert!(opened.warnings.is_empty(), "{:?}", opened.warnings);
    }
}

/// One row of the reference table: file, rows, duration and median step in seconds, largest angle
/// from the first sample and angle of the last from the first in degrees.
pub(crate) type Reference = (&'static str, usize, f64, f64, f64, f64);

const REFERENCES: [Reference; 6] = [
    (
        "xsens_dot/app2021.0_fw2.0.0_ExtendedQuat_Pelvis.csv",
        382,
        6.350,
        0.016_667,
        51.80,
        6.51,
    ),
    (
        "xsens_dot/app2021.0_fw2.0.0_ExtendedQuat_LFemur_short.csv",
        195,
        5.850,
        0.033_334,
        16.91,
        3.62,
    ),
    (
        "xsens_mtw/HEADWORN_walking_figure8_old_header_Quat_w.txt",
        953,
        19.040,
        0.02,
        179.98,
        2.35,
    ),
    (
        "xio/x-IMU3/pelvis 64F0EDBF (UDP)",
        900,
        18.596,
        0.020_060,
        179.82,
        13.83,
    ),
    (
        "xio/x-IMU3/pelvis 64F0EDBF (UDP)/Quaternion.csv",
        900,
        18.596,
        0.020_060,
        179.82,
        13.83,
    ),
    (
        "xio/x-IMU3/older_software_headers_W_Element",
        500,
        9.997,
        0.020_034,
        166.34,
        13.07,
    ),
];

/// Two sensors: the angles are of the second against the first.
const PAIRS: [Reference; 3] = [
    (
        "arduino_generic/twoIMU_90deg_x.csv",
        1000,
        12.569,
        0.001_800,
        87.14,
        1.15,
    ),
    (
        "arduino_generic/twoIMU_90deg_y.csv",
        1000,
        12.676,
        0.001_870,
        91.09,
        3.86,
    ),
    (
        "arduino_generic/twoIMU_90deg_z.csv",
        1000,
        12.531,
        0.001_798,
        91.61,
        1.03,
    ),
];

/// Real recordings, which are not part of the repository.
pub(crate) fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let found = folder.is_dir().then_some(folder);
    if found.is_none() {
        eprintln!("no folder of real recordings; this test looked at nothing");
    }
    found
}

pub(crate) fn opened(path: &Path, rate_hz: Option<f64>) -> Result<Recording, ReadError> {
    let options = ReadOptions {
        rate_hz,
        ..ReadOptions::default()
    };
    read::open(path, &options).map(|opened| opened.recording)
}

pub(crate) fn units(sensor: &SensorSamples) -> Vec<UnitQuaternion<f64>> {
    let unit = |q: &Quaternion<f64>| UnitQuaternion::new_normalize(*q);
    sensor
        .earth_from_sensor
        .as_ref()
        .unwrap()
        .iter()
        .map(unit)
        .collect()
}

pub(crate) fn assert_reference(
    reference: &Reference,
    time_s: &[f64],
    turns: &[UnitQuaternion<f64>],
) {
    let (file, rows, duration_s, step_s, largest_deg, last_deg) = *reference;
    assert_eq!(turns.len(), rows, "{file}");
    assert!(
        (time_s[rows - 1] - time_s[0] - duration_s).abs() < 0.001,
        "{file}"
    );
    let mut steps: Vec<f64> = time_s.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_by(f64::total_cmp);
    assert!(
        (steps[steps.len() / 2] - step_s).abs() < 2e-6,
        "{file}: {}",
        steps[steps.len() / 2]
    );
    let from_first: Vec<f64> = turns
        .iter()
        .map(|turn| turns[0].angle_to(turn).to_degrees())
        .collect();
    let largest = from_first.iter().copied().fold(0.0, f64::max);
    assert!((largest - largest_deg).abs() < 0.006, "{file}: {largest}");
    assert!(
        (from_first[rows - 1] - last_deg).abs() < 0.006,
        "{file}: {}",
        from_first[rows - 1]
    );
}

#[test]
fn real_recordings_give_the_reference_numbers() {
    let Some(folder) = samples() else { return };
    for reference in &REFERENCES {
        let recording = opened(&folder.join(reference.0), None).unwrap();
        let head = recording.sensor_at(SensorPlace::Head).unwrap();
        assert_reference(reference, &head.time_s, &units(head));
    }
    for reference in &PAIRS {
        let recording = opened(&folder.join(reference.0), None).unwrap();
        let (one, two) = (units(&recording.sensors[0]), units(&recording.sensors[1]));
        let relative: Vec<_> = one
            .iter()
            .zip(&two)
            .map(|(one, two)| one.inverse() * two)
            .collect();
        assert_reference(reference, &recording.sensors[0].time_s, &relative);
    }
}

#[test]
fn real_recordings_of_text_formats_have_their_rows() {
    let Some(folder) = samples() else { return };
    for (file, sensors, rows) in [
        ("opensense_sto/imuOrientations.sto", 8, 2),
        ("opensense_sto/myComplexTasksTrial_orientations.sto", 7, 6),
        (
            "opensense_sto/MT_012005D6_009-quaternions_calibration_trial_Facing_negX.sto",
            8,
            401,
        ),
        (
            "xsens_mtw/MT2022_ACC_GYRO_ROT_ALL_TAB_NAN_00B42D4B.txt",
            1,
            5,
        ),
        ("xsens_mtw/MT2022_ACC_GYRO_ROT_EULER_TAB_00B42D4F.txt", 1, 5),
        ("xsens_mtw/MT2022_ACC_GYRO_ROT_MAT_COMMA_00B42D4B.txt", 1, 5),
        (
            "xsens_mtw/MT2022_ACC_GYRO_ROT_MAT_SEMICOLON_00B42D4B.txt",
            1,
            5,
        ),
        ("xsens_mtw/MT2022_ACC_GYRO_ROT_MAT_SPACE_00B42D4B.txt", 1, 5),
        ("xsens_mtw/MT46_01-000_00B42D4D.txt", 1, 5),
        (
            "xsens_mtw/MT_012005D6-000_sit_to_stand-000_00B421ED.txt",
            1,
            1459,
        ),
        ("xsens_mtw/MT_012005D6_009-001_00B42268_CRLF.txt", 1, 2496),
        ("xsens_mtw/test1_00B421E6.txt", 1, 3),
        ("xsens_mtw/old_MTi-G_with_LatLon_no_quaternion.txt", 1, 3511),
    ] {
        let recording = opened(&folder.join(file), Some(100.0)).unwrap();
        assert_eq!(recording.sensors.len(), sensors, "{file}");
        let oriented = !file.contains("no_quaternion");
        for sensor in &recording.sensors {
            assert_eq!(sensor.len(), rows, "{file}");
            assert_eq!(sensor.earth_from_sensor.is_some(), oriented, "{file}");
        }
    }
    let alone = opened(
        &folder.join("xsens_mtw/MT2022_ACC_00B42D4B.txt"),
        Some(100.0),
    );
    assert!(matches!(alone, Err(ReadError::NoOrientation { .. })));
}

#[test]
fn matrices_and_angles_are_the_same_turns_as_quaternions() {
    let Some(folder) = samples() else { return };
    let turns = |name: &str| {
        let path = folder.join("xsens_mtw").join(name);
        units(&opened(&path, Some(100.0)).unwrap().sensors[0])
    };
    let quaternion = turns("MT2022_ACC_GYRO_ROT_ALL_TAB_NAN_00B42D4B.txt");
    let matrix = turns("MT2022_ACC_GYRO_ROT_MAT_SPACE_00B42D4B.txt");
    for (one, other) in quaternion.iter().zip(&matrix) {
        assert!(one.angle_to(other).to_degrees() < 0.001);
    }
}

#[test]
fn folders_are_searched_and_nothing_is_passed_over_in_silence() {
    let Some(folder) = samples() else { return };
    let found = read::find_recordings(&[folder.join("xio")]);
    let names: Vec<String> = found
        .recordings
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        names,
        [
            "scikit-kinematics_data_ngimu",
            "x-IMU3",
            "older_software_headers_W_Element",
            "00033",
        ]
    );
    assert!(
        !found
            .passed_over
            .iter()
            .any(|other| other.path.ends_with("Battery.csv")
                && other.path.to_string_lossy().contains("x-IMU3"))
    );
}

#[test]
fn a_search_is_sorted_and_leaves_hidden_files_and_loops_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let text = "time_s,q_w,q_x,q_y,q_z\n0,1,0,0,0\n";
    for inner in ["sub-02", "sub-01", ".cache", "imu"] {
        std::fs::create_dir(path(inner)).unwrap();
    }
    for file in [
        "sub-02/a.csv",
        "sub-01/b.csv",
        "sub-01/a.csv",
        ".cache/a.csv",
        "sub-01/.a.csv",
    ] {
        std::fs::write(path(file), text).unwrap();
    }
    for other in ["sub-01/truth.json", "sub-01/report.html", "README.txt"] {
        std::fs::write(path(other), "text").unwrap();
    }
    std::fs::write(path("sub-01/notes.txt"), "text").unwrap();
    std::fs::write(
        path("imu/Quaternion.csv"),
        "Timestamp (us),W,X,Y,Z\n1,1,0,0,0\n",
    )
    .unwrap();
    std::fs::write(path("imu/Battery.csv"), "Timestamp (us),Voltage (V)\n1,4\n").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), path("sub-02/loop")).unwrap();
    let found = read::find_recordings(&[folder.path().to_owned(), path("sub-01/a.csv")]);
    let expected = ["imu", "sub-01/a.csv", "sub-01/b.csv", "sub-02/a.csv"].map(path);
    assert_eq!(found.recordings, expected);
    let passed_over: Vec<_> = found
        .passed_over
        .iter()
        .map(|other| other.path.clone())
        .collect();
    assert_eq!(passed_over, [path("sub-01/notes.txt")]);
    for recording in &found.recordings {
        read::open(recording, &ReadOptions::default()).unwrap();
    }
}
