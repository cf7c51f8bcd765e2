//! What a web search does.

use serde_json::{json, Map, Value};

/// The field `action` of a `web_search_call`. Arguments that are not a JSON object are a search for them as they are.
pub(super) fn action(function: Option<&str>, arguments: &str) -> Value {
    let Ok(arguments) = serde_json::from_str::<Map<String, Value>>(arguments) else {
        return search(arguments);
    };
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    match function {
        // The model names a page by its address or by the number of a link, which is not an address.
        Some("open") => json!({"type": "open_page", "url": text("url").or_else(|| text("id"))}),
        Some("find") => json!({
            "type": "find_in_page",
            "url": text("url").unwrap_or_default(),
            "pattern": text("pattern").unwrap_or_default(),
        }),
        _ => search(text("query").unwrap_or_default()),
    }
}

fn search(query: &str) -> Value {
    json!({"type": "search", "query": query})
}

#[cfg(test)]
mod tests {
    use super::action;
    use serde_json::json;

    #[test]
    fn the_functions_of_the_browser_are_actions() {
        let cases = [
            (
                "search",
                r#"{"query":"x"}"#,
                json!({"type": "search", "query": "x"}),
            ),
            (
                "open",
                r#"{"id":"https://x.org"}"#,
                json!({"type": "open_page", "url": "https://x.org"}),
            ),
            (
                "open",
                r#"{"id":3}"#,
                json!({"type": "open_page", "url": null}),
            ),
            (
                "find",
                r#"{"pattern":"y"}"#,
                json!({"type": "find_in_page", "url": "", "pattern": "y"}),
            ),
            (
                "find",
                "not JSON",
                json!({"type": "search", "query": "not JSON"}),
            ),
        ];
        for (function, arguments, expected) in cases {
            assert_eq!(action(Some(function), arguments), expected);
        }
    }
}
