//! The promises that the fuzz targets check, held to the inputs in `fuzz/corpus`, where no fuzzer is at hand.

use crate::promises;
use std::fs;
use std::path::Path;

fn hold(target: &str, promise: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no inputs in {}", folder.display());
    for path in paths {
        println!("{}", path.display()); // shown if the promise breaks
        promise(&fs::read(&path).unwrap());
    }
}

#[test]
fn lenient() {
    hold("lenient", promises::lenient);
}

#[test]
fn text() {
    hold("text", promises::text);
}

#[test]
fn restored() {
    hold("restored", promises::restored::restored);
}

#[test]
fn tokenizer() {
    hold("tokenizer", promises::tokenizer);
}

#[test]
fn schema() {
    hold("schema", promises::schema);
}
