use openai_harmony::api::{Responses, Host, NoStore, Options};
use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};

struct Clock;

impl Host for Clock {
    fn now(&self) -> f64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(0.0, |elapsed| elapsed.as_secs_f64())
    }
    fn id(&mut self, prefix: &str) -> String {
        prefix.to_owned()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    let api = Responses::new(encoding.clone(), Options::default());
    let request = r###"{
  "model": "m",
  "input": "Hi \"##\""
}"###;
    let job = api.prepare(request.as_bytes(), &Clock, &NoStore)?;
    println!("{} tokens", job.tokens().len());
    println!("{}", encoding.tokenizer().decode_utf8(job.tokens())?);
    Ok(())
}
