//! Cost of a sample against the length of a recording: archives of as many samples in longer and longer files.

use super::number_in;
use super::sessions::{Form, Kind};
use super::timed::{Job, interleaved, neckrom};

const RATE_HZ: f64 = 100.0;
/// Lengths, seconds.
const SECONDS: [usize; 5] = [60, 600, 3600, 6 * 3600, 24 * 3600];
const FORMS: [Form; 3] = [Form::Plain, Form::Parquet, Form::RawNative];

pub(crate) fn print() {
    let longest = 3600 * number_in("NECKROM_HOURS").unwrap_or(6).max(1);
    let lengths = SECONDS.into_iter().filter(|&seconds| seconds <= longest);
    let kind = |seconds: usize| Kind {
        name: "length",
        count: longest / seconds,
        seconds: seconds as f64,
        rate_hz: RATE_HZ,
    };
    let kinds: Vec<Kind> = lengths.map(kind).collect();
    println!("\nlength: as many samples in longer recordings at {RATE_HZ} Hz, one job\n");
    println!(
        "| read | recordings | of s | ns a sample | times the shortest | CPU, times the shortest | MiB |"
    );
    println!("|---|---|---|---|---|---|---|");
    for form in FORMS {
        of_form(form, &kinds);
    }
}

fn of_form(form: Form, kinds: &[Kind]) {
    let root = tempfile::tempdir().unwrap();
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for kind in kinds {
        let folder = root.path().join(kind.seconds.to_string());
        kind.write(&folder, form);
        jobs.push(Box::new(move |out| neckrom(&folder, 1, out)));
    }
    let timed = interleaved(&jobs, |_, _| ());
    let (shortest, all) = (timed[0], kinds[0].samples());
    for (kind, one) in kinds.iter().zip(&timed) {
        let share = all / kind.samples();
        println!(
            "| {} | {} | {} | {:.1} | {:.2} | {:.2} | {:.0} |",
            form.name(),
            kind.count,
            kind.seconds,
            one.seconds / kind.samples() * 1e9,
            one.seconds / shortest.seconds * share,
            one.cpu_s / shortest.cpu_s * share,
            one.mib
        );
    }
}
