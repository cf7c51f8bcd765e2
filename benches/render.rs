//! Rendering: whole conversations, with and without spans, and an agent's turns through a transcript.
//!
//! `cargo bench --bench render`

use criterion::{criterion_group, criterion_main, BatchSize, Criterion, Throughput};
use openai_harmony::chat::{Author, Message, Role, SystemContent};
use openai_harmony::render::{AnalysisPolicy, RenderFormat, RenderSpec, Transcript};
use openai_harmony::{
    load_harmony_encoding, HarmonyEncoding, HarmonyEncodingName, RenderConversationConfig,
};

fn encoding() -> HarmonyEncoding {
    load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss).expect("the vocabulary is embedded")
}

/// About 12 tokens each; the numbers keep the sentences apart, so that no cache of pieces has seen all of them.
fn prose(seed: usize, sentences: usize) -> String {
    const SUBJECTS: [&str; 6] = [
        "The parser",
        "A careful reader",
        "Every compiler",
        "The old lighthouse",
        "Nobody here",
        "This function",
    ];
    const VERBS: [&str; 5] = [
        "remembers",
        "quietly rewrites",
        "cannot explain",
        "measures",
        "returns",
    ];
    const OBJECTS: [&str; 7] = [
        "the second paragraph",
        "what the cache forgot",
        "a list of harbours",
        "its own arguments",
        "three kinds of weather",
        "the missing invoice",
        "an empty string",
    ];
    (seed..seed + sentences)
        .map(|n| {
            let (subject, verb) = (SUBJECTS[n % 6], VERBS[n / 3 % 5]);
            format!(
                "{subject} {verb} {} in step {}. ",
                OBJECTS[n / 2 % 7],
                n * 37 % 1009
            )
        })
        .collect()
}

/// 200 messages of about 250 tokens.
fn long_conversation() -> Vec<Message> {
    let mut messages = vec![Message::from_role_and_content(
        Role::System,
        SystemContent::new(),
    )];
    for n in 1..200 {
        messages.push(match n % 2 {
            1 => Message::from_role_and_content(Role::User, prose(n * 20, 20)),
            _ => Message::from_role_and_content(Role::Assistant, prose(n * 20, 20))
                .with_channel("final"),
        });
    }
    messages
}

fn whole(c: &mut Criterion) {
    let encoding = encoding();
    let conversation = long_conversation();
    let config = RenderConversationConfig::default();
    let tokens = encoding
        .render_conversation_for_completion(&conversation, Role::Assistant, Some(&config))
        .expect("renders");
    let mut group = c.benchmark_group("render/200-messages");
    group.throughput(Throughput::Elements(tokens.len() as u64));
    group.bench_function("tokens", |b| {
        b.iter(|| {
            encoding.render_conversation_for_completion(
                &conversation,
                Role::Assistant,
                Some(&config),
            )
        });
    });
    let spec = RenderSpec::for_completion();
    group.bench_function("tokens-and-spans", |b| {
        b.iter(|| encoding.render_with(&conversation, &spec));
    });
    group.finish();

    // Where messages are short, spans weigh most.
    let short: Vec<Message> = (0..1000)
        .map(|n| Message::from_role_and_content(Role::User, format!("Number {n}.")))
        .collect();
    let mut group = c.benchmark_group("render/1000-short-messages");
    group.bench_function("tokens", |b| {
        b.iter(|| encoding.render_conversation(&short, None))
    });
    let spec = RenderSpec::new();
    group.bench_function("tokens-and-spans", |b| {
        b.iter(|| encoding.render_with(&short, &spec))
    });
    group.finish();
}

fn batch(c: &mut Criterion) {
    let encoding = encoding();
    let conversations = vec![long_conversation(); 16];
    let spec = RenderSpec::for_completion();
    let mut group = c.benchmark_group("render/16-conversations");
    for threads in [1, 2] {
        group.bench_function(format!("{threads}-threads"), |b| {
            let threads = std::num::NonZeroUsize::new(threads);
            b.iter(|| encoding.render_batch(&conversations, &spec, threads));
        });
    }
    group.finish();
}

/// An agent's turn: the model calls a tool, the tool answers with about 100 tokens.
struct AgentTurn {
    sampled: Vec<u32>,
    call: [Message; 2],
    result: Message,
}

fn agent_turns(encoding: &HarmonyEncoding) -> Vec<AgentTurn> {
    (0..200)
        .map(|n| {
            let call = [
                Message::from_role_and_content(Role::Assistant, prose(n * 3, 3))
                    .with_channel("analysis"),
                Message::from_role_and_content(Role::Assistant, format!(r#"{{"step": {n}}}"#))
                    .with_channel("commentary")
                    .with_recipient("functions.run"),
            ];
            let result = Message::from_author_and_content(
                Author::new(Role::Tool, "functions.run"),
                prose(n * 8, 8),
            )
            .with_recipient("assistant")
            .with_channel("commentary");
            let sampled = encoding.render_conversation(&call, None).expect("renders")[2..].to_vec();
            AgentTurn {
                sampled,
                call,
                result,
            }
        })
        .collect()
}

/// What a serving loop does 200 times: take the completion in, take the result in, make the next prompt.
fn agent(c: &mut Criterion) {
    let encoding = encoding();
    let turns = agent_turns(&encoding);
    let task = Message::from_role_and_content(Role::User, "Fix the build.");
    let format = RenderFormat::default().with_analysis(AnalysisPolicy::CompletedTurns);
    let mut group = c.benchmark_group("agent/200-turns");
    group.sample_size(10);
    group.bench_function("transcript", |b| {
        b.iter_batched(
            || Transcript::new(encoding.clone(), format),
            |mut transcript| {
                transcript.append(task.clone()).expect("renders");
                let mut total = 0;
                for turn in &turns {
                    total += transcript.prompt().expect("renders").len();
                    transcript.append_completion(&turn.sampled).expect("parses");
                    transcript.append(turn.result.clone()).expect("renders");
                }
                (transcript, total)
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("whole-each-turn", |b| {
        let spec = RenderSpec::for_completion().with_format(format);
        b.iter(|| {
            let mut messages = vec![task.clone()];
            let mut total = 0;
            for turn in &turns {
                total += encoding
                    .render_with(&messages, &spec)
                    .expect("renders")
                    .tokens
                    .len();
                messages.extend(turn.call.iter().cloned());
                messages.push(turn.result.clone());
            }
            total
        });
    });
    group.finish();
}

criterion_group!(benches, whole, batch, agent);
criterion_main!(benches);
