//! Parsing: tokens per second of a long completion, and of a header that never ends.
//!
//! `cargo bench --bench stream`

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, BatchSize, Criterion, Throughput};
use openai_harmony::chat::Role;
use openai_harmony::{
    load_harmony_encoding, HarmonyEncoding, HarmonyEncodingName, ParseOptions, StreamableParser,
};

const TOKENS: usize = 50_000;

/// A completion of about [`TOKENS`] tokens: reasoning, a call, an answer, again and again.
fn completion(encoding: &HarmonyEncoding) -> Vec<u32> {
    let turn = "<|start|>assistant<|channel|>analysis<|message|>The user asks for the weather in Lisbon, so the tool \
        should be called with the name of the city; nothing else is needed – it takes no unit. ☂<|end|>\
        <|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>\
        {\"city\": \"Lisbon\", \"days\": [1, 2, 3]}<|call|>\
        <|start|>assistant<|channel|>final<|message|>In Lisbon it is sunny, with 24 degrees and a light wind from the \
        north. You will not need an umbrella today, and tomorrow will be much the same.<|return|>";
    let turn = encoding.tokenizer().encode_with_special_tokens(turn);
    turn.iter().copied().cycle().take(TOKENS).collect()
}

fn endless_header(encoding: &HarmonyEncoding) -> Vec<u32> {
    let words = encoding
        .tokenizer()
        .encode_ordinary(" a header that never ends");
    words.iter().copied().cycle().take(TOKENS).collect()
}

fn parser(encoding: &HarmonyEncoding, role: Option<Role>, strict: bool) -> StreamableParser {
    let options = ParseOptions { strict };
    StreamableParser::new_with_options(encoding.clone(), role, options).expect("never fails")
}

fn stream(criterion: &mut Criterion) {
    let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss).expect("embedded");
    let mut group = criterion.benchmark_group("stream");
    group.throughput(Throughput::Elements(TOKENS as u64));

    let tokens = completion(&encoding);
    for (name, strict) in [("strict", true), ("lenient", false)] {
        group.bench_function(format!("{name}/process_many"), |bencher| {
            bencher.iter_batched(
                || parser(&encoding, None, strict),
                |mut parser| {
                    black_box(parser.process_many(&tokens).expect("well formed"));
                    parser
                },
                BatchSize::LargeInput,
            );
        });
        group.bench_function(format!("{name}/process and three properties"), |bencher| {
            bencher.iter_batched(
                || parser(&encoding, None, strict),
                |mut parser| {
                    for token in &tokens {
                        parser.process(*token).expect("well formed");
                        black_box((parser.last_delta(), parser.current_role(), parser.state()));
                    }
                    parser
                },
                BatchSize::LargeInput,
            );
        });
    }
    let header = endless_header(&encoding);
    group.bench_function("endless header", |bencher| {
        bencher.iter_batched(
            || parser(&encoding, Some(Role::Assistant), false),
            |mut parser| {
                black_box(parser.process_many(&header).expect("lenient"));
                parser
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, stream);
criterion_main!(benches);
