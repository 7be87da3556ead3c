//! Which protocol a stream is of, from its bytes alone: nothing is written to a device that is not
//! known, since a stray byte may start its bootloader or change its settings.

use super::{Decode, Decoded, Evidence, PROTOCOLS, Protocol};

/// Sound frames that are asked for, where a sum shows that they are sound.
const SUMMED_FRAMES: usize = 5;
/// The same where only marks or numbers do.
const OTHER_FRAMES: usize = 10;
/// No more than one byte in so many may be of no frame, after the first frame.
const JUNK: usize = 10;

/// How well a protocol fits some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recognised {
    /// Sound frames.
    pub frames: usize,
    /// Samples in them.
    pub samples: usize,
    /// Bytes after the first sound frame.
    pub bytes: usize,
    /// How many of those are of no sound frame.
    pub junk: usize,
}

/// Decodes `bytes` with a new decoder. A frame that is cut off at the end counts neither way.
pub fn score(mut decoder: Box<dyn Decode>, bytes: &[u8]) -> Recognised {
    let mut out = Decoded::default();
    decoder.push(bytes, f64::NAN, &mut out);
    Recognised {
        frames: out.frames,
        samples: out.samples.len(),
        bytes: bytes.len().saturating_sub(out.faults.leading_bytes),
        junk: out.faults.skipped_bytes,
    }
}

/// The protocol whose sound frames make up at least 90 % of `bytes` after the first, with at least five of
/// them and a sample; ten where no sum shows that they are sound. About 400 ms of a stream suffice at
/// most rates. Among several, a sum counts more than marks, marks more than bare numbers, and then the
/// order of [`PROTOCOLS`].
pub fn recognise(bytes: &[u8]) -> Option<&'static Protocol> {
    let fits = |protocol: &&Protocol| {
        let found = score((protocol.decoder)(), bytes);
        let least = match protocol.evidence {
            Evidence::Sum => SUMMED_FRAMES,
            Evidence::Marks | Evidence::Numbers => OTHER_FRAMES,
        };
        found.frames >= least && found.samples > 0 && found.junk * JUNK < found.bytes
    };
    let fitting = PROTOCOLS.iter().filter(fits);
    // The last of equals is the first in the table.
    fitting.rev().max_by_key(|protocol| protocol.evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::hex;

    #[test]
    fn frames_enough_and_little_junk() {
        let frame = hex("55594a6e5c26a6f8e933a2");
        let name = |bytes: &[u8]| recognise(bytes).map(|protocol| protocol.name);
        assert_eq!(name(&frame.repeat(4)), None);
        assert_eq!(name(&frame.repeat(6)), Some("witmotion"));
        // What came before the first frame does not count, what came between does.
        let late = [vec![0; 500], frame.repeat(6)].concat();
        assert_eq!(name(&late), Some("witmotion"));
        let noisy = [frame.clone(), vec![0; 20]].concat();
        assert_eq!(name(&noisy.repeat(10)), None);
    }

    #[test]
    fn noise_is_no_protocol() {
        let noise: Vec<u8> = (0..65536_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 23) as u8)
            .collect();
        let same = [0, 0x55, 0xAA, b'\n'].map(|byte| vec![byte; 65536]);
        for bytes in same.iter().chain([&noise, &Vec::new(), &b"x".to_vec()]) {
            assert!(recognise(bytes).is_none(), "{:?}", recognise(bytes));
        }
    }
}
