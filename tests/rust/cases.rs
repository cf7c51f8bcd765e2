//! The case files of `test-data/`, which the Python tests read too.

use std::fs;
use std::path::Path;

use openai_harmony::{load_harmony_encoding, HarmonyEncoding, HarmonyEncodingName};
use serde::de::DeserializeOwned;

/// All cases of a folder with their names, in the order of the names.
pub fn read<T: DeserializeOwned>(folder: &str) -> Vec<(String, T)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("test-data")
        .join(folder);
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no case files in {}", folder.display());
    paths
        .into_iter()
        .map(|path| {
            let case = serde_json::from_str(&fs::read_to_string(&path).unwrap());
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (
                name,
                case.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            )
        })
        .collect()
}

pub fn encoding() -> HarmonyEncoding {
    load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss).unwrap()
}
