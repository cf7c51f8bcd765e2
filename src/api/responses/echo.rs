//! What the response object repeats of the request.

use serde_json::{json, Map, Value};

use crate::api::error::BadRequest;
use crate::api::request::node::Node;
use crate::chat::ReasoningEffort;

/// The fields in OpenAI's order, with the value of each where the request is silent.
fn defaults() -> [(&'static str, Value); 23] {
    [
        ("background", json!(false)),
        ("frequency_penalty", json!(0.0)),
        ("instructions", Value::Null),
        ("max_output_tokens", Value::Null),
        ("max_tool_calls", Value::Null),
        ("metadata", json!({})),
        ("model", Value::Null),
        ("parallel_tool_calls", json!(true)),
        ("presence_penalty", json!(0.0)),
        ("previous_response_id", Value::Null),
        ("prompt_cache_key", Value::Null),
        ("prompt_cache_retention", Value::Null),
        ("reasoning", json!({"effort": null, "summary": null})),
        ("safety_identifier", Value::Null),
        ("service_tier", json!("default")),
        ("store", json!(true)),
        ("temperature", json!(1.0)),
        (
            "text",
            json!({"format": {"type": "text"}, "verbosity": "medium"}),
        ),
        ("tool_choice", json!("auto")),
        ("tools", json!([])),
        ("top_logprobs", json!(0)),
        ("top_p", json!(1.0)),
        ("truncation", json!("disabled")),
    ]
}

/// The fields of the response that repeat the request. `user` is among them only if the request has it.
pub(super) fn read(
    body: &Node<'_, '_>,
    default_effort: ReasoningEffort,
) -> Result<Map<String, Value>, BadRequest> {
    let mut echo = Map::new();
    for (name, default) in defaults() {
        let given = body.get(name).map(|given| given.value().to_value());
        let value = match name {
            "reasoning" => with_defaults(given, reasoning_defaults(default_effort)),
            "text" => text(given, default),
            "tools" => given.map_or(default, tools),
            // What a request may ask for is not what it gets: there is only one tier.
            "service_tier" => given.filter(|tier| tier != "auto").unwrap_or(default),
            _ => given.unwrap_or(default),
        };
        echo.insert(name.to_owned(), value);
    }
    if let Some(user) = body.get("user") {
        echo.insert("user".to_owned(), Value::from(user.string()?));
    }
    Ok(echo)
}

fn reasoning_defaults(effort: ReasoningEffort) -> Value {
    let word = match effort {
        ReasoningEffort::Low => "low",
        ReasoningEffort::Medium => "medium",
        ReasoningEffort::High => "high",
    };
    json!({"effort": word, "summary": null})
}

fn text(given: Option<Value>, default: Value) -> Value {
    let mut text = with_defaults(given, default);
    if let Some(format) = text.get_mut("format") {
        if format["type"] == "json_schema" {
            let schema_defaults = json!({"description": null, "strict": false});
            *format = with_defaults(Some(format.take()), schema_defaults);
        }
    }
    text
}

fn tools(given: Value) -> Value {
    let Value::Array(tools) = given else {
        return given;
    };
    tools.into_iter().map(tool).collect()
}

fn tool(tool: Value) -> Value {
    let defaults = match tool["type"].as_str() {
        Some("function") => json!({"description": null, "parameters": null, "strict": true}),
        Some("custom") => json!({"description": null, "format": {"type": "text"}}),
        _ => return tool,
    };
    with_defaults(Some(tool), defaults)
}

/// An object with the members that it lacks, or has as `null`.
fn with_defaults(given: Option<Value>, defaults: Value) -> Value {
    let (Some(Value::Object(mut given)), Value::Object(defaults)) = (given, defaults.clone())
    else {
        return defaults;
    };
    for (name, default) in defaults {
        let member = given.entry(name).or_insert(Value::Null);
        if member.is_null() {
            *member = default;
        }
    }
    Value::Object(given)
}
