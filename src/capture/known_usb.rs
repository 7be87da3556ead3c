//! What devices with known USB numbers often are. A bridge chip sits in very different devices: only
//! the bytes tell for sure.

/// Vendor, product where it matters, and what it often is. The first that fits is taken.
const LIKELY: &[(u16, Option<u16>, &str)] = &[
    (0x1a86, Some(0x55d3), "CH343: newer WitMotion, ESP32 boards"),
    (
        0x1a86,
        Some(0x55d4),
        "CH9102: newer WitMotion, ESP32 boards",
    ),
    (
        0x1a86,
        None,
        "CH340: WitMotion, Arduino Nano clones, ESP boards",
    ),
    (
        0x10c4,
        None,
        "CP210x: WitMotion HWT, HiPNUC, LPMS, ESP32 boards",
    ),
    (0x0403, None, "FTDI: LPMS, VectorNav, NGIMU, SparkFun"),
    (0x067b, None, "PL2303: an older cable"),
    (0x2639, None, "Xsens"),
    (0x2476, None, "Yost 3-Space"),
    (0x2341, None, "Arduino board: lines of text"),
    (0x2a03, None, "Arduino board: lines of text"),
    (0x239a, None, "Adafruit board: lines of text"),
    (0x16c0, None, "Teensy board"),
    (0x1b4f, None, "SparkFun board: 9DoF Razor"),
    (0x2e8a, None, "Raspberry Pi Pico board"),
    (0x303a, None, "ESP32 board"),
    (0x2886, None, "Seeed XIAO board"),
    (0x0483, Some(0x5740), "STM32 board"),
];

/// Vendor and product of boards that wait for a new program.
const BOOT_LOADERS: &[(u16, u16)] = &[
    (0x2476, 0x1000),
    (0x2341, 0x0036),
    (0x2341, 0x005a),
    (0x239a, 0x0029),
    (0x239a, 0x0087),
    (0x239a, 0x0051),
];

/// What a device with these numbers often is.
pub(super) fn likely(vid: u16, pid: u16) -> Option<&'static str> {
    let fits = |known: &&(u16, Option<u16>, &str)| {
        known.0 == vid && known.1.is_none_or(|product| product == pid)
    };
    LIKELY.iter().find(fits).map(|known| known.2)
}

/// It is the boot loader of a board.
pub(super) fn is_boot_loader(vid: u16, pid: u16) -> bool {
    BOOT_LOADERS.contains(&(vid, pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrower_row_is_taken() {
        assert!(likely(0x1a86, 0x55d4).unwrap().starts_with("CH9102"));
        assert!(likely(0x1a86, 0x7523).unwrap().starts_with("CH340"));
        assert_eq!(likely(0x0483, 1), None);
        assert!(is_boot_loader(0x2476, 0x1000) && !is_boot_loader(0x2476, 0x3010));
    }
}
