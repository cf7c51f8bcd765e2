//! Running a parser, and what its results must look like.

use std::ops::Range;

use openai_harmony::chat::{Content, Message, Role};
use openai_harmony::{ParseOptions, Parsed, StreamEvent, StreamableParser};

pub fn parser(role: Option<Role>, options: ParseOptions) -> StreamableParser {
    StreamableParser::new_with_options(super::encoding(), role, options).expect("never fails")
}

pub fn text_of(message: &Message) -> &str {
    match &message.content[..] {
        [Content::Text(content)] => &content.text,
        other => panic!("not one text: {other:?}"),
    }
}

/// What happened in all tokens, in batches of the given sizes, and at the end.
pub fn batches(parser: &mut StreamableParser, tokens: &[u32], sizes: &[usize]) -> Vec<StreamEvent> {
    let mut events = Vec::new();
    let mut rest = tokens;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (batch, tail) = rest.split_at((*size).min(rest.len()));
        parser
            .process_many_into(batch, &mut events)
            .expect("lenient");
        rest = tail;
    }
    parser.process_eos_into(&mut events).expect("lenient");
    events
}

/// Events with neighbouring deltas joined: their number is that of the batches.
pub fn joined(events: &[StreamEvent]) -> Vec<StreamEvent> {
    let mut joined: Vec<StreamEvent> = Vec::new();
    for event in events {
        match (joined.last_mut(), event) {
            (
                Some(StreamEvent::ContentDelta {
                    index: last,
                    text: before,
                }),
                StreamEvent::ContentDelta { index, text },
            ) if last == index => before.push_str(text),
            (_, event) => joined.push(event.clone()),
        }
    }
    joined
}

/// The messages and their deltas, as events report them.
pub fn messages_of(events: &[StreamEvent]) -> Vec<(String, String)> {
    let mut messages = Vec::new();
    for event in events {
        match event {
            StreamEvent::MessageStarted { index, header } => {
                assert_eq!(*index, messages.len(), "{events:?}");
                messages.push((format!("{header:?}"), String::new()));
            }
            StreamEvent::ContentDelta { index, text } => {
                assert_eq!(*index + 1, messages.len(), "{events:?}");
                assert!(!text.is_empty(), "{events:?}");
                messages[*index].1.push_str(text);
            }
            StreamEvent::MessageEnded { index, .. } => assert_eq!(*index + 1, messages.len()),
            StreamEvent::Repaired(_) => {}
            other => panic!("an event that this test does not know: {other:?}"),
        }
    }
    messages
}

/// All ranges of a result, which must cover the stream without gap or overlap.
pub fn assert_covered(parsed: &Parsed) {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for message in &parsed.messages {
        ranges.extend(message.header.iter().cloned());
        ranges.extend(message.content.iter().cloned());
    }
    ranges.extend(parsed.repairs.iter().map(|repair| repair.tokens.clone()));
    ranges.extend(parsed.open_header.iter().cloned());
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    let mut end = parsed.start;
    for range in &ranges {
        assert_eq!(range.start, end, "gap or overlap in {parsed:#?}");
        end = range.end;
    }
    assert_eq!(end, parsed.length, "{parsed:#?}");
}
