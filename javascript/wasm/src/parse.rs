//! Whole completions.

use openai_harmony::StreamableParser;

use crate::answer::{answer, Answer};
use crate::encoding;
use crate::memory::{read, with_ids};
use crate::options::ParserOptions;
use crate::parser::report;

/// Messages, places, repairs, usage and finish reason of a completion, with `{"role", "strict"}`.
///
/// The first `prompt` ids are those of the prompt that it continues; if there are any, they say the role.
#[no_mangle]
pub extern "C" fn parse(options: usize, prompt: usize, ids: usize) -> *const Answer {
    answer(read::<ParserOptions>(options).and_then(|options| {
        let (role, options) = (options.role, options.parse_options());
        let parsed = with_ids(ids, |tokens| {
            let (prompt, tokens) = tokens.split_at(prompt.min(tokens.len()));
            if prompt.is_empty() {
                return encoding()?.parse(tokens, role, options).map_err(Into::into);
            }
            let mut parser = StreamableParser::from_prompt(encoding()?, prompt, options)?;
            parser.process_many_into(tokens, &mut ())?;
            parser.process_eos()?;
            Ok::<_, crate::failure::Failure>(parser.into_parsed())
        })?;
        report(&parsed)
    }))
}
