//! What `--help` says, of the program and of every command.

use crate::support::{Ran, run};

const COMMANDS: [&str; 16] = [
    "inspect",
    "check",
    "analyze",
    "batch",
    "merge",
    "worker",
    "spark-job",
    "compare",
    "reliability",
    "simulate",
    "convert",
    "formats",
    "ports",
    "capture",
    "replay",
    "virtual-headband",
];

fn help(words: &[&str]) -> String {
    let Ran { code, out, err } = run(words);
    assert_eq!((code, err.as_str()), (0, ""), "{words:?}");
    assert!(
        out.lines().all(|line| line.chars().count() <= 100),
        "{words:?} is too wide:\n{out}"
    );
    out.replace("neckrom.exe", "neckrom")
}

#[test]
fn the_program_names_every_command() {
    let text = help(&["--help"]);
    for command in COMMANDS {
        assert!(text.contains(&format!("\n  {command} ")), "{command}");
    }
    let listed = text.lines().filter(|line| {
        let mut words = line.strip_prefix("  ").unwrap_or_default().split("  ");
        words.next().is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_alphabetic() || c == '-')
        })
    });
    assert_eq!(listed.count(), COMMANDS.len() + 1, "and help:\n{text}");
    insta::assert_snapshot!("help", text);
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in COMMANDS {
        let text = help(&[command, "--help"]);
        let example = text
            .split_once("Example")
            .unwrap_or_else(|| panic!("{command} has no example"))
            .1;
        assert!(
            example.contains(&format!("neckrom {command}")),
            "{command}: {example}"
        );
        insta::assert_snapshot!(format!("help_{command}"), text);
    }
}

#[test]
fn the_version_is_the_package_s() {
    let ran = run(&["--version"]);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!((ran.code, ran.out), (0, format!("neckrom {version}\n")));
}

#[test]
fn without_a_command_help_goes_to_stderr() {
    let ran = run::<&str>(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("Usage: neckrom"), "{}", ran.err);
}

#[test]
fn an_unknown_option_is_named() {
    let ran = run(&["analyze", "a.csv", "--mountt", "+x,+z"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("--mountt") && ran.err.contains("'--mount'"),
        "{}",
        ran.err
    );
}
