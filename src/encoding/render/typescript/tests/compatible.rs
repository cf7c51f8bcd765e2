//! What the case files of the compatible form leave open.

use serde_json::{json, Value};

use super::super::json::MAX_DEPTH;
use super::write_compatible;

fn written(schema: &Value) -> String {
    let mut out = String::new();
    write_compatible(schema, &mut out);
    out
}

fn nested(levels: usize, wrap: impl Fn(Value) -> Value) -> Value {
    (0..levels).fold(json!({"type": "string"}), |inner, _| wrap(inner))
}

#[test]
fn what_is_no_schema_is_any() {
    for schema in [
        json!(null),
        json!(true),
        json!(5),
        json!("text"),
        json!([]),
        json!({"type": 5}),
    ] {
        assert_eq!(written(&schema), "any", "{schema}");
    }
}

#[test]
fn text_before_the_type_is_kept_and_not_searched_for_null() {
    let mut out = String::from("null ");
    let schema = json!({"oneOf": [{"type": "string", "nullable": true}]});
    write_compatible(&schema, &mut out);
    assert_eq!(out, "null \n | string | null");
}

#[test]
fn a_null_anywhere_inside_stands_for_nullable() {
    let schema = json!({"type": "object", "properties": {"inner": {
        "type": "object", "nullable": true, "properties": {"not_null": {"type": "string"}},
    }}});
    assert_eq!(
        written(&schema),
        "{\ninner?: {\n    not_null?: string,\n    },\n}"
    );
}

#[test]
fn the_deepest_level_is_any() {
    let arrays = |levels| nested(levels, |items| json!({"type": "array", "items": items}));
    let brackets = "[]".repeat(MAX_DEPTH - 1);
    assert_eq!(written(&arrays(MAX_DEPTH - 1)), format!("string{brackets}"));
    assert_eq!(written(&arrays(MAX_DEPTH)), format!("any{brackets}[]"));
}

/// A test thread has a stack of 2 MiB.
#[test]
fn depth_does_not_overflow_the_stack() {
    let templates = [
        json!({"type": "object", "properties": {"p": null}}),
        json!({"type": "object", "properties": {"p": {"oneOf": [null]}}}),
        json!({"oneOf": [null]}),
        json!({"type": "string", "default": [null], "nullable": true}),
    ];
    let paths = [
        "/properties/p",
        "/properties/p/oneOf/0",
        "/oneOf/0",
        "/default/0",
    ];
    for (template, path) in templates.iter().zip(paths) {
        let schema = nested(300, |inner| {
            let mut outer = template.clone();
            *outer
                .pointer_mut(path)
                .expect("the path is in the template") = inner;
            outer
        });
        assert!(!written(&schema).is_empty());
    }
}
