# Lists the recipes.
default:
    @just --list

# What has to pass before a change lands.
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    cargo test
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# Takes over changed snapshots, to be looked at in the diff.
bless:
    INSTA_UPDATE=always cargo test

# Time of each stage.
bench *NAME:
    cargo bench --bench stages -- {{NAME}}

# How right the numbers are: 200 simulated subjects.
accuracy:
    cargo bench --bench accuracy
