//! Errors of loading an encoding.

use super::VocabularyError;

/// An encoding that cannot be loaded.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// No encoding has this name.
    #[error("Invalid HarmonyEncodingName: {name}; known are {}", .known.join(", "))]
    UnknownEncoding {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// An encoding of this name exists already.
    #[error("an encoding named {0:?} exists already")]
    NameTaken(String),
    /// A vocabulary file that cannot be read, for an encoding to register.
    #[error("could not read the vocabulary file {path}: {problem}")]
    UnreadableFile {
        /// The file.
        path: String,
        /// What the operating system says.
        problem: String,
    },
    /// A vocabulary file that cannot be used.
    #[error("the vocabulary file {path} cannot be used: {problem}")]
    InvalidVocabulary {
        /// The file.
        path: String,
        /// What is wrong with it, and in which line.
        problem: VocabularyError,
    },
    /// Special tokens that cannot be used.
    #[error("{0}")]
    InvalidSpecialTokens(String),
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
            Self::UnknownEncoding { .. } => "load.unknown_encoding",
            Self::NameTaken(_) => "load.name_taken",
            Self::UnreadableFile { .. } => "load.unreadable_file",
            Self::InvalidVocabulary { .. } => "load.invalid_vocabulary",
            Self::InvalidSpecialTokens(_) => "load.invalid_special_tokens",
            Self::UnreadableVocabulary { .. } => "load.unreadable_vocabulary",
            Self::WrongVocabulary { .. } => "load.wrong_vocabulary",
        }
    }
}
