//! What the program around the adapter provides.

/// Marks reasoning that [`Host::seal`] wrapped without encrypting it.
const PLAIN_ENVELOPE: &str = "harmony-plain-v1:";

/// Clock, ids and secrets of the program that serves the APIs.
///
/// ```
/// use openai_harmony::api::Host;
///
/// /// A fixed clock and numbered ids, for tests.
/// struct Fixed(u32);
///
/// impl Host for Fixed {
///     fn now(&self) -> f64 {
///         1_751_068_800.0
///     }
///     fn id(&mut self, prefix: &str) -> String {
///         self.0 += 1;
///         format!("{prefix}{}", self.0)
///     }
/// }
/// assert_eq!(Fixed(0).id("call_"), "call_1");
/// ```
pub trait Host {
    /// Seconds since the Unix epoch.
    fn now(&self) -> f64;

    /// A new id that begins with `prefix`: `chatcmpl-`, `call_`, `resp_`, `msg_`, …
    fn id(&mut self, prefix: &str) -> String;

    /// Wraps reasoning into `encrypted_content`, which the client keeps and sends back.
    ///
    /// The default is an envelope with a version that everyone can read: it is not secret.
    fn seal(&self, text: &str) -> String {
        plain_envelope(text)
    }

    /// Takes reasoning out of `encrypted_content`; `None` if it was not sealed here.
    fn unseal(&self, sealed: &str) -> Option<String> {
        open_envelope(sealed).map(str::to_owned)
    }
}

/// What [`Host::seal`] does by default.
pub fn plain_envelope(text: &str) -> String {
    format!("{PLAIN_ENVELOPE}{text}")
}

/// What [`Host::unseal`] does by default.
pub fn open_envelope(sealed: &str) -> Option<&str> {
    sealed.strip_prefix(PLAIN_ENVELOPE)
}
