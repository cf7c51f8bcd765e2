//! One step of a stream of either API.

/// Runs a step of the stream that a view shows as server-sent events, and gives the bytes that it sends.
macro_rules! bytes {
    ($slf:ident, $py:ident, |$stream:ident, $sink:ident| $step:expr) => {{
        let owner = &mut *$slf.stream.get().lock()?;
        let $stream = owner.stream.as_mut().ok_or_else(crate::api::not_begun)?;
        let $sink = &mut owner.sse;
        $sink.bytes.clear();
        $step;
        $stream.host().check()?;
        owner.report($py)?;
        Ok(PyBytes::new($py, &owner.sse.bytes))
    }};
}

pub(super) use bytes;
