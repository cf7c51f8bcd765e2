//! Data sets: what holds for any rows.

use std::num::NonZeroUsize;

use openai_harmony::data::{
    pack_plan, prepare, Column, Packing, PackingStrategy, Recipe, Source, Table,
};
use openai_harmony::{load_harmony_encoding, HarmonyEncoding, HarmonyEncodingName};
use proptest::prelude::*;
use serde_json::json;

fn encoding() -> HarmonyEncoding {
    load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss).expect("the vocabulary is built in")
}

fn packing(length: usize) -> Packing {
    Packing::new(NonZeroUsize::new(length).expect("a length"))
}

fn table(rows: &[serde_json::Value], recipe: serde_json::Value) -> Table {
    let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let recipe: Recipe = serde_json::from_value(recipe).expect("a recipe");
    let lines = lines.join("\n");
    let source = Source::JsonLines(lines.as_bytes());
    prepare(&encoding(), &source, &recipe, None, &|| false).expect("not interrupted")
}

/// The text of the learned tokens of each row.
fn learned(table: &Table) -> Vec<String> {
    let encoding = encoding();
    let lists = lists(table, "labels");
    let text = |labels: Vec<i32>| {
        let ids = labels.into_iter().filter(|&label| label >= 0);
        let ids: Vec<u32> = ids.map(|id| id.cast_unsigned()).collect();
        encoding.tokenizer().decode_utf8(ids).expect("whole texts")
    };
    lists.into_iter().map(text).collect()
}

fn lists(table: &Table, name: &str) -> Vec<Vec<i32>> {
    let Some(Column::List { offsets, items }) = table.column(name) else {
        panic!("{name} is a column of lists");
    };
    let Column::Int32(values) = &**items else {
        panic!("{name} is a column of 32-bit integers");
    };
    let of = |ends: &[i32]| values[ends[0] as usize..ends[1] as usize].to_vec();
    offsets.windows(2).map(of).collect()
}

fn two_turns() -> serde_json::Value {
    json!({"messages": [
        {"role": "user", "content": "1?"},
        {"role": "assistant", "channel": "analysis", "content": "thought 1", "weight": 0.5},
        {"role": "assistant", "channel": "final", "content": "answer 1", "train": false},
        {"role": "user", "content": "2?"},
        {"role": "assistant", "channel": "commentary", "recipient": "functions.f", "content": "{}"},
        {"role": "tool", "name": "functions.f", "content": "out"},
        {"role": "assistant", "channel": "analysis", "content": "thought 2"},
        {"role": "assistant", "channel": "final", "content": "answer 2"},
    ]})
}

// What each policy learns, from its description.
#[test]
fn a_policy_chooses_what_is_learned() {
    let call = "to=functions.f";
    let second = "<|channel|>analysis<|message|>thought 2<|end|><|start|>assistant<|channel|>final<|message|>answer 2<|return|>";
    let first = "<|channel|>final<|message|>answer 1<|end|>";
    for (policy, starts, ends, has_call) in [
        (json!("sampled"), first, second, true),
        (json!("last_turn"), "", second, true),
        (json!("last_message"), second, second, false),
        (
            json!("assistant"),
            "answer 1<|end|>{}<|call|>",
            "thought 2<|end|>answer 2<|return|>",
            false,
        ),
        (
            json!({"channels": ["final"], "parts": ["content"]}),
            "answer 1answer 2",
            "answer 2",
            false,
        ),
    ] {
        let recipe = json!({"learn": policy, "columns": ["labels"]});
        let text = learned(&table(&[two_turns()], recipe)).remove(0);
        assert!(
            text.starts_with(starts) && text.ends_with(ends),
            "{policy}: {text}"
        );
        assert_eq!(text.contains(call), has_call, "{policy}: {text}");
    }
}

#[test]
fn weights_of_messages_are_weights_of_their_tokens() {
    let recipe = json!({
        "learn": "weights", "format": {"analysis": "keep_all"},
        "columns": ["labels", "loss_weights", "message"],
    });
    let table = table(&[two_turns()], recipe);
    let text = learned(&table).remove(0);
    assert!(text.contains("thought 1") && !text.contains("answer 1") && text.contains("answer 2"));
    let Some(Column::List { items, .. }) = table.column("loss_weights") else {
        panic!("a column of lists");
    };
    let Column::Float32(weights) = &**items else {
        panic!("weights are floats");
    };
    let messages = lists(&table, "message").remove(0);
    let labels = lists(&table, "labels").remove(0);
    for ((&weight, message), label) in weights.iter().zip(messages).zip(labels) {
        let expected = match message {
            1 => 0.5,
            2 => 0.0,
            _ => 1.0,
        };
        assert_eq!(weight, if label < 0 { 0.0 } else { expected });
    }
}

// Each turn as the model saw it: earlier thoughts are gone, those of the turn itself are there, and only the turn is learned.
#[test]
fn a_sample_for_each_turn() {
    let recipe =
        json!({"samples": "per_turn", "columns": ["input_ids", "labels", "sample", "samples"]});
    let table = table(&[two_turns()], recipe);
    let texts: Vec<String> = lists(&table, "input_ids")
        .into_iter()
        .map(|ids| {
            let ids: Vec<u32> = ids.into_iter().map(i32::cast_unsigned).collect();
            encoding()
                .tokenizer()
                .decode_utf8(ids)
                .expect("whole texts")
        })
        .collect();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("thought 1") && texts[0].ends_with("answer 1<|return|>"));
    assert!(!texts[1].contains("thought 1") && texts[1].contains("answer 1<|end|>"));
    assert!(texts[1].contains("thought 2") && texts[1].ends_with("answer 2<|return|>"));
    let learned = learned(&table);
    assert!(learned[0].contains("thought 1") && learned[0].ends_with("answer 1<|return|>"));
    assert!(!learned[1].contains("answer 1") && learned[1].contains("{}<|call|>"));
    assert_eq!(table.statistics.messages_left_out, 1);
}

fn turn(thinks: bool) -> Vec<serde_json::Value> {
    let mut messages = vec![json!({"role": "user", "content": "?"})];
    if thinks {
        messages.push(json!({"role": "assistant", "channel": "analysis", "content": "hm"}));
    }
    messages.push(json!({"role": "assistant", "channel": "final", "content": "!"}));
    messages
}

fn packed(lengths: &[usize], packing: &Packing) -> Result<(), TestCaseError> {
    let capacity = packing.length.get();
    let bins = pack_plan(lengths, packing);
    let mut items = bins.items.clone();
    items.sort_unstable();
    prop_assert_eq!(items, (0..lengths.len()).collect::<Vec<_>>());
    for bin in bins.iter() {
        let sum: usize = bin.iter().map(|&item| lengths[item]).sum();
        prop_assert!(sum <= capacity || bin.len() == 1);
        prop_assert!(bin.is_sorted() && !bin.is_empty());
        prop_assert!(
            bin[0] / packing.window == bin[bin.len() - 1] / packing.window
                || packing.strategy == PackingStrategy::InOrder
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_item_is_in_one_bin(
        lengths in proptest::collection::vec(0_usize..150, 0..200),
        capacity in 1_usize..120,
        window in 1_usize..50,
        in_order in any::<bool>(),
    ) {
        let mut packing = packing(capacity);
        packing.window = NonZeroUsize::new(window).expect("a window");
        if in_order {
            packing.strategy = PackingStrategy::InOrder;
        }
        packed(&lengths, &packing)?;
    }

    /// The independent oracle: merge the samples of each turn where one begins with all of the other's tokens but its stop token.
    #[test]
    fn merged_samples_are_those_of_turns_with_equal_beginnings(
        turns in proptest::collection::vec(any::<bool>(), 1..6),
        functions_at in 0_usize..6,
    ) {
        let mut messages = vec![json!({"role": "system", "content": [{"type": "system_content"}]})];
        for (index, &thinks) in turns.iter().enumerate() {
            if index == functions_at {
                let tools = json!({"functions": {"name": "functions", "tools": [{"name": "f"}]}});
                let content = json!([{"type": "developer_content", "tools": tools}]);
                messages.push(json!({"role": "developer", "content": content}));
            }
            messages.extend(turn(thinks));
        }
        let row = [json!({"messages": messages})];
        let by = |samples| table(&row, json!({"samples": samples, "columns": ["input_ids", "labels"]}));
        let each = by("per_turn");
        let mut merged: Vec<Vec<i32>> = Vec::new();
        let mut learned = Vec::new();
        for (ids, labels) in lists(&each, "input_ids").into_iter().zip(lists(&each, "labels")) {
            let count = labels.iter().filter(|&&label| label >= 0).count();
            match merged.last_mut() {
                Some(last) if ids.starts_with(&last[..last.len() - 1]) => {
                    *last = ids;
                    let all: &mut usize = learned.last_mut().expect("as long as merged");
                    *all += count - 1;
                }
                _ => {
                    merged.push(ids);
                    learned.push(count);
                }
            }
        }
        let table = by("merged");
        prop_assert_eq!(lists(&table, "input_ids"), merged);
        let counts: Vec<usize> = lists(&table, "labels")
            .iter()
            .map(|labels| labels.iter().filter(|&&label| label >= 0).count())
            .collect();
        prop_assert_eq!(counts, learned);
    }
}

/// Lengths like those of conversations: log-normal, most some hundred tokens, a few thousands.
fn lengths(count: usize) -> Vec<usize> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count)
        .map(|_| {
            let normal: f64 = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            ((6.0 + 0.9 * normal).exp() as usize).clamp(1, 4096)
        })
        .collect()
}

#[test]
fn windows_of_best_fit_are_nearly_full() {
    let lengths = lengths(20_000);
    let bins = pack_plan(&lengths, &packing(4096));
    let tokens: usize = lengths.iter().sum();
    let full = tokens as f64 / (bins.len() * 4096) as f64;
    assert!(full > 0.99, "{full}");
}

#[test]
fn packed_rows_say_where_samples_are() {
    let rows: Vec<_> = (1..40)
        .map(|n| {
            json!({"messages": [
                {"role": "user", "content": "word ".repeat(n)},
                {"role": "assistant", "channel": "final", "content": "ok"},
            ]})
        })
        .collect();
    let columns = [
        "input_ids",
        "position_ids",
        "seq_lengths",
        "labels",
        "message",
    ];
    let single = table(&rows, json!({"columns": columns}));
    let packed = table(
        &rows,
        json!({"columns": columns, "pack": {"length": 128, "pad_to": 64}}),
    );
    let samples = lists(&single, "input_ids");
    let mut found = Vec::new();
    for (index, ids) in lists(&packed, "input_ids").into_iter().enumerate() {
        assert!(ids.len() % 64 == 0 && ids.len() <= 128);
        let positions = &lists(&packed, "position_ids")[index];
        let labels = &lists(&packed, "labels")[index];
        let mut start = 0;
        for length in &lists(&packed, "seq_lengths")[index] {
            let end = start + *length as usize;
            assert!(positions[start..end].iter().copied().eq(0..*length));
            assert_eq!(labels[start], -100);
            let ids = ids[start..end].to_vec();
            if ids[0] == 199_999 {
                assert!(ids.iter().all(|&id| id == 199_999) && end == labels.len());
                assert!(labels[start..end].iter().all(|&label| label == -100));
            } else {
                found.push(ids);
            }
            start = end;
        }
        assert_eq!(start, labels.len());
    }
    found.sort();
    let mut samples = samples;
    samples.sort();
    assert_eq!(found, samples);
    assert_eq!(packed.statistics.tokens, single.statistics.tokens);
}

#[test]
fn what_is_too_long_is_counted() {
    let rows = [two_turns(), json!({"messages": turn(false)})];
    let whole = table(&rows, json!({"columns": ["input_ids"]}));
    let [long, short] = &lists(&whole, "input_ids")[..] else {
        panic!("two rows");
    };
    for (overflow, lengths, lost) in [
        ("drop", vec![short.len()], long.len()),
        ("truncate", vec![20, short.len()], long.len() - 20),
        ("split", vec![20, 20, long.len() - 40, short.len()], 0),
        ("error", vec![short.len()], 0),
    ] {
        let recipe = json!({
            "columns": ["input_ids"], "max_length": 20, "overflow": overflow, "drop_unlearned": false,
        });
        let table = table(&rows, recipe);
        let found: Vec<usize> = lists(&table, "input_ids").iter().map(Vec::len).collect();
        assert_eq!(found, lengths, "{overflow}");
        assert_eq!(table.statistics.tokens_lost, lost, "{overflow}");
        assert_eq!(table.failures.len(), usize::from(overflow == "error"));
    }
}

#[test]
fn rows_in_which_nothing_is_learned_are_left_out_and_counted() {
    let rows = [
        json!({"messages": [{"role": "user", "content": "?"}]}),
        two_turns(),
    ];
    let table = table(
        &rows,
        json!({"columns": ["conversation"], "form": "harmony"}),
    );
    assert_eq!(table.column("conversation"), Some(&Column::Int64(vec![1])));
    assert_eq!(
        (table.statistics.unlearned, table.statistics.samples),
        (1, 1)
    );
}

#[test]
fn a_conversation_without_messages_can_be_packed() {
    let rows = [json!({"messages": []}), two_turns()];
    let recipe = json!({
        "columns": ["input_ids"], "form": "harmony", "drop_unlearned": false, "pack": {"length": 512},
    });
    let table = table(&rows, recipe);
    assert_eq!((table.statistics.samples, table.failures.len()), (2, 0));
}

#[test]
fn columns_of_the_source_are_carried_along() {
    let mut row = two_turns();
    row["id"] = json!("a");
    row["score"] = json!({"n": 1.5});
    let table = table(
        &[row, two_turns()],
        json!({"columns": [], "keep": ["score", "id", "none"]}),
    );
    let texts = |name: &str| match table.column(name) {
        Some(Column::Text(texts)) => (
            String::from_utf8(texts.bytes.clone()).expect("text"),
            texts.present.clone(),
        ),
        _ => panic!("{name} is a column of texts"),
    };
    assert_eq!(
        texts("score"),
        (r#"{"n":1.5}"#.to_owned(), vec![true, false])
    );
    assert_eq!(texts("id"), ("a".to_owned(), vec![true, false]));
    assert_eq!(texts("none"), (String::new(), vec![false, false]));
}

#[test]
fn a_seed_shuffles_samples_before_they_are_packed() {
    let rows: Vec<_> = (0..50).map(|_| two_turns()).collect();
    let order = |seed: Option<u64>| {
        let recipe = json!({"columns": ["conversation"], "form": "harmony", "seed": seed});
        match table(&rows, recipe).column("conversation") {
            Some(Column::Int64(rows)) => rows.clone(),
            _ => panic!("conversation is a column of integers"),
        }
    };
    let rows: Vec<i64> = (0..50).collect();
    assert_eq!(order(None), rows);
    let mut shuffled = order(Some(1));
    assert_eq!(order(Some(1)), shuffled);
    assert!(shuffled != rows && shuffled != order(Some(2)));
    shuffled.sort_unstable();
    assert_eq!(shuffled, rows);
}

#[test]
fn a_row_that_cannot_be_read_names_the_message_and_the_field() {
    let row = |message| json!({"messages": [two_turns()["messages"][0].clone(), message]});
    let rows = [
        row(json!({"role": "robot", "content": "beep"})),
        row(json!({"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image"}]})),
        row(json!({"author": {"role": "robot"}, "content": "beep"})),
        row(json!({"role": "user", "content": "a", "channel": 5})),
        row(json!("text")),
    ];
    let table = table(&rows, json!({"form": "harmony"}));
    let reasons = table.failures.iter().map(|failure| failure.reason.as_str());
    let starts = [
        "messages[1].role: unknown variant `robot`",
        "messages[1].content[1]: unknown variant `image`",
        "messages[1].author: unknown variant `robot`",
        "messages[1].channel: invalid type: integer `5`",
        "messages[1]: invalid type: string \"text\"",
    ];
    assert_eq!(reasons.len(), starts.len());
    for (reason, start) in reasons.zip(starts) {
        assert!(reason.starts_with(start), "{reason}");
    }
}

proptest! {
    /// No bytes make it panic, and every line is a sample, a failure or counted as left out.
    #[test]
    fn every_line_is_accounted_for(lines in proptest::collection::vec(
        prop_oneof![
            Just(two_turns().to_string().into_bytes()),
            proptest::collection::vec(any::<u8>().prop_filter("no line end", |byte| *byte != b'\n'), 0..40),
            "[\\[\\]{}\":,a-z0-9]{0,40}".prop_map(String::into_bytes),
        ],
        0..20,
    )) {
        let bytes = lines.join(&b'\n');
        let recipe = Recipe::default();
        let table = prepare(&encoding(), &Source::JsonLines(&bytes), &recipe, None, &|| false).expect("not interrupted");
        let rows = lines.iter().filter(|line| !line.trim_ascii().is_empty()).count();
        prop_assert_eq!(table.statistics.rows, rows);
        prop_assert_eq!(rows, table.rows + table.failures.len() + table.statistics.unlearned);
    }
}
