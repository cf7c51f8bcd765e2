//! Schemas and tools that a request may send, however hostile: no doubling, and no work for each pair. The sizes are such that the
//! quadratic ways took minutes or tens of gigabytes.

use openai_harmony::grammar::{
    GrammarError, OutputGrammar, SchemaFault, Tool, ToolChoice, Unsupported,
};
use serde_json::{json, Map, Value};

use super::request::encode;

/// The grammar of a call with these arguments.
fn grammar(parameters: Value) -> Result<OutputGrammar, GrammarError> {
    OutputGrammar::builder()
        .tool(Tool::function("f", Some(parameters)))
        .tool_choice(ToolChoice::Required)
        .build()
}

/// Whether `check` takes a call with these arguments.
fn takes(grammar: &OutputGrammar, arguments: &str) -> bool {
    let call = format!("<|channel|>commentary to=functions.f<|message|>{arguments}<|call|>");
    let checked = grammar.check(&encode(&call)).expect("check has rules");
    checked.is_ok()
}

fn fault(error: GrammarError) -> SchemaFault {
    match error {
        GrammarError::Schema { problem, .. } => problem,
        other => panic!("not about a schema: {other}"),
    }
}

/// `levels` objects in each other: `p` in each, and what `more` adds.
fn nested(levels: usize, more: impl Fn(&mut Map<String, Value>, Value)) -> Value {
    (0..levels).fold(json!({"type": "string"}), |inner, _| {
        let mut outer = Map::new();
        more(&mut outer, inner);
        Value::Object(outer)
    })
}

/// Compiled once for each name, the schemas inside would be compiled 2^60 times.
#[test]
fn a_type_that_is_named_twice_is_compiled_once() {
    let schema = nested(60, |outer, inner| {
        outer.insert("type".into(), json!(["object", "object"]));
        outer.insert("properties".into(), json!({"p": inner}));
    });
    let grammar = grammar(schema).unwrap();
    assert!(takes(&grammar, r#"{"p":{"p":{}}}"#));
    assert!(!takes(&grammar, r#"{"p":1}"#));
}

/// Each level gives a copy of the level below to the property that it requires: 2^60 copies at the bottom.
#[test]
fn copies_for_required_properties_are_limited() {
    let require = |outer: &mut Map<String, Value>, inner: Value| {
        outer.insert("type".into(), "object".into());
        outer.insert("required".into(), json!(["p"]));
        outer.insert("additionalProperties".into(), inner);
    };
    let error = grammar(nested(60, require)).unwrap_err();
    assert_eq!(fault(error), SchemaFault::TooLarge { limit: 10_000 });
    // Side by side: 5,000 copies of 5,000 values.
    let names: Vec<String> = (0..5_000).map(|number| format!("p{number}")).collect();
    let schema =
        json!({"type": "object", "required": names, "additionalProperties": {"enum": names}});
    let error = grammar(schema).unwrap_err();
    assert_eq!(fault(error), SchemaFault::TooLarge { limit: 10_000 });
    // What is meant by it is still enforced.
    let grammar = grammar(nested(3, require)).unwrap();
    assert!(takes(&grammar, r#"{"p":{"p":{"p":""}}}"#));
    assert!(!takes(&grammar, r#"{"p":{"p":{}}}"#));
}

/// A pointer to each of the schemas in a property of that name would be 20 GB.
#[test]
fn a_long_name_is_not_repeated_for_each_schema_in_it() {
    let long = "k".repeat(1_000_000);
    let inside: Map<String, Value> = (0..20_000)
        .map(|number| (format!("p{number}"), json!({"$ref": "#/$defs/a"})))
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": {&long: {"type": "object", "properties": inside}},
        "$defs": {"a": {"type": "string"}},
    });
    assert!(takes(&grammar(schema.clone()).unwrap(), "{}"));

    // An error names the place all the same, and shortens the name.
    let pointer = format!("/properties/{long}/properties/p7");
    *schema.pointer_mut(&pointer).unwrap() = json!({"$ref": "#/nowhere"});
    let error = grammar(schema.clone()).unwrap_err();
    let shown = error.pointer().unwrap();
    assert!(shown.starts_with("/properties/kkk"), "{shown}");
    assert!(shown.ends_with("k…/properties/p7/$ref"), "{shown}");

    // So do the keywords that are left out, of which there may be any number.
    let inside: Map<String, Value> = (0..20_000)
        .map(|number| {
            (
                format!("p{number}"),
                json!({"type": "string", "pattern": "a"}),
            )
        })
        .collect();
    schema["properties"][&long]["properties"] = inside.into();
    let grammar = OutputGrammar::builder()
        .tool(Tool::function("f", Some(schema)))
        .unsupported(Unsupported::Relax)
        .build()
        .unwrap();
    let relaxed = grammar.relaxed().unwrap();
    assert_eq!(relaxed.len(), 20_000);
    assert!(relaxed
        .iter()
        .all(|relaxed| relaxed.reason.pointer().unwrap().len() < 300));
}

/// Each definition needs the next one, and the next one is now far before it and now far after it: looking at all rules in order,
/// forwards and backwards in turn, found one or two of them each time.
#[test]
fn definitions_in_any_order_are_looked_at_once() {
    const COUNT: usize = 30_000;
    let order = |place: usize| match place % 2 {
        0 => place / 2,
        _ => COUNT - 1 - place / 2,
    };
    let definition = |place: usize| match place + 1 {
        COUNT => json!({"type": "string"}),
        next => json!({
            "type": "object",
            "properties": {"n": {"$ref": format!("#/$defs/d{}", order(next))}},
            "required": ["n"],
            "additionalProperties": false,
        }),
    };
    let mut definitions: Vec<(usize, Value)> = (0..COUNT)
        .map(|place| (order(place), definition(place)))
        .collect();
    definitions.sort_by_key(|(number, _)| *number);
    let references: Map<String, Value> = (0..COUNT)
        .map(|number| {
            (
                format!("p{number}"),
                json!({"$ref": format!("#/$defs/d{number}")}),
            )
        })
        .collect();
    let required: Vec<&String> = references.keys().collect();
    let names = definitions.into_iter();
    let schema = json!({
        "type": "object",
        "required": required,
        "properties": references,
        "$defs": names.map(|(number, schema)| (format!("d{number}"), schema)).collect::<Map<_, _>>(),
    });
    assert!(!takes(&grammar(schema).unwrap(), "{}"));
}

/// All alternatives are read beside each other until they differ: for each item, as many calls as there are, and as many ways back.
#[test]
fn alternatives_are_not_compared_with_each_other() {
    const COUNT: usize = 20_000;
    let definitions: Map<String, Value> = (0..COUNT)
        .map(|number| (format!("d{number}"), json!({"const": number})))
        .collect();
    let references: Vec<Value> = (0..COUNT)
        .map(|number| json!({"$ref": format!("#/$defs/d{number}")}))
        .collect();
    let schema = json!({
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"anyOf": references}}},
        "$defs": definitions,
    });
    let grammar = grammar(schema).unwrap();
    assert!(takes(&grammar, r#"{"a":[1,20,300,4000,19999,0,1,2,3,4]}"#));
    assert!(!takes(&grammar, r#"{"a":[1,20000]}"#));
}

/// An enum may have a class for each character of Unicode.
#[test]
fn classes_are_numbered_without_a_search() {
    let characters: Vec<String> = ('\u{4E00}'..='\u{2FA1D}').map(String::from).collect();
    let schema = json!({"type": "object", "properties": {"a": {"enum": characters}}});
    let grammar = grammar(schema).unwrap();
    assert!(takes(&grammar, r#"{"a":"語"}"#));
    assert!(!takes(&grammar, r#"{"a":"é"}"#));
}

/// After `to=functions.` the states of all tools are one set; and a choice of all of them names each.
#[test]
fn tools_are_not_compared_with_each_other() {
    const COUNT: usize = 30_000;
    let names: Vec<String> = (0..COUNT).map(|number| format!("tool_{number}")).collect();
    let tools = names.iter().map(|name| Tool::function(name, None));
    let builder = OutputGrammar::builder()
        .tools(tools)
        .tool_choice(ToolChoice::Allowed {
            tools: names.clone(),
            required: true,
        });
    let grammar = builder.build().unwrap();
    let call = "<|channel|>commentary to=functions.tool_29999<|message|>x<|call|>";
    assert!(grammar.check(&encode(call)).unwrap().is_ok());
}

/// As many required names as properties.
#[test]
fn required_names_are_looked_up() {
    let names: Vec<String> = (0..60_000).map(|number| format!("{number:08}")).collect();
    let properties: Map<String, Value> = names
        .iter()
        .map(|name| (name.clone(), json!({"type": "null"})))
        .collect();
    let schema = json!({
        "type": "object", "properties": properties, "required": names, "additionalProperties": false,
    });
    assert!(!takes(&grammar(schema).unwrap(), "{}"));
}
