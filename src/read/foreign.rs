//! Files that are often given and hold no motion sensor's samples: what they are, and what to give instead.

use super::error::ReadError;
use super::header::{is_blank, split_lines};

/// A kind of file: how it shows, what it is, and what to do.
struct Kind {
    is: fn(&[u8]) -> bool,
    what: &'static str,
    todo: &'static str,
}

const CAMERAS: &str = "it may serve to compare with; give the recording of the sensors themselves";
const EXPORT: &str = "save its table as CSV and give that";

const KINDS: [Kind; 8] = [
    Kind {
        is: is_nexus,
        what: "a Vicon Nexus table: what cameras saw of markers, or joint angles made of it, without \
               a motion sensor",
        todo: CAMERAS,
    },
    Kind {
        is: |bytes| bytes.starts_with(b"Format Version,") && has(bytes, b"Take Name"),
        what: "an OptiTrack Motive table: what cameras saw of markers, without a motion sensor",
        todo: CAMERAS,
    },
    Kind {
        is: |bytes| bytes.starts_with(b"PathFileType\t"),
        what: "a TRC file: what cameras saw of markers, without a motion sensor",
        todo: CAMERAS,
    },
    Kind {
        is: is_c3d,
        what: "a C3D file of motion capture, which is not read",
        todo: "export the sensors' channels as CSV and give that",
    },
    Kind {
        is: |bytes| bytes.starts_with(b"MATLAB 5.0 MAT-file"),
        what: "a MATLAB file",
        todo: EXPORT,
    },
    Kind {
        is: |bytes| bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        what: "a spreadsheet or document of Microsoft Office",
        todo: EXPORT,
    },
    Kind {
        is: |bytes| bytes.starts_with(b"SQLite format 3\0"),
        what: "a database",
        todo: "export the recording as CSV from the program that made it and give that",
    },
    Kind {
        is: |bytes| bytes.starts_with(b"%PDF-"),
        what: "a PDF document",
        todo: "give the recording itself",
    },
];

/// Why a file of one of the kinds is refused; `None` for any other.
pub(super) fn refusal(bytes: &[u8]) -> Option<ReadError> {
    let kind = KINDS.iter().find(|kind| (kind.is)(bytes))?;
    Some(ReadError::Foreign {
        what: kind.what,
        todo: kind.todo,
    })
}

/// A spreadsheet is a ZIP archive in which there is such a file.
pub(super) fn spreadsheet(paths: &[String]) -> Option<ReadError> {
    let inside = paths.iter().any(|path| path.starts_with("xl/"));
    inside.then_some(ReadError::Foreign {
        what: "a spreadsheet",
        todo: EXPORT,
    })
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

/// A section's title, and `Frame,Sub Frame` among the next lines.
fn is_nexus(bytes: &[u8]) -> bool {
    const TITLES: [&[u8]; 6] = [
        b"Model Outputs",
        b"Trajectories",
        b"Devices",
        b"Joints",
        b"Segments",
        b"Events",
    ];
    let mut lines = split_lines(bytes).take(50);
    let title = lines.find(|line| !is_blank(line)).unwrap_or_default();
    let end = |byte: &u8| b",;\t".contains(byte);
    let title = title.split(end).next().unwrap_or_default().trim_ascii();
    let title = title.strip_prefix(b"\"").unwrap_or(title);
    let title = title.strip_suffix(b"\"").unwrap_or(title);
    TITLES.contains(&title) && lines.any(|line| has(line, b"Sub Frame"))
}

/// The number of the block of parameters, a mark, and the rest of the first block of 512 bytes.
fn is_c3d(bytes: &[u8]) -> bool {
    matches!(bytes, [1..=20, 0x50, ..]) && bytes.len() >= 512 && bytes.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::detect;

    #[test]
    fn what_cameras_saw_is_named() {
        let angles = "\u{feff}Model Outputs\r\n100\r\n,,Sub1:LNeckAngles,,\r\n\
            Frame,Sub Frame,X,Y,Z\r\n,,deg,deg,deg\r\n1,0,1,2,3\r\n";
        let markers = "Trajectories,,,,\n100,,,,\n,,Sub1:LFHD,,\nFrame,Sub Frame,X,Y,Z\n";
        for text in [angles, markers] {
            let error = detect(text.as_bytes()).unwrap_err().to_string();
            assert!(
                error.contains("Vicon Nexus") && error.contains("give"),
                "{error}"
            );
        }
        let other = "Devices\n1\nname,type\n";
        let error = detect(other.as_bytes()).unwrap_err();
        assert!(matches!(error, ReadError::Unrecognised { .. }), "{error}");
    }

    #[test]
    fn files_of_other_programs_are_named() {
        let c3d = [&[2, 0x50][..], &[0; 600]].concat();
        for (bytes, what) in [
            (c3d.as_slice(), "C3D"),
            (b"PathFileType\t4\t(X/Y/Z)\ta.trc\n", "TRC"),
            (b"Format Version,1.23,Take Name,a\n", "OptiTrack"),
            (b"MATLAB 5.0 MAT-file, Platform", "MATLAB"),
            (b"%PDF-1.7\n", "PDF"),
        ] {
            let error = refusal(bytes).unwrap().to_string();
            assert!(error.contains(what), "{error}");
        }
        assert!(refusal(b"a,b\n").is_none());
        assert!(spreadsheet(&["xl/workbook.xml".to_owned()]).is_some());
        assert!(spreadsheet(&["Headphone.csv".to_owned()]).is_none());
    }
}
