//! Names of encodings, and how one gets the encoding of a name.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

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
    pub const ALL: [Self; 1] = [Self::HarmonyGptOss];

    /// The name as text, `"HarmonyGptOss"`.
    pub const fn as_str(self) -> &'static str {
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
            .into_iter()
            .find(|known| known.as_str() == name)
            .ok_or_else(|| LoadError::UnknownEncoding(name.to_owned()))
    }
}

/// The folder that release 0.0.8 reads its vocabulary from. The vocabulary is embedded here, so the folder is not
/// needed; but a deployment that sets it relies on a wrong or missing file being found out.
const VOCABULARY_FOLDER: &str = "TIKTOKEN_ENCODINGS_BASE";
const VOCABULARY_FILE: &str = "o200k_base.tiktoken";
const VOCABULARY_SHA256: &str = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d";

/// The encoding of the given name.
///
/// Nothing is downloaded and nothing needs to be read: the tables are part of the program. Loading again costs
/// nothing, and the encoding is cheap to clone.
///
/// # Errors
/// If the environment variable `TIKTOKEN_ENCODINGS_BASE` is set, the file `o200k_base.tiktoken` in that folder must
/// be the known vocabulary, as release 0.0.8 demands; if it is not, the error names the file.
///
/// ```
/// use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
///
/// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
/// assert_eq!(encoding.name(), "HarmonyGptOss");
/// # Ok::<(), openai_harmony::HarmonyError>(())
/// ```
pub fn load_harmony_encoding(name: HarmonyEncodingName) -> Result<HarmonyEncoding> {
    if let Some(folder) = std::env::var_os(VOCABULARY_FOLDER) {
        check_vocabulary(&Path::new(&folder).join(VOCABULARY_FILE))?;
    }
    match name {
        HarmonyEncodingName::HarmonyGptOss => Ok(HarmonyEncoding::gpt_oss()),
    }
}

/// Checks that `file` is the known vocabulary. A file that was right and has not changed since is not read again:
/// hashing its 3.6 MB takes some 10 ms.
fn check_vocabulary(file: &Path) -> Result<(), LoadError> {
    static CHECKED: Mutex<Option<(PathBuf, FileStamp)>> = Mutex::new(None);
    let unreadable = |error: io::Error| LoadError::UnreadableVocabulary {
        path: file.display().to_string(),
        problem: error.to_string(),
    };

    let stamp = FileStamp::of(file).map_err(unreadable)?;
    let mut checked = CHECKED.lock().unwrap_or_else(PoisonError::into_inner);
    if checked
        .as_ref()
        .is_some_and(|(path, known)| path == file && *known == stamp)
    {
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
    *checked = Some((file.to_owned(), stamp));
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
