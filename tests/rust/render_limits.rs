//! What rendering must not cost, however long a conversation is. The sizes are such that the quadratic ways took minutes.

use openai_harmony::chat::{Message, Role};
use openai_harmony::render::{
    RenderFormat, RenderSpec, Rendered, ResponseFormat, TokenSelection, Transcript,
};
use serde_json::json;

use crate::cases::encoding;

fn message(text: &str) -> Message {
    Message::from_role_and_content(Role::User, text)
}

/// A selection may list as many messages as there are.
#[test]
fn a_mask_looks_listed_messages_up() {
    let messages = vec![message("a"); 200_000];
    let rendered = encoding()
        .render_with(&messages, &RenderSpec::new())
        .unwrap();
    let mut selection = TokenSelection::all();
    selection.messages = Some((0..200_000).rev().collect());
    assert!(selection.mask(&rendered.spans).iter().all(|on| *on));
}

/// With a response format that no message holds yet, each message was searched for it when another one came.
#[test]
fn messages_are_not_searched_when_one_is_appended() {
    let format = ResponseFormat::new("answer", json!({"type": "object"}));
    let formats = vec![format];
    let mut transcript =
        Transcript::with_response_formats(encoding(), RenderFormat::default(), formats);
    for _ in 0..100_000 {
        transcript.append(message("a")).unwrap();
    }
    assert_eq!(transcript.messages().len(), 100_000);
}

/// A stored rendering says which messages were left out by the indices of the others.
#[test]
fn a_stored_rendering_leaves_out_no_more_messages_than_there_may_be() {
    let rendered = encoding()
        .render_with(&[message("a")], &RenderSpec::new())
        .unwrap();
    let mut stored = serde_json::to_value(&rendered).unwrap();
    assert!(serde_json::from_value::<Rendered>(stored.clone()).is_ok());
    for index in [1_u64 << 40, u64::MAX] {
        stored["spans"][0]["message"] = json!(index);
        assert!(serde_json::from_value::<Rendered>(stored.clone()).is_err());
    }
}
