//! Hostile schemas cost no more than their length: no overflow, no doubling.

use serde_json::{json, Map, Value};

use super::{write_faithful, Names};
use crate::error::SchemaProblem;

fn written(schema: &Value) -> Result<String, SchemaProblem> {
    let mut out = String::new();
    let aliases =
        write_faithful(schema, &mut Names::default(), &mut out).map_err(|error| error.problem)?;
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

/// A large text that many references lead to is written once.
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

/// Many definitions of one name in one namespace, as tools generated from one program have them.
#[test]
fn names_are_looked_up_a_fixed_number_of_times_each() {
    const DEFINITIONS: usize = 1000;
    let pointers = (0..DEFINITIONS).map(|number| format!("d{number}/Node"));
    let mut definitions = Map::new();
    let mut properties = Map::new();
    for pointer in pointers {
        let reference = json!({"$ref": format!("#/$defs/{pointer}")});
        let (group, _) = pointer.split_once('/').expect("the pointer has a slash");
        let node = json!({"Node": {"type": "object", "properties": {"next": reference.clone()}}});
        definitions.insert(group.to_owned(), node);
        properties.insert(group.to_owned(), reference);
    }
    let schema = json!({"type": "object", "properties": properties, "$defs": definitions});
    let mut names = Names::default();
    let aliases = write_faithful(&schema, &mut names, &mut String::new()).unwrap();
    assert_eq!(aliases.len(), DEFINITIONS);
    assert!(names.contains(&format!("Node{DEFINITIONS}")));
    // Its stem and one number for each; counting from 2 each time would be half a million.
    assert!(names.lookups <= 2 * DEFINITIONS, "{}", names.lookups);
}
