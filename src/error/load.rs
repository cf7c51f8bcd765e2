//! Errors of loading an encoding.

/// An encoding that cannot be loaded.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// No encoding has this name.
    #[error("Invalid HarmonyEncodingName: {0}")]
    UnknownEncoding(String),
    /// `TIKTOKEN_ENCODINGS_BASE` is set, but the vocabulary file there cannot be read.
    #[error(
        "could not read the vocabulary file {path}, named by TIKTOKEN_ENCODINGS_BASE: {problem}"
    )]
    UnreadableVocabulary {
        /// The file.
        path: String,
        /// What the operating system says.
        problem: String,
    },
    /// `TIKTOKEN_ENCODINGS_BASE` is set, but the vocabulary file there is a different one.
    #[error("the vocabulary file {path}, named by TIKTOKEN_ENCODINGS_BASE, has the sha256 {found} instead of {expected}")]
    WrongVocabulary {
        /// The file.
        path: String,
        /// The sha256 of the file, as hexadecimal digits.
        found: String,
        /// The sha256 of the known vocabulary.
        expected: &'static str,
    },
}

impl LoadError {
    /// A stable identifier of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownEncoding(_) => "load.unknown_encoding",
            Self::UnreadableVocabulary { .. } => "load.unreadable_vocabulary",
            Self::WrongVocabulary { .. } => "load.wrong_vocabulary",
        }
    }
}
