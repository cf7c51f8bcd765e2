//! Data sets: what rows have in common is rendered once and copied, and nobody can tell.

use openai_harmony::data::{prepare, Column, Recipe, Source, Table};
use openai_harmony::{load_harmony_encoding, HarmonyEncoding, HarmonyEncodingName};
use proptest::prelude::*;
use serde_json::{json, Value};

fn encoding() -> HarmonyEncoding {
    load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss).expect("the vocabulary is built in")
}

fn prepared(rows: &[Value], prompts: &str) -> Table {
    let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let recipe = json!({"format": {"prompts": prompts}, "drop_unlearned": false});
    let recipe: Recipe = serde_json::from_value(recipe).expect("a recipe");
    let lines = lines.join("\n");
    let source = Source::JsonLines(lines.as_bytes());
    prepare(&encoding(), &source, &recipe, None, &|| false).expect("not interrupted")
}

fn ids(table: &Table) -> Vec<Vec<u32>> {
    let Some(Column::List { offsets, items }) = table.column("input_ids") else {
        panic!("ids are lists");
    };
    let Column::Int32(values) = &**items else {
        panic!("ids are 32-bit integers");
    };
    let unsigned = |ids: &[i32]| ids.iter().map(|id| id.cast_unsigned()).collect();
    let of = |ends: &[i32]| unsigned(&values[ends[0] as usize..ends[1] as usize]);
    offsets.windows(2).map(of).collect()
}

/// The ids of each text between `<|message|>` and the token that ends it, as the tokenizer gives them for the whole text.
fn encoded_whole(ids: &[u32]) -> Vec<u32> {
    let (encoding, mut whole) = (encoding(), Vec::new());
    let tokenizer = encoding.tokenizer();
    let is_special = |id: &u32| (199_998..=201_087).contains(id);
    for part in ids.split_inclusive(is_special) {
        let (end, text) = part.split_last().expect("a part has tokens");
        let (text, end) = if is_special(end) {
            (text, &[*end][..])
        } else {
            (part, &[][..])
        };
        // Headers are several texts.
        if whole.last() == Some(&200_008) {
            let text = tokenizer.decode_utf8(text).expect("whole texts");
            whole.extend(tokenizer.encode_ordinary(&text));
        } else {
            whole.extend(text);
        }
        whole.extend(end);
    }
    whole
}

fn tools(count: usize) -> Value {
    let tool = |number| {
        let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}});
        json!({"type": "function", "function": {"name": format!("f{number}"), "description": "F.", "parameters": parameters}})
    };
    (0..count).map(tool).collect()
}

fn harmony_tools(count: usize) -> Value {
    let tools = tools(count);
    let tools = tools.as_array().into_iter().flatten();
    let tools: Vec<&Value> = tools.map(|tool| &tool["function"]).collect();
    json!({"functions": {"name": "functions", "tools": tools}})
}

fn row(is_chat: bool, instructions: &str, count: usize, caller: &str) -> Value {
    let arguments = "{\"city\": \"x\"}";
    if is_chat {
        let call = json!({"type": "function", "id": "1", "function": {"name": caller, "arguments": arguments}});
        let messages = json!([
            {"role": "system", "content": instructions},
            {"role": "user", "content": instructions},
            {"role": "assistant", "tool_calls": [call]},
        ]);
        return json!({"tools": tools(count), "messages": messages});
    }
    json!({"messages": [
        {"role": "system", "content": [{"type": "system_content", "model_identity": caller}]},
        {"role": "developer", "content": [
            {"type": "developer_content", "instructions": instructions, "tools": harmony_tools(count)},
        ]},
        {"role": "user", "name": caller, "content": instructions},
        {"role": "assistant", "recipient": caller, "channel": "commentary", "content": arguments},
    ]})
}

proptest! {
    /// The ends of instructions are what could be encoded otherwise with the section of the tools after it.
    #[test]
    fn rows_are_as_each_alone_and_texts_as_whole_ones(
        is_chat in any::<bool>(),
        prompts in prop::sample::select(vec!["compatible", "faithful", "chat_template"]),
        given in prop::collection::vec(("[ \n\r\t#/.!a\u{3000}'é1]{0,6}", 0_usize..3, "f[0-3]{1,2}"), 1..40),
    ) {
        let rows: Vec<Value> = given
            .iter()
            .map(|(instructions, count, caller)| row(is_chat, instructions, *count, caller))
            .collect();
        let together = prepared(&rows, prompts);
        prop_assert!(together.failures.is_empty(), "{:?}", together.failures);
        let together = ids(&together);
        for (row, ids_together) in rows.iter().zip(&together) {
            let alone = prepared(std::slice::from_ref(row), prompts);
            prop_assert_eq!(&ids(&alone)[0], ids_together);
            prop_assert_eq!(&encoded_whole(ids_together), ids_together);
        }
    }
}
