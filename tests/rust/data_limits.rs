//! What preparing data must not cost, however long a conversation is. The sizes are such that the quadratic ways took minutes.

use openai_harmony::data::{prepare, Column, Recipe, Source, Table};
use serde_json::{json, Value};

use crate::cases::encoding;

fn table(row: &Value, recipe: Value) -> Table {
    let recipe: Recipe = serde_json::from_value(recipe).expect("a recipe");
    let line = row.to_string();
    let source = Source::JsonLines(line.as_bytes());
    prepare(&encoding(), &source, &recipe, None, &|| false).expect("not interrupted")
}

/// The items of a column of lists, whatever row they are in.
fn items<'t>(table: &'t Table, name: &str) -> &'t Column {
    match table.column(name) {
        Some(Column::List { items, .. }) => items,
        _ => panic!("{name} is a column of lists"),
    }
}

/// For each of 60,000 pieces, a list as long as the conversation was made, and each of its messages looked at twice.
#[test]
fn a_piece_costs_what_it_has() {
    let message = |index: usize| match index % 2 {
        0 => json!({"role": "user", "content": "word ".repeat(10)}),
        _ => {
            json!({"role": "assistant", "channel": "final", "content": "word ".repeat(10), "weight": 0.5})
        }
    };
    let messages: Vec<Value> = (0..30_000).map(message).collect();
    let row = json!({"messages": messages});
    let recipe = |longest: usize| {
        json!({
            "columns": ["input_ids", "message", "loss_weights"], "learn": "weights", "max_length": longest,
            "overflow": "split", "drop_unlearned": false,
        })
    };
    let whole = table(&row, recipe(10_000_000));
    let pieces = table(&row, recipe(8));
    assert_eq!(whole.rows, 1);
    assert!(pieces.rows > 50_000, "{}", pieces.rows);
    for name in ["input_ids", "message", "loss_weights"] {
        assert_eq!(items(&pieces, name), items(&whole, name), "{name}");
    }
    let (whole, pieces) = (whole.statistics, pieces.statistics);
    assert_eq!(whole.learned, pieces.learned);
    assert_eq!(whole.tokens, pieces.tokens);
}

/// The ends of the turns that share a sample were searched for each message, and the messages before each turn for functions.
#[test]
fn turns_are_not_compared_with_each_other() {
    const TURNS: usize = 60_000;
    let turn = |_| {
        [
            json!({"role": "user", "content": "a"}),
            json!({"role": "assistant", "channel": "final", "content": "b"}),
        ]
    };
    let messages: Vec<Value> = (0..TURNS).flat_map(turn).collect();
    let recipe = json!({"samples": "merged", "columns": ["input_ids", "loss_mask"]});
    let table = table(&json!({"messages": messages}), recipe);
    assert_eq!(table.rows, 1);
    // Of each turn the channel, the text and the ending; `<|end|>` of all but the last is not what the model has to write.
    assert_eq!(table.statistics.learned, TURNS * 5 - (TURNS - 1));
}
