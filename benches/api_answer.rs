//! Sampled tokens to answers: what chunks and events cost on top of parsing, one token at a time and in batches.
//!
//! `cargo bench --bench api_answer`

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, BatchSize, Criterion, Throughput};
use openai_harmony::api::{
    ChatCompletions, ChatJob, ChatSse, Host, NoStore, Options, ResponseSse, Responses, ResponsesJob,
};
use openai_harmony::chat::Role;
use openai_harmony::{
    load_harmony_encoding, HarmonyEncoding, HarmonyEncodingName, ParseOptions, StreamableParser,
};

const TOKENS: usize = 20_000;

struct Fixed;

impl Host for Fixed {
    fn now(&self) -> f64 {
        0.0
    }

    fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}0123456789abcdef0123456789abcdef")
    }
}

/// A long thought and a long answer.
fn completion(encoding: &HarmonyEncoding) -> Vec<u32> {
    let text = "The user asks for the weather in Lisbon, so the tool should be called with the name of the city. ";
    let text = text.repeat(TOKENS / 2 / 20);
    let turn = format!(
        "<|channel|>analysis<|message|>{text}<|end|><|start|>assistant<|channel|>final<|message|>{text}<|return|>"
    );
    encoding.tokenizer().encode_with_special_tokens(&turn)
}

fn chat_job(encoding: &HarmonyEncoding) -> ChatJob {
    let body = br#"{"model": "gpt-oss-20b", "messages": [{"role": "user", "content": "Hi"}]}"#;
    let chat = ChatCompletions::new(encoding.clone(), Options::default());
    chat.prepare(body, &Fixed).expect("a valid request")
}

fn responses_job(encoding: &HarmonyEncoding) -> ResponsesJob {
    let responses = Responses::new(encoding.clone(), Options::default());
    let body = br#"{"model": "gpt-oss-20b", "input": "Hi"}"#;
    responses
        .prepare(body, &Fixed, &NoStore)
        .expect("a valid request")
}

fn answers(criterion: &mut Criterion) {
    let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss).expect("embedded");
    let tokens = completion(&encoding);
    let (chat, responses) = (chat_job(&encoding), responses_job(&encoding));
    let mut group = criterion.benchmark_group("api_answer");
    group.throughput(Throughput::Elements(tokens.len() as u64));
    for size in [1, 16] {
        group.bench_function(format!("parse alone/{size}"), |bencher| {
            let options = ParseOptions { strict: false };
            let parser = || {
                StreamableParser::new_with_options(encoding.clone(), Some(Role::Assistant), options)
            };
            bencher.iter_batched(
                || parser().expect("never fails"),
                |mut parser| {
                    for piece in tokens.chunks(size) {
                        black_box(parser.process_many_into(piece, &mut ())).expect("lenient");
                    }
                    parser
                },
                BatchSize::LargeInput,
            );
        });
        group.bench_function(format!("chat sse/{size}"), |bencher| {
            bencher.iter_batched(
                || (chat.stream(Fixed), ChatSse::default()),
                |(mut stream, mut sse)| {
                    for piece in tokens.chunks(size) {
                        sse.bytes.clear();
                        stream.push(0, piece, None, &mut sse).expect("open");
                        black_box(&sse.bytes);
                    }
                    stream
                },
                BatchSize::LargeInput,
            );
        });
        group.bench_function(format!("responses sse/{size}"), |bencher| {
            bencher.iter_batched(
                || (responses.stream(Fixed), ResponseSse::default()),
                |(mut stream, mut sse)| {
                    for piece in tokens.chunks(size) {
                        sse.bytes.clear();
                        stream.push(piece, None, &mut sse).expect("open");
                        black_box(&sse.bytes);
                    }
                    stream
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, answers);
criterion_main!(benches);
