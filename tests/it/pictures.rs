//! Two pictures, whole: what changes in them is looked at.

use crate::cli_outputs::COMPARED;
use crate::support::text;

#[test]
fn before_after() {
    let svg = text(&COMPARED.path().join("sub-01_before_after.svg"));
    insta::assert_snapshot!("before_after.svg", svg);
}

#[test]
fn rose() {
    let svg = text(&COMPARED.path().join("sub-01_rose.svg"));
    insta::assert_snapshot!("rose.svg", svg);
}
