use openai_harmony::{load_harmony_encoding, HarmonyEncodingName, ParseOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    let tokens = encoding
        .tokenizer()
        .encode_with_special_tokens(r"<|start|>user<|message|>Hi<|end|><|start|>assistant<|channel|>final<|message|>Hi.<|return|>");
    let parsed = encoding.parse(&tokens, None, ParseOptions { strict: false })?;
    for message in &parsed.messages {
        println!("{:?}", message.message);
    }
    for repair in &parsed.repairs {
        println!("{repair:?}");
    }
    Ok(())
}
