//! Encodings that users register: fine-tunes with tokens of their own, and other vocabularies.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use super::{load_checked, HarmonyEncodingName};
use crate::encoding::special::FormattingToken;
use crate::encoding::HarmonyEncoding;
use crate::error::{LoadError, Result, VocabularyError};
use crate::tokenizer::{LoadedVocabulary, SpecialSet, Tokenizer};

/// In the order of their registration. The lock is held only to look a name up or to add one.
static REGISTERED: RwLock<Vec<HarmonyEncoding>> = RwLock::new(Vec::new());

/// Registers an encoding under a new name, under which [`encoding_named`] then finds it.
///
/// Without a `vocabulary` the ordinary tokens are those of the gpt-oss models, and `special_tokens` are added to theirs: a
/// fine-tune with tokens of its own. An id of a reserved token may be given a name; that token is then no longer there.
///
/// A `vocabulary` is a file in the format of tiktoken: a line for each token, with its bytes in base64 and its rank, which is
/// its id. Text is split by the pattern of o200k. `special_tokens` are then all special tokens, and those of the harmony format
/// must be among them, with any ids.
///
/// The encoding stays for the rest of the program. Its tables are built here, in well under a second.
///
/// ```
/// use openai_harmony::{encoding_named, register_encoding};
///
/// let encoding = register_encoding("my-fine-tune", None, [("<|cite|>", 200_019)])?;
/// assert_eq!(encoding.tokenizer().encode_with_special_tokens("<|cite|>"), [200_019]);
/// assert_eq!(encoding_named("my-fine-tune", None)?.name(), "my-fine-tune");
/// # Ok::<(), openai_harmony::HarmonyError>(())
/// ```
///
/// # Errors
/// [`LoadError`]: a name that is taken, a file that cannot be read or used, special tokens that contradict each other or the
/// vocabulary, a vocabulary without the special tokens of the format.
pub fn register_encoding<S: Into<String>>(
    name: &str,
    vocabulary: Option<&Path>,
    special_tokens: impl IntoIterator<Item = (S, u32)>,
) -> Result<HarmonyEncoding> {
    if find(name).is_some() {
        return Err(LoadError::NameTaken(name.to_owned()).into());
    }
    let vocabulary = vocabulary.map(read).transpose()?;
    let given = special_tokens
        .into_iter()
        .map(|(text, id)| (text.into(), id));
    let specials = specials(given.collect(), vocabulary.as_ref())?;
    let tokenizer = Tokenizer::registered(name.to_owned(), vocabulary, specials);
    add(name, tokenizer)
}

/// The encoding of the given name, registered or not.
///
/// `folder` is that of [`load_checked`], which is asked for an encoding that is part of the program.
///
/// # Errors
/// As [`load_checked`], and [`LoadError::UnknownEncoding`] for a name that no encoding has.
pub fn encoding_named(name: &str, folder: Option<&Path>) -> Result<HarmonyEncoding> {
    match find(name) {
        Some(Found::Registered(encoding)) => Ok(encoding),
        Some(Found::BuiltIn(name)) => load_checked(name, folder),
        None => Err(unknown(name).into()),
    }
}

enum Found {
    BuiltIn(HarmonyEncodingName),
    Registered(HarmonyEncoding),
}

fn find(name: &str) -> Option<Found> {
    let built_in = HarmonyEncodingName::ALL.iter();
    if let Some(known) = built_in.copied().find(|known| known.as_str() == name) {
        return Some(Found::BuiltIn(known));
    }
    // OK because nothing panics while the lock is held, and a vector is whole after each of its methods.
    let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    let found = registered.iter().find(|encoding| encoding.name() == name);
    found.cloned().map(Found::Registered)
}

/// The error for a name that no encoding has.
pub(super) fn unknown(name: &str) -> LoadError {
    let built_in = HarmonyEncodingName::ALL.iter().map(|known| known.as_str());
    let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    let names = built_in.chain(registered.iter().map(HarmonyEncoding::name));
    LoadError::UnknownEncoding {
        name: name.to_owned(),
        known: names.map(str::to_owned).collect(),
    }
}

fn add(name: &str, tokenizer: Tokenizer) -> Result<HarmonyEncoding> {
    let mut registered = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
    // Another thread may have been faster.
    if registered.iter().any(|encoding| encoding.name() == name) {
        return Err(LoadError::NameTaken(name.to_owned()).into());
    }
    // An encoding refers to tables that live as long as the program. These do from here on.
    let name = Box::leak(Box::from(name));
    let encoding = HarmonyEncoding::registered(name, Box::leak(Box::new(tokenizer)));
    registered.push(encoding.clone());
    Ok(encoding)
}

fn read(file: &Path) -> Result<LoadedVocabulary, LoadError> {
    let path = || file.display().to_string();
    let bytes = fs::read(file).map_err(|error| LoadError::UnreadableFile {
        path: path(),
        problem: error.to_string(),
    })?;
    LoadedVocabulary::read(&bytes).map_err(|problem| LoadError::InvalidVocabulary {
        path: path(),
        problem,
    })
}

/// The special tokens of an encoding, from those that were given.
fn specials(
    given: Vec<(String, u32)>,
    vocabulary: Option<&LoadedVocabulary>,
) -> Result<SpecialSet, LoadError> {
    let invalid = |problem: String| Err(LoadError::InvalidSpecialTokens(problem));
    let (mut texts, mut ids) = (HashSet::new(), HashSet::new());
    for (text, id) in &given {
        if text.is_empty() {
            return invalid(format!("the special token with the id {id} is empty"));
        }
        if !texts.insert(text.as_str()) {
            return invalid(format!(
                "the special token {text:?} is there for a second time"
            ));
        }
        if !ids.insert(*id) {
            return invalid(format!(
                "the id {id} of {text:?} belongs to another special token"
            ));
        }
        if *id >= MOST_IDS {
            return invalid(format!("the id {id} of {text:?} is not below {MOST_IDS}"));
        }
    }
    let built_in = Tokenizer::o200k_harmony();
    let is_ordinary = |id: u32| match vocabulary {
        Some(vocabulary) => vocabulary.token_bytes(id).is_some(),
        None => !built_in.is_special_token(id) && built_in.token_bytes(id).is_some(),
    };
    if let Some((text, id)) = given.iter().find(|(_, id)| is_ordinary(*id)) {
        return invalid(format!(
            "the id {id} of {text:?} belongs to an ordinary token"
        ));
    }
    if vocabulary.is_some() {
        let has = |token: &&FormattingToken| !texts.contains(token.text());
        if let Some(missing) = FormattingToken::ALL.iter().find(has) {
            return invalid(format!(
                "the special token {} of the harmony format is missing",
                missing.text()
            ));
        }
        return Ok(SpecialSet::new(boxed(given)));
    }
    let mut all = given.clone();
    for text in built_in.special_tokens() {
        // OK because it is one of the special tokens.
        let id = built_in.special_id(text).unwrap_or_default();
        let is_reserved = text.starts_with("<|reserved_");
        match given
            .iter()
            .find(|(other, other_id)| other == text || *other_id == id)
        {
            Some((other, other_id)) if other == text && *other_id == id => {}
            Some(_) if is_reserved => {}
            Some((other, other_id)) => {
                return invalid(format!(
                    "{other:?} with the id {other_id} contradicts {text:?} with the id {id}"
                ));
            }
            None => all.push((text.to_owned(), id)),
        }
    }
    Ok(SpecialSet::new(boxed(all)))
}

/// Ids of special tokens must be below this, as those of ordinary ones.
const MOST_IDS: u32 = VocabularyError::MOST_IDS;

fn boxed(tokens: Vec<(String, u32)>) -> impl Iterator<Item = (Box<str>, u32)> {
    tokens.into_iter().map(|(text, id)| (text.into(), id))
}
