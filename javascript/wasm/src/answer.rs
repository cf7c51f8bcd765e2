//! What a call returns.

use std::cell::{Cell, RefCell};

use serde::Serialize;

use crate::failure::Failure;

/// Where JavaScript finds the result of a call, until the next one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Answer {
    kind: Kind,
    /// The address of bytes or ids.
    address: usize,
    /// How many there are; of a number, the number.
    length: usize,
    /// Of a delta, the index of its message.
    index: usize,
}

#[repr(u32)]
#[derive(Clone, Copy)]
enum Kind {
    /// What the function is documented to give.
    Value = 0,
    /// JSON of a [`Failure`].
    Failure = 1,
    /// `null`
    Null = 2,
    /// The text of the only event, a `content_delta`.
    Delta = 3,
}

/// The result of a call.
pub enum Reply {
    Null,
    Number(u32),
    Bytes(Vec<u8>),
    #[cfg_attr(not(feature = "tokens"), allow(dead_code))]
    Ids(Vec<u32>),
    Delta {
        index: usize,
        text: String,
    },
}

impl Reply {
    /// A value as JSON.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, Failure> {
        let json = serde_json::to_vec(value).map_err(Failure::invalid_input)?;
        Ok(Self::Bytes(json))
    }
}

impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self::Null
    }
}

impl From<u32> for Reply {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Reply {
    fn from(number: usize) -> Self {
        Self::Number(u32::try_from(number).unwrap_or(u32::MAX))
    }
}

impl From<bool> for Reply {
    fn from(condition: bool) -> Self {
        Self::Number(u32::from(condition))
    }
}

impl From<Vec<u8>> for Reply {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Vec<u32>> for Reply {
    fn from(ids: Vec<u32>) -> Self {
        Self::Ids(ids)
    }
}

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Self::Bytes(text.into_bytes())
    }
}

impl From<&str> for Reply {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl<T: Into<Reply>> From<Option<T>> for Reply {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, T::into)
    }
}

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static IDS: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    static ANSWER: Cell<Answer> = const {
        Cell::new(Answer { kind: Kind::Null, address: 0, length: 0, index: 0 })
    };
}

/// The answer that gives the result of a call.
pub fn answer<T: Into<Reply>>(result: Result<T, Failure>) -> *const Answer {
    let answer = match result.map(T::into) {
        Ok(Reply::Null) => describe(Kind::Null, 0, 0, 0),
        Ok(Reply::Number(number)) => describe(Kind::Value, 0, number as usize, 0),
        Ok(Reply::Bytes(bytes)) => of_bytes(Kind::Value, bytes, 0),
        Ok(Reply::Delta { index, text }) => of_bytes(Kind::Delta, text.into_bytes(), index),
        Ok(Reply::Ids(ids)) => IDS.with_borrow_mut(|kept| {
            *kept = ids;
            describe(Kind::Value, kept.as_ptr() as usize, kept.len(), 0)
        }),
        Err(failure) => of_bytes(Kind::Failure, failure.to_json(), 0),
    };
    ANSWER.set(answer);
    ANSWER.with(|answer| answer.as_ptr().cast_const())
}

fn describe(kind: Kind, address: usize, length: usize, index: usize) -> Answer {
    Answer {
        kind,
        address,
        length,
        index,
    }
}

fn of_bytes(kind: Kind, bytes: Vec<u8>, index: usize) -> Answer {
    BYTES.with_borrow_mut(|kept| {
        *kept = bytes;
        describe(kind, kept.as_ptr() as usize, kept.len(), index)
    })
}
