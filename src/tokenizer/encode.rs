//! Text to tokens: the calls.

use std::collections::HashSet;
use std::num::NonZeroUsize;

use super::{
    encoder,
    sink::{Count, CountUpTo, Sink},
    SpecialPolicy, Tokenizer,
};
use crate::{error::EncodeError, parallel};

impl Tokenizer {
    /// The tokens of a text. The text of special tokens is ordinary text here, so that no text can smuggle in control tokens.
    pub fn encode_ordinary(&self, text: &str) -> Vec<u32> {
        let mut tokens = vec![];
        self.encode_ordinary_into(text, &mut tokens);
        tokens
    }

    /// Appends the tokens of [`Self::encode_ordinary`] to `out`.
    pub fn encode_ordinary_into(&self, text: &str, out: &mut Vec<u32>) {
        // Most text has four to five bytes a token; what needs more grows the vector once.
        out.reserve(text.len() / 4 + 1);
        self.encode_text(text, out);
    }

    /// How many tokens [`Self::encode_ordinary`] would give.
    ///
    /// ```
    /// use openai_harmony::tokenizer::Tokenizer;
    ///
    /// assert_eq!(Tokenizer::o200k_harmony().count_ordinary("hello world"), 2);
    /// ```
    pub fn count_ordinary(&self, text: &str) -> usize {
        let mut count = Count::default();
        self.encode_text(text, &mut count);
        count.0
    }

    /// The tokens of a text in which the text of every special token becomes that token.
    ///
    /// ```
    /// use openai_harmony::tokenizer::Tokenizer;
    ///
    /// let tokens = Tokenizer::o200k_harmony().encode_with_special_tokens("<|start|>user");
    /// assert_eq!(tokens, [200006, 1428]);
    /// ```
    pub fn encode_with_special_tokens(&self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
        self.encode_where(text, |_| true, &mut tokens);
        tokens
    }

    /// The tokens of a text in which the text of the `allowed` special tokens becomes these tokens, and how many tokens the last
    /// piece of ordinary text has (0 after a special token).
    ///
    /// More text may change the tokens of the last piece, but of no piece before it.
    pub fn encode(&self, text: &str, allowed: &HashSet<&str>) -> (Vec<u32>, usize) {
        let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
        let last_piece = self.encode_where(text, |special| allowed.contains(special), &mut tokens);
        (tokens, self.count_ordinary(last_piece))
    }

    /// The tokens of a text, in which special tokens are treated as the policy says.
    ///
    /// ```
    /// use openai_harmony::tokenizer::{SpecialPolicy, Tokenizer};
    ///
    /// let tokenizer = Tokenizer::o200k_harmony();
    /// assert_eq!(tokenizer.encode_with("hello world", &SpecialPolicy::default())?, [24912, 2375]);
    /// # Ok::<(), openai_harmony::tokenizer::EncodeError>(())
    /// ```
    ///
    /// # Errors
    /// [`EncodeError::DisallowedSpecialToken`] for the first text that the policy disallows.
    pub fn encode_with(&self, text: &str, policy: &SpecialPolicy) -> Result<Vec<u32>, EncodeError> {
        let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
        self.encode_by(policy, text, &mut tokens)?;
        Ok(tokens)
    }

    /// Appends the tokens of [`Self::encode_with`] to `out`.
    ///
    /// # Errors
    /// As [`Self::encode_with`]; nothing is appended then.
    pub fn encode_with_into(
        &self,
        text: &str,
        policy: &SpecialPolicy,
        out: &mut Vec<u32>,
    ) -> Result<(), EncodeError> {
        self.encode_by(policy, text, out)
    }

    /// How many tokens [`Self::encode_with`] would give.
    ///
    /// # Errors
    /// As [`Self::encode_with`].
    pub fn count_with(&self, text: &str, policy: &SpecialPolicy) -> Result<usize, EncodeError> {
        let mut count = Count::default();
        self.encode_by(policy, text, &mut count)?;
        Ok(count.0)
    }

    /// How many tokens [`Self::encode_with`] would give, or `None` if there are more than `limit`.
    ///
    /// Stops soon after the limit, so the cost does not grow with the rest of a long text.
    ///
    /// ```
    /// use openai_harmony::tokenizer::{SpecialPolicy, Tokenizer};
    ///
    /// let (tokenizer, policy) = (Tokenizer::o200k_harmony(), SpecialPolicy::default());
    /// assert_eq!(tokenizer.count_up_to("hello world", 2, &policy)?, Some(2));
    /// assert_eq!(tokenizer.count_up_to("hello world", 1, &policy)?, None);
    /// # Ok::<(), openai_harmony::tokenizer::EncodeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::encode_with`], also where the disallowed text comes after the limit.
    pub fn count_up_to(
        &self,
        text: &str,
        limit: usize,
        policy: &SpecialPolicy,
    ) -> Result<Option<usize>, EncodeError> {
        let mut sink = CountUpTo { count: 0, limit };
        self.encode_by(policy, text, &mut sink)?;
        Ok((sink.count <= limit).then_some(sink.count))
    }

    /// [`Self::encode_with`] for each text, in the order of the texts, on several threads.
    ///
    /// Without `threads`, as many as there are processors if the batch is large enough for more than one. There are never more
    /// threads than processors or texts; where the system gives no more of them, those there are do the work.
    ///
    /// ```
    /// use openai_harmony::tokenizer::{SpecialPolicy, Tokenizer};
    ///
    /// let tokenizer = Tokenizer::o200k_harmony();
    /// let batch = tokenizer.encode_batch(&["hello", "<|end|>"], &SpecialPolicy::default(), None);
    /// assert_eq!(batch[0], Ok(vec![24912]));
    /// assert!(batch[1].is_err());
    /// ```
    pub fn encode_batch<T: AsRef<str> + Sync>(
        &self,
        texts: &[T],
        policy: &SpecialPolicy,
        threads: Option<NonZeroUsize>,
    ) -> Vec<Result<Vec<u32>, EncodeError>> {
        let bytes = texts.iter().map(|text| text.as_ref().len()).sum();
        parallel::map(texts, worth(threads, bytes), |text| {
            self.encode_with(text.as_ref(), policy)
        })
    }

    fn encode_by(
        &self,
        policy: &SpecialPolicy,
        text: &str,
        sink: &mut impl Sink,
    ) -> Result<(), EncodeError> {
        policy.check(text, |wanted| self.find(text, 0, wanted))?;
        if policy.allows_any() {
            self.encode_where(text, |special| policy.allows(special), sink);
        } else {
            self.encode_text(text, sink);
        }
        Ok(())
    }

    /// Sends the tokens of a text to `sink`, and returns where its last piece begins. Text of special tokens is ordinary text.
    fn encode_text(&self, text: &str, sink: &mut impl Sink) -> usize {
        match &self.vocabulary {
            None => encoder::encode(text, sink),
            Some(vocabulary) => vocabulary.encode(text, sink),
        }
    }

    /// Sends the tokens of a text to `sink`, and returns the last piece of ordinary text.
    fn encode_where<'t>(
        &self,
        text: &'t str,
        allowed: impl Fn(&str) -> bool,
        sink: &mut impl Sink,
    ) -> &'t str {
        let mut start = 0;
        while let Some(found) = self.find(text, start, &allowed).filter(|_| !sink.is_full()) {
            self.encode_text(&text[start..found.start], sink);
            sink.extend(&[found.id]);
            start = found.end();
        }
        let rest = &text[start..];
        &rest[self.encode_text(rest, sink)..]
    }
}

/// How many threads a batch of so many bytes gets if nothing else was asked for: a small one is not worth a second thread.
pub fn worth(threads: Option<NonZeroUsize>, bytes: usize) -> Option<NonZeroUsize> {
    const OF_ONE_THREAD: usize = 64 << 10;
    threads.or((bytes < OF_ONE_THREAD).then_some(NonZeroUsize::MIN))
}
