//! Each option of rendering against the case files in `test-data/render-options`.

use crate::cases;
use crate::cases::encoding;
use openai_harmony::chat::Message;
use openai_harmony::render::RenderSpec;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows.
    #[allow(dead_code)]
    about: String,
    /// Where the expectation comes from.
    #[allow(dead_code)]
    source: String,
    spec: RenderSpec,
    messages: Vec<Message>,
    text: Option<String>,
    tokens: Option<Vec<u32>>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: String,
    index: usize,
    message: String,
}

#[test]
fn options_render_as_their_cases_say() {
    let encoding = encoding();
    for (name, case) in cases::read::<Case>("render-options") {
        let rendered = encoding.render_with(&case.messages, &case.spec);
        if let Some(expected) = case.error {
            let error = rendered.unwrap_err();
            assert_eq!(error.code(), expected.code, "{name}");
            assert_eq!(error.index(), Some(expected.index), "{name}");
            assert_eq!(error.to_string(), expected.message, "{name}");
        } else {
            let tokens = rendered
                .unwrap_or_else(|error| panic!("{name}: {error}"))
                .tokens;
            let text = encoding.tokenizer().decode_utf8(&tokens).unwrap();
            assert_eq!(Some(text), case.text, "{name}");
            if let Some(expected) = case.tokens {
                assert_eq!(tokens, expected, "{name}");
            }
        }
    }
}
