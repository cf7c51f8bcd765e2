//! What grammars cost: `cargo bench --bench grammar`.
//!
//! Building and writing for 20 tools of six parameters each, checking a whole output, following a header.

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use openai_harmony::grammar::{Allowed, OutputGrammar, Tool, XgrammarOptions};
use openai_harmony::tokenizer::Tokenizer;
use serde_json::{json, Value};

const TOOLS: usize = 20;

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            "days": {"type": "integer"},
            "exact": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "place": {"type": "object", "properties": {"latitude": {"type": "number"}, "longitude": {"type": "number"}}},
        },
        "required": ["city", "days"],
        "additionalProperties": false,
    })
}

fn grammar() -> OutputGrammar {
    let tools = (0..TOOLS)
        .map(|number| Tool::function(&format!("tool_number_{number}"), Some(parameters())));
    OutputGrammar::builder()
        .tools(tools)
        .build()
        .expect("a correct request")
}

/// A thought of some length, and a call.
fn output() -> Vec<u32> {
    let thought = "The user asks for the weather in Lisbon; there is a tool for that. ".repeat(20);
    let text = format!(
        "<|channel|>analysis<|message|>{thought}<|end|><|start|>assistant<|channel|>commentary \
         to=functions.tool_number_7 <|constrain|>json<|message|>{{\"city\": \"Lisbon\", \"unit\": \"celsius\", \"days\": 5, \
         \"tags\": [\"rain\", \"wind from the west\"]}}<|call|>"
    );
    Tokenizer::o200k_harmony().encode_with_special_tokens(&text)
}

fn bench(criterion: &mut Criterion) {
    let built = grammar();
    let options = XgrammarOptions::default();
    criterion.bench_function("build", |bencher| bencher.iter(grammar));
    criterion.bench_function("write xgrammar", |bencher| {
        bencher.iter(|| {
            built
                .to_xgrammar(&options)
                .expect("no parallel calls")
                .to_string()
        });
    });
    criterion.bench_function("write llguidance", |bencher| {
        bencher.iter(|| built.to_llguidance(false))
    });
    criterion.bench_function("build and write GBNF", |bencher| {
        bencher.iter(|| grammar().to_gbnf(None).expect("no parallel calls"));
    });
    criterion.bench_function("build and compile a matcher", |bencher| {
        bencher.iter(|| grammar().matcher().expect("known keywords"));
    });

    let mut group = criterion.benchmark_group("check");
    let tokens = output();
    assert!(built.check(&tokens).expect("known keywords").is_ok());
    group.throughput(Throughput::Elements(tokens.len() as u64));
    group.bench_function("a thought and a call", |bencher| {
        bencher.iter(|| built.check(&tokens))
    });
    let call = &tokens[tokens
        .iter()
        .rposition(|token| *token == 200_005)
        .expect("a header")..];
    group.throughput(Throughput::Elements(call.len() as u64));
    group.bench_function("a call", |bencher| bencher.iter(|| built.check(call)));
    group.finish();

    let header = &call[..=call
        .iter()
        .position(|token| *token == 200_008)
        .expect("a body")];
    let matcher = built.matcher().expect("known keywords");
    let mut group = criterion.benchmark_group("matcher");
    group.throughput(Throughput::Elements(header.len() as u64));
    group.bench_function("a header, with what is allowed", |bencher| {
        bencher.iter(|| {
            let mut matcher = matcher.clone();
            for token in header {
                assert!(matches!(matcher.allowed(), Allowed::Tokens(ids) if ids.contains(token)));
                matcher.accept(*token).expect("an allowed header");
            }
            matcher
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
