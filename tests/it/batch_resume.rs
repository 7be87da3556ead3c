//! A batch that ended early goes on where it was, and does again only what changed.

use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::batch_support::{archive, assert_same, batch, bytes, outcomes, recording};
use crate::support::{neckrom, word};

/// How many recordings were done before, by what the program says.
fn kept(ran: &crate::support::Ran) -> usize {
    let text = ran.out.split("; ").nth(1);
    text.map_or(0, |text| text.split(' ').next().unwrap().parse().unwrap())
}

fn parts(out: &Path) -> usize {
    let names = out
        .join(".parts")
        .read_dir()
        .into_iter()
        .flatten()
        .flatten();
    names
        .filter(|name| name.file_name().to_string_lossy().starts_with("part-"))
        .count()
}

/// Killed in the middle again and again, the end is the same, byte for byte.
#[test]
fn a_killed_run_goes_on_and_ends_the_same() {
    let folder = TempDir::new().unwrap();
    archive(folder.path(), 150);
    let (whole, killed) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut words = vec!["batch", word(folder.path()), "--jobs", "1", "--out"];
    words.push(word(killed.path()));
    let mut kills = 0;
    while kills < 3 {
        let before = parts(killed.path());
        let mut child = neckrom()
            .args(&words)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while parts(killed.path()) == before && child.try_wait().unwrap().is_none() {
            assert!(
                begun.elapsed() < Duration::from_mins(1),
                "no part was written"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            break;
        }
        assert!(!killed.path().join("recordings.parquet").exists());
        kills += 1;
    }
    assert!(kills > 0, "the first run ended before it could be killed");
    // What a kill leaves of a part, and a part that was cut off, cost nothing but time.
    std::fs::create_dir(killed.path().join(".parts/.new-abc")).unwrap();
    let part = killed.path().join(".parts/part-000001/movements.parquet");
    let half = std::fs::read(&part).unwrap();
    let ran = batch(&[folder.path()], killed.path(), &[]);
    assert!(kept(&ran) > 0 && ran.code == 0, "{ran:?}");
    assert_eq!(batch(&[folder.path()], whole.path(), &[]).code, 0);
    assert_same(whole.path(), killed.path());
    assert!(!killed.path().join(".parts/.new-abc").exists());

    std::fs::write(&part, &half[..half.len() / 2]).unwrap();
    let ran = batch(&[folder.path()], killed.path(), &[]);
    assert!(
        ran.code == 0 && kept(&ran) < 150 && ran.err.contains("damaged parts"),
        "{ran:?}"
    );
    assert_same(whole.path(), killed.path());
}

#[test]
fn only_what_changed_is_done_again() {
    let folder = TempDir::new().unwrap();
    let paths = archive(folder.path(), 10);
    std::fs::write(&paths[9], "time_s,q_w,q_x,q_y,q_z\n").unwrap();
    let out = TempDir::new().unwrap();
    let again = |words: &[&str]| kept(&batch(&[folder.path()], out.path(), words));
    assert_eq!(again(&[]), 0);
    let first = bytes(out.path());
    assert_eq!(again(&[]), 10);
    assert!(first == bytes(out.path()));
    // Touched: another time, the same bytes.
    let file = std::fs::File::options()
        .append(true)
        .open(&paths[0])
        .unwrap();
    file.set_modified(std::time::SystemTime::now() + Duration::from_secs(9))
        .unwrap();
    assert_eq!(again(&[]), 10);
    // Other bytes.
    std::fs::write(&paths[1], recording(17)).unwrap();
    assert_eq!(again(&[]), 9);
    assert!(first != bytes(out.path()));
    std::fs::write(&paths[1], recording(1)).unwrap();
    assert_eq!(again(&[]), 9);
    assert!(first == bytes(out.path()));
    // A sidecar that was not there.
    let sidecar = paths[2].with_extension("json");
    std::fs::write(&sidecar, r#"{"subject": "else"}"#).unwrap();
    assert_eq!(again(&[]), 9);
    std::fs::remove_file(&sidecar).unwrap();
    assert_eq!(again(&[]), 9);
    // Other settings, and back.
    assert_eq!(again(&["--practice", "1"]), 0);
    assert_eq!(again(&[]), 10);
    assert_eq!(again(&["--retry-failed"]), 9);
    assert!(first == bytes(out.path()));
    // Fewer recordings.
    let ran = batch(&[&paths[3], &paths[0]], out.path(), &[]);
    assert_eq!(kept(&ran), 2, "{ran:?}");
    assert_eq!(outcomes(out.path()).len(), 2);
}

#[test]
fn two_runs_do_not_write_into_one_folder() {
    let folder = TempDir::new().unwrap();
    archive(folder.path(), 1);
    let out = TempDir::new().unwrap();
    assert_eq!(batch(&[folder.path()], out.path(), &[]).code, 0);
    let lock = std::fs::File::open(out.path().join(".parts/lock")).unwrap();
    lock.lock().unwrap();
    let ran = batch(&[folder.path()], out.path(), &[]);
    assert!(
        ran.code == 2 && ran.err.contains("another run is writing into"),
        "{ran:?}"
    );
    drop(lock);
    assert_eq!(batch(&[folder.path()], out.path(), &[]).code, 0);
}
