//! What holds for every conversation: spans, masks, transcripts, and the way back from tokens to messages.

use crate::cases::encoding;
use openai_harmony::chat::{
    Author, Content, DeveloperContent, Message, Role, SystemContent, TextContent, ToolDescription,
};
use openai_harmony::render::{
    AnalysisPolicy, ContentTypeForm, HeaderOrder, OpenMessage, Part, PromptStyle, RenderFormat,
    RenderSpec, Rendered, TokenSelection, ToolResultForm, Transcript,
};
use openai_harmony::FormattingToken;
use proptest::prelude::*;

/// Text as people and models write it, and what they should not.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z ,.\n]{0,40}",
        any::<String>(),
        "(<\\|(start|end|message|channel|return|call)\\|>| to=|x){0,5}",
    ]
}

fn word() -> impl Strategy<Value = String> {
    "[a-z][a-z_]{0,8}"
}

fn speaker() -> impl Strategy<Value = Role> {
    proptest::sample::select(vec![
        Role::User,
        Role::Assistant,
        Role::System,
        Role::Developer,
    ])
}

fn tool_name() -> impl Strategy<Value = String> {
    prop_oneof![
        word().prop_map(|name| format!("functions.{name}")),
        Just("browser.search".to_owned()),
        Just("python".to_owned()),
    ]
}

/// Messages with text, of any author, with any fields that have a meaning.
fn text_message() -> impl Strategy<Value = Message> {
    let channel = proptest::option::of(prop_oneof![
        Just("analysis".to_owned()),
        Just("commentary".to_owned()),
        Just("final".to_owned()),
        word(),
    ]);
    let content_type = proptest::option::of(prop_oneof![
        Just("json".to_owned()),
        Just("<|constrain|>json".to_owned()),
        Just("code".to_owned()),
    ]);
    let author = prop_oneof![
        2 => Just(Author::from(Role::User)),
        4 => Just(Author::from(Role::Assistant)),
        1 => (speaker(), word()).prop_map(|(role, name)| Author::new(role, name)),
        1 => speaker().prop_map(Author::from),
        2 => tool_name().prop_map(|name| Author::new(Role::Tool, name)),
    ];
    let recipient = proptest::option::of(prop_oneof![
        3 => tool_name(),
        1 => Just("assistant".to_owned()),
        1 => word(),
    ]);
    // A tool whose name has no dot needs a recipient to be distinguished from a word that is not a role.
    let is_distinct = |message: &Message| {
        message.author.name.as_deref() != Some("python") || message.recipient.is_some()
    };
    let message = (author, recipient, channel, content_type, text()).prop_map(
        |(author, recipient, channel, content_type, text)| Message {
            author,
            // A plain word after the channel is the recipient if there is no other: release 0.0.8 reads it so.
            content_type: content_type.filter(|word| recipient.is_some() || word.starts_with("<|")),
            recipient,
            content: vec![Content::Text(TextContent { text })],
            channel,
        },
    );
    message.prop_filter("a bare name that is not a role", is_distinct)
}

fn prompt_message() -> impl Strategy<Value = Message> {
    let functions = vec![ToolDescription::new("f", "F.", None)];
    prop_oneof![
        Just(Message::from_role_and_content(
            Role::System,
            SystemContent::new()
        )),
        text().prop_map(|text| Message::from_role_and_content(
            Role::Developer,
            DeveloperContent::new().with_instructions(text),
        )),
        Just(Message::from_role_and_content(
            Role::Developer,
            DeveloperContent::new().with_function_tools(functions),
        )),
    ]
}

fn conversation() -> impl Strategy<Value = Vec<Message>> {
    proptest::collection::vec(
        prop_oneof![1 => prompt_message(), 6 => text_message()],
        0..12,
    )
}

fn format() -> impl Strategy<Value = RenderFormat> {
    let header_order = prop_oneof![
        Just(HeaderOrder::RecipientFirst),
        Just(HeaderOrder::ChannelFirst),
        Just(HeaderOrder::ChannelFirstOnCommentary),
    ];
    let content_types = prop_oneof![
        Just(ContentTypeForm::AsGiven),
        Just(ContentTypeForm::Constrained),
        Just(ContentTypeForm::Plain),
        Just(ContentTypeForm::PlainOrJson),
    ];
    let prompts = prop_oneof![
        Just(PromptStyle::Compatible),
        Just(PromptStyle::Faithful),
        Just(PromptStyle::ChatTemplate),
    ];
    let tool_results = prop_oneof![
        Just(ToolResultForm::AsGiven),
        Just(ToolResultForm::JsonString),
    ];
    let analysis = prop_oneof![
        Just(AnalysisPolicy::AutoDrop),
        Just(AnalysisPolicy::KeepAll),
        Just(AnalysisPolicy::CompletedTurns),
        Just(AnalysisPolicy::ChatTemplate),
    ];
    (header_order, content_types, prompts, tool_results, analysis).prop_map(
        |(header_order, content_types, prompts, tool_results, analysis)| {
            RenderFormat::default()
                .with_header_order(header_order)
                .with_content_types(content_types)
                .with_prompts(prompts)
                .with_tool_results(tool_results)
                .with_analysis(analysis)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_rendered_parses_back(message in text_message(), order in 0..3) {
        let header_order = [
            HeaderOrder::RecipientFirst,
            HeaderOrder::ChannelFirst,
            HeaderOrder::ChannelFirstOnCommentary,
        ][order as usize];
        let spec = RenderSpec::new().with_format(RenderFormat::default().with_header_order(header_order));
        let tokens = encoding().render_with([&message], &spec).unwrap().tokens;
        let parsed = encoding().parse_messages_from_completion_tokens(tokens.clone(), None).unwrap();
        let text = encoding().tokenizer().decode_utf8(&tokens).unwrap();
        prop_assert_eq!(&parsed, &[message], "{}", text);
    }

    #[test]
    fn spans_cover_every_token_once(messages in conversation(), format in format(), completion: bool) {
        let spec = if completion { RenderSpec::for_completion() } else { RenderSpec::for_training() };
        let rendered = encoding().render_with(&messages, &spec.with_format(format)).unwrap();
        let mut position = 0;
        let mut last = None;
        for span in rendered.spans.parts() {
            prop_assert_eq!(span.tokens.start, position);
            prop_assert!(span.tokens.end > span.tokens.start);
            prop_assert!(Some((span.message, span.part as u8)) > last);
            last = Some((span.message, span.part as u8));
            position = span.tokens.end;
        }
        prop_assert_eq!(position, rendered.tokens.len());
        let stored = serde_json::to_string(&rendered).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Rendered>(&stored).unwrap(), &rendered);
        for span in rendered.spans.messages() {
            prop_assert_eq!(rendered.tokens[span.part(Part::Header).start], FormattingToken::Start.id());
            if let Some(message) = messages.get(span.message()) {
                prop_assert_eq!(span.role(), message.author.role);
                prop_assert_eq!(span.channel(), message.channel.as_deref());
                prop_assert_eq!(rendered.tokens[span.part(Part::Content).start - 1], FormattingToken::Message.id());
                prop_assert_eq!(span.part(Part::Ending).len(), 1);
            }
            prop_assert_eq!(rendered.spans.at(span.tokens().end - 1), Some(span));
        }
    }

    #[test]
    fn masks_choose_what_they_say(
        messages in conversation(),
        role in proptest::option::of(0..5usize),
        channel in proptest::option::of(proptest::option::of(Just("analysis".to_owned()))),
        index in proptest::option::of(0..4usize),
        part in proptest::option::of(0..3usize),
        sampled_only: bool,
    ) {
        let rendered = encoding().render_with(&messages, &RenderSpec::for_training()).unwrap();
        let mut selection = TokenSelection::all();
        selection.roles = role.map(|role| vec![Role::ALL[role]]);
        selection.channels = channel.clone().map(|channel| vec![channel]);
        selection.messages = index.map(|index| vec![index]);
        selection.parts = part.map(|part| vec![Part::ALL[part]]);
        selection.sampled_only = sampled_only;
        let mask = selection.mask(&rendered.spans);
        prop_assert_eq!(mask.len(), rendered.tokens.len());
        for span in rendered.spans.parts() {
            let message = &messages[span.message];
            let whole = rendered.spans.at(span.tokens.start).unwrap();
            for position in span.tokens.clone() {
                let expected = role.is_none_or(|role| Role::ALL[role] == message.author.role)
                    && channel.as_ref().is_none_or(|channel| *channel == message.channel)
                    && index.is_none_or(|index| index == span.message)
                    && part.is_none_or(|part| Part::ALL[part] == span.part)
                    && (!sampled_only || whole.sampled().contains(&position));
                prop_assert_eq!(mask[position], expected);
            }
        }
    }

    #[test]
    fn a_transcript_has_the_tokens_of_the_whole(messages in conversation(), format in format()) {
        let mut transcript = Transcript::new(encoding(), format);
        let spec = RenderSpec::for_completion().with_format(format);
        for (count, message) in messages.iter().enumerate() {
            transcript.append(message.clone()).unwrap();
            let whole = encoding().render_with(&messages[..=count], &spec).unwrap();
            let mut fork = transcript.clone();
            prop_assert_eq!(fork.prompt().unwrap(), &whole.tokens);
        }
        let mut at_once = Transcript::new(encoding(), format);
        at_once.extend(messages.iter().cloned()).unwrap();
        prop_assert_eq!(at_once.tokens(), transcript.tokens());
        prop_assert_eq!(at_once.spans(), transcript.spans());
        prop_assert_eq!(&at_once, &transcript);

        let parts: Vec<_> = transcript.spans().parts().collect();
        let whole = encoding().render_with(&messages, &spec).unwrap();
        let whole_parts: Vec<_> = whole.spans.parts().filter(|span| span.message < messages.len()).collect();
        prop_assert_eq!(parts, whole_parts);

        let stored = serde_json::to_string(&transcript).unwrap();
        let restored: Transcript = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(restored.tokens(), transcript.tokens());
        prop_assert_eq!(&restored, &transcript);
    }

    #[test]
    fn a_sampled_turn_is_kept_as_it_was(
        before in conversation(),
        turn in proptest::collection::vec(text_message(), 1..4),
        format in format(),
        with_stop: bool,
    ) {
        let format = format.with_prompts(PromptStyle::Compatible).with_content_types(ContentTypeForm::AsGiven);
        let turn: Vec<Message> = turn
            .into_iter()
            .map(|message| Message { author: Author::from(Role::Assistant), recipient: None, ..message })
            .collect();
        let all: Vec<Message> = before.iter().chain(&turn).cloned().collect();
        let keep = format.with_analysis(AnalysisPolicy::KeepAll);

        let mut transcript = Transcript::new(encoding(), format);
        transcript.extend(before.iter().cloned()).unwrap();
        let prompt = transcript.prompt().unwrap().to_vec();
        let whole = encoding().render_with(&turn, &RenderSpec::for_training().with_format(keep)).unwrap().tokens;
        let end = if with_stop { whole.len() } else { whole.len() - 1 };
        let indices = transcript.append_completion(&whole[2..end]).unwrap();

        prop_assert_eq!(indices, before.len()..all.len());
        prop_assert!(transcript.messages().eq(&all));
        let expected = encoding().render_with(&all, &RenderSpec::for_completion().with_format(format)).unwrap();
        let stale = transcript.stale_from();
        let next = transcript.prompt().unwrap().to_vec();
        prop_assert_eq!(&next, &expected.tokens);
        let seen: Vec<u32> = prompt.iter().chain(&whole[2..end]).copied().collect();
        match stale {
            // The stop token of the last message may differ: it was sampled, but never fed to the model.
            None => prop_assert_eq!(&next[..seen.len() - 1], &seen[..seen.len() - 1]),
            Some(position) => {
                prop_assert_eq!(&next[..position], &seen[..position]);
                prop_assert_ne!(&next[position..seen.len().min(next.len())], &seen[position..]);
            }
        }
    }

    #[test]
    fn any_ids_can_be_appended(sampled in proptest::collection::vec(
        prop_oneof![3 => 0..201_088u32, 4 => 199_990..200_020u32, 1 => any::<u32>()], 0..30,
    ), prefilled: bool) {
        let mut transcript = Transcript::new(encoding(), RenderFormat::default().with_analysis(AnalysisPolicy::KeepAll));
        transcript.append(Message::from_role_and_content(Role::User, "hi")).unwrap();
        let open = OpenMessage::assistant();
        let open = if prefilled { open.with_channel("final").with_content("So ") } else { open };
        let prompt = transcript.prompt_with(open).unwrap().to_vec();
        let indices = transcript.append_completion(&sampled).unwrap();
        let spans = transcript.spans();
        prop_assert_eq!(spans.token_count(), transcript.tokens().len());
        if !indices.is_empty() {
            let seen: Vec<u32> = prompt.iter().chain(&sampled).copied().collect();
            let as_sampled = transcript.tokens_as_sampled();
            prop_assert_eq!(&as_sampled[..seen.len()], &seen[..]);
            prop_assert!(as_sampled.len() <= seen.len() + 1);
            let mask = TokenSelection::sampled().mask(&spans);
            prop_assert_eq!(mask.iter().filter(|on| **on).count(), sampled.len());
        }
    }
}
