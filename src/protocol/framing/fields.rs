//! Numbers from bytes, one after the other.

/// Bytes of a frame that are read from the front; every read is `None` past the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    /// The next bytes, as many as the number's type has: `u16::from_le_bytes(fields.take()?)`.
    pub(crate) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    /// The next bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_le_bytes)
    }

    fn each<const N: usize, const SIZE: usize>(
        &mut self,
        value: fn([u8; SIZE]) -> f64,
    ) -> Option<[f64; N]> {
        let mut values = [0.0; N];
        for one in &mut values {
            *one = value(self.take()?);
        }
        Some(values)
    }

    /// Words of 16 bits, low byte first.
    pub(crate) fn i16s_le<const N: usize>(&mut self) -> Option<[f64; N]> {
        self.each(|bytes| f64::from(i16::from_le_bytes(bytes)))
    }

    /// Words of 16 bits, high byte first.
    pub(crate) fn i16s_be<const N: usize>(&mut self) -> Option<[f64; N]> {
        self.each(|bytes| f64::from(i16::from_be_bytes(bytes)))
    }

    /// Floats of 32 bits, low byte first.
    pub(crate) fn f32s_le<const N: usize>(&mut self) -> Option<[f64; N]> {
        self.each(|bytes| f64::from(f32::from_le_bytes(bytes)))
    }

    /// Floats of 32 bits, high byte first.
    pub(crate) fn f32s_be<const N: usize>(&mut self) -> Option<[f64; N]> {
        self.each(|bytes| f64::from(f32::from_be_bytes(bytes)))
    }
}

/// A value as a word of 16 bits, where `full` is the value of 32768; beyond the range it stays at
/// its end.
pub(crate) fn word(value: f64, full: f64) -> i16 {
    (value / full * 32768.0).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_both_orders_until_the_end() {
        let mut fields = Fields(&[
            1, 0x00, 0x80, 0x80, 0x00, 0, 0, 0x80, 0x3f, 0x3f, 0x80, 0, 0,
        ]);
        assert_eq!(fields.u8(), Some(1));
        assert_eq!(fields.i16s_le(), Some([-32768.0]));
        assert_eq!(fields.i16s_be(), Some([-32768.0]));
        assert_eq!(fields.f32s_le(), Some([1.0]));
        assert_eq!(fields.f32s_be(), Some([1.0]));
        assert_eq!(fields.u8(), None);
        assert_eq!(fields.bytes(1), None);
    }

    #[test]
    fn words_stay_in_their_range() {
        let words = [1.0, -1.0, 0.5, f64::NAN].map(|value| word(value, 1.0));
        assert_eq!(words, [32767, -32768, 16384, 0]);
    }
}
