//! The faithful form is TypeScript: the compiler of `typescript` on npm reads it. Skipped, with a
//! line on stderr, where there is no Node or the compiler cannot be installed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{json, Value};

use super::{cases, write_faithful, Names, FAITHFUL_FILES};

/// A namespace with one tool, and what the compiler must find in it.
struct Sample {
    schema: Value,
    text: String,
    declared: Vec<String>,
}

impl Sample {
    /// Nothing if `schema` is not a schema.
    fn new(schema: &Value) -> Option<Self> {
        let mut taken = Names::from_iter(["tool".to_owned()]);
        let mut parameters = String::new();
        let aliases = write_faithful(schema, &mut taken, &mut parameters).ok()?;
        let declarations: String = aliases.iter().map(ToString::to_string).collect();
        let text = format!("namespace functions {{\n\n{declarations}type tool = (_: {parameters}) => any;\n\n}} // namespace functions");
        let names = aliases.into_iter().map(|alias| alias.name);
        Some(Sample {
            schema: schema.clone(),
            text,
            declared: names.chain(["tool".to_owned()]).collect(),
        })
    }

    fn check(&self, report: &Value) {
        let context = || format!("{}\n{}", self.schema, self.text);
        assert_eq!(report["errors"], json!([]), "{}", context());
        assert_eq!(report["outside"], 0, "{}", context());
        assert_eq!(report["declared"], json!(self.declared), "{}", context());
        // Properties that are only required follow those that are listed.
        if self.schema["type"] == "object" && self.declared.len() == 1 {
            let listed = self.schema["properties"].as_object();
            let wanted: Vec<&str> = listed
                .into_iter()
                .flat_map(|names| names.keys())
                .map(String::as_str)
                .collect();
            let found: Vec<&str> = report["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            assert!(found.starts_with(&wanted), "{found:?}\n{}", context());
        }
    }
}

#[test]
fn the_compiler_reads_the_case_files() {
    let cases = FAITHFUL_FILES
        .iter()
        .chain(&["compatible"])
        .flat_map(|file| cases(file));
    let samples: Vec<Sample> = cases
        .filter_map(|case| Sample::new(&case["schema"]))
        .collect();
    assert!(samples.len() > 60);
    check_all(&samples);
}

#[test]
fn the_compiler_reads_random_schemas() {
    let mut runner = TestRunner::deterministic();
    let schemas = (0..1_000).map(|_| {
        document()
            .new_tree(&mut runner)
            .expect("no filter")
            .current()
    });
    let samples: Vec<Sample> = schemas.filter_map(|schema| Sample::new(&schema)).collect();
    assert!(
        samples.len() > 500,
        "only {} of the schemas are schemas",
        samples.len()
    );
    check_all(&samples);
}

fn check_all(samples: &[Sample]) {
    let Some(folder) = compiler() else {
        eprintln!("skipped: Node with the TypeScript compiler is not at hand");
        return;
    };
    let texts: Vec<&str> = samples.iter().map(|sample| sample.text.as_str()).collect();
    let reports = reports(&folder, &texts);
    assert_eq!(reports.len(), samples.len());
    for (sample, report) in samples.iter().zip(&reports) {
        sample.check(report);
    }
}

fn reports(folder: &Path, texts: &[&str]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/encoding/render/typescript/tests/parse.cjs");
    let mut node = Command::new("node")
        .args([&script, folder])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node has just answered");
    let mut stdin = node.stdin.take().expect("the pipe was asked for");
    stdin
        .write_all(json!(texts).to_string().as_bytes())
        .expect("node reads its input to the end");
    drop(stdin);
    let output = node.wait_with_output().expect("node ends");
    serde_json::from_slice(&output.stdout).expect("the script writes JSON")
}

/// The folder in which Node finds the compiler; installed at the first use.
fn compiler() -> Option<PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/typescript-compiler");
            let is_there = folder.join("node_modules/typescript/package.json").exists();
            (succeeds(Command::new("node").arg("--version")) && (is_there || install(&folder)))
                .then_some(folder)
        })
        .clone()
}

/// The last release line that is itself JavaScript with an interface for programs.
fn install(folder: &Path) -> bool {
    std::fs::create_dir_all(folder).is_ok()
        && succeeds(
            Command::new("npm")
                .args([
                    "install",
                    "--no-save",
                    "--no-audit",
                    "--no-fund",
                    "typescript@5.9",
                    "--prefix",
                ])
                .arg(folder),
        )
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// A random schema whose references lead to two definitions, to itself or nowhere.
fn document() -> impl Strategy<Value = Value> {
    (schema(), schema(), schema(), any::<bool>()).prop_map(|(root, a, b, is_object)| {
        let mut root = match root {
            Value::Object(_) if !is_object => root,
            other => json!({"type": "object", "properties": {"p": other}}),
        };
        root["$defs"] = json!({"A": {"properties": {"a": a}}, "B": b});
        root
    })
}

fn schema() -> impl Strategy<Value = Value> {
    let reference = prop::sample::select(vec![
        "#/$defs/A",
        "#/$defs/B",
        "#",
        "#/$defs/A/properties/a",
    ]);
    let leaf = prop_oneof![
        4 => prop::sample::select(vec!["string", "number", "integer", "boolean", "null", "array", "object"])
            .prop_map(|name| json!({"type": name})),
        1 => reference.prop_map(|reference| json!({"$ref": reference})),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => prop::collection::vec(value(), 0..4).prop_map(|values| json!({"enum": values})),
        1 => value().prop_map(|value| json!({"const": value})),
        1 => text().prop_map(|text| json!({"type": "string", "pattern": text, "format": text})),
    ];
    let inner = leaf.prop_recursive(5, 40, 4, |inner| {
        let some = prop::collection::vec(inner.clone(), 1..4);
        let named = prop::collection::vec((text(), inner.clone()), 0..4);
        let combination = prop::sample::select(vec!["anyOf", "oneOf", "allOf"]);
        prop_oneof![
            3 => named.prop_map(|named| json!({"type": "object", "properties": named.into_iter().collect::<serde_json::Map<_, _>>()})),
            2 => inner.clone().prop_map(|items| json!({"type": "array", "items": items})),
            1 => (some.clone(), inner.clone()).prop_map(|(front, rest)| json!({"prefixItems": front, "items": rest, "minItems": 1})),
            3 => (combination, some).prop_map(|(key, schemas)| json!({key: schemas})),
            1 => inner.clone().prop_map(|values| json!({"additionalProperties": values})),
            1 => (text(), inner.clone()).prop_map(|(pattern, values)| json!({"patternProperties": {pattern: values}})),
            1 => (inner.clone(), inner).prop_map(|(items, values)| json!({
                "type": ["array", "object", "null"], "items": items, "additionalProperties": values,
            })),
        ]
    });
    (inner, prop::collection::vec(remark(), 0..3)).prop_map(|(mut schema, remarks)| {
        if let Value::Object(members) = &mut schema {
            members.extend(remarks);
        }
        schema
    })
}

fn remark() -> impl Strategy<Value = (String, Value)> {
    let texts = prop::sample::select(vec!["title", "description"]);
    prop_oneof![
        (texts, text()).prop_map(|(key, text)| (key.to_owned(), json!(text))),
        value().prop_map(|value| ("default".to_owned(), value)),
        prop::collection::vec(value(), 0..3)
            .prop_map(|values| ("examples".to_owned(), json!(values))),
        any::<bool>().prop_map(|flag| ("nullable".to_owned(), json!(flag))),
        any::<i8>().prop_map(|limit| ("minimum".to_owned(), json!(limit))),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(Value::String),
        any::<f64>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (text(), text()).prop_map(|(key, value)| json!({key: [value]})),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let hostile = vec![
        "\n}) => any;",
        "*/",
        "\u{2028}type X = ",
        "\"",
        "'",
        "\\",
        "`${",
        "//",
        "\r",
        "</end>",
        "/\n/",
        "constructor",
        "readonly",
        "get",
        "new",
        "__proto__",
        "#x",
        "@a",
        "[k: string]",
        "\0",
        "\u{feff}",
    ];
    prop_oneof![
        "[a-z]{1,6}",
        "\\PC{0,8}",
        any::<String>(),
        prop::sample::select(hostile).prop_map(str::to_owned)
    ]
}
