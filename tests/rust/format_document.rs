//! Every example of `docs/format.md` is what the library writes, and every case that it names exists.

use std::fs;
use std::path::{Path, PathBuf};

use openai_harmony::chat::{DeveloperContent, Message, Role, ToolDescription};
use openai_harmony::render::{PromptStyle, RenderFormat, RenderSpec, ResponseFormat};
use openai_harmony::{load_harmony_encoding, FormattingToken, HarmonyEncodingName};
use serde_json::{json, Value};

/// A fenced block: the words after its fence, and its lines.
struct Example {
    words: Vec<String>,
    text: String,
}

impl Example {
    /// `NAME` of the word `key=NAME`.
    fn value(&self, key: &str) -> Option<&str> {
        let mut values = self
            .words
            .iter()
            .filter_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        values.next()
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|own| own == word)
    }

    /// The text without the line breaks that the document adds after endings.
    fn exact_text(&self) -> String {
        let endings = ["<|end|>", "<|call|>", "<|return|>"];
        let text = self.text.trim_end_matches('\n').to_owned();
        endings.iter().fold(text, |text, ending| {
            text.replace(&format!("{ending}\n"), ending)
        })
    }
}

#[test]
fn conversations_are_those_of_the_case_files() {
    let examples: Vec<Example> = examples()
        .into_iter()
        .filter(|example| example.has("harmony"))
        .collect();
    assert!(examples.len() >= 10);
    for example in examples {
        let text = example.exact_text();
        let known = match (example.value("case"), example.value("stream")) {
            (Some(case), _) => {
                text_of(&case_file("render", case)[example.value("view").expect("a view")]["text"])
            }
            (None, Some(case)) => text_of(&case_file("parse", case)["text"]),
            (None, None) => response_formats(),
        };
        if example.has("part") {
            assert!(known.contains(&text), "{text}\nis not part of\n{known}");
        } else {
            assert_eq!(text, known);
        }
    }
}

#[test]
fn the_faithful_tool_is_what_the_schema_gives() {
    let examples = examples();
    let block = |word: &str| {
        examples
            .iter()
            .find(|example| example.has(word))
            .expect(word)
    };
    let schema: Value = serde_json::from_str(&block("schema").text).expect("the schema is JSON");
    let tool = ToolDescription::new("find", "Finds things.", Some(schema));
    let developer = DeveloperContent::new().with_function_tools(vec![tool]);
    let format = RenderFormat::default().with_prompts(PromptStyle::Faithful);
    let text = rendered(developer, &RenderSpec::new().with_format(format));
    assert!(text.contains(&block("faithful").text), "{text}");
}

#[test]
fn tokens_have_the_ids_of_the_table() {
    let document = document();
    for token in FormattingToken::ALL {
        let row = format!(
            "| `{}` | {} |",
            token.text().replace('|', "\\|"),
            token.id()
        );
        assert!(document.contains(&row), "{row}");
    }
}

/// `**R** `case`, `case`` and `**S** `case``: the files that hold a rule.
#[test]
fn every_case_that_is_named_exists() {
    let document = document().replace('\n', " ");
    let mut count = 0;
    for (mark, folder) in [("**R** `", "render"), ("**S** `", "parse")] {
        for after in document.split(mark).skip(1) {
            let end = after.find([')', '|', '*', '.', ':']).unwrap_or(after.len());
            // OK because the split took the first back quote.
            for name in format!("`{}", &after[..end]).split('`').skip(1).step_by(2) {
                // The legend writes "case" for the name of one.
                assert!(
                    name == "case" || case_path(folder, name).exists(),
                    "{folder}/{name}"
                );
                count += 1;
            }
        }
    }
    assert!(count > 50, "only {count}");
}

fn response_formats() -> String {
    let schema = json!({
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"type": "string"}}},
        "required": ["items"],
    });
    let format = ResponseFormat::new("shopping_list", schema).with_description("What to buy.");
    let developer = DeveloperContent::new().with_instructions("Help with shopping.");
    rendered(developer, &RenderSpec::new().with_response_format(format))
}

fn rendered(developer: DeveloperContent, spec: &RenderSpec) -> String {
    let encoding =
        load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss).expect("it is embedded");
    let conversation = [Message::from_role_and_content(Role::Developer, developer)];
    let rendered = encoding
        .render_with(&conversation, spec)
        .expect("it renders");
    encoding
        .tokenizer()
        .decode_utf8(&rendered.tokens)
        .expect("it is text")
}

fn examples() -> Vec<Example> {
    let document = document();
    let mut blocks = document.split("```").skip(1).step_by(2);
    std::iter::from_fn(|| {
        let (fence, text) = blocks.next()?.split_once('\n')?;
        let words = fence.split_whitespace().map(str::to_owned).collect();
        Some(Example {
            words,
            text: text.to_owned(),
        })
    })
    .collect()
}

fn document() -> String {
    fs::read_to_string(root().join("docs/format.md"))
        .expect("the document is part of the repository")
}

fn case_file(folder: &str, name: &str) -> Value {
    let text = fs::read_to_string(case_path(folder, name)).expect("a case file");
    serde_json::from_str(&text).expect("a case file is JSON")
}

fn case_path(folder: &str, name: &str) -> PathBuf {
    root()
        .join("test-data")
        .join(folder)
        .join(format!("{name}.json"))
}

fn text_of(value: &Value) -> String {
    value.as_str().expect("the case has a text").to_owned()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
