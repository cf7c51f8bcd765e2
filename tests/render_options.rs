//! Each option of rendering against the case files in `test-data/render-options`.

use std::fs;
use std::path::Path;

use openai_harmony::chat::Message;
use openai_harmony::render::RenderSpec;
use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
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
    let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss).unwrap();
    let mut count = 0;
    for entry in
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("test-data/render-options"))
            .unwrap()
    {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let case: Case = serde_json::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
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
        count += 1;
    }
    assert!(count > 0, "no case files");
}
