//! JSON pointers (RFC 6901).

/// The pointer to a member of what `pointer` points to.
pub(super) fn join(pointer: &str, key: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + 1 + key.len());
    joined.push_str(pointer);
    joined.push('/');
    for character in key.chars() {
        match character {
            '~' => joined.push_str("~0"),
            '/' => joined.push_str("~1"),
            _ => joined.push(character),
        }
    }
    joined
}

/// The pointer of a `$ref` into the same document: `/$defs/a` of `#/$defs/a`, decoded from percent-encoding.
pub(super) fn of_reference(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    let bytes = percent_decoded(fragment)?;
    let pointer = String::from_utf8(bytes).ok()?;
    (pointer.is_empty() || pointer.starts_with('/')).then_some(pointer)
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![];
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = (rest.next()? as char).to_digit(16)?;
        let low = (rest.next()? as char).to_digit(16)?;
        // Two hexadecimal digits are less than 256.
        bytes.push((high * 16 + low) as u8);
    }
    Some(bytes)
}
