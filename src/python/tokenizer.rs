//! Texts and tokens between Python and the tokenizer: what a serving engine calls for every prompt.
//!
//! Everything here avoids work per call and per token that the tokenizer itself would not need; the figures are in
//! `docs/performance.md`.

use std::borrow::Cow;
use std::ffi::CString;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::thread;

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList, PyString};

use super::errors::{disallowed, raise};
use crate::tokenizer::prefetch::prefetch;
use crate::tokenizer::{DecodeError, Tokenizer};

/// Work on fewer bytes than this keeps the interpreter lock: giving it up and getting it back takes 50 ns.
const DETACH: usize = 4 << 10;

/// A batch of fewer bytes is not worth a second thread.
const BATCH_OF_ONE_THREAD: usize = 64 << 10;

/// Runs `work` without the interpreter lock if it is on many bytes.
fn detached<R: Send>(py: Python<'_>, bytes: usize, work: impl FnOnce() -> R + Send) -> R {
    if bytes < DETACH {
        work()
    } else {
        py.detach(work)
    }
}

/// A set of special tokens, as in `allowed_special` and `disallowed_special`.
pub enum Special {
    /// `"all"`
    All,
    /// The tokens with these texts.
    Some(Vec<String>),
}

impl Special {
    fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(names) => names.iter().any(|known| known == name),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Special {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(word) = value.cast::<PyString>() {
            if word.to_cow()? == "all" {
                return Ok(Self::All);
            }
        }
        let names = value.try_iter()?.map(|name| name?.extract());
        names.collect::<PyResult<_>>().map(Self::Some)
    }
}

/// Which special tokens' texts stand for these tokens, and which are errors.
pub struct Rules {
    allowed: Special,
    disallowed: Special,
}

impl Rules {
    /// From `allowed_special` and `disallowed_special`.
    pub fn new(allowed: Special, disallowed: Special) -> Self {
        Self {
            allowed,
            disallowed,
        }
    }

    /// The error for the first text that is not allowed.
    fn check(&self, py: Python<'_>, tokenizer: &Tokenizer, text: &str) -> PyResult<()> {
        let found = match &self.disallowed {
            Special::All => tokenizer
                .find_special(text, |name| !self.allowed.contains(name))
                .map(|(_, name)| name),
            Special::Some(names) => names
                .iter()
                .filter_map(|name| text.find(name.as_str()).map(|at| (at, name.as_str())))
                .min()
                .map(|(_, name)| name),
        };
        found.map_or(Ok(()), |name| Err(disallowed(py, name)))
    }

    fn encode(&self, tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
        match &self.allowed {
            Special::All => tokenizer.encode_with_special_tokens(text),
            Special::Some(names) if names.is_empty() => tokenizer.encode_ordinary(text),
            Special::Some(names) => {
                tokenizer
                    .encode(text, &names.iter().map(String::as_str).collect())
                    .0
            }
        }
    }

    fn count(&self, tokenizer: &Tokenizer, text: &str) -> usize {
        match &self.allowed {
            Special::Some(names) if names.is_empty() => tokenizer.count_ordinary(text),
            _ => self.encode(tokenizer, text).len(),
        }
    }
}

/// The tokens of a text as a list.
pub fn encode<'py>(
    tokenizer: &Tokenizer,
    text: &Bound<'py, PyString>,
    rules: &Rules,
) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    let text = text_of(text)?;
    rules.check(py, tokenizer, &text)?;
    let tokens = detached(py, text.len(), || rules.encode(tokenizer, &text));
    token_list(py, &tokens)
}

/// How many tokens a text has. Makes neither a list nor, but for allowed special tokens, the tokens.
pub fn count(tokenizer: &Tokenizer, text: &Bound<'_, PyString>, rules: &Rules) -> PyResult<usize> {
    let py = text.py();
    let text = text_of(text)?;
    rules.check(py, tokenizer, &text)?;
    Ok(detached(py, text.len(), || rules.count(tokenizer, &text)))
}

/// The tokens of a text as a `memoryview` of unsigned 32-bit numbers, which `numpy.asarray` takes without copying.
pub fn encode_to_buffer<'py>(
    tokenizer: &Tokenizer,
    text: &Bound<'py, PyString>,
    rules: &Rules,
) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    let text = text_of(text)?;
    rules.check(py, tokenizer, &text)?;
    let tokens = detached(py, text.len(), || rules.encode(tokenizer, &text));
    let bytes = PyBytes::new_with(py, tokens.len() * 4, |bytes| {
        for (bytes, token) in bytes.chunks_exact_mut(4).zip(&tokens) {
            bytes.copy_from_slice(&token.to_ne_bytes());
        }
        Ok(())
    })?;
    memory_view(&bytes)?.call_method1("cast", ("I",))
}

/// The tokens of each text, on several threads without the interpreter lock.
pub fn encode_batch<'py>(
    tokenizer: &Tokenizer,
    texts: &Bound<'py, PyAny>,
    rules: &Rules,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = texts.py();
    // The strings are held here, so that none can go away while the lock is given up.
    let strings: Vec<Bound<'py, PyString>> = texts
        .try_iter()?
        .map(|text| Ok(text?.cast_into()?))
        .collect::<PyResult<_>>()?;
    let texts: Vec<Cow<'_, str>> = strings.iter().map(text_of).collect::<PyResult<_>>()?;
    texts
        .iter()
        .try_for_each(|text| rules.check(py, tokenizer, text))?;
    let bytes = texts.iter().map(|text| text.len()).sum();
    let threads = thread_count(threads, bytes)?;
    let encoded = detached(py, bytes, || {
        in_parallel(&texts, threads, |text| rules.encode(tokenizer, text))
    });
    let list = PyList::empty(py);
    for tokens in encoded {
        list.append(token_list(py, &tokens)?)?;
    }
    Ok(list)
}

/// The text of tokens; bytes that are no UTF-8 are treated as `errors` says.
pub fn decode<'py>(
    tokenizer: &Tokenizer,
    tokens: &Bound<'py, PyAny>,
    errors: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = tokens.py();
    let tokens = token_ids(tokens)?;
    let bytes = detached(py, tokens.len(), || tokenizer.decode_bytes(&tokens))
        .map_err(|error| raise(py, &error.into(), Some(&tokens)))?;
    text_from(py, &bytes, errors)
}

/// The texts of several sequences of tokens, decoded on several threads without the interpreter lock.
pub fn decode_batch<'py>(
    tokenizer: &Tokenizer,
    batch: &Bound<'py, PyAny>,
    errors: &str,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = batch.py();
    let sequences: Vec<Vec<u32>> = batch
        .try_iter()?
        .map(|tokens| token_ids(&tokens?))
        .collect::<PyResult<_>>()?;
    let bytes = sequences.iter().map(|tokens| tokens.len() * 4).sum();
    let threads = thread_count(threads, bytes)?;
    let decoded: Vec<Result<Vec<u8>, DecodeError>> = detached(py, bytes, || {
        in_parallel(&sequences, threads, |tokens| tokenizer.decode_bytes(tokens))
    });
    let list = PyList::empty(py);
    for (bytes, tokens) in decoded.into_iter().zip(&sequences) {
        let bytes = bytes.map_err(|error| raise(py, &error.into(), Some(tokens)))?;
        list.append(text_from(py, &bytes, errors)?)?;
    }
    Ok(list)
}

/// The ids in a buffer of unsigned 32-bit numbers (a NumPy array, a `memoryview`, an `array`) or in any other iterable of ints.
pub fn token_ids(tokens: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    match tokens.cast_exact::<PyList>() {
        Ok(list) => ids_of_list(list),
        Err(_) => match ids_of_buffer(tokens)? {
            Some(ids) => Ok(ids),
            None => tokens.try_iter()?.map(|id| id?.extract()).collect(),
        },
    }
}

/// Measured: 5 ns a token, where extracting a `Vec<u32>` takes 20.
fn ids_of_list(list: &Bound<'_, PyList>) -> PyResult<Vec<u32>> {
    let mut ids = Vec::with_capacity(list.len());
    for index in 0..list.len() {
        // SAFETY: the list is alive and the interpreter lock is held. The item is borrowed, or null if the list has shrunk, which
        // only the conversion of an item that is no int can bring about, and that one is held while it is converted.
        let id = unsafe {
            let item = ffi::PyList_GetItem(list.as_ptr(), index as ffi::Py_ssize_t);
            if item.is_null() {
                return Err(PyErr::fetch(list.py()));
            }
            if ffi::PyLong_CheckExact(item) == 0 {
                None
            } else {
                Some(ffi::PyLong_AsSize_t(item))
            }
        };
        match id.and_then(|id| u32::try_from(id).ok()) {
            Some(id) => ids.push(id),
            // Not an int, or none of 32 bits: the conversion of PyO3 tells what is wrong, if anything is.
            None => {
                PyErr::take(list.py());
                ids.push(list.get_item(index)?.extract()?);
            }
        }
    }
    Ok(ids)
}

/// The ids in a buffer of numbers; `None` for anything else.
///
/// Read by way of a `memoryview`, as the buffer protocol is not in the stable interface of Python 3.9.
fn ids_of_buffer(tokens: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u32>>> {
    let Ok(view) = memory_view(tokens) else {
        return Ok(None);
    };
    let format: String = view.getattr("format")?.extract()?;
    let item_size: usize = view.getattr("itemsize")?.extract()?;
    if item_size != 4 || !matches!(format.trim_start_matches(['@', '=']), "I" | "L") {
        return ids_of_list(view.call_method0("tolist")?.cast()?).map(Some);
    }
    let bytes = view.call_method0("tobytes")?;
    let words = bytes.cast::<PyBytes>()?.as_bytes().chunks_exact(4);
    Ok(Some(
        words
            .map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]))
            .collect(),
    ))
}

fn memory_view<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the object is alive and the interpreter lock is held; the call returns a new reference, or null with an exception.
    unsafe {
        Bound::from_owned_ptr_or_err(object.py(), ffi::PyMemoryView_FromObject(object.as_ptr()))
    }
}

/// A list of token ids. The ints come from a table in which each is made once.
///
/// Measured: 4 ns a token, where fresh ints take 16 to 28. Most of it is waiting for the ints, which lie anywhere in memory; so those
/// of the next tokens are fetched while these are set.
pub fn token_list<'py>(py: Python<'py>, tokens: &[u32]) -> PyResult<Bound<'py, PyAny>> {
    const FETCHED: usize = 32;
    let ints = Ints::get(py);
    let mut fetched = [std::ptr::null_mut(); FETCHED];
    let mut index = 0;
    // SAFETY: the interpreter lock is held. The new list has room for as many items as are set; each is set once, to an int that
    // the list takes over. A list that is dropped half filled has nulls, which Python allows for.
    unsafe {
        let list =
            Bound::from_owned_ptr_or_err(py, ffi::PyList_New(tokens.len() as ffi::Py_ssize_t))?;
        for chunk in tokens.chunks(FETCHED) {
            for (int, &token) in fetched.iter_mut().zip(chunk) {
                *int = ints.peek(token);
            }
            for (&int, &token) in fetched.iter().zip(chunk) {
                let int = ints.new_reference(py, int, token)?;
                if ffi::PyList_SetItem(list.as_ptr(), index, int) != 0 {
                    return Err(PyErr::fetch(py));
                }
                index += 1;
            }
        }
        Ok(list)
    }
}

/// Python ints by token id, made when first asked for and kept: 1.6 MB of pointers, and 32 bytes for each id that was seen.
struct Ints(Box<[AtomicPtr<ffi::PyObject>]>);

impl Ints {
    fn get(py: Python<'_>) -> &Self {
        static INTS: PyOnceLock<Ints> = PyOnceLock::new();
        INTS.get_or_init(py, || {
            let end = Tokenizer::o200k_harmony().token_count();
            Self((0..end).map(|_| AtomicPtr::default()).collect())
        })
    }

    /// The int of a token, or null if there is none yet. Its memory is asked for.
    #[inline(always)]
    fn peek(&self, token: u32) -> *mut ffi::PyObject {
        let int = self
            .0
            .get(token as usize)
            .map_or(std::ptr::null_mut(), |int| int.load(Ordering::Acquire));
        prefetch(int);
        int
    }

    /// A new reference to the int that `peek` gave, or to one that is made now.
    ///
    /// # Safety
    /// The caller takes the reference over.
    #[inline(always)]
    unsafe fn new_reference(
        &self,
        py: Python<'_>,
        int: *mut ffi::PyObject,
        token: u32,
    ) -> PyResult<*mut ffi::PyObject> {
        if int.is_null() {
            return self.make(py, token);
        }
        // SAFETY: the table holds a reference to each of its ints for ever, and the interpreter lock is held.
        unsafe { ffi::Py_INCREF(int) };
        Ok(int)
    }

    #[cold]
    fn make(&self, py: Python<'_>, token: u32) -> PyResult<*mut ffi::PyObject> {
        let int = token.into_pyobject(py)?.into_any();
        if let Some(kept) = self.0.get(token as usize) {
            // If another thread was faster, its int stays, and this one goes to the caller alone.
            let new = int.clone().into_ptr();
            if kept
                .compare_exchange(
                    std::ptr::null_mut(),
                    new,
                    Ordering::AcqRel,
                    Ordering::Acquire,
                )
                .is_err()
            {
                // SAFETY: `new` is a reference that nobody took over.
                drop(unsafe { Bound::from_owned_ptr(py, new) });
            }
        }
        Ok(int.into_ptr())
    }
}

/// The text of a string, each lone surrogate as U+FFFD: Python's strings may hold what Unicode text may not.
pub fn text_of<'a>(text: &'a Bound<'_, PyString>) -> PyResult<Cow<'a, str>> {
    if let Some(text) = utf8_of(text) {
        return Ok(Cow::Borrowed(text));
    }
    text.to_cow().or_else(|_| {
        text.call_method1("encode", ("utf-16", "surrogatepass"))?
            .call_method1("decode", ("utf-16", "replace"))?
            .extract()
            .map(Cow::Owned)
    })
}

/// The UTF-8 form that Python keeps with the string; `None` if it has none.
///
/// Every CPython since 3.3 exports the function, but its stable interface has it since 3.10 only, and on Windows a library built for
/// 3.9 could not be loaded with it. Measured against `to_cow`, which copies the text for 3.9: 90 ns for a short text.
#[cfg(not(windows))]
fn utf8_of<'a>(text: &'a Bound<'_, PyString>) -> Option<&'a str> {
    extern "C" {
        fn PyUnicode_AsUTF8AndSize(
            unicode: *mut ffi::PyObject,
            size: *mut ffi::Py_ssize_t,
        ) -> *const std::ffi::c_char;
    }
    let mut size = 0;
    // SAFETY: the string is alive and the interpreter lock is held. What is returned is valid UTF-8 of that size (CPython refuses
    // surrogates), belongs to the immutable string, and so lives as long as the borrow of it.
    unsafe {
        let data = PyUnicode_AsUTF8AndSize(text.as_ptr(), &mut size);
        if data.is_null() {
            PyErr::take(text.py());
            return None;
        }
        Some(std::str::from_utf8_unchecked(std::slice::from_raw_parts(
            data.cast(),
            size as usize,
        )))
    }
}

#[cfg(windows)]
fn utf8_of<'a>(_: &'a Bound<'_, PyString>) -> Option<&'a str> {
    None
}

/// A string from bytes, without a `bytes` object in between.
fn text_from<'py>(py: Python<'py>, bytes: &[u8], errors: &str) -> PyResult<Bound<'py, PyAny>> {
    let errors = match errors {
        "replace" => Cow::Borrowed(c"replace"),
        other => Cow::Owned(
            CString::new(other).map_err(|error| PyValueError::new_err(error.to_string()))?,
        ),
    };
    // SAFETY: `bytes` is readable for its length and `errors` ends in a zero; the interpreter lock is held. The call returns a new
    // reference, or null with an exception.
    unsafe {
        let text = ffi::PyUnicode_DecodeUTF8(
            bytes.as_ptr().cast(),
            bytes.len() as ffi::Py_ssize_t,
            errors.as_ptr(),
        );
        Bound::from_owned_ptr_or_err(py, text)
    }
}

/// How many threads a batch gets: as many as asked for or, if nothing was said, as there are processors.
fn thread_count(wanted: Option<usize>, bytes: usize) -> PyResult<usize> {
    match wanted {
        Some(0) => Err(PyValueError::new_err("num_threads must be at least 1")),
        Some(threads) => Ok(threads),
        None if bytes < BATCH_OF_ONE_THREAD => Ok(1),
        None => Ok(thread::available_parallelism().map_or(1, usize::from)),
    }
}

/// The result of `work` for each item, in order. Each thread takes the next item that none has taken.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = threads.min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let taken = AtomicUsize::new(0);
    let take = || {
        let mut done = vec![];
        while let Some((index, item)) = {
            let index = taken.fetch_add(1, Ordering::Relaxed);
            items.get(index).map(|item| (index, item))
        } {
            done.push((index, work(item)));
        }
        done
    };
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let own = take();
        let theirs = workers.into_iter().map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        for (index, result) in theirs.flatten().chain(own) {
            results[index] = Some(result);
        }
    });
    results.into_iter().flatten().collect()
}
