//! Requests to prompts: a long agent's conversation as a body of Chat Completions, beside rendering it from messages.
//!
//! `cargo bench --bench api_request`

use criterion::{criterion_group, criterion_main, Criterion};
use openai_harmony::api::{ChatCompletions, Host, Options};
use openai_harmony::chat::Message;
use openai_harmony::render::RenderSpec;
use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
use serde_json::{json, Value};

/// Messages of the request.
const MESSAGES: u64 = 200;

struct Fixed;

impl Host for Fixed {
    fn now(&self) -> f64 {
        1_751_068_800.0
    }

    fn id(&mut self, prefix: &str) -> String {
        prefix.to_owned()
    }
}

/// About 250 tokens: words in an order that is another one for every seed.
fn prose(seed: u64) -> String {
    const WORDS: [&str; 16] = [
        "harbour",
        "measures",
        "what",
        "the",
        "lighthouse",
        "forgot",
        "in",
        "a",
        "quiet",
        "parser",
        "of",
        "several",
        "kinds",
        "and",
        "returns",
        "it",
    ];
    // Knuth's multiplier; the high bits are the good ones.
    let pick = |n: u64| (seed * 1009 + n).wrapping_mul(6_364_136_223_846_793_005) >> 60;
    (1..241)
        .map(|n| format!("{} ", WORDS[pick(n) as usize]))
        .collect()
}

/// A question, then calls with thoughts and results in turn.
fn body() -> Value {
    let steps = (0..(MESSAGES - 2) / 2).flat_map(|n| {
        let id = format!("call_{n}");
        let arguments = json!({"query": prose(n)}).to_string();
        [
            json!({"role": "assistant", "content": null, "reasoning": prose(n + 500), "tool_calls": [
                {"id": id, "type": "function", "function": {"name": "search", "arguments": arguments}},
            ]}),
            json!({"role": "tool", "tool_call_id": id, "content": prose(n + 1000)}),
        ]
    });
    let first = [
        json!({"role": "system", "content": prose(2000)}),
        json!({"role": "user", "content": prose(2001)}),
    ];
    let parameters = json!({"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]});
    json!({
        "model": "gpt-oss-20b",
        "messages": first.into_iter().chain(steps).collect::<Vec<_>>(),
        "tools": [{"type": "function", "function": {"name": "search", "parameters": parameters}}],
    })
}

fn prepare(criterion: &mut Criterion) {
    let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)
        .expect("the vocabulary is embedded");
    let chat = ChatCompletions::new(encoding.clone(), Options::default());
    let body = body();
    let text = body.to_string();
    let job = chat.prepare_value(&body, &Fixed).expect("a right request");
    let messages: Vec<Message> = job.conversation().cloned().collect();
    let spec = RenderSpec::for_completion().with_format(Options::default().format);
    let rendered = encoding
        .render_with(&messages, &spec)
        .expect("a right conversation");
    assert_eq!(rendered.tokens, job.tokens());
    println!("{} messages, {} tokens", MESSAGES, rendered.tokens.len());

    let mut group = criterion.benchmark_group("request of 200 messages");
    group.bench_function("render the messages", |bencher| {
        bencher.iter(|| encoding.render_with(&messages, &spec));
    });
    group.bench_function("prepare the body", |bencher| {
        bencher.iter(|| chat.prepare(text.as_bytes(), &Fixed));
    });
    group.bench_function("prepare the parsed body", |bencher| {
        bencher.iter(|| chat.prepare_value(&body, &Fixed));
    });
    group.bench_function("parse the body as JSON", |bencher| {
        bencher.iter(|| serde_json::from_str::<Value>(&text));
    });
    group.finish();
}

criterion_group!(benches, prepare);
criterion_main!(benches);
