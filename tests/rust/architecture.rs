//! Which room of the crate may import which, and what only one room may touch. `AGENTS.md` has the same in words.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may import besides itself. An item that `lib.rs` exports counts as `encoding`.
const ROOMS: &[(&str, &[&str])] = &[
    ("named", &[]),
    ("parallel", &[]),
    ("chat", &["named"]),
    ("error", &["chat", "named"]),
    ("tokenizer", &["error", "parallel"]),
    ("encoding/special", &["tokenizer"]),
    ("encoding/segment", &["encoding/special", "tokenizer"]),
    ("encoding/repair", &["named"]),
    ("encoding/header", HEADER),
    ("encoding/parse", PARSE),
    ("encoding/render", RENDER),
    ("encoding", &["error", "tokenizer"]),
    ("registry", &["encoding", "error", "tokenizer"]),
    (
        "grammar",
        &["chat", "encoding", "error", "named", "tokenizer"],
    ),
    (
        "api",
        &["chat", "encoding", "error", "grammar", "named", "tokenizer"],
    ),
    ("data", DATA),
];
const DATA: &[&str] = &[
    "chat",
    "error",
    "named",
    "parallel",
    "tokenizer",
    "encoding",
    "api",
];
const HEADER: &[&str] = &[
    "chat",
    "error",
    "named",
    "tokenizer",
    "encoding/special",
    "encoding/segment",
    "encoding/repair",
];
const PARSE: &[&str] = &[
    "chat",
    "error",
    "named",
    "tokenizer",
    "encoding/special",
    "encoding/repair",
    "encoding/header",
    "encoding",
];
const RENDER: &[&str] = &[
    "chat",
    "error",
    "named",
    "parallel",
    "tokenizer",
    "encoding/special",
    "encoding/segment",
    "encoding/header",
    "encoding/parse",
    "encoding",
];

/// What reads the environment, files or a network belongs to one room, so that every other is safe anywhere.
const ONLY_REGISTRY: [&str; 4] = ["std::env", "std::fs", "std::net", "std::process"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The source files below `folder`, without those of unit tests.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a file, without comments and without the unit tests at its end.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("a source file is text");
    let text = text
        .split("\n#[cfg(test)]\nmod ")
        .next()
        .unwrap_or_default();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The room that a file belongs to: the most specific one that its path begins with.
fn room_of(file: &Path) -> Option<&'static str> {
    let path = file
        .strip_prefix(root().join("src"))
        .ok()?
        .with_extension("");
    ROOMS
        .iter()
        .map(|(room, _)| *room)
        .filter(|room| path.starts_with(room))
        .max_by_key(|room| room.len())
}

/// The paths after `crate::` in the code, each at most two names long and with groups in braces taken apart.
fn imports(code: &str) -> Vec<[&str; 2]> {
    let mut found = Vec::new();
    for (at, marker) in code.match_indices("crate::") {
        let rest = &code[at + marker.len()..];
        for path in members(rest) {
            let (first, rest) = name(path);
            let rest = rest.strip_prefix("::").unwrap_or_default();
            if rest.starts_with('{') {
                found.extend(members(rest).into_iter().map(|path| [first, name(path).0]));
            } else {
                found.push([first, name(rest).0]);
            }
        }
    }
    found
}

/// The members of a group in braces, or the one path that is not in braces.
fn members(path: &str) -> Vec<&str> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![path];
    };
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found
        .into_iter()
        .map(str::trim)
        .filter(|path| !path.is_empty())
        .collect()
}

/// The identifier that a path begins with, and the rest.
fn name(path: &str) -> (&str, &str) {
    let end = path.find(|letter: char| letter != '_' && !letter.is_alphanumeric());
    path.split_at(end.unwrap_or(path.len()))
}

/// The room of an imported path.
fn imported([first, second]: [&str; 2]) -> &'static str {
    let first = if first == "render" {
        "encoding/render"
    } else {
        first
    };
    let nested = format!("{first}/{second}");
    let room = |wanted: &str| {
        ROOMS
            .iter()
            .map(|(room, _)| *room)
            .find(|room| *room == wanted)
    };
    room(&nested).or_else(|| room(first)).unwrap_or("encoding")
}

#[test]
fn rooms_import_only_what_they_may() {
    let mut forbidden = BTreeSet::new();
    for file in files(&root().join("src")) {
        let Some(room) = room_of(&file) else { continue };
        let allowed = ROOMS
            .iter()
            .find(|(name, _)| *name == room)
            .map_or(&[][..], |(_, allowed)| allowed);
        for path in imports(&code(&file)) {
            let other = imported(path);
            let is_part = other.starts_with("encoding/")
                && allowed.contains(&"encoding")
                && !room.starts_with("encoding");
            if other != room && !allowed.contains(&other) && !is_part {
                forbidden.insert(format!("{} imports {other}", file.display()));
            }
        }
    }
    assert!(forbidden.is_empty(), "{forbidden:#?}");
}

#[test]
fn every_file_belongs_to_a_room() {
    for file in files(&root().join("src")) {
        let is_root = file.ends_with("src/lib.rs");
        assert!(
            is_root || room_of(&file).is_some(),
            "{} is in no room",
            file.display()
        );
    }
}

#[test]
fn only_the_registry_reads_what_lies_outside_the_program() {
    for file in files(&root().join("src")) {
        if room_of(&file) == Some("registry") {
            continue;
        }
        let code = code(&file);
        for outside in ONLY_REGISTRY {
            assert!(
                !code.contains(outside),
                "{} names {outside}",
                file.display()
            );
        }
    }
}

#[test]
fn the_description_of_the_house_names_every_room() {
    let description = fs::read_to_string(root().join("AGENTS.md")).expect("AGENTS.md is text");
    for (room, _) in ROOMS {
        assert!(
            description.contains(&format!("src/{room}")),
            "AGENTS.md does not name src/{room}"
        );
    }
}

#[test]
fn groups_of_imports_are_taken_apart() {
    let code = "use crate::{chat::{Message, Role}, encoding::header::Header};\nlet x = crate::error::code();";
    let expected = [
        ["chat", "Message"],
        ["chat", "Role"],
        ["encoding", "header"],
        ["error", "code"],
    ];
    assert_eq!(imports(code), expected);
}
