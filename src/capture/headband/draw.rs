//! The random numbers behind what goes wrong.

use super::{HeadbandSettings, Stall};
use crate::sample::SensorPlace;
use crate::simulate::numbers::{Numbers, Purpose};

/// Random numbers, one stream a use.
#[derive(Debug)]
pub(super) struct Draw {
    pub(super) start: Numbers,
    noise: Numbers,
    pub(super) lose: Numbers,
    corrupt: Numbers,
    stall: Numbers,
    /// The stall that comes next or goes on.
    stall_at_s: f64,
    /// The stalls before it, and itself.
    stalls: f64,
}

impl Draw {
    pub(super) fn new(settings: &HeadbandSettings) -> Self {
        let part = usize::from(settings.place == SensorPlace::Trunk);
        let numbers = |purpose| Numbers::new(settings.seed, purpose, part);
        let mut draw = Self {
            start: numbers(Purpose::SensorStart),
            noise: numbers(Purpose::LineNoise),
            lose: numbers(Purpose::LineLoss),
            corrupt: numbers(Purpose::LineCorrupt),
            stall: numbers(Purpose::LineStall),
            stall_at_s: f64::INFINITY,
            stalls: 0.0,
        };
        if let Some(stall) = settings.trouble.stall {
            draw.next_stall(stall, 0.0);
        }
        draw
    }

    /// When bytes arrive that are sent at a time; times must not go back.
    pub(super) fn released_s(&mut self, at_s: f64, stall: Option<Stall>) -> f64 {
        let Some(stall) = stall else {
            return at_s;
        };
        while at_s >= self.stall_at_s + stall.for_s {
            self.next_stall(stall, at_s);
        }
        if at_s >= self.stall_at_s {
            self.stall_at_s + stall.for_s
        } else {
            at_s
        }
    }

    /// In the first half of its stretch of time, so that it ends before the next begins.
    fn next_stall(&mut self, stall: Stall, at_s: f64) {
        // A stretch of no length would never be left.
        let every_s = stall.every_s.max(1e-3);
        self.stalls = self.stalls.max((at_s / every_s).floor());
        self.stall_at_s = every_s * (self.stalls + 0.5 * self.stall.uniform());
        self.stalls += 1.0;
    }

    pub(super) fn noise(&mut self, count: usize, share: f64) -> Vec<u8> {
        let mut noise = Vec::new();
        for _ in 0..count {
            if self.noise.uniform() < share {
                noise.push((self.noise.uniform() * 256.0) as u8);
            }
        }
        noise
    }

    /// Changes a share of the bytes; gives how many.
    pub(super) fn corrupt(&mut self, bytes: &mut [u8], share: f64) -> usize {
        let mut changed = 0;
        for byte in bytes {
            if self.corrupt.uniform() < share {
                *byte ^= 1 + (self.corrupt.uniform() * 255.0) as u8;
                changed += 1;
            }
        }
        changed
    }
}
