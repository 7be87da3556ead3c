//! All subjects together, of recordings and of tables of results.

use std::path::Path;

use crate::batch_support::{batch, write_flexion, write_movements};
use crate::support::{run, text, word};

#[test]
fn a_table_of_many_subjects_is_compared_as_a_group() {
    let folder = tempfile::tempdir().unwrap();
    let (table, out) = (
        folder.path().join("movements.parquet"),
        folder.path().join("out"),
    );
    let values = [
        [40.0, 41.0, 1.0, 42.0],
        [50.0, 1.0, 1.0, 62.0],
        [45.0, 1.0, 1.0, 61.0],
    ];
    write_flexion(&table, &values);
    for path in [table.as_path(), folder.path()] {
        let words = ["compare", word(path), "--json", "--out", word(&out)];
        let ran = run(&words);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.out, text(&out.join("comparison.json")));
        let report = ran.json();
        let group = &report["group"];
        assert_eq!(
            (&group["subjects"], &group["followed"]),
            (&3.into(), &3.into())
        );
        let flexion = &group["measures"][0];
        // Changes 2, 12 and 16: mean 10, SD 7.211, t of two degrees of freedom 4.3027.
        let mean = flexion["change_deg"]["mean"].as_f64().unwrap();
        assert!((mean - 10.0).abs() < 1e-9, "{mean}");
        let low = flexion["change_deg"]["low"].as_f64().unwrap();
        assert!((low + 7.9137).abs() < 1e-3, "{low}");
        for word in [
            "within_measurement_error",
            "possible_change",
            "probable_change",
        ] {
            assert_eq!(flexion[word], 1, "{word}");
        }
    }
    let page = text(&out.join("report.html"));
    for part in [
        "3 subjects",
        "<td class=\"number\">+10.0°</td><td class=\"number\">−7.9° to +27.9°</td>",
        "<td class=\"number\">1 (33 %)</td>",
        "<td class=\"number\">+12.0°*</td>",
        "<td class=\"number\">+16.0°**</td>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    // Three later visits of three subjects, each against the first.
    assert_eq!(text(&out.join("changes.csv")).lines().count(), 1 + 9);
    assert!(out.join("group.png").is_file() && out.join("group.svg").is_file());
}

/// What was measured cannot be measured otherwise.
#[test]
fn options_of_measuring_are_refused_with_tables() {
    let folder = tempfile::tempdir().unwrap();
    write_flexion(&folder.path().join("movements.parquet"), &[[40.0; 4]; 2]);
    let refused = |words: &[&str], part: &str| {
        let ran = run(&[&["compare", word(folder.path())], words].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        assert!(ran.err.contains(part), "{}", ran.err);
    };
    refused(&["--reference", "Niewiadomski 2019, adults"], "--reference");
    refused(&["--mount", "+x,+z"], "--mount is for recordings");
    let several = [
        "--keep-drift",
        "--practice=0",
        "--pose",
        "looking-down=1..2",
    ];
    let more = [
        "--pose",
        "looking-down=3..4",
        "--subject",
        "1",
        "--rate",
        "50",
    ];
    let words = [several.as_slice(), &more].concat();
    for name in [
        "--practice",
        "--pose",
        "--subject",
        "--rate",
        "--keep-drift",
    ] {
        refused(&words, name);
    }
    refused(&words, "give it to `neckrom batch`");
    let ran = run(&["compare", word(folder.path())]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// The means of a table are of the same repetitions.
#[test]
fn recordings_and_their_table_are_the_same_group() {
    let folder = tempfile::tempdir().unwrap();
    let subjects = ["sample_data/sub-01", "sample_data/sub-02"];
    let ran = batch(&subjects.map(Path::new), folder.path(), &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let of_table = run(&["compare", word(folder.path()), "--json"]).json();
    let out = folder.path().join("out");
    let words = [&["compare", "--json", "--out", word(&out)], &subjects[..]];
    let of_recordings = run(&words.concat()).json();
    assert_eq!(of_recordings["group"]["subjects"], 2);
    assert_eq!(of_recordings["subjects"].as_array().unwrap().len(), 2);
    let [one, other] = [&of_table, &of_recordings].map(|report| &report["group"]["measures"]);
    let measures = one.as_array().unwrap().iter();
    for (a, b) in measures.zip(other.as_array().unwrap()) {
        for value in ["first_deg", "last_deg", "change_deg"] {
            for of in ["mean", "sd", "low", "high"] {
                let [x, y] = [a, b].map(|one| one[value][of].as_f64().unwrap());
                assert!((x - y).abs() < 1e-9, "{value} {of}: {x} and {y}");
            }
        }
        assert_eq!((&a["measure"], &a["n"]), (&b["measure"], &b["n"]));
        assert_eq!(a["possible_change"], b["possible_change"]);
    }
    let page = text(&out.join("report.html"));
    assert_eq!(
        page.matches("<h1>").count(),
        3,
        "the group and two subjects"
    );
    let picture = text(&out.join("group.svg"));
    assert!(picture.contains("Simulated data.") && page.contains(&picture));
}

/// With `NECKROM_PICTURES` set to a folder, the pictures are written there, to be looked at.
#[test]
fn pictures_are_drawn_of_few_and_of_many() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("movements.parquet");
    let asked = std::env::var_os("NECKROM_PICTURES").map(std::path::PathBuf::from);
    let root = asked.unwrap_or_else(|| folder.path().to_owned());
    for count in [3, 30, 300] {
        let value = |subject: usize, visit: usize| {
            let noise = (subject * 7919 + visit * 104_729) % 997;
            40.0 + (subject * 31 % 23) as f64 + noise as f64 / 60.0
        };
        let row = |subject| [0, 1, 2, 3].map(|visit| value(subject, visit));
        write_movements(&table, &(0..count).map(row).collect::<Vec<_>>());
        let out = root.join(format!("group-{count}"));
        let to = ["--out", out.to_str().unwrap()];
        let at = table.to_str().unwrap();
        let retest = ["reliability", at, "--retest", "1,2,3,4"];
        for words in [&["compare", at][..], &retest] {
            assert_eq!(run(&[words, &to].concat()).code, 0);
        }
        assert!(out.join("group.svg").is_file() && out.join("agreement.svg").is_file());
    }
}
