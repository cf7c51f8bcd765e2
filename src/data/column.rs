//! Columns of values, in the memory layout of Apache Arrow.

/// A column. Nested columns are vectors too, so that no row has an allocation of its own.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Column {
    /// 32-bit integers.
    Int32(Vec<i32>),
    /// 64-bit integers.
    Int64(Vec<i64>),
    /// Bytes, used as flags: 0 or 1.
    UInt8(Vec<u8>),
    /// 32-bit floating point numbers.
    Float32(Vec<f32>),
    /// Texts. A text may be missing.
    Text(Texts),
    /// Lists: list `i` is the items from `offsets[i]` to `offsets[i + 1]`.
    List {
        /// One more than there are lists, beginning with 0.
        offsets: Vec<i32>,
        /// The items of all lists.
        items: Box<Column>,
    },
    /// Several values under names, each in a column of the same length.
    Struct {
        /// The number of values.
        len: usize,
        /// The fields.
        fields: Vec<(String, Column)>,
    },
}

impl Column {
    /// The number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Int32(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::UInt8(values) => values.len(),
            Self::Float32(values) => values.len(),
            Self::Text(texts) => texts.len(),
            Self::List { offsets, .. } => offsets.len().saturating_sub(1),
            Self::Struct { len, .. } => *len,
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Texts one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Texts {
    /// Text `i` is the bytes from `offsets[i]` to `offsets[i + 1]`.
    pub offsets: Vec<i32>,
    /// The bytes of all texts, in UTF-8.
    pub bytes: Vec<u8>,
    /// For each text, whether it is there; a missing one has no bytes.
    pub present: Vec<bool>,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            bytes: Vec::new(),
            present: Vec::new(),
        }
    }
}

impl Texts {
    /// Appends a text; the texts must not have more than 2 GiB together.
    pub fn push(&mut self, text: Option<&str>) -> Result<(), TooLarge> {
        self.bytes
            .extend_from_slice(text.unwrap_or_default().as_bytes());
        self.offsets.push(offset(self.bytes.len())?);
        self.present.push(text.is_some());
        Ok(())
    }

    /// Appends all texts of another column.
    pub(super) fn append(&mut self, next: &Self) -> Result<(), TooLarge> {
        let start = self.offsets.last().copied().unwrap_or(0);
        offset(self.bytes.len() + next.bytes.len())?;
        self.bytes.extend_from_slice(&next.bytes);
        self.offsets
            .extend(next.offsets[1..].iter().map(|end| start + end));
        self.present.extend_from_slice(&next.present);
        Ok(())
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// Whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }
}

/// More values than a column of lists or texts can refer to: 2^31 tokens or bytes. Fewer rows at once go through.
#[derive(thiserror::Error, Clone, Copy, Debug, PartialEq, Eq)]
#[error("more than 2^31 tokens or bytes in one column: prepare fewer rows at once")]
pub struct TooLarge;

/// A position as Arrow writes it.
pub(super) fn offset(position: usize) -> Result<i32, TooLarge> {
    i32::try_from(position).map_err(|_| TooLarge)
}
