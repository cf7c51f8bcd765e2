//! Transcripts, step by step: what an agent's loop sees.

use crate::cases::encoding;
use openai_harmony::chat::{
    Author, DeveloperContent, Message, Role, SystemContent, ToolDescription,
};
use openai_harmony::render::{
    AnalysisPolicy, OpenMessage, RenderFormat, Rendered, ResponseFormat, TokenSelection, Transcript,
};
use serde_json::json;

fn tokens(text: &str) -> Vec<u32> {
    encoding().tokenizer().encode_with_special_tokens(text)
}

fn text(tokens: &[u32]) -> String {
    encoding().tokenizer().decode_utf8(tokens).unwrap()
}

fn transcript(analysis: AnalysisPolicy) -> Transcript {
    let format = RenderFormat::default().with_analysis(analysis);
    Transcript::new(encoding(), format)
}

fn user(text: &str) -> Message {
    Message::from_role_and_content(Role::User, text)
}

fn result(text: &str) -> Message {
    Message::from_author_and_content(Author::new(Role::Tool, "functions.f"), text)
        .with_recipient("assistant")
        .with_channel("commentary")
}

const CALL: &str = "<|channel|>analysis<|message|>Ask.<|end|>\
    <|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>";
const ANSWER: &str = "<|channel|>analysis<|message|>Got it.<|end|>\
    <|start|>assistant<|channel|>final<|message|>Done.<|return|>";

#[test]
fn a_turn_with_a_call_grows_by_its_tail_only() {
    let mut transcript = transcript(AnalysisPolicy::CompletedTurns);
    transcript.append(user("Go.")).unwrap();
    let first = transcript.prompt().unwrap().to_vec();
    let call = tokens(CALL);
    assert_eq!(transcript.append_completion(&call).unwrap(), 1..3);
    let sampled = transcript.message(2).unwrap();
    assert_eq!(sampled.recipient.as_deref(), Some("functions.f"));
    transcript.append(result("ok")).unwrap();

    let second = transcript.prompt().unwrap().to_vec();
    // The model writes the channel before the recipient, the renderer after it: what was sampled stays.
    assert_eq!(second[..first.len()], first);
    assert_eq!(second[first.len()..][..call.len()], call);
    assert_eq!(
        text(&second[first.len() + call.len()..]),
        "<|start|>functions.f to=assistant<|channel|>commentary<|message|>ok<|end|><|start|>assistant",
    );
    assert_eq!(transcript.stale_from(), None);
}

#[test]
fn the_end_of_a_turn_drops_its_analysis_and_says_where() {
    let mut transcript = transcript(AnalysisPolicy::CompletedTurns);
    transcript.append(user("Go.")).unwrap();
    let unchanged = transcript.tokens().len();
    transcript.append_completion(&tokens(CALL)).unwrap();
    transcript.append(result("ok")).unwrap();
    transcript.prompt().unwrap();
    transcript.append_completion(&tokens(ANSWER)).unwrap();

    assert_eq!(transcript.stale_from(), Some(unchanged));
    assert_eq!(
        text(transcript.tokens()),
        "<|start|>user<|message|>Go.<|end|>\
         <|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>\
         <|start|>functions.f to=assistant<|channel|>commentary<|message|>ok<|end|>\
         <|start|>assistant<|channel|>final<|message|>Done.<|end|>",
    );
    assert_eq!(transcript.messages().len(), 6);

    // The next prompt still says so, the one after it has nothing stale.
    transcript.append(user("Thanks.")).unwrap();
    transcript.prompt().unwrap();
    assert_eq!(transcript.stale_from(), Some(unchanged));
    transcript.append_completion(&tokens(CALL)).unwrap();
    transcript.append(result("ok")).unwrap();
    transcript.prompt().unwrap();
    assert_eq!(transcript.stale_from(), None);
}

#[test]
fn keeping_all_analysis_never_makes_a_cache_stale() {
    let mut transcript = transcript(AnalysisPolicy::KeepAll);
    let mut seen: Vec<u32> = Vec::new();
    for turn in 0..5 {
        transcript.append(user(&format!("Go {turn}."))).unwrap();
        for completion in [CALL, ANSWER] {
            let prompt = transcript.prompt().unwrap().to_vec();
            // The last sampled token was never fed to the model; `<|return|>` has become `<|end|>`.
            let fed = seen.len().saturating_sub(1);
            assert_eq!(prompt[..fed], seen[..fed]);
            assert_eq!(transcript.stale_from(), None);
            let sampled = tokens(completion);
            transcript.append_completion(&sampled).unwrap();
            seen = [prompt, sampled].concat();
            if completion == CALL {
                transcript.append(result("ok")).unwrap();
            }
        }
    }
}

#[test]
fn training_gets_the_stop_tokens_as_they_were_sampled() {
    let mut transcript = transcript(AnalysisPolicy::KeepAll);
    transcript.append(user("Go.")).unwrap();
    let prompt = transcript.prompt().unwrap().to_vec();
    let answer = tokens(ANSWER);
    transcript.append_completion(&answer).unwrap();
    transcript.append(user("Again.")).unwrap();

    let as_sampled = transcript.tokens_as_sampled();
    assert_eq!(as_sampled[prompt.len()..][..answer.len()], answer);
    assert_eq!(as_sampled.len(), transcript.tokens().len());
    let mask = TokenSelection::sampled().mask(&transcript.spans());
    let chosen: Vec<u32> = as_sampled
        .iter()
        .zip(&mask)
        .filter(|(_, on)| **on)
        .map(|(token, _)| *token)
        .collect();
    assert_eq!(chosen, answer);
}

#[test]
fn a_missing_stop_token_is_added_but_not_sampled() {
    let with_recipient = "<|channel|>commentary to=functions.f<|message|>{}";
    for (completion, ending) in [
        ("<|channel|>final<|message|>Do", "<|end|>"),
        (with_recipient, "<|call|>"),
    ] {
        let mut transcript = transcript(AnalysisPolicy::KeepAll);
        let sampled = tokens(completion);
        transcript.append_completion(&sampled).unwrap();
        assert_eq!(
            text(transcript.tokens()),
            format!("<|start|>assistant{completion}{ending}")
        );
        let mask = TokenSelection::sampled().mask(&transcript.spans());
        assert_eq!(mask.iter().filter(|on| **on).count(), sampled.len());
        assert_eq!(mask.last(), Some(&false));
    }
}

#[test]
fn forced_headers_and_prefills_are_part_of_the_message() {
    let mut transcript = transcript(AnalysisPolicy::KeepAll);
    transcript.append(user("Name a prime.")).unwrap();
    let open = OpenMessage::assistant()
        .with_channel("final")
        .with_content("The prime ");
    let prompt = transcript.prompt_with(open).unwrap().to_vec();
    assert_eq!(
        text(&prompt),
        "<|start|>user<|message|>Name a prime.<|end|><|start|>assistant<|channel|>final<|message|>The prime ",
    );
    let sampled = tokens("7.<|return|>");
    transcript.append_completion(&sampled).unwrap();
    let answer = transcript.message(1).unwrap();
    assert_eq!(
        *answer,
        Message::from_role_and_content(Role::Assistant, "The prime 7.").with_channel("final")
    );
    assert_eq!(transcript.tokens()[..prompt.len()], prompt);
    let spans = transcript.spans();
    assert_eq!(
        spans.messages()[1].sampled(),
        prompt.len()..prompt.len() + 2 + 1
    );
}

#[test]
fn functions_that_come_late_change_the_system_message() {
    let mut transcript = transcript(AnalysisPolicy::KeepAll);
    transcript
        .append(Message::from_role_and_content(
            Role::System,
            SystemContent::new(),
        ))
        .unwrap();
    transcript.prompt().unwrap();
    let functions = vec![ToolDescription::new("f", "F.", None)];
    let developer = DeveloperContent::new().with_function_tools(functions);
    transcript
        .append(Message::from_role_and_content(Role::Developer, developer))
        .unwrap();
    assert_eq!(transcript.stale_from(), Some(0));
    assert!(text(transcript.tokens()).contains("commentary channel: 'functions'.<|end|>"));
}

#[test]
fn response_formats_go_to_the_first_developer_message() {
    let shape = ResponseFormat::new("shape", json!({"type": "object"}));
    let mut transcript =
        Transcript::with_response_formats(encoding(), RenderFormat::default(), vec![shape]);
    let error = transcript.prompt().unwrap_err();
    assert_eq!(error.code(), "render.unplaced_response_formats");
    for _ in 0..2 {
        let developer = DeveloperContent::new().with_instructions("Be brief.");
        transcript
            .append(Message::from_role_and_content(Role::Developer, developer))
            .unwrap();
    }
    assert_eq!(
        text(transcript.prompt().unwrap()),
        "<|start|>developer<|message|># Instructions\n\nBe brief.\n\n# Response Formats\n\n## shape\n\n\
         {\"type\":\"object\"}<|end|><|start|>developer<|message|># Instructions\n\nBe brief.<|end|><|start|>assistant",
    );
}

#[test]
fn a_failed_append_changes_nothing() {
    let mut transcript = transcript(AnalysisPolicy::CompletedTurns);
    transcript.append(user("Go.")).unwrap();
    let before = transcript.clone();
    let error = transcript
        .extend([
            user("a"),
            Message::from_role_and_content(Role::Tool, "no name"),
        ])
        .unwrap_err();
    assert_eq!(error.index(), Some(2));
    assert_eq!(transcript, before);
    assert_eq!(transcript.tokens(), before.tokens());
}

#[test]
fn forks_go_their_own_ways() {
    let mut one = transcript(AnalysisPolicy::CompletedTurns);
    one.append(user("Go.")).unwrap();
    one.prompt().unwrap();
    let mut other = one.clone();
    one.append_completion(&tokens("<|channel|>final<|message|>A<|return|>"))
        .unwrap();
    other
        .append_completion(&tokens("<|channel|>final<|message|>B<|return|>"))
        .unwrap();
    assert!(text(one.tokens()).ends_with("A<|end|>"));
    assert!(text(other.tokens()).ends_with("B<|end|>"));
    assert_ne!(one, other);
}

#[test]
fn a_stored_transcript_goes_on_where_it_was() {
    let mut transcript = transcript(AnalysisPolicy::CompletedTurns);
    transcript.append(user("Go.")).unwrap();
    transcript.prompt().unwrap();
    let stored = serde_json::to_string(&transcript).unwrap();
    let mut restored: Transcript = serde_json::from_str(&stored).unwrap();
    for transcript in [&mut transcript, &mut restored] {
        transcript.append_completion(&tokens(ANSWER)).unwrap();
    }
    assert_eq!(restored, transcript);
    assert_eq!(restored.tokens_as_sampled(), transcript.tokens_as_sampled());
    assert_eq!(restored.stale_from(), transcript.stale_from());
}

#[test]
fn damaged_stores_are_refused() {
    let mut transcript = transcript(AnalysisPolicy::KeepAll);
    transcript.append(user("Go.")).unwrap();
    let stored = serde_json::to_value(&transcript).unwrap();
    for (field, value) in [
        ("content", json!(99)),
        ("ending", json!(0)),
        ("sampled", json!({"start": 3, "end": 1})),
    ] {
        let mut damaged = stored.clone();
        damaged["entries"][0][field] = value;
        assert!(
            serde_json::from_value::<Transcript>(damaged).is_err(),
            "{field}"
        );
    }
}

#[test]
fn damaged_results_are_refused() {
    let mut transcript = transcript(AnalysisPolicy::KeepAll);
    transcript.append(user("Go.")).unwrap();
    let rendered = Rendered {
        tokens: transcript.tokens().to_vec(),
        spans: transcript.spans(),
    };
    let stored = serde_json::to_value(&rendered).unwrap();
    for (pointer, value) in [
        ("/tokens", json!([1, 2])),
        ("/spans", json!([])),
        ("/spans/0/extent/start", json!(1)),
        ("/spans/0/extent/content", json!(99)),
        ("/spans/0/extent/end", json!(u32::MAX)),
        ("/spans/0/sampled/end", json!(99)),
    ] {
        let mut damaged = stored.clone();
        *damaged.pointer_mut(pointer).unwrap() = value;
        let read = serde_json::from_value::<Rendered>(damaged);
        assert!(read.is_err(), "{pointer}");
    }
}
