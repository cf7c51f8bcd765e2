use openai_harmony::{load_harmony_encoding, HarmonyEncodingName, ParseOptions};
use openai_harmony::chat::Role;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    let tokens = [200005, 17196, 200008, 19, 13, 200002];
    let parsed = encoding.parse(&tokens, Some(Role::Assistant), ParseOptions { strict: false })?;
    for message in &parsed.messages {
        println!("{:?}", message.message);
    }
    for repair in &parsed.repairs {
        println!("{repair:?}");
    }
    Ok(())
}
