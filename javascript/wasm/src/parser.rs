//! The incremental parser, of tokens and of text.

use openai_harmony::{
    ChannelUsage, FinishReason, HarmonyError, Parsed, StreamEvent, StreamState, StreamableParser,
};
use serde::{Deserialize, Serialize};

use crate::answer::{answer, Answer, Reply};
use crate::encoding;
use crate::failure::Failure;
use crate::handles::Handles;
use crate::memory::{read, with_text};
use crate::options::ParserOptions;
use crate::utf16::Utf16;

thread_local! {
    static PARSERS: Handles<Parser> = const { Handles::new() };
}

/// A parser; `text` is there once it was given text.
#[derive(Serialize, Deserialize, Clone)]
pub struct Parser {
    inner: StreamableParser,
    text: Option<Utf16>,
}

impl From<StreamableParser> for Parser {
    fn from(inner: StreamableParser) -> Self {
        Self { inner, text: None }
    }
}

impl Parser {
    fn process_text(&mut self, chunk: &str) -> Result<Vec<StreamEvent>, Failure> {
        let positions = self.text.get_or_insert_default();
        positions.note(chunk);
        let mut events = Vec::new();
        let result = self.inner.process_text_into(chunk, &mut events);
        let reported = self.report(events, result);
        if let (Err(_), Some(positions)) = (&reported, &mut self.text) {
            positions.truncate(self.inner.position());
        }
        reported
    }

    fn finish(&mut self) -> Result<Vec<StreamEvent>, Failure> {
        let mut events = Vec::new();
        let result = self.inner.process_eos_into(&mut events);
        self.report(events, result)
    }

    #[cfg(feature = "tokens")]
    fn process_many(&mut self, tokens: &[u32]) -> Result<Vec<StreamEvent>, Failure> {
        let mut events = Vec::new();
        let result = self.inner.process_many_into(tokens, &mut events);
        self.report(events, result)
    }

    /// Events and error with the positions of JavaScript; the error has the events before it.
    fn report(
        &self,
        mut events: Vec<StreamEvent>,
        result: Result<(), HarmonyError>,
    ) -> Result<Vec<StreamEvent>, Failure> {
        if let Some(positions) = &self.text {
            events.iter_mut().for_each(|event| positions.event(event));
        }
        let Err(error) = result else {
            return Ok(events);
        };
        let mut failure = Failure::from(error);
        if let (Some(index), Some(positions)) = (&mut failure.index, &self.text) {
            *index = positions.position(*index);
        }
        failure.events = Some(events);
        Err(failure)
    }

    fn parsed(&self) -> Parsed {
        let mut parsed = self.inner.parsed();
        if let Some(positions) = &self.text {
            positions.parsed(&mut parsed);
        }
        parsed
    }

    fn take_messages(&mut self) -> Result<Reply, Failure> {
        let taken = self.inner.take_messages();
        if let Some(positions) = &mut self.text {
            positions.drop_before(self.inner.parsed().start);
        }
        Reply::json(&taken)
    }
}

/// The result of parsing, with what follows from it.
pub fn report(parsed: &Parsed) -> Result<Reply, Failure> {
    #[derive(Serialize)]
    struct Report<'a> {
        #[serde(flatten)]
        parsed: &'a Parsed,
        usage: Vec<ChannelUsage>,
        finish_reason: FinishReason,
    }
    Reply::json(&Report {
        parsed,
        usage: parsed.usage(),
        finish_reason: parsed.finish_reason(),
    })
}

/// Events as JSON; a single delta, the most frequent case by far, needs none.
fn events(mut events: Vec<StreamEvent>) -> Result<Reply, Failure> {
    match (events.pop(), events.is_empty()) {
        (Some(StreamEvent::ContentDelta { index, text }), true) => Ok(Reply::Delta { index, text }),
        (Some(last), _) => {
            events.push(last);
            Reply::json(&events)
        }
        (None, _) => Ok(Reply::Null),
    }
}

fn with<R: Into<Reply>>(
    handle: u32,
    work: impl FnOnce(&mut Parser) -> Result<R, Failure>,
) -> *const Answer {
    answer(PARSERS.with(|parsers| parsers.with(handle, work)))
}

fn keep(parser: Parser) -> u32 {
    PARSERS.with(|parsers| parsers.keep(parser))
}

/// A parser with `{"role", "strict"}`.
#[no_mangle]
pub extern "C" fn parser_new(options: usize) -> *const Answer {
    answer(read::<ParserOptions>(options).and_then(|options| {
        let (role, options) = (options.role, options.parse_options());
        let inner = StreamableParser::new_with_options(encoding()?, role, options)?;
        Ok(keep(inner.into()))
    }))
}

/// A parser from what `parser_state` gave.
#[no_mangle]
pub extern "C" fn parser_restore(state: usize) -> *const Answer {
    answer(read::<Parser>(state).map(keep))
}

#[no_mangle]
pub extern "C" fn parser_free(handle: u32) {
    PARSERS.with(|parsers| parsers.free(handle));
}

#[no_mangle]
pub extern "C" fn parser_clone(handle: u32) -> *const Answer {
    // The copy is kept after the borrow of the original.
    let copy = PARSERS.with(|parsers| parsers.with(handle, |parser| Ok(parser.clone())));
    answer(copy.map(keep))
}

#[no_mangle]
pub extern "C" fn parser_reset(handle: u32) -> *const Answer {
    with(handle, |parser| {
        parser.inner.reset();
        parser.text = None;
        Ok(())
    })
}

#[no_mangle]
pub extern "C" fn parser_process_text(handle: u32, chunk: usize) -> *const Answer {
    with(handle, |parser| {
        with_text(chunk, |chunk| events(parser.process_text(chunk)?))
    })
}

#[no_mangle]
pub extern "C" fn parser_finish(handle: u32) -> *const Answer {
    with(handle, |parser| events(parser.finish()?))
}

#[no_mangle]
pub extern "C" fn parser_take_messages(handle: u32) -> *const Answer {
    with(handle, Parser::take_messages)
}

/// The complete messages.
#[no_mangle]
pub extern "C" fn parser_messages(handle: u32) -> *const Answer {
    with(handle, |parser| Reply::json(parser.inner.messages()))
}

#[no_mangle]
pub extern "C" fn parser_message_count(handle: u32) -> *const Answer {
    with(handle, |parser| Ok(parser.inner.messages().len()))
}

#[no_mangle]
pub extern "C" fn parser_parsed(handle: u32) -> *const Answer {
    with(handle, |parser| report(&parser.parsed()))
}

#[no_mangle]
pub extern "C" fn parser_repairs(handle: u32) -> *const Answer {
    with(handle, |parser| {
        let mut repairs = parser.inner.repairs().to_vec();
        if let Some(positions) = &parser.text {
            repairs
                .iter_mut()
                .for_each(|repair| positions.repair(repair));
        }
        Reply::json(&repairs)
    })
}

/// The whole state, for `parser_restore`.
#[no_mangle]
pub extern "C" fn parser_state(handle: u32) -> *const Answer {
    with(handle, |parser| Reply::json(parser))
}

/// 0 between messages, 1 in a header, 2 in content.
#[no_mangle]
pub extern "C" fn parser_stage(handle: u32) -> *const Answer {
    with(handle, |parser| {
        Ok(match parser.inner.state() {
            StreamState::ExpectStart => 0_u32,
            StreamState::Header => 1,
            StreamState::Content => 2,
        })
    })
}

#[no_mangle]
pub extern "C" fn parser_role(handle: u32) -> *const Answer {
    with(handle, |parser| {
        Ok(parser.inner.current_role().map(|role| role.as_str()))
    })
}

#[no_mangle]
pub extern "C" fn parser_content(handle: u32) -> *const Answer {
    with(handle, |parser| Ok(parser.inner.current_text().to_owned()))
}

#[no_mangle]
pub extern "C" fn parser_channel(handle: u32) -> *const Answer {
    with(handle, |parser| Ok(parser.inner.current_channel()))
}

#[no_mangle]
pub extern "C" fn parser_recipient(handle: u32) -> *const Answer {
    with(handle, |parser| Ok(parser.inner.current_recipient()))
}

#[no_mangle]
pub extern "C" fn parser_content_type(handle: u32) -> *const Answer {
    with(handle, |parser| Ok(parser.inner.current_content_type()))
}

#[no_mangle]
pub extern "C" fn parser_delta(handle: u32) -> *const Answer {
    with(handle, |parser| {
        Ok(parser.inner.last_delta().map(str::to_owned))
    })
}

#[cfg(feature = "tokens")]
mod tokens {
    use super::*;
    use crate::memory::with_ids;

    /// A parser that continues a prompt of `ids` tokens.
    #[no_mangle]
    pub extern "C" fn parser_from_prompt(options: usize, ids: usize) -> *const Answer {
        answer(read::<ParserOptions>(options).and_then(|options| {
            let options = options.parse_options();
            let encoding = encoding()?;
            let inner = with_ids(ids, |prompt| {
                StreamableParser::from_prompt(encoding, prompt, options)
            })?;
            Ok(keep(inner.into()))
        }))
    }

    /// Processes one token, without events.
    #[no_mangle]
    pub extern "C" fn parser_process(handle: u32, token: u32) -> *const Answer {
        with(handle, |parser| {
            parser.inner.process(token)?;
            Ok(())
        })
    }

    #[no_mangle]
    pub extern "C" fn parser_process_many(handle: u32, ids: usize) -> *const Answer {
        with(handle, |parser| {
            with_ids(ids, |tokens| events(parser.process_many(tokens)?))
        })
    }

    #[no_mangle]
    pub extern "C" fn parser_tokens(handle: u32) -> *const Answer {
        with(handle, |parser| Ok(parser.inner.tokens().to_vec()))
    }

    #[no_mangle]
    pub extern "C" fn parser_open_tokens(handle: u32) -> *const Answer {
        with(handle, |parser| Ok(parser.inner.open_tokens().to_vec()))
    }
}
