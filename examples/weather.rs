//! A conversation with a tool: messages to tokens, and sampled tokens back to messages.
//!
//! `cargo run --example weather`

use openai_harmony::chat::{
    Conversation, DeveloperContent, Message, Role, SystemContent, ToolDescription,
};
use openai_harmony::{
    load_harmony_encoding, HarmonyEncodingName, HarmonyError, ParseOptions, StreamEvent,
    StreamableParser,
};
use serde_json::json;

fn main() -> Result<(), HarmonyError> {
    let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    let get_weather = ToolDescription::new(
        "get_weather",
        "The weather of a city, today.",
        Some(json!({
            "type": "object",
            "properties": {"city": {"type": "string", "description": "Its name, in English"}},
            "required": ["city"],
        })),
    );
    let conversation = Conversation::from_messages([
        Message::from_role_and_content(Role::System, SystemContent::new()),
        Message::from_role_and_content(
            Role::Developer,
            DeveloperContent::new()
                .with_instructions("Be brief.")
                .with_function_tools(vec![get_weather]),
        ),
        Message::from_role_and_content(Role::User, "What is the weather in Lisbon?"),
    ]);

    let prompt =
        encoding.render_conversation_for_completion(&conversation, Role::Assistant, None)?;
    println!("{} tokens:", prompt.len());
    println!("{}\n", encoding.tokenizer().decode_utf8(&prompt)?);

    // What a sampler would give, with a slip: `<|message|>` is missing in the second header.
    let sampled = encoding.tokenizer().encode_with_special_tokens(
        "<|channel|>analysis<|message|>I know that one.<|end|>\
         <|start|>assistant<|channel|>final In Lisbon it is sunny.<|return|>",
    );
    let lenient = ParseOptions { strict: false };
    let mut parser = StreamableParser::new_with_options(encoding, Some(Role::Assistant), lenient)?;
    for batch in sampled.chunks(4) {
        for event in parser.process_many(batch)? {
            match event {
                StreamEvent::MessageStarted { index, header } => {
                    println!("message {index} on channel {:?}", header.channel);
                }
                StreamEvent::ContentDelta { text, .. } => println!("  {text:?}"),
                StreamEvent::MessageEnded { ending, .. } => println!("  ended by {ending:?}"),
                StreamEvent::Repaired(repair) => println!("  repaired: {}", repair.kind),
                // More kinds of events may come.
                _ => {}
            }
        }
    }
    assert_eq!(parser.messages().len(), 2);
    Ok(())
}
