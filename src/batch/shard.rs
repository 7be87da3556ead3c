//! A share of the recordings, for several machines on one archive.

use std::path::Path;
use std::str::FromStr;

use super::measure::short_digest;

/// One of so many shares. A recording's share depends on its path as it was given, and on nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

/// Why a share could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// Not two numbers.
    #[error("'{0}' is no shard: write its number and how many there are, such as 0/8")]
    Form(String),
    /// The number is too large.
    #[error(
        "shards are numbered from 0: of {count} the last is {last}/{count}, not {index}/{count}"
    )]
    Range {
        /// The number given.
        index: u64,
        /// How many there are.
        count: u64,
        /// The largest number.
        last: u64,
    },
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let form = || ShardError::Form(text.to_owned());
        let (index, count) = text.split_once('/').ok_or_else(form)?;
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_not_a_number| form());
        let (index, count) = (number(index)?, number(count)?);
        match count.checked_sub(1) {
            None => Err(form()),
            Some(last) if index > last => Err(ShardError::Range { index, count, last }),
            Some(_) => Ok(Self { index, count }),
        }
    }
}

impl Shard {
    /// Whether a recording, by its path as given, is in it.
    pub fn holds(self, given: &Path) -> bool {
        let digest = short_digest(given.as_os_str().as_encoded_bytes());
        let digits = digest
            .bytes()
            .filter_map(|digit| char::from(digit).to_digit(16));
        let number = digits.fold(0, |number: u64, digit| number << 4 | u64::from(digit));
        number % self.count == self.index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recording_is_in_one_share() {
        let shards = [0, 1, 2].map(|index| format!("{index}/3").parse::<Shard>().unwrap());
        let mut counts = [0; 3];
        for number in 0..300 {
            let path = format!("archive/sub-{number}.csv");
            let held: Vec<usize> = (0..3)
                .filter(|&i| shards[i].holds(Path::new(&path)))
                .collect();
            assert_eq!(held.len(), 1);
            counts[held[0]] += 1;
        }
        assert!(counts.iter().all(|&count| count > 70), "{counts:?}");
    }

    #[test]
    fn the_first_is_0() {
        assert_eq!(
            "8/8".parse::<Shard>().unwrap_err().to_string(),
            "shards are numbered from 0: of 8 the last is 7/8, not 8/8"
        );
        for text in ["", "1", "a/b", "0/0", "-1/2"] {
            assert!(
                matches!(text.parse::<Shard>(), Err(ShardError::Form(_))),
                "{text}"
            );
        }
    }
}
