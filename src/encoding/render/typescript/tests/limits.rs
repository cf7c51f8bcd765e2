//! Hostile schemas cost no more than their length: no overflow, no doubling.

use std::collections::HashSet;

use serde_json::{json, Map, Value};

use super::write_faithful;
use crate::error::SchemaProblem;

fn written(schema: &Value) -> Result<String, SchemaProblem> {
    let mut out = String::new();
    let aliases =
        write_faithful(schema, &mut HashSet::new(), &mut out).map_err(|error| error.problem)?;
    Ok(aliases
        .iter()
        .map(ToString::to_string)
        .chain([out])
        .collect())
}

/// `levels` copies of `template` in each other, at `path`.
fn nested(levels: usize, template: &Value, path: &str) -> Value {
    (0..levels).fold(
        json!({"type": "string", "description": "deep"}),
        |inner, _| {
            let mut outer = template.clone();
            *outer
                .pointer_mut(path)
                .expect("the path is in the template") = inner;
            outer
        },
    )
}

/// A test thread has a stack of 2 MiB.
#[test]
fn depth_is_an_error_beyond_64_levels() {
    let templates = [
        (
            json!({"type": "object", "properties": {"p": null}, "description": "d"}),
            "/properties/p",
        ),
        (json!({"type": "array", "items": null}), "/items"),
        (
            json!({"prefixItems": [null], "nullable": true}),
            "/prefixItems/0",
        ),
        (
            json!({"additionalProperties": null}),
            "/additionalProperties",
        ),
        (json!({"anyOf": [null, {"type": "object"}]}), "/anyOf/0"),
        (json!({"oneOf": [{"type": "object"}, null]}), "/oneOf/1"),
        (json!({"allOf": [null, {"type": "object"}]}), "/allOf/0"),
    ];
    for (template, path) in &templates {
        assert!(written(&nested(63, template, path)).is_ok(), "{path}");
        let too_deep = Err(SchemaProblem::TooDeep { limit: 64 });
        assert_eq!(written(&nested(64, template, path)), too_deep, "{path}");
        assert_eq!(written(&nested(300, template, path)), too_deep, "{path}");
    }
}

/// Each level would be read twice for its two types: 2^60 times at the bottom.
#[test]
fn repeated_types_do_not_double() {
    let template = json!({"type": ["object", "object"], "properties": {"p": null}});
    let text = written(&nested(60, &template, "/properties/p")).expect("a schema");
    assert_eq!(text.matches("deep").count(), 1);
}

/// A chain of definitions may be longer than a stack is deep.
#[test]
fn long_chains_of_definitions_are_cut_by_names() {
    let chain = |last: Value, wrap: fn(Value) -> Value| {
        let link = |number| wrap(json!({"$ref": format!("#/$defs/D{number}")}));
        let mut definitions: Map<String, Value> = (0..5_000)
            .map(|number| (format!("D{number}"), link(number + 1)))
            .collect();
        definitions.insert("D5000".to_owned(), last);
        json!({"$ref": "#/$defs/D0", "$defs": definitions})
    };
    let object = |schema| json!({"type": "object", "properties": {"p": schema}});
    let text = written(&chain(json!({"type": "string"}), object)).expect("a schema");
    assert!(text.len() < 500_000, "{} characters", text.len());
    let first = || json!({"$ref": "#/$defs/D0"});
    let text = written(&chain(object(first()), object)).expect("a schema");
    assert!(text.ends_with("D0"));
    let endless = SchemaProblem::Endless {
        reference: "#/$defs/D0".to_owned(),
    };
    assert_eq!(written(&chain(first(), |schema| schema)), Err(endless));
}

/// Each definition uses the one below it twice: written in place that would be 2^100 characters.
#[test]
fn definitions_do_not_double() {
    let mut definitions = Map::new();
    definitions.insert("D0".to_owned(), json!({"type": "string"}));
    for level in 1..100 {
        let below = json!({"$ref": format!("#/$defs/D{}", level - 1)});
        let schema = json!({"type": "object", "properties": {"a": below, "b": below}});
        definitions.insert(format!("D{level}"), schema);
    }
    let text = written(&json!({"$ref": "#/$defs/D99", "$defs": definitions})).expect("a schema");
    assert!(text.len() < 20_000, "{} characters", text.len());
    assert!(
        text.contains("D99") || text.starts_with("type D"),
        "{}",
        &text[..200]
    );
}

/// A large text behind many references is written once.
#[test]
fn a_large_definition_is_not_repeated() {
    let values: Vec<String> = (0..1_000).map(|number| format!("value {number}")).collect();
    let properties: Map<String, Value> = (0..1_000)
        .map(|number| (format!("p{number}"), json!({"$ref": "#/$defs/Choice"})))
        .collect();
    let schema = json!({
        "type": "object", "properties": properties, "$defs": {"Choice": {"enum": values}},
    });
    let text = written(&schema).expect("a schema");
    assert_eq!(text.matches("value 999").count(), 1);
    assert!(text.len() < 40_000, "{} characters", text.len());
}
