//! Any tokens, cut anywhere, give valid streams whose sum is the whole object, field by field (B3 to B11).

use crate::answers;
use crate::answers::{chat_job, chat_tools, responses_job, responses_tools};
use crate::promises::input::Input;
use openai_harmony::api::{EngineFinishReason, Options};
use openai_harmony::render::AnalysisPolicy;
use proptest::prelude::*;
use serde_json::{json, Value};

fn reasons() -> impl Strategy<Value = Option<EngineFinishReason>> {
    use EngineFinishReason::{Abort, ContentFilter, Length, Stop};
    prop::sample::select(vec![
        None,
        Some(Stop),
        Some(Length),
        Some(ContentFilter),
        Some(Abort),
    ])
}

/// Headers and bodies as models write them, well formed or nearly so, and whatever the bytes make.
fn sampled() -> impl Strategy<Value = Vec<u32>> {
    let headers = vec![
        "<|channel|>analysis<|message|>",
        "<|channel|>commentary<|message|>",
        "<|channel|>final<|message|>",
        "<|channel|>final <|constrain|>json<|message|>",
        "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>",
        "<|channel|>analysis to=functions.run code<|message|>",
        "<|channel|>analysis to=python code<|message|>",
        "<|channel|>analysis to=browser.search code<|message|>",
        "<|channel|>commentary to=docs.read<|message|>",
        "<|channel|>final ",
        "functions.get_weather to=assistant<|message|>",
    ];
    let bodies = vec![
        "",
        " ",
        "x",
        "Ä☂𝄞",
        "{\"input\": \"a\\n\\ud834\\udd1e\"}",
        "{\"query\":\"q\"}",
        "STOP",
        "a<|channel|>b",
    ];
    let ends = vec![
        "<|end|><|start|>assistant",
        "<|call|>",
        "<|return|>",
        "<|start|>assistant",
        "",
    ];
    let message = (
        prop::sample::select(headers),
        prop::sample::select(bodies),
        prop::sample::select(ends),
    );
    let text = prop::collection::vec(message, 0..6).prop_map(|messages| {
        let parts = messages
            .into_iter()
            .flat_map(|(header, body, end)| [header, body, end]);
        answers::tokens(&parts.collect::<String>())
    });
    let bytes =
        prop::collection::vec(any::<u8>(), 0..60).prop_map(|bytes| Input::new(&bytes).tokens());
    prop_oneof![text, bytes]
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1usize..12, 1..4)
}

/// What makes a difference for the answer.
fn options() -> impl Strategy<Value = Value> {
    (any::<bool>(), any::<bool>(), prop::sample::select(vec!["auto", "none"]))
        .prop_map(|(tools, parallel, choice)| json!({"tools": tools, "parallel_tool_calls": parallel, "tool_choice": choice}))
}

fn request(options: &Value, tools: Value) -> Value {
    match options["tools"].as_bool() {
        Some(true) => json!({
            "tools": tools,
            "parallel_tool_calls": options["parallel_tool_calls"],
            "tool_choice": options["tool_choice"],
        }),
        _ => json!({}),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn chat_streams_add_up_however_they_are_cut(
        tokens in sampled(), sizes in sizes(), reason in reasons(), options in options(), stop: bool,
    ) {
        let mut request = request(&options, chat_tools());
        request["stream_options"] = json!({"include_usage": true});
        request["stream"] = true.into();
        if stop {
            request["stop"] = json!(["STOP", "x"]);
        }
        let job = chat_job(&request);
        let (chunks, completion) = answers::chat::stream(&job, &tokens, reason, &sizes);
        let (whole_chunks, whole) = answers::chat::stream(&job, &tokens, reason, &[usize::MAX]);
        prop_assert_eq!(answers::chat::sum(&chunks), completion.clone());
        prop_assert_eq!(answers::chat::sum(&whole_chunks), whole.clone());
        prop_assert_eq!(&completion, &whole);
        // B20
        prop_assert_eq!(&completion["usage"]["completion_tokens"], tokens.len());
        // B4, unless it was typed as ordinary text, which the inputs are not
        let answer = completion["choices"].to_string();
        prop_assert!(!answer.contains("<|"), "{}", answer);
    }

    #[test]
    fn responses_streams_add_up_however_they_are_cut(
        tokens in sampled(), sizes in sizes(), reason in reasons(), options in options(),
    ) {
        let job = responses_job(&request(&options, responses_tools()));
        let (events, response) = answers::responses::stream(&job, &tokens, reason, &sizes);
        let (whole_events, whole) = answers::responses::stream(&job, &tokens, reason, &[usize::MAX]);
        prop_assert_eq!(json!(answers::responses::sum(&events)), response["output"].clone());
        prop_assert_eq!(json!(answers::responses::sum(&whole_events)), whole["output"].clone());
        // Ids are numbered in the order in which items open, which does not depend on the cuts.
        prop_assert_eq!(&response, &whole);
        prop_assert_eq!(&response["usage"]["output_tokens"], tokens.len());
        prop_assert!(!response["output"].to_string().contains("<|"));
    }

    #[test]
    fn the_next_prompt_begins_with_what_was_sampled(tokens in sampled()) {
        check_next_prompt(&tokens)?;
    }
}

/// An engine that samples on after `<|return|>`: here an abandoned header.
#[test]
fn the_next_prompt_keeps_what_came_after_the_stop() -> Result<(), TestCaseError> {
    check_next_prompt(&[
        200_005, 35_644, 200_008, 200_002, 200_005, 17_196, 220, 200_006, 173_781,
    ])
}

/// What a session continues from: if no thoughts are left out, the next prompt begins with the prompt and exactly the
/// tokens that were sampled.
fn check_next_prompt(tokens: &[u32]) -> Result<(), TestCaseError> {
    const END: u32 = 200_007;
    const RETURN: u32 = 200_002;
    let job = answers::chat_job_with(&json!({}), keeping_thoughts());
    let mut stream = job.stream(answers::Numbers::default());
    stream.push(0, tokens, None, &mut ()).unwrap();
    stream.finish(0, None, &mut ()).unwrap();
    let transcript = stream.transcript(0).unwrap();
    let expected = [job.tokens(), tokens].concat();
    let next = transcript.tokens();
    let is_equal = |(one, other): (&u32, &u32)| one == other;
    let differing = next.iter().zip(&expected).position(|pair| !is_equal(pair));
    // The `<|return|>` of the last message becomes `<|end|>`; what makes no message leaves no trace; a missing stop
    // token is added.
    let is_ending = |at: usize| {
        let rest = at + 1;
        let is_last = next.len() == rest;
        let is_return = expected[at] == RETURN;
        next[at] == END
            && (is_last || is_return && next[rest..].iter().zip(&expected[rest..]).all(is_equal))
    };
    prop_assert!(differing.is_none_or(is_ending), "{next:?} {expected:?}");
    Ok(())
}

fn keeping_thoughts() -> Options {
    let mut options = Options::default();
    options.format.analysis = AnalysisPolicy::KeepAll;
    options
}
