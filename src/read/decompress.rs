//! `.gz` and `.zst`, told by their first bytes, and the digest of the bytes on disk.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use sha2::{Digest as _, Sha256};

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// Bytes asked from the system at once.
const CHUNK: usize = 64 * 1024;

/// The bytes of a file, decompressed if they are compressed.
pub(super) fn decompressed<'a>(raw: impl Read + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut raw = BufReader::with_capacity(CHUNK, raw);
    let first = raw.fill_buf()?;
    Ok(if first.starts_with(GZIP) {
        Box::new(BufReader::with_capacity(CHUNK, MultiGzDecoder::new(raw)))
    } else if first.starts_with(ZSTD) {
        Box::new(BufReader::with_capacity(CHUNK, Zstd::Between(raw)))
    } else {
        Box::new(raw)
    })
}

/// A Zstandard file: frames, one after the other.
enum Zstd<R: BufRead> {
    Between(R),
    Frame(Box<StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>),
    Ended,
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.step(out)? {
                0 if !matches!(self, Self::Ended) && !out.is_empty() => {}
                count => return Ok(count),
            }
        }
    }
}

impl<R: BufRead> Zstd<R> {
    /// Reads some of a frame, or goes from one frame to the next.
    fn step(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        *self = match std::mem::replace(self, Self::Ended) {
            Self::Between(source) => Self::frame(source)?,
            Self::Frame(mut decoder) => {
                count = decoder.read(out).map_err(io::Error::other)?;
                let ended = count == 0 && !out.is_empty();
                if ended {
                    Self::Between(decoder.into_inner())
                } else {
                    Self::Frame(decoder)
                }
            }
            Self::Ended => Self::Ended,
        };
        Ok(count)
    }

    /// The next frame, if there is one.
    fn frame(mut source: R) -> io::Result<Self> {
        if source.fill_buf()?.is_empty() {
            return Ok(Self::Ended);
        }
        Ok(Self::Frame(Box::new(
            StreamingDecoder::new(source).map_err(io::Error::other)?,
        )))
    }
}

/// Two hexadecimal digits.
fn hex(byte: u8) -> impl Iterator<Item = char> {
    [byte >> 4, byte & 15]
        .into_iter()
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
}

/// Passes bytes on and digests them.
pub(super) struct Hashing<R> {
    inner: R,
    digest: Sha256,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
        }
    }

    /// Digests what was not read, and gives the digest in hexadecimal.
    pub(super) fn finish(mut self) -> io::Result<String> {
        io::copy(&mut self, &mut io::sink())?;
        let digest = self.digest.finalize();
        Ok(digest.iter().flat_map(|byte| hex(*byte)).collect())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.digest.update(out.get(..count).unwrap_or_default());
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn whole(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        decompressed(bytes).unwrap().read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn gzip_zstandard_and_plain_give_the_same() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"one two").unwrap();
        let gz = gz.finish().unwrap();
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        let zst = ruzstd::encoding::compress_to_vec(&b"one two"[..], level);
        assert_eq!(whole(b"one two"), b"one two");
        assert_eq!(whole(&gz), b"one two");
        assert_eq!(whole(&zst), b"one two");
        assert_eq!(whole(&[zst.clone(), zst].concat()), b"one twoone two");
        assert_eq!(whole(&[gz.clone(), gz].concat()), b"one twoone two");
    }

    #[test]
    fn the_digest_is_of_all_bytes() {
        let mut hashing = Hashing::new(&b"abc"[..]);
        assert_eq!(hashing.read(&mut [0; 1]).unwrap(), 1);
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hashing.finish().unwrap(), known);
    }
}
