use openai_harmony::chat::{Conversation, Role};
use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    let conversation: Conversation = serde_json::from_str(r##"{
  "messages": [
    {
      "role": "developer",
      "content": [
        {
          "type": "developer_content",
          "instructions": "Don't use ''' or \"\"\" or \\ or \"# or 🌁."
        }
      ]
    },
    {
      "role": "user",
      "content": "Hi   {there}\r\n"
    }
  ]
}"##)?;
    let tokens = encoding.render_conversation_for_completion(&conversation, Role::Assistant, None)?;
    println!("{} tokens", tokens.len());
    println!("{}", encoding.tokenizer().decode_utf8(&tokens)?);
    Ok(())
}
