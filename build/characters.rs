//! What is known of single characters: the class that splitting asks for, and whether merging may begin with it.

use std::collections::HashMap;

use crate::{
    layout::{
        class, neighbourhood, neighbours, ATOM_BLOCK, CLASS_BLOCK, ID_BITS, NEIGHBOUR_BITS, NONE,
    },
    vocabulary::Vocabulary,
    writer::Writer,
};

const CODE_POINTS: usize = 0x11_0000;

/// The class of every code point, in two stages: equal blocks are stored once.
pub fn write_classes(list: &str, writer: &mut Writer) {
    let mut classes = vec![class::OTHER; CODE_POINTS];
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let (first, last, name) = parse_range(line);
        classes[first..=last].fill(match name {
            "upper" => class::UPPER,
            "lower" => class::LOWER,
            "letter" => class::BOTH,
            "mark" => class::BOTH | class::MARK,
            "number" => class::NUMBER,
            "space" => class::SPACE,
            "newline" => class::NEWLINE,
            _ => panic!("unknown class in {line:?}"),
        });
    }
    let (index, blocks) = two_stages(&classes, CLASS_BLOCK);
    let index: Vec<u8> = index
        .iter()
        .map(|&block| block.try_into().expect("fewer than 256 blocks"))
        .collect();
    writer.bytes("CLASS_INDEX", &index);
    writer.bytes("CLASS_BLOCKS", &blocks);
}

fn parse_range(line: &str) -> (usize, usize, &str) {
    let mut fields = line.split(' ');
    let mut field = || {
        fields
            .next()
            .unwrap_or_else(|| panic!("not a range: {line:?}"))
    };
    let code_point = |text: &str| {
        usize::from_str_radix(text, 16).unwrap_or_else(|_| panic!("not a code point in {line:?}"))
    };
    (code_point(field()), code_point(field()), field())
}

/// The non-ASCII characters that merging may take as they are, unless a neighbour forbids it.
///
/// An entry is the character's token and, above it, the number of its pair of hazards; 0 where there is none, which no character's
/// token is. Hazards are the neighbourhoods, before and after, in which the character's bytes may merge with a neighbour first.
pub fn write_atoms(vocabulary: &Vocabulary, splits: &[Option<(u32, u32)>], writer: &mut Writer) {
    let neighbours = Neighbours::collect(vocabulary, splits);
    let mut numbers = HashMap::new();
    let mut hazards = vec![];
    let mut atoms = vec![0; CODE_POINTS];
    for character in '\u{80}'..=char::MAX {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        let id = vocabulary.id(bytes);
        if id == NONE {
            continue;
        }
        let pair = neighbours.hazards(vocabulary, bytes);
        let number = *numbers.entry(pair).or_insert_with(|| {
            hazards.extend([pair.0, pair.1]);
            hazards.len() as u32 / 2 - 1
        });
        assert!(number < 1 << (32 - ID_BITS), "too many pairs of hazards");
        atoms[character as usize] = number << ID_BITS | id;
    }
    let (index, blocks) = two_stages(&atoms, ATOM_BLOCK);
    writer.words16("ATOM_INDEX", &index);
    writer.words32("ATOM_BLOCKS", &blocks);
    writer.words32("ATOM_HAZARDS", &hazards);
}

/// The characters that are adjacent in any token, as a filter: where two characters do not, no merge crosses.
pub fn write_neighbours(vocabulary: &Vocabulary, writer: &mut Writer) {
    let mut filter = vec![0; 1 << (NEIGHBOUR_BITS - 6)];
    for token in &vocabulary.tokens {
        // Half a character at either end is not a character, and merging does not treat it as one.
        for chunk in token.utf8_chunks() {
            let ids: Vec<u32> = chunk
                .valid()
                .chars()
                .map(|character| vocabulary.id(character.encode_utf8(&mut [0; 4]).as_bytes()))
                .collect();
            for pair in ids.windows(2) {
                let (word, bit) = neighbours(pair[0], pair[1]);
                filter[word] |= bit;
            }
        }
    }
    writer.words64("NEIGHBOURS", &filter);
}

/// By token, what may merge with it from before and from after at the edge of a character: rank and neighbourhood.
struct Neighbours {
    before: HashMap<u32, Vec<(u32, u32)>>,
    after: HashMap<u32, Vec<(u32, u32)>>,
}

impl Neighbours {
    fn collect(vocabulary: &Vocabulary, splits: &[Option<(u32, u32)>]) -> Self {
        let mut before: HashMap<u32, Vec<(u32, u32)>> = HashMap::new();
        let mut after: HashMap<u32, Vec<(u32, u32)>> = HashMap::new();
        for (rank, split) in (0..).zip(splits) {
            let Some((left, right)) = *split else {
                continue;
            };
            if let Some(mask) = neighbourhoods_of_end(vocabulary.tokens[left as usize]) {
                before.entry(right).or_default().push((rank, mask));
            }
            let first = vocabulary.tokens[right as usize][0];
            if !is_continuation(first) {
                after
                    .entry(left)
                    .or_default()
                    .push((rank, neighbourhood(first)));
            }
        }
        Self { before, after }
    }

    /// The neighbourhoods, before and after, in which an edge of the character may be merged away before the character is whole.
    fn hazards(&self, vocabulary: &Vocabulary, character: &[u8]) -> (u32, u32) {
        let (mut before, mut after) = (0, 0);
        let earlier = |merges: &HashMap<u32, Vec<(u32, u32)>>, part: u32, rank: u32| {
            let merges = merges.get(&part).map_or(&[][..], Vec::as_slice);
            merges
                .iter()
                .filter(|merge| merge.0 <= rank)
                .fold(0, |mask, merge| mask | merge.1)
        };
        vocabulary.merge(character, |parts, _, rank| {
            before |= earlier(&self.before, parts[0], rank);
            after |= earlier(&self.after, parts[parts.len() - 1], rank);
        });
        (before, after)
    }
}

/// The neighbourhoods in which the last character of a token can be; `None` if the token ends inside of a character.
fn neighbourhoods_of_end(token: &[u8]) -> Option<u32> {
    match token.iter().rposition(|&byte| !is_continuation(byte)) {
        None => Some(u32::MAX),
        Some(at) => {
            let len = match token[at] {
                0..=0x7F => 1,
                0x80..=0xDF => 2,
                0xE0..=0xEF => 3,
                0xF0..=0xFF => 4,
            };
            (token.len() - at == len).then(|| neighbourhood(token[at]))
        }
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Splits a table into blocks, stores equal blocks once, and numbers them.
fn two_stages<T: Copy + Eq + std::hash::Hash>(table: &[T], block: usize) -> (Vec<u16>, Vec<T>) {
    let mut numbers = HashMap::new();
    let mut blocks = vec![];
    let number = |values| {
        *numbers.entry(values).or_insert_with(|| {
            blocks.extend_from_slice(values);
            (blocks.len() / block - 1) as u16
        })
    };
    let index = table.chunks(block).map(number).collect();
    (index, blocks)
}
