//! Values of a schema as one line of JSON text.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use serde_json::{Serializer, Value};

/// `value` as compact JSON, numbers as 0.0.8 writes them; `…` if it nests deeper than `max_depth`.
pub(super) fn compact_json(value: &Value, max_depth: usize) -> String {
    if is_deeper_than(value, max_depth) {
        return "…".to_owned();
    }
    let mut bytes = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut bytes, NoPlus));
    debug_assert!(
        written.is_ok(),
        "a Vec takes every byte and a Value has string keys only"
    );
    String::from_utf8(bytes).unwrap_or_default()
}

fn is_deeper_than(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return value.is_array() || value.is_object();
    };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper_than(item, below)),
        Value::Object(members) => members.values().any(|member| is_deeper_than(member, below)),
        _ => false,
    }
}

/// Compact JSON with `1e21` for what `serde_json` writes as `1e+21` since it left `ryu`.
struct NoPlus;

impl Formatter for NoPlus {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let mut digits = Vec::new();
        CompactFormatter.write_f64(&mut digits, value)?;
        digits.retain(|byte| *byte != b'+');
        writer.write_all(&digits)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::compact_json;

    #[test]
    fn numbers_stand_as_in_0_0_8() {
        let numbers = json!([1, -2.5, 1e21, 1.5e-7, 1e15, -3e300, 0.0]);
        assert_eq!(
            compact_json(&numbers, 8),
            "[1,-2.5,1e21,1.5e-7,1000000000000000.0,-3e300,0.0]"
        );
    }

    #[test]
    fn a_plus_in_a_text_stays() {
        assert_eq!(
            compact_json(&json!({"1e+2": "3e+4"}), 8),
            r#"{"1e+2":"3e+4"}"#
        );
    }

    #[test]
    fn too_deep_is_an_ellipsis() {
        assert_eq!(compact_json(&json!([[1]]), 2), "[[1]]");
        assert_eq!(compact_json(&json!([[[]]]), 2), "…");
    }
}
