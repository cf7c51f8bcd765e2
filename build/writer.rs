//! Writes tables as files in the byte order of the target, and the Rust source that includes them.

use std::{collections::HashMap, env, fs, path::Path};

use crate::layout::PieceLine;

pub struct Writer<'a> {
    folder: &'a Path,
    little_endian: bool,
    source: String,
    little: HashMap<String, Vec<u8>>,
}

impl<'a> Writer<'a> {
    pub fn new(folder: &'a Path) -> Self {
        let endian =
            env::var("CARGO_CFG_TARGET_ENDIAN").expect("cargo sets the byte order of the target");
        Self {
            folder,
            little_endian: endian == "little",
            source: String::new(),
            little: HashMap::new(),
        }
    }

    /// A table of bytes.
    pub fn bytes(&mut self, name: &str, values: &[u8]) {
        self.words(name, "u8", values.iter().map(|value| [*value]));
    }

    /// A table of 16-bit numbers.
    pub fn words16(&mut self, name: &str, values: &[u16]) {
        self.words(name, "u16", values.iter().map(|value| value.to_le_bytes()));
    }

    /// A table of 32-bit numbers.
    pub fn words32(&mut self, name: &str, values: &[u32]) {
        self.words(name, "u32", values.iter().map(|value| value.to_le_bytes()));
    }

    /// A table of 64-bit numbers.
    pub fn words64(&mut self, name: &str, values: &[u64]) {
        self.words(name, "u64", values.iter().map(|value| value.to_le_bytes()));
    }

    /// A table of lines.
    pub fn lines(&mut self, name: &str, lines: &[PieceLine]) {
        let mut bytes = Vec::with_capacity(std::mem::size_of_val(lines));
        for line in lines {
            for key in line.keys {
                bytes.extend(self.ordered(key.to_le_bytes()));
            }
            for word in line.ids.into_iter().chain([line.full]) {
                bytes.extend(self.ordered(word.to_le_bytes()));
            }
        }
        self.table(name, "PieceLine", lines.len(), &bytes);
    }

    /// The bytes of a table of numbers that was written before, in little-endian order.
    pub fn little_endian(&self, name: &str) -> &[u8] {
        &self.little[name]
    }

    /// Writes the source that names the tables.
    pub fn finish(self) {
        write(&self.folder.join("tables.rs"), self.source.as_bytes());
    }

    fn words<const N: usize>(
        &mut self,
        name: &str,
        item: &str,
        words: impl ExactSizeIterator<Item = [u8; N]> + Clone,
    ) {
        let len = words.len();
        self.little
            .insert(name.to_owned(), words.clone().flatten().collect());
        let bytes: Vec<u8> = words.flat_map(|word| self.ordered(word)).collect();
        self.table(name, item, len, &bytes);
    }

    fn ordered<const N: usize>(&self, mut little: [u8; N]) -> [u8; N] {
        if !self.little_endian {
            little.reverse();
        }
        little
    }

    fn table(&mut self, name: &str, item: &str, len: usize, bytes: &[u8]) {
        let file = format!("{}.bin", name.to_lowercase());
        write(&self.folder.join(&file), bytes);
        self.source += &format!("table!({name}: [{item}; {len}] = \"{file}\");\n");
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
