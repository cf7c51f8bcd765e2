//! Where 0.0.8 is right, the faithful form is the compatible one, letter for letter.

use proptest::prelude::*;
use serde_json::{json, Map, Value};

use super::{write_compatible, write_faithful, Names};

proptest! {
    #[test]
    fn both_forms_write_plain_schemas_alike(schema in object(property(2))) {
        let (mut compatible, mut faithful) = (String::new(), String::new());
        write_compatible(&schema, &mut compatible);
        let aliases = write_faithful(&schema, &mut Names::default(), &mut faithful);
        prop_assert_eq!(aliases, Ok(vec![]));
        prop_assert_eq!(faithful, compatible);
    }
}

/// What 0.0.8 writes well: one-line remarks, string enums, nullable scalars, arrays without unions,
/// objects without a description of their own, variants of a `oneOf`.
fn property(levels: u32) -> BoxedStrategy<Value> {
    let word = || "[a-m]{1,5}( [a-m]{1,5})?";
    let plain = prop::sample::select(vec!["string", "number", "integer", "boolean"])
        .prop_map(|name| json!({"type": name}));
    let choice = prop::collection::vec(word(), 1..4)
        .prop_map(|words| json!({"type": "string", "default": words[0], "enum": words}));
    let variant =
        (plain.clone(), word()).prop_map(|(schema, text)| with(schema, "description", json!(text)));
    let variants =
        prop::collection::vec(variant, 1..4).prop_map(|variants| json!({"oneOf": variants}));
    let mut items = plain.clone().boxed();
    let mut inner = items.clone();
    if levels > 0 {
        inner = object(property(levels - 1)).boxed();
        items = prop_oneof![items, inner.clone()].boxed();
    }
    let list = (items, 1..3).prop_map(|(items, times)| {
        (0..times).fold(items, |items, _| json!({"type": "array", "items": items}))
    });
    let nullable = (prop_oneof![plain, choice], any::<bool>())
        .prop_map(|(schema, flag)| with(schema, "nullable", json!(flag)));
    let remark = || prop::option::of(word());
    let described = (prop_oneof![nullable, list], remark(), remark()).prop_map(
        |(schema, title, description)| {
            with(
                with(schema, "title", json!(title)),
                "description",
                json!(description),
            )
        },
    );
    prop_oneof![4 => described, 1 => inner, 1 => variants].boxed()
}

fn object(property: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    prop::collection::vec(("[a-m_]{1,6}", property, any::<bool>()), 0..4).prop_map(|listed| {
        let required: Vec<String> = listed
            .iter()
            .filter(|(_, _, flag)| *flag)
            .map(|(name, ..)| name.clone())
            .collect();
        let properties: Map<String, Value> = listed
            .into_iter()
            .map(|(name, schema, _)| (name, schema))
            .collect();
        json!({"type": "object", "properties": properties, "required": required})
    })
}

/// `schema` with a keyword; `null` means none.
fn with(mut schema: Value, key: &str, value: Value) -> Value {
    if !value.is_null() {
        schema[key] = value;
    }
    schema
}
