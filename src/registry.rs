//! Encodings by name.

mod registered;

pub use registered::{encoding_named, register_encoding};

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Mutex,
    time::SystemTime,
};

use serde::de::{Deserialize, Deserializer, Error};
use sha2::{Digest, Sha256};

use crate::{
    encoding::HarmonyEncoding,
    error::{LoadError, Result},
};

/// The name of an encoding.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum HarmonyEncodingName {
    /// The encoding of the gpt-oss models, over the vocabulary `o200k_harmony`.
    HarmonyGptOss,
}

impl HarmonyEncodingName {
    /// Every name.
    pub const ALL: &'static [Self] = &[Self::HarmonyGptOss];

    /// The name as text, `"HarmonyGptOss"`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::HarmonyGptOss => "HarmonyGptOss",
        }
    }
}

impl fmt::Display for HarmonyEncodingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HarmonyEncodingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for HarmonyEncodingName {
    type Err = LoadError;

    fn from_str(name: &str) -> Result<Self, LoadError> {
        Self::ALL
            .iter()
            .find(|known| known.as_str() == name)
            .copied()
            .ok_or_else(|| registered::unknown(name))
    }
}

/// Names the folder that release 0.0.8 reads its vocabulary from. The vocabulary is embedded here, so the folder is not
/// needed; but a deployment that sets the variable relies on a wrong or missing file being reported.
const VOCABULARY_FOLDER: &str = "TIKTOKEN_ENCODINGS_BASE";
const VOCABULARY_FILE: &str = "o200k_base.tiktoken";
const VOCABULARY_SHA256: &str = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d";

/// The vocabulary file that was checked last.
static CHECKED: Mutex<Option<(PathBuf, FileStamp)>> = Mutex::new(None);

/// The encoding of the given name.
///
/// Nothing is downloaded and nothing needs to be read: the tables are part of the program. Loading again costs
/// nothing, and the encoding is cheap to clone.
///
/// # Errors
/// If the environment variable `TIKTOKEN_ENCODINGS_BASE` is set, the file `o200k_base.tiktoken` in that folder must
/// be the known vocabulary, as release 0.0.8 demands; if it is not, the error names the file. The [`anyhow::Error`] is
/// the type of release 0.0.8, which callers store. It wraps a [`HarmonyError`](crate::HarmonyError), and `?` unwraps it.
///
/// ```
/// use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
///
/// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
/// assert_eq!(encoding.name(), "HarmonyGptOss");
/// # Ok::<(), openai_harmony::HarmonyError>(())
/// ```
pub fn load_harmony_encoding(name: HarmonyEncodingName) -> anyhow::Result<HarmonyEncoding> {
    Ok(load_checked(name, vocabulary_folder().as_deref())?)
}

/// The folder that the environment variable `TIKTOKEN_ENCODINGS_BASE` names, for [`load_checked`].
pub fn vocabulary_folder() -> Option<PathBuf> {
    std::env::var_os(VOCABULARY_FOLDER).map(PathBuf::from)
}

/// The encoding of the given name, after a check of the vocabulary file in `folder`, if a folder is given.
///
/// [`load_harmony_encoding`] for callers that must not read the environment at that moment: reading it is not safe
/// while C code may write to it on another thread.
///
/// # Errors
/// [`LoadError`] if the file `o200k_base.tiktoken` in the folder is missing or is not the known vocabulary.
pub fn load_checked(name: HarmonyEncodingName, folder: Option<&Path>) -> Result<HarmonyEncoding> {
    if let Some(folder) = folder {
        check_vocabulary(&folder.join(VOCABULARY_FILE))?;
    }
    match name {
        HarmonyEncodingName::HarmonyGptOss => Ok(HarmonyEncoding::gpt_oss()),
    }
}

/// An encoding is read from its name, and nothing else is looked at: what stored it has checked its vocabulary.
impl<'de> Deserialize<'de> for HarmonyEncoding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        encoding_named(&name, None).map_err(D::Error::custom)
    }
}

/// Checks that `file` is the known vocabulary. A file that was right and has not changed since is not read again:
/// hashing its 3.6 MB takes some 10 ms.
///
/// The lock is only tried. A process forked while another thread held it would wait for ever; hashing again is the
/// worst that can happen instead.
fn check_vocabulary(file: &Path) -> Result<(), LoadError> {
    let unreadable = |error: io::Error| LoadError::UnreadableVocabulary {
        path: file.display().to_string(),
        problem: error.to_string(),
    };

    let stamp = FileStamp::of(file).map_err(unreadable)?;
    let is_known = CHECKED.try_lock().is_ok_and(|checked| {
        checked
            .as_ref()
            .is_some_and(|(path, known)| path == file && *known == stamp)
    });
    if is_known {
        return Ok(());
    }
    let found = hex(&Sha256::digest(fs::read(file).map_err(unreadable)?));
    if found != VOCABULARY_SHA256 {
        return Err(LoadError::WrongVocabulary {
            path: file.display().to_string(),
            found,
            expected: VOCABULARY_SHA256,
        });
    }
    if let Ok(mut checked) = CHECKED.try_lock() {
        *checked = Some((file.to_owned(), stamp));
    }
    Ok(())
}

/// What changes when a file is written again.
#[derive(PartialEq)]
struct FileStamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl FileStamp {
    fn of(file: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(file)?;
        Ok(Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{check_vocabulary, CHECKED};
    use crate::error::LoadError;

    #[test]
    fn a_lock_that_nobody_will_release_is_not_waited_for() {
        let file = std::env::temp_dir().join(format!("harmony-vocabulary-{}", std::process::id()));
        std::fs::write(&file, "not the vocabulary").unwrap();
        let held = CHECKED.lock();
        let result = check_vocabulary(&file);
        drop(held);
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(result, Err(LoadError::WrongVocabulary { .. })));
    }
}
