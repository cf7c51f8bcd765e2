//! The Responses API: tools that the server runs, sealed reasoning, stored responses, cancel and fail.

use crate::answers;
use crate::answers::{responses_job, responses_job_with, responses_tools, tokens, Numbers};
use openai_harmony::api::{
    EngineFinishReason, NoStore, Options, ResponsesJob, ResponsesStream, StreamError, ToolOutput,
};
use openai_harmony::chat::{ToolDescription, ToolNamespaceConfig};
use serde_json::{json, Value};

use EngineFinishReason::{Length, Stop};

const SEARCH: &str =
    "<|channel|>analysis to=browser.search code<|message|>{\"query\":\"x\"}<|call|>";
const CODE: &str = "<|channel|>analysis to=python code<|message|>print(1)<|call|>";
const ANSWER: &str = "<|channel|>final<|message|>Done.<|return|>";

fn names(events: &[Value]) -> Vec<&str> {
    let names = events.iter().map(|event| event["type"].as_str().unwrap());
    names
        .map(|name| name.strip_prefix("response.").unwrap())
        .collect()
}

/// Samples a call, hands its output in, and samples the answer.
fn run(
    job: &ResponsesJob,
    call: &str,
    output: ToolOutput,
) -> (Vec<Value>, ResponsesStream<Numbers>) {
    let mut stream = job.stream(Numbers::default());
    let mut events: Vec<Value> = Vec::new();
    stream.push(&tokens(call), None, &mut events).unwrap();
    let before = [job.tokens(), &tokens(call)].concat();
    stream.tool_output(output, &mut events).unwrap();
    assert!(
        stream.prompt().starts_with(&before),
        "the prompt is only ever extended"
    );
    let sampled_from = stream.prompt().to_vec();
    stream.push(&tokens(ANSWER), None, &mut events).unwrap();
    stream.finish(Some(Stop), &mut events).unwrap();
    assert_eq!(
        json!(answers::responses::sum(&events)),
        stream.response()["output"]
    );
    let usage = stream.response()["usage"].clone();
    assert_eq!(
        usage["input_tokens"],
        job.tokens().len() + sampled_from.len()
    );
    assert_eq!(
        usage["output_tokens"],
        tokens(call).len() + tokens(ANSWER).len()
    );
    (events, stream)
}

#[test]
fn code_waits_for_its_output() {
    let job = responses_job(
        &json!({"tools": responses_tools(), "include": ["code_interpreter_call.outputs"]}),
    );
    let mut stream = job.stream(Numbers::default());
    stream.push(&tokens(CODE), None, &mut ()).unwrap();
    let call = stream.pending_tool().unwrap();
    assert_eq!(
        (
            call.kind.as_str(),
            call.tool.as_str(),
            call.function.as_deref()
        ),
        ("code_interpreter", "python", None)
    );
    assert_eq!(call.arguments, "print(1)");

    let (events, stream) = run(&job, CODE, "1\n".into());
    assert_eq!(stream.pending_tool(), None);
    let names = names(&events);
    let first = [
        "created",
        "in_progress",
        "output_item.added",
        "code_interpreter_call.in_progress",
        "code_interpreter_call_code.delta",
        "code_interpreter_call_code.done",
        "code_interpreter_call.interpreting",
        "code_interpreter_call.completed",
        "output_item.done",
        "output_item.added",
    ];
    assert_eq!(names[..first.len()], first);
    let item = &stream.response()["output"][0];
    assert_eq!(item["outputs"], json!([{"type": "logs", "logs": "1\n"}]));
    assert!(item["container_id"].is_string() && item["status"] == "completed");
    let text = answers::encoding()
        .tokenizer()
        .decode_utf8(stream.transcript().unwrap().tokens())
        .unwrap();
    assert!(
        text.contains("<|start|>python to=assistant<|channel|>analysis<|message|>1\n<|end|>"),
        "{text}"
    );
}

#[test]
fn a_search_is_added_when_its_arguments_are_complete() {
    let job = responses_job(
        &json!({"tools": responses_tools(), "include": ["web_search_call.action.sources"]}),
    );
    let sources = vec![json!({"type": "url", "url": "https://x.org"})];
    let output = ToolOutput {
        sources: Some(sources.clone()),
        ..ToolOutput::from("page")
    };
    let (events, stream) = run(&job, SEARCH, output);
    let first = [
        "created",
        "in_progress",
        "output_item.added",
        "web_search_call.in_progress",
        "web_search_call.searching",
        "web_search_call.completed",
        "output_item.done",
        "output_item.added",
    ];
    assert_eq!(names(&events)[..first.len()], first);
    assert_eq!(
        events[2]["item"]["action"],
        json!({"type": "search", "query": "x"})
    );
    let item = &stream.response()["output"][0];
    assert_eq!(
        item["action"],
        json!({"type": "search", "query": "x", "sources": sources})
    );
}

#[test]
fn calls_of_mcp_servers_succeed_or_fail() {
    let read = ToolDescription::new("read", "", None);
    let namespace = ToolNamespaceConfig::new("docs", None, vec![read]);
    let options = Options {
        namespaces: [("docs".to_owned(), namespace)].into(),
        ..Options::default()
    };
    let tool = json!({"type": "mcp", "server_label": "docs", "server_url": "https://x.org", "require_approval": "never"});
    let job = responses_job_with(&json!({"tools": [tool]}), options);
    let call = "<|channel|>commentary to=docs.read <|constrain|>json<|message|>{\"a\":1}<|call|>";

    let (events, stream) = run(&job, call, "text".into());
    let first = [
        "created",
        "in_progress",
        "output_item.added",
        "mcp_call.in_progress",
        "mcp_call_arguments.delta",
        "mcp_call_arguments.done",
        "mcp_call.completed",
        "output_item.done",
    ];
    assert_eq!(names(&events)[..first.len()], first);
    let item = &stream.response()["output"][0];
    assert_eq!(
        (&item["server_label"], &item["name"], &item["output"]),
        (&json!("docs"), &json!("read"), &json!("text"))
    );

    let failed = ToolOutput {
        failed: true,
        ..ToolOutput::from("no such page")
    };
    let (events, stream) = run(&job, call, failed);
    assert!(names(&events).contains(&"mcp_call.failed"));
    let item = &stream.response()["output"][0];
    assert_eq!(
        (&item["status"], &item["output"]),
        (&json!("failed"), &Value::Null)
    );
    assert_eq!(item["error"]["content"], "no such page");
}

#[test]
fn a_call_that_nobody_runs_is_incomplete() {
    let job = responses_job(&json!({"tools": responses_tools()}));
    for sampled in [CODE.to_owned(), format!("{CODE}<|start|>assistant{ANSWER}")] {
        let (events, response) =
            answers::responses::stream(&job, &tokens(&sampled), Some(Stop), &[1]);
        assert_eq!(json!(answers::responses::sum(&events)), response["output"]);
        assert_eq!(response["output"][0]["status"], "incomplete");
        assert_eq!(response["status"], "completed");
    }
    let cut = CODE.strip_suffix("<|call|>").unwrap();
    let (_, response) = answers::responses::stream(&job, &tokens(cut), Some(Length), &[1]);
    assert_eq!(
        (&response["status"], &response["output"][0]["status"]),
        (&json!("incomplete"), &json!("incomplete"))
    );
}

#[test]
fn after_max_tool_calls_no_tool_is_run() {
    let job = responses_job(&json!({"tools": responses_tools(), "max_tool_calls": 1}));
    let mut stream = job.stream(Numbers::default());
    stream.push(&tokens(CODE), None, &mut ()).unwrap();
    stream.tool_output("1", &mut ()).unwrap();
    stream.push(&tokens(CODE), None, &mut ()).unwrap();
    assert_eq!(stream.pending_tool(), None);
    assert!(matches!(
        stream.tool_output("1", &mut ()),
        Err(StreamError::NoPendingTool)
    ));
    stream.finish(Some(Stop), &mut ()).unwrap();
    let response = stream.response();
    assert_eq!(response["status"], "completed");
    assert_eq!(response["output"][0]["status"], "completed");
    assert_eq!(response["output"][1]["status"], "incomplete");
}

#[test]
fn failing_closes_what_is_open() {
    let job = responses_job(&json!({}));
    let mut stream = job.stream(Numbers::default());
    let mut events: Vec<Value> = Vec::new();
    stream
        .push(&tokens("<|channel|>final<|message|>a"), None, &mut events)
        .unwrap();
    stream.fail("out of memory", "server_error", None, &mut events);
    assert_eq!(
        json!(answers::responses::sum(&events)),
        stream.response()["output"]
    );
    let response = stream.response();
    assert_eq!(
        response["error"],
        json!({"code": "server_error", "message": "out of memory"})
    );
    assert_eq!(response["output"][0]["status"], "incomplete");
    assert!(matches!(
        stream.push(&[1], None, &mut events),
        Err(StreamError::Ended)
    ));
}

#[test]
fn cancelling_sends_nothing() {
    let mut stream = responses_job(&json!({})).stream(Numbers::default());
    let mut events: Vec<Value> = Vec::new();
    stream
        .push(&tokens("<|channel|>final<|message|>a"), None, &mut events)
        .unwrap();
    stream.cancel();
    let response = stream.response();
    assert_eq!(response["status"], "cancelled");
    assert_eq!(response["output"][0]["status"], "incomplete");
    assert_eq!(response["usage"]["output_tokens"], 4);
}

#[test]
fn sealed_reasoning_comes_if_it_is_asked_for() {
    let sampled = tokens("<|channel|>analysis<|message|>a<|end|>");
    let asked = responses_job(&json!({"include": ["reasoning.encrypted_content"]}));
    let (_, response) = answers::responses::stream(&asked, &sampled, Some(Stop), &[1]);
    assert_eq!(
        response["output"][0]["encrypted_content"],
        "harmony-plain-v1:a"
    );
    let (_, response) =
        answers::responses::stream(&responses_job(&json!({})), &sampled, Some(Stop), &[1]);
    assert!(response["output"][0].get("encrypted_content").is_none());
}

#[test]
fn a_stored_response_is_where_the_next_begins() {
    let job = responses_job(&json!({"tools": responses_tools()}));
    let mut stream = job.stream(Numbers::default());
    let sampled = tokens("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{}<|call|>");
    stream.push(&sampled, None, &mut ()).unwrap();
    stream.finish(Some(Stop), &mut ()).unwrap();
    let stored = stream.stored().unwrap();
    assert_eq!(json!(stored.output), stream.response()["output"]);
    let store: std::collections::HashMap<_, _> = [(stored.id.clone(), stored.clone())].into();
    let call_id = &stored.output[1]["call_id"];
    let body = json!({
        "model": "m", "tools": responses_tools(), "previous_response_id": stored.id,
        "input": [{"type": "function_call_output", "call_id": call_id, "output": "sunny"}],
    });
    let responses = openai_harmony::api::Responses::new(answers::encoding(), Options::default());
    let next = responses
        .prepare(body.to_string().as_bytes(), &Numbers::default(), &store)
        .unwrap();
    assert!(next
        .tokens()
        .starts_with(&[job.tokens(), &sampled].concat()));
    assert!(responses
        .prepare(body.to_string().as_bytes(), &Numbers::default(), &NoStore)
        .is_err());
}
