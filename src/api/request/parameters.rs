//! Numbers and switches that go through to the sampler, and parameters without effect.

use serde_json::{Map, Value};

use super::node::Node;
use crate::api::error::{BadRequest, BadRequestCode};
use crate::api::options::{Options, UnknownParameters};

/// What a parameter of the sampler has to be.
#[derive(Clone, Copy)]
enum Kind {
    Number(f64, f64),
    Integer(i64, i64),
    Biases,
}

/// The parameters of the sampler: those of the APIs, and those that engines add to them.
const SAMPLING: [(&str, Kind); 9] = [
    ("temperature", Kind::Number(0.0, 2.0)),
    ("top_p", Kind::Number(0.0, 1.0)),
    ("presence_penalty", Kind::Number(-2.0, 2.0)),
    ("frequency_penalty", Kind::Number(-2.0, 2.0)),
    ("seed", Kind::Integer(i64::MIN, i64::MAX)),
    ("logit_bias", Kind::Biases),
    ("top_k", Kind::Integer(-1, i64::MAX)),
    ("min_p", Kind::Number(0.0, 1.0)),
    ("repetition_penalty", Kind::Number(0.0, f64::MAX)),
];

/// The sampler's parameters, each as it was given.
pub(in crate::api) fn sampling(body: &Node<'_, '_>) -> Result<Map<String, Value>, BadRequest> {
    let mut given = Map::new();
    for (name, kind) in SAMPLING {
        let Some(parameter) = body.get(name) else {
            continue;
        };
        match kind {
            Kind::Number(least, most) => drop(parameter.number(least..=most)?),
            Kind::Integer(least, most) => drop(parameter.integer(least..=most)?),
            Kind::Biases => check_biases(&parameter)?,
        }
        given.insert(name.to_owned(), parameter.value().to_value());
    }
    Ok(given)
}

/// `{"50256": -100}`: a number from -100 to 100 for each token id.
fn check_biases(biases: &Node<'_, '_>) -> Result<(), BadRequest> {
    for (id, bias) in biases.members()? {
        if id.parse::<u32>().is_err() {
            return Err(biases.refuse(format!(
                "Invalid key in 'logit_bias': {id}. Each key must be a token id."
            )));
        }
        if !bias.value().is_null() {
            bias.number(-100.0..=100.0)?;
        }
    }
    Ok(())
}

/// A switch that is off unless the request says otherwise.
pub(in crate::api) fn flag(
    object: &Node<'_, '_>,
    name: &str,
    default: bool,
) -> Result<bool, BadRequest> {
    match object.get(name) {
        Some(flag) => flag.boolean(),
        None => Ok(default),
    }
}

/// A text that may be left out.
pub(in crate::api) fn text<'v>(
    object: &Node<'v, '_>,
    name: &str,
) -> Result<Option<&'v str>, BadRequest> {
    object.get(name).map(|text| text.string()).transpose()
}

/// Whether the oldest turns may go if the prompt is too long.
pub(in crate::api) fn may_truncate(body: &Node<'_, '_>) -> Result<bool, BadRequest> {
    let Some(truncation) = body.get("truncation") else {
        return Ok(false);
    };
    match truncation.string()? {
        "auto" => Ok(true),
        "disabled" => Ok(false),
        _ => Err(truncation.none_of(["auto", "disabled"])),
    }
}

/// The paths of the parameters that have no effect: those in `without_effect`, and those that the API does not have,
/// unless the options make them an error. `used` are the API's parameters that do have one.
pub(in crate::api) fn ignored(
    body: &Node<'_, '_>,
    used: &[&str],
    without_effect: &[&str],
    options: &Options,
) -> Result<Vec<String>, BadRequest> {
    let mut ignored = Vec::new();
    for (name, value) in body.object()?.iter() {
        let is_used = used.contains(&name) || SAMPLING.iter().any(|(known, _)| *known == name);
        if is_used || value.is_null() {
            continue;
        }
        if options.unknown == UnknownParameters::Error && !without_effect.contains(&name) {
            return Err(BadRequest {
                message: format!("Unknown parameter: '{name}'."),
                param: Some(name.to_owned()),
                code: Some(BadRequestCode::UnknownParameter),
            });
        }
        ignored.push(name.to_owned());
    }
    Ok(ignored)
}
