//! Sums that tell a whole frame from a damaged one.

/// Sum of all bytes, modulo 256.
pub fn additive(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// Sum of all bytes, modulo 65536.
pub fn additive_16(bytes: &[u8]) -> u16 {
    bytes
        .iter()
        .fold(0, |sum, byte| sum.wrapping_add(u16::from(*byte)))
}

/// Exclusive or of all bytes, as NMEA 0183 has it between `$` and `*`.
pub fn exclusive_or(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// A CRC of 16 bits: `crc = CRC16.of(bytes)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crc16 {
    /// Highest power left out; least significant bit first where `reflected`.
    polynomial: u16,
    start: u16,
    reflected: bool,
    finish: u16,
}

impl Crc16 {
    /// CRC-16/XMODEM: polynomial 1021, start 0. "123456789" gives 31C3.
    pub const XMODEM: Self = Self::new(0x1021, 0, false, 0);
    /// CRC-16/CCITT-FALSE: polynomial 1021, start FFFF. "123456789" gives 29B1.
    pub const CCITT_FALSE: Self = Self::new(0x1021, 0xFFFF, false, 0);
    /// CRC-16/X-25: polynomial 1021 reflected, start FFFF, inverted. "123456789" gives 906E.
    pub const X25: Self = Self::new(0x8408, 0xFFFF, true, 0xFFFF);
    /// CRC-16/MODBUS: polynomial 8005 reflected, start FFFF. "123456789" gives 4B37.
    pub const MODBUS: Self = Self::new(0xA001, 0xFFFF, true, 0);

    const fn new(polynomial: u16, start: u16, reflected: bool, finish: u16) -> Self {
        Self {
            polynomial,
            start,
            reflected,
            finish,
        }
    }

    /// The sum of these bytes.
    pub fn of(self, bytes: &[u8]) -> u16 {
        self.of_all([bytes])
    }

    /// The sum of several pieces in a row.
    pub fn of_all<'a>(self, pieces: impl IntoIterator<Item = &'a [u8]>) -> u16 {
        let bytes = pieces.into_iter().flatten();
        self.finish ^ bytes.fold(self.start, |crc, byte| self.step(crc, *byte))
    }

    fn step(self, crc: u16, byte: u8) -> u16 {
        if self.reflected {
            (0..8).fold(crc ^ u16::from(byte), |crc, _| {
                let out = crc & 1;
                (crc >> 1) ^ (self.polynomial * out)
            })
        } else {
            (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
                let out = crc >> 15;
                (crc << 1) ^ (self.polynomial * out)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_check_values() {
        let found = [Crc16::XMODEM, Crc16::CCITT_FALSE, Crc16::X25, Crc16::MODBUS]
            .map(|crc| crc.of(b"123456789"));
        assert_eq!(found, [0x31C3, 0x29B1, 0x906E, 0x4B37]);
        let pieces = [&b"1234"[..], b"56789"];
        assert_eq!(Crc16::X25.of_all(pieces), 0x906E);
    }

    #[test]
    fn plain_sums() {
        assert_eq!(additive(&[0xFF, 0x02]), 0x01);
        assert_eq!(additive_16(&[0xFF, 0x02]), 0x101);
        let sentence = b"GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,";
        assert_eq!(exclusive_or(sentence), 0x47);
    }
}
