//! Computes the tokenizer's tables, so that loading it computes nothing.
//!
//! Input is `data/` (the vocabulary and the character classes), output one binary file a table in `OUT_DIR`, and `tables.rs`,
//! which names them with their types. `src/tokenizer/tables.rs` includes that. With the feature `compact-tables` there is also
//! `o200k.seed`, from which the library computes the same tables at load.

#[path = "build/characters.rs"]
mod characters;
#[path = "src/tokenizer/fill.rs"]
mod fill;
#[path = "src/tokenizer/layout.rs"]
#[allow(dead_code)]
mod layout;
#[path = "src/tokenizer/special/names.rs"]
#[allow(dead_code)]
mod names;
#[path = "build/pairs.rs"]
mod pairs;
#[path = "build/pieces.rs"]
mod pieces;
#[path = "build/seed.rs"]
mod seed;
#[path = "build/vocabulary.rs"]
mod vocabulary;
#[path = "build/writer.rs"]
mod writer;

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=data");
    for shared in ["fill.rs", "layout.rs", "special/names.rs"] {
        println!("cargo::rerun-if-changed=src/tokenizer/{shared}");
    }
    let read = |path: &str| fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));

    let packed = read("data/o200k_base.bin");
    let vocabulary = vocabulary::Vocabulary::unpack(&packed);
    let splits = vocabulary.splits();
    let classes =
        String::from_utf8(read("data/classes-unicode-16.0.txt")).expect("the class list is text");

    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let out = Path::new(&out);
    let mut writer = writer::Writer::new(out);
    vocabulary.write(&mut writer);
    pieces::write(&vocabulary, &mut writer);
    pairs::write(&vocabulary, &splits, &mut writer);
    characters::write_classes(&classes, &mut writer);
    characters::write_atoms(&vocabulary, &splits, &mut writer);
    characters::write_neighbours(&vocabulary, &mut writer);
    if env::var_os("CARGO_FEATURE_COMPACT_TABLES").is_some() {
        fs::write(out.join("o200k.seed"), seed::bytes(&splits, &writer))
            .expect("OUT_DIR can be written");
    }
    writer.finish();
}
