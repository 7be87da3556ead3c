//! Settings that a sensor takes when the user asks for it: what is written, said in words. Nothing here is
//! written by itself, and nothing is a command to save: but for Xsens sensors, which may keep what they are
//! to send, a sensor that was without power is again as it was.

/// One thing that is written to a sensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What it does, for people.
    pub words: String,
    /// What is written.
    pub bytes: Vec<u8>,
    /// What the sensor answers when it takes it; `None` where it answers nothing.
    pub answer: Option<Vec<u8>>,
    /// What stands in an answer that says no; empty where the sensor has none.
    pub refusal: &'static [u8],
}

impl Setting {
    /// One that is not answered.
    pub(super) fn new(words: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            words: words.into(),
            bytes: bytes.into(),
            answer: None,
            refusal: &[],
        }
    }

    /// The same, answered with these bytes, or with a refusal.
    pub(super) fn answered(self, answer: impl Into<Vec<u8>>, refusal: &'static [u8]) -> Self {
        Self {
            answer: Some(answer.into()),
            refusal,
            ..self
        }
    }
}

/// Samples a second that are set, as many as a port carries with a fifth to spare: more than enough for a
/// neck, and few enough for a slow port.
const RATES_HZ: [u16; 4] = [100, 50, 20, 10];

/// The greatest of them at so many bits a second, for samples of so many bytes.
pub(super) fn rate_hz(baud: u32, bytes: u32) -> u16 {
    let fits = |rate_hz: &u16| u32::from(*rate_hz) * bytes * 10 <= baud / 5 * 4;
    RATES_HZ.into_iter().find(fits).unwrap_or(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{every_named, hex};
    use crate::protocol::{PROTOCOLS, Protocol};

    fn all() -> impl Iterator<Item = (&'static Protocol, Vec<Setting>)> {
        let configured = PROTOCOLS
            .iter()
            .filter_map(|one| Some((one, one.configure?)));
        configured.flat_map(|(protocol, configure)| {
            let bauds = protocol.baud_rates.iter();
            bauds.map(move |baud| (protocol, configure(*baud)))
        })
    }

    #[test]
    fn the_rate_fits_the_speed() {
        let rates = [921_600, 115_200, 57_600, 19_200, 9600].map(|baud| rate_hz(baud, 73));
        assert_eq!(rates, [100, 100, 50, 20, 10]);
    }

    #[test]
    fn no_setting_saves_resets_or_changes_the_speed() {
        let saving = [
            "ffaa00",
            "ffaa04",
            "ffaa01", // WitMotion: save, factory, reboot; speed; calibration
            "faff18",
            "faff40",
            "faffa4", // Xsens: speed, reset, orientation
            "3a01000400",
            "3a01000500",
            "3a01008200", // LPMS: save, factory, speed
            "f7e1",
            "f7e0",
            "f760", // Yost: commit, factory, tare
        ];
        let texts = [
            "WNV", "RFS", "RST", "TAR", "WRG,05", "save", "default", "heading",
        ];
        let mut count = 0;
        for (protocol, settings) in all() {
            for Setting { words, bytes, .. } in settings {
                count += 1;
                let name = protocol.name;
                assert!(!words.is_empty() && !bytes.is_empty());
                let begins = |digits: &&str| bytes.starts_with(&hex(digits));
                assert!(!saving.iter().any(begins), "{name}: {words}");
                let text = String::from_utf8_lossy(&bytes);
                assert!(
                    !texts.iter().any(|one| text.contains(one)),
                    "{name}: {text}"
                );
            }
        }
        assert!(count > 80, "{count}");
        // The commands that others name so.
        let harmful = ["save", "factory", "reboot", "reset", "tare", "baud"];
        for (name, vector) in every_named() {
            if harmful.iter().any(|word| name.contains(word)) {
                let is_it = |setting: &Setting| setting.bytes == vector;
                assert!(
                    !all().any(|(_, settings)| settings.iter().any(is_it)),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn the_bytes_are_those_that_the_documents_have() {
        let bytes = |name: &str, baud: u32| -> Vec<Vec<u8>> {
            let protocol = PROTOCOLS.iter().find(|one| one.name == name).unwrap();
            let settings = protocol.configure.unwrap()(baud);
            settings.into_iter().map(|setting| setting.bytes).collect()
        };
        let of_hex = |all: &[&str]| -> Vec<Vec<u8>> { all.iter().map(|one| hex(one)).collect() };
        let witmotion = ["ffaa6988b5", "ffaa030900", "ffaa020f02"];
        assert_eq!(bytes("witmotion", 115_200), of_hex(&witmotion));
        assert_eq!(bytes("witmotion", 9600)[1], hex("ffaa030600"));
        let xbus = [
            "faff3000d1",
            "faffc0181020ffff1060ffff201000644020006480200064e020ffff33",
            "faff1000f1",
        ];
        assert_eq!(bytes("xsens-xbus", 115_200), of_hex(&xbus));
        let lpms = [
            "3a01000600000007000d0a",
            "3a01001e000400420800006d000d0a",
            "3a01000700000008000d0a",
        ];
        assert_eq!(bytes("lpms", 921_600), of_hex(&lpms));
        assert_eq!(bytes("bno055-uart", 115_200), of_hex(&["aa003d0108"]));
        let yost = [
            "f75656",
            "f7dd0000004f2c",
            "f7500027ffffffffffff71",
            "f75200002710ffffffff0000000085",
            "f95555",
        ];
        assert_eq!(bytes("yost-3space", 115_200), of_hex(&yost));
        let text = |name, baud| String::from_utf8(bytes(name, baud).concat()).unwrap();
        let vectornav = "$VNWRG,06,8*64\r\n$VNWRG,07,50*58\r\n";
        assert_eq!(text("vectornav", 115_200), vectornav);
        assert!(text("vectornav", 921_600).ends_with("$VNWRG,07,100*6C\r\n"));
        assert!(text("vectornav", 57_600).starts_with("$VNWRG,06,2*6E\r\n"));
        assert_eq!(
            text("ximu3", 115_200),
            "{\"ahrs_message_type\":0}\n{\"ahrs_message_rate_divisor\":8}\n\
             {\"inertial_message_rate_divisor\":8}\n{\"apply\":null}\n"
        );
    }
}
