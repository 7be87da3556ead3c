//! The loudspeaker that the system plays on.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rodio::buffer::SamplesBuffer;
use rodio::{DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink};

use super::tones;
use crate::capture::live::Tone;

/// From a sample that is handed over to the air, at most.
const BUFFERED: Duration = Duration::from_millis(150);

/// An open loudspeaker.
#[derive(Debug)]
pub struct Speaker {
    sink: MixerDeviceSink,
    /// The system said that it does not play.
    is_broken: Arc<AtomicBool>,
    /// The last tone is over then.
    until: Instant,
}

impl Speaker {
    pub(super) fn open() -> Result<Self, DeviceSinkError> {
        let is_broken = Arc::new(AtomicBool::new(false));
        let breaks = Arc::clone(&is_broken);
        let mut sink = DeviceSinkBuilder::from_default_device()?
            .with_error_callback(move |_| breaks.store(true, Ordering::Release))
            .open_sink_or_fallback()?;
        sink.log_on_drop(false);
        Ok(Self {
            sink,
            is_broken,
            until: Instant::now(),
        })
    }

    /// Begins to play; `false` when it does not play any more.
    pub(super) fn play(&mut self, tone: Tone) -> bool {
        const ONE: NonZero<u16> = NonZero::<u16>::MIN;
        const RATE_HZ: NonZero<u32> = NonZero::new(tones::RATE_HZ).expect("above zero");
        let samples = tones::samples(tone);
        let seconds = samples.len() as f64 / f64::from(tones::RATE_HZ);
        self.until = Instant::now() + Duration::from_secs_f64(seconds) + BUFFERED;
        self.sink
            .mixer()
            .add(SamplesBuffer::new(ONE, RATE_HZ, samples));
        !self.is_broken.load(Ordering::Acquire)
    }
}

impl Drop for Speaker {
    /// The last tone is played to its end.
    fn drop(&mut self) {
        thread::sleep(self.until.saturating_duration_since(Instant::now()));
    }
}
