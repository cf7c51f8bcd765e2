//! The case files of `test-data/typescript`.

mod agreement;
mod compatible;
mod compiler;
mod limits;

use std::fs;
use std::path::Path;

use serde_json::{json, Value};

use super::{write_compatible, write_faithful, Names};

const FAITHFUL_FILES: [&str; 7] = [
    "unions",
    "arrays",
    "references",
    "objects",
    "values",
    "comments",
    "errors",
];

fn cases(file: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-data/typescript");
    let text = fs::read_to_string(folder.join(format!("{file}.json"))).expect("a case file");
    let file: Value = serde_json::from_str(&text).expect("a case file is JSON");
    file["cases"]
        .as_array()
        .expect("a case file has cases")
        .clone()
}

/// The outcome of a faithful case in the shape of its file.
fn faithful_outcome(case: &Value) -> Value {
    let taken = case["taken"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let mut taken: Names = taken.map(str::to_owned).collect();
    let mut text = String::new();
    match write_faithful(&case["schema"], &mut taken, &mut text) {
        Ok(aliases) => {
            assert!(aliases.iter().all(|alias| taken.contains(&alias.name)));
            let aliases: Vec<String> = aliases.iter().map(ToString::to_string).collect();
            json!({"text": text, "aliases": aliases})
        }
        Err(error) => json!({"error": {"path": error.path, "message": error.to_string()}}),
    }
}

#[test]
fn compatible_cases() {
    for case in cases("compatible") {
        let mut out = String::new();
        write_compatible(&case["schema"], &mut out);
        assert_eq!(out, case["text"], "{}", case["name"]);
    }
}

#[test]
fn faithful_cases() {
    for file in FAITHFUL_FILES {
        for case in cases(file) {
            let wanted = match case.get("error") {
                Some(error) => json!({"error": error}),
                None => json!({
                    "text": case["text"],
                    "aliases": case.get("aliases").cloned().unwrap_or(json!([])),
                }),
            };
            let got = faithful_outcome(&case);
            assert_eq!(
                got,
                wanted,
                "{file}: {}\n{}",
                case["name"],
                got["text"].as_str().unwrap_or("")
            );
        }
    }
}

/// Models know the form of 0.0.8: where it is right, nothing differs.
#[test]
fn faithful_is_compatible_where_that_is_right() {
    let alike = cases("compatible")
        .into_iter()
        .filter(|case| case["faithful_too"] == true);
    let mut count = 0;
    for case in alike {
        let wanted = json!({"text": case["text"], "aliases": []});
        assert_eq!(faithful_outcome(&case), wanted, "{}", case["name"]);
        count += 1;
    }
    assert!(count >= 10);
}

#[test]
fn an_error_leaves_everything_unchanged() {
    let schema = json!({
        "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"type": 5}},
        "$defs": {"A": {"properties": {"a": {"$ref": "#/$defs/A"}}}},
    });
    let (mut taken, mut out) = (Names::default(), String::from("before"));
    assert!(write_faithful(&schema, &mut taken, &mut out).is_err());
    assert_eq!((taken.lookups, out.as_str()), (0, "before"));
}
