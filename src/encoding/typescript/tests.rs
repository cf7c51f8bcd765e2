//! The case files of `test-data/typescript`.

use std::path::Path;
use std::{fs, panic};

use serde_json::Value;

use super::write_compatible;

/// Every case of one file; a failure names the case.
fn for_each_case(file: &str, check: impl Fn(&Value) + panic::RefUnwindSafe) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("test-data/typescript")
        .join(file);
    let text = fs::read_to_string(&path).expect("the case file is part of the repository");
    let file: Value = serde_json::from_str(&text).expect("a case file is JSON");
    let cases = file["cases"]
        .as_array()
        .expect("a case file has a list of cases");
    assert!(!cases.is_empty());
    for case in cases {
        let outcome = panic::catch_unwind(|| check(case));
        assert!(
            outcome.is_ok(),
            "case {} of {}",
            case["name"],
            path.display()
        );
    }
}

#[test]
fn compatible_cases() {
    for_each_case("compatible.json", |case| {
        let mut out = String::new();
        write_compatible(&case["schema"], &mut out);
        assert_eq!(out, case["text"]);
    });
}
