//! Values of Arrow arrays as JSON values.

use std::ffi::CStr;
use std::ops::Range;
use std::{slice, str};

use serde_json::{Map, Number, Value};

use super::structs::{ArrowArray, ArrowSchema};

/// An array together with its type. Everything that is read relies on the producer to keep to the specification.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    pub schema: &'a ArrowSchema,
    pub array: &'a ArrowArray,
}

impl<'a> Values<'a> {
    /// The format of the type, such as `u` or `+s`.
    pub fn format(&self) -> &'a str {
        format(self.schema)
    }

    /// The name of the type as a field of another; empty if it has none.
    pub fn name(&self) -> &'a str {
        name(self.schema)
    }

    pub fn children(&self) -> impl Iterator<Item = Self> + 'a {
        let (schema, array) = (self.schema, self.array);
        let count = schema.n_children.min(array.n_children);
        // SAFETY: both have so many children, none of which is null.
        (0..usize::try_from(count).unwrap_or(0)).map(move |index| unsafe {
            Self {
                schema: &**schema.children.add(index),
                array: &**array.children.add(index),
            }
        })
    }

    /// The bytes of the text at `index`; `None` if it is null.
    pub fn text(&self, index: usize) -> Option<&'a [u8]> {
        if self.is_null(index) {
            return None;
        }
        if let Some(dictionary) = self.dictionary() {
            return dictionary.text(self.integer(index)?.as_u64()? as usize);
        }
        let place = self.place(index);
        // SAFETY: by the format, these are the types of the buffers; `place` is inside.
        unsafe {
            match self.format() {
                "u" | "z" => Some(self.slice(
                    self.number::<i32>(1, place) as usize,
                    self.number::<i32>(1, place + 1) as usize,
                )),
                "U" | "Z" => Some(self.slice(
                    self.number::<i64>(1, place) as usize,
                    self.number::<i64>(1, place + 1) as usize,
                )),
                "vu" | "vz" => Some(self.viewed(place)),
                _ => None,
            }
        }
    }

    /// The value at `index`. Fields that are null are left out of objects, because a row of a table has every field of every
    /// message.
    ///
    /// # Errors
    /// A type that JSON has no form for; a text that is not UTF-8, which producers need not check.
    pub fn value(&self, index: usize) -> Result<Value, String> {
        if self.is_null(index) {
            return Ok(Value::Null);
        }
        if let Some(dictionary) = self.dictionary() {
            let Some(key) = self.integer(index).and_then(|key| key.as_u64()) else {
                return Err(self.unreadable());
            };
            return dictionary.value(key as usize);
        }
        if let Some(text) = self.text(index) {
            return match str::from_utf8(text) {
                Ok(text) => Ok(Value::String(text.to_owned())),
                Err(error) => Err(format!("{:?} is not UTF-8: {error}", self.name())),
            };
        }
        let place = self.place(index);
        // SAFETY: by the format, these are the types of the buffers; `place` is inside.
        let float = unsafe {
            match self.format() {
                "f" => Some(f64::from(self.number::<f32>(1, place))),
                "g" => Some(self.number::<f64>(1, place)),
                _ => None,
            }
        };
        if let Some(float) = float {
            return Ok(Number::from_f64(float).map_or(Value::Null, Value::Number));
        }
        match self.format() {
            "n" => Ok(Value::Null),
            "b" => Ok(Value::Bool(self.bit(1, place))),
            "+s" => self.object(index),
            "+l" | "+L" => self.list(index),
            _ => match self.integer(index) {
                Some(number) => Ok(Value::Number(number)),
                None => Err(self.unreadable()),
            },
        }
    }

    fn unreadable(&self) -> String {
        format!(
            "the Arrow type {:?} of {:?} cannot be read",
            self.format(),
            self.name()
        )
    }

    fn object(&self, index: usize) -> Result<Value, String> {
        let mut object = Map::new();
        // Children of a struct are as long as its array with the offset.
        let index = self.place(index);
        for child in self.children() {
            match child.value(index)? {
                Value::Null => {}
                value => drop(object.insert(child.name().to_owned(), value)),
            }
        }
        Ok(Value::Object(object))
    }

    /// The items of the list at `index`, and which of them; `None` if it is null or no list.
    pub fn items(&self, index: usize) -> Option<(Self, Range<usize>)> {
        if self.is_null(index) {
            return None;
        }
        let place = self.place(index);
        // SAFETY: by the format, these are the types of the offsets; `place` is inside.
        let range = unsafe {
            match self.format() {
                "+l" => {
                    self.number::<i32>(1, place) as usize..self.number::<i32>(1, place + 1) as usize
                }
                "+L" => {
                    self.number::<i64>(1, place) as usize..self.number::<i64>(1, place + 1) as usize
                }
                _ => return None,
            }
        };
        Some((self.children().next()?, range))
    }

    fn list(&self, index: usize) -> Result<Value, String> {
        let Some((items, range)) = self.items(index) else {
            return Err(self.unreadable());
        };
        let items = range.map(|index| items.value(index));
        items.collect::<Result<_, _>>().map(Value::Array)
    }

    /// The integer at `index`; `None` if it is null or no integer.
    pub fn integer(&self, index: usize) -> Option<Number> {
        if self.is_null(index) {
            return None;
        }
        let place = self.place(index);
        // SAFETY: by the format, these are the types of the buffers; `place` is inside.
        unsafe {
            Some(match self.format() {
                "c" => self.number::<i8>(1, place).into(),
                "C" => self.number::<u8>(1, place).into(),
                "s" => self.number::<i16>(1, place).into(),
                "S" => self.number::<u16>(1, place).into(),
                "i" => self.number::<i32>(1, place).into(),
                "I" => self.number::<u32>(1, place).into(),
                "l" => self.number::<i64>(1, place).into(),
                "L" => self.number::<u64>(1, place).into(),
                _ => return None,
            })
        }
    }

    fn dictionary(&self) -> Option<Self> {
        // SAFETY: a dictionary is null or as valid as the array.
        unsafe {
            Some(Self {
                schema: self.schema.dictionary.as_ref()?,
                array: self.array.dictionary.as_ref()?,
            })
        }
    }

    fn place(&self, index: usize) -> usize {
        index + usize::try_from(self.array.offset).unwrap_or(0)
    }

    /// Whether the value at `index` is null.
    pub fn is_null(&self, index: usize) -> bool {
        let has_bits = !matches!(self.format(), "n") && self.array.null_count != 0;
        has_bits && !self.buffer(0).is_null() && !self.bit(0, self.place(index))
    }

    fn buffer(&self, index: usize) -> *const u8 {
        if self.array.buffers.is_null() || index as i64 >= self.array.n_buffers {
            return std::ptr::null();
        }
        // SAFETY: there are more buffers than `index`.
        unsafe { (*self.array.buffers.add(index)).cast() }
    }

    fn bit(&self, buffer: usize, place: usize) -> bool {
        // SAFETY: the buffer has a bit for each place.
        unsafe { *self.buffer(buffer).add(place / 8) >> (place % 8) & 1 == 1 }
    }

    /// # Safety
    /// The buffer is one of this type, and `place` is inside.
    unsafe fn number<T: Copy>(&self, buffer: usize, place: usize) -> T {
        // SAFETY: what the caller says. Producers need not align buffers.
        unsafe { self.buffer(buffer).cast::<T>().add(place).read_unaligned() }
    }

    /// # Safety
    /// The array is one of texts, of which these are offsets.
    unsafe fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        if end <= start {
            return &[];
        }
        // SAFETY: what the caller says.
        unsafe { slice::from_raw_parts(self.buffer(2).add(start), end - start) }
    }

    /// A text of a view array: short ones are in the view itself, others in one of several buffers.
    ///
    /// # Safety
    /// The array is one of views, and `place` is inside.
    unsafe fn viewed(&self, place: usize) -> &'a [u8] {
        const INLINE: usize = 12;
        // SAFETY: what the caller says; a view is four 32-bit numbers.
        unsafe {
            let view = self.buffer(1).add(place * 16);
            let word = |index: usize| view.cast::<i32>().add(index).read_unaligned() as usize;
            let length = word(0);
            if length <= INLINE {
                slice::from_raw_parts(view.add(4), length)
            } else {
                slice::from_raw_parts(self.buffer(2 + word(2)).add(word(3)), length)
            }
        }
    }
}

/// Whether the type is one of texts or bytes.
pub fn is_text(schema: &ArrowSchema) -> bool {
    // SAFETY: a dictionary is null or as valid as the schema.
    let schema = unsafe { schema.dictionary.as_ref() }.unwrap_or(schema);
    matches!(format(schema), "u" | "U" | "vu" | "z" | "Z" | "vz")
}

/// The format of a type, such as `u` or `+s`.
pub fn format(schema: &ArrowSchema) -> &str {
    // SAFETY: a schema that is not released has a format, which lives as long as the schema.
    let format = unsafe { CStr::from_ptr(schema.format) };
    format.to_str().unwrap_or_default()
}

/// The name of a type as a field of another; empty if it has none.
pub fn name(schema: &ArrowSchema) -> &str {
    if schema.name.is_null() {
        return "";
    }
    // SAFETY: a name that is not null is a C string that lives as long as the schema.
    unsafe { CStr::from_ptr(schema.name) }
        .to_str()
        .unwrap_or_default()
}
