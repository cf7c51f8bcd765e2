//! Writes tables as files in the byte order of the target, and the Rust source that includes them.

use std::{env, fs, path::Path};

pub struct Writer<'a> {
    folder: &'a Path,
    little_endian: bool,
    source: String,
}

impl<'a> Writer<'a> {
    pub fn new(folder: &'a Path) -> Self {
        let endian =
            env::var("CARGO_CFG_TARGET_ENDIAN").expect("cargo sets the byte order of the target");
        Self {
            folder,
            little_endian: endian == "little",
            source: String::new(),
        }
    }

    /// A table of bytes.
    pub fn bytes(&mut self, name: &str, values: &[u8]) {
        self.table(name, "u8", values.len(), values.to_vec());
    }

    /// A table of 16-bit numbers.
    pub fn words16(&mut self, name: &str, values: &[u16]) {
        let bytes = values
            .iter()
            .flat_map(|value| self.ordered(value.to_le_bytes()))
            .collect();
        self.table(name, "u16", values.len(), bytes);
    }

    /// A table of 32-bit numbers.
    pub fn words32(&mut self, name: &str, values: &[u32]) {
        let bytes = values
            .iter()
            .flat_map(|value| self.ordered(value.to_le_bytes()))
            .collect();
        self.table(name, "u32", values.len(), bytes);
    }

    /// A table of 64-bit numbers.
    pub fn words64(&mut self, name: &str, values: &[u64]) {
        let bytes = values
            .iter()
            .flat_map(|value| self.ordered(value.to_le_bytes()))
            .collect();
        self.table(name, "u64", values.len(), bytes);
    }

    /// A table of `PieceLine`s: three keys, three ids, and whether the search goes on in the next line.
    pub fn lines(&mut self, name: &str, lines: &[([u128; 3], [u32; 3], u32)]) {
        let mut bytes = Vec::with_capacity(lines.len() * 64);
        for (keys, ids, full) in lines {
            for key in keys {
                bytes.extend(self.ordered(key.to_le_bytes()));
            }
            for word in ids.iter().chain([full]) {
                bytes.extend(self.ordered(word.to_le_bytes()));
            }
        }
        self.table(name, "PieceLine", lines.len(), bytes);
    }

    /// Writes the source that names the tables.
    pub fn finish(self) {
        write(&self.folder.join("tables.rs"), self.source.as_bytes());
    }

    fn ordered<const N: usize>(&self, mut little: [u8; N]) -> [u8; N] {
        if !self.little_endian {
            little.reverse();
        }
        little
    }

    fn table(&mut self, name: &str, item: &str, len: usize, bytes: Vec<u8>) {
        let file = format!("{}.bin", name.to_lowercase());
        write(&self.folder.join(&file), &bytes);
        self.source += &format!("table!({name}: [{item}; {len}] = \"{file}\");\n");
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
