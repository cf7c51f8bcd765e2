//! JSON Lines cut into chunks of lines.

/// A chunk is large enough that handing it to a thread costs nothing, and small enough that the threads end together.
const CHUNK: usize = 128 << 10;

/// Lines that follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    pub(super) bytes: &'a [u8],
    /// Where they begin in all bytes.
    pub(super) offset: usize,
}

/// Cuts bytes after the first line end beyond each 128 KiB. Joined, the chunks are the bytes.
pub(super) fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(offset..).filter(|rest| !rest.is_empty())?;
        let beyond = rest.get(CHUNK..).unwrap_or_default();
        let end = rest.len() - beyond.len() + line_length(beyond);
        let chunk = Chunk {
            bytes: &rest[..end],
            offset,
        };
        offset += end;
        Some(chunk)
    })
}

impl<'a> Chunk<'a> {
    /// Each line with its place in all bytes; blank ones too, because they count.
    pub(super) fn lines(self) -> impl Iterator<Item = (usize, &'a [u8])> {
        let (mut rest, mut offset) = (self.bytes, self.offset);
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (line, others) = rest.split_at(line_length(rest));
            let place = offset;
            rest = others;
            offset += line.len();
            Some((place, line))
        })
    }
}

/// The length of the first line with its end.
fn line_length(bytes: &[u8]) -> usize {
    memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1)
}

/// Whether a line has no row: an empty one, or only white space.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    use super::{chunks, CHUNK};

    #[test]
    fn chunks_join_to_the_bytes_and_end_in_lines() {
        let line = [&[b'x'; 1000][..], b"\n"].concat();
        let mut bytes = line.repeat(500);
        bytes.extend_from_slice(b"\n\nlast");
        let found: Vec<_> = chunks(&bytes).collect();
        assert!(found.len() == bytes.len() / CHUNK + 1);
        let joined: Vec<u8> = found
            .iter()
            .flat_map(|chunk| chunk.bytes)
            .copied()
            .collect();
        assert_eq!(joined, bytes);
        for pair in found.windows(2) {
            assert_eq!(pair[0].bytes.last(), Some(&b'\n'));
            assert_eq!(pair[0].offset + pair[0].bytes.len(), pair[1].offset);
        }
        let lines: usize = found.iter().map(|chunk| chunk.lines().count()).sum();
        assert_eq!(lines, 503);
    }
}
