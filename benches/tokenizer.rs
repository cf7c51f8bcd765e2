//! Encoding, counting and decoding of several kinds of text, and of texts made to be slow.
//!
//! `cargo bench --bench tokenizer`. `benches/compare_tokenizer.py` compares with other packages, on more text.

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use openai_harmony::tokenizer::Tokenizer;

/// Texts of this repository, so that the bench needs nothing else.
const KINDS: [(&str, &str); 3] = [
    ("english", include_str!("../docs/format.md")),
    ("code", include_str!("../src/tokenizer/merge.rs")),
    ("json", include_str!("../test-data/tokenizer/encode.json")),
];

const HOSTILE: [(&str, &str); 6] = [
    ("letters", "a"),
    ("dashes", "-"),
    ("spaces", " "),
    ("newlines", "\n"),
    ("CJK", "的一是不了人我在有他这"),
    ("emoji", "👩‍👩‍👧‍👦"),
];

fn encode(criterion: &mut Criterion) {
    let tokenizer = Tokenizer::o200k_harmony();
    let mut group = criterion.benchmark_group("encode");
    for (name, text) in KINDS {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| tokenizer.encode_ordinary(black_box(text)))
        });
        group.bench_function(format!("{name}, counted"), |bencher| {
            bencher.iter(|| tokenizer.count_ordinary(black_box(text)))
        });
    }
    group.finish();
}

fn encode_hostile(criterion: &mut Criterion) {
    let tokenizer = Tokenizer::o200k_harmony();
    let mut group = criterion.benchmark_group("64 KiB of");
    group.sample_size(20);
    for (name, unit) in HOSTILE {
        let text = unit.repeat((64 << 10) / unit.len());
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| tokenizer.encode_ordinary(black_box(&text)))
        });
    }
    group.finish();
}

fn decode(criterion: &mut Criterion) {
    let tokenizer = Tokenizer::o200k_harmony();
    let mut group = criterion.benchmark_group("decode");
    for (name, text) in KINDS {
        let tokens = tokenizer.encode_ordinary(text);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| tokenizer.decode_bytes(black_box(&tokens)))
        });
    }
    group.finish();
}

criterion_group!(benches, encode, encode_hostile, decode);
criterion_main!(benches);
