//! Clock, ids and secrets, which functions of JavaScript give.

use openai_harmony::api::{open_envelope, plain_envelope, Host};

use crate::memory::with_bytes;

#[link(wasm_import_module = "harmony")]
extern "C" {
    /// Asks JavaScript, which writes the answer into the buffer for bytes: its length, or a negative number for none.
    ///
    /// # Safety
    /// `address` and `length` are those of readable bytes.
    fn ask(question: u32, address: *const u8, length: usize) -> i32;
}

/// What can be asked, as `api.ts` numbers it.
#[derive(Clone, Copy)]
pub enum Question {
    Now = 0,
    Id = 1,
    Seal = 2,
    Unseal = 3,
    Stored = 4,
}

/// What JavaScript answers; `None` for nothing, also where its function threw, which the caller then throws.
pub fn answer_to(question: Question, text: &str) -> Option<String> {
    // SAFETY: the text is readable; JavaScript copies it before it does anything else.
    let length = unsafe { ask(question as u32, text.as_ptr(), text.len()) };
    let length = usize::try_from(length).ok()?;
    with_bytes(length, |answer| String::from_utf8(answer.to_vec()).ok())
}

/// The host of the call that runs.
#[derive(Clone)]
pub struct JsHost {
    /// Whether JavaScript has functions for secrets.
    pub seals: bool,
}

impl Host for JsHost {
    fn now(&self) -> f64 {
        let now = answer_to(Question::Now, "");
        now.and_then(|now| now.parse().ok()).unwrap_or_default()
    }

    fn id(&mut self, prefix: &str) -> String {
        answer_to(Question::Id, prefix).unwrap_or_else(|| prefix.to_owned())
    }

    fn seal(&self, text: &str) -> String {
        if !self.seals {
            return plain_envelope(text);
        }
        answer_to(Question::Seal, text).unwrap_or_default()
    }

    fn unseal(&self, sealed: &str) -> Option<String> {
        if !self.seals {
            return open_envelope(sealed).map(str::to_owned);
        }
        answer_to(Question::Unseal, sealed)
    }
}
