//! Values of a schema as one line of JSON text.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use serde_json::{Serializer, Value};

/// Schemas and values nested deeper than this many levels are cut short where the format cannot report an error.
///
/// 0.0.8 has no limit and dies of a stack overflow instead. JSON text cannot get here: `serde_json`
/// reads at most 128 levels. 256 need 0.5 MiB of stack without optimisation, 0.15 MiB with it.
pub(crate) const MAX_DEPTH: usize = 256;

/// What is written for a value that is nested too deeply.
const TOO_DEEP: &str = "…";

/// `value` as compact JSON, numbers as `serde_json` writes them; `None` if it nests deeper than [`MAX_DEPTH`].
pub(crate) fn plain_json(value: &Value) -> Option<String> {
    json(value, MAX_DEPTH, CompactFormatter)
}

/// `value` as compact JSON, numbers as 0.0.8 writes them; `…` if it nests deeper than `max_depth`.
pub(super) fn compact_json(value: &Value, max_depth: usize) -> String {
    json(value, max_depth, NoPlus).unwrap_or_else(|| TOO_DEEP.to_owned())
}

/// `value` as JSON with a space after each comma and colon, as the filter of the chat template writes it; `…` if it
/// nests deeper than [`MAX_DEPTH`].
pub(super) fn spaced_json(value: &Value) -> String {
    json(value, MAX_DEPTH, Spaced).unwrap_or_else(|| TOO_DEEP.to_owned())
}

fn json(value: &Value, max_depth: usize, formatter: impl Formatter) -> Option<String> {
    if is_deeper_than(value, max_depth) {
        return None;
    }
    let mut bytes = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter));
    debug_assert!(
        written.is_ok(),
        "a Vec takes every byte and a Value has string keys only"
    );
    Some(String::from_utf8(bytes).unwrap_or_default())
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

/// JSON with a space after each comma and colon.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, Value};

    use super::{compact_json, plain_json, spaced_json, MAX_DEPTH};

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

    #[test]
    fn a_value_that_would_exhaust_the_stack_is_cut_short() {
        let nested = |levels| (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        let deepest = nested(MAX_DEPTH);
        assert_eq!(plain_json(&deepest), Some(deepest.to_string()));
        assert_eq!(spaced_json(&deepest), deepest.to_string());
        // Deep enough for a recursive writer to fail in a test's thread, shallow enough for `drop`, which recurses too.
        let too_deep = nested(5_000);
        assert_eq!(plain_json(&too_deep), None);
        assert_eq!(spaced_json(&too_deep), "…");
    }
}
