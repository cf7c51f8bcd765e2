//! JSON pointers (RFC 6901).

use std::fmt;
use std::rc::Rc;

/// A place in a schema: a list towards the root, which becomes a pointer only for an error.
///
/// Names may be as long as the request, so whole pointers to all schemas in one of such a name would be quadratic.
#[derive(Clone)]
pub(super) struct Place(Rc<Step>);

/// Of names in places, so many characters are kept.
const LONGEST_NAME: usize = 200;

enum Step {
    /// What a pointer leads to; for the whole schema it is empty.
    At(String),
    Key(Place, String),
    Index(Place, usize),
}

impl Place {
    pub(super) fn at(pointer: &str) -> Self {
        let names: Vec<String> = pointer.split('/').map(shortened).collect();
        Self(Rc::new(Step::At(names.join("/"))))
    }

    pub(super) fn key(&self, key: &str) -> Self {
        Self(Rc::new(Step::Key(self.clone(), shortened(key))))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        Self(Rc::new(Step::Index(self.clone(), index)))
    }
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Step::At(pointer) => f.write_str(pointer),
            Step::Key(parent, key) => {
                write!(f, "{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            Step::Index(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
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
