//! Memory that threads hold after they have encoded.
//!
//! `cargo bench --bench tokenizer_memory` starts 1,000 threads, each of which reads 1 MB of text and then waits, and prints how much memory
//! the process has in use meanwhile, beside as many threads that only wait, and at most while all of them encode at the same time. Linux
//! only, as it reads `/proc`.
//!
//! Counting allocates nothing but caches. Encoding a text of the thread's own also needs the text and its ids, which the thread drops: what
//! the allocator keeps of those is no part of the tokenizer. The last line is what it keeps where threads have such texts and ids and encode
//! nothing.

use std::{
    fs,
    hint::black_box,
    process,
    sync::{Arc, Barrier},
    thread,
};

use openai_harmony::tokenizer::Tokenizer;

const THREADS: usize = 1000;

const MIB: f64 = (1 << 20) as f64;

const TEXT: usize = 1_000_000;

/// Different texts that are counted.
const TEXTS: usize = 20;

fn main() {
    let Some(before) = resident() else {
        eprintln!("there is no /proc/self/status here");
        process::exit(1);
    };
    let tokenizer = Tokenizer::o200k_harmony();
    let waiting = held(before, |_| ());
    println!("{THREADS} threads that wait: {waiting:.1} MiB");
    // The tables of the vocabulary are the program's own memory, and are in use from here on.
    let texts: Arc<[String]> = (0..TEXTS).map(text).collect();
    let used = tokenizer.count_ordinary(&texts[0]);
    let before = resident().unwrap_or(before);
    let all_begin = Arc::new(Barrier::new(THREADS));
    let counted = held(before, move |number| {
        all_begin.wait();
        tokenizer.count_ordinary(&texts[number % TEXTS]);
    });
    let peak = status("VmHWM:").map_or(0.0, |peak| (peak as f64 - before as f64) / MIB);
    println!("{THREADS} threads that have counted 1 MB ({used} tokens) and wait: {counted:.1} MiB");
    println!("held by caches: {:.1} MiB", counted - waiting);
    println!("at most while all counted at the same time: {peak:.1} MiB");
    let encoded = held(before, move |number| {
        tokenizer.encode_ordinary(&text(number));
    });
    println!("{THREADS} threads that have encoded and dropped 1 MB of their own: {encoded:.1} MiB");
    let dropped = held(before, move |number| {
        let bytes = text(number).into_bytes();
        let ids: Vec<u32> = black_box(bytes)
            .iter()
            .step_by(2)
            .map(|&byte| byte.into())
            .collect();
        black_box(ids);
    });
    println!("{THREADS} threads that have dropped such texts and as many ids: {dropped:.1} MiB");
}

/// MiB in use, beyond what was before, while all threads wait after their work.
fn held(before: usize, work: impl Fn(usize) + Clone + Send + 'static) -> f64 {
    let (all_done, measured) = (
        Arc::new(Barrier::new(THREADS + 1)),
        Arc::new(Barrier::new(THREADS + 1)),
    );
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            let (work, all_done, measured) = (work.clone(), all_done.clone(), measured.clone());
            thread::spawn(move || {
                work(number);
                all_done.wait();
                measured.wait();
            })
        })
        .collect();
    all_done.wait();
    let after = resident().unwrap_or(before);
    measured.wait();
    for thread in threads {
        thread.join().expect("the thread has only encoded");
    }
    (after as f64 - before as f64) / MIB
}

/// Bytes of memory that the process has in use.
fn resident() -> Option<usize> {
    status("VmRSS:")
}

/// Bytes by a line of the status of this process, which has kB.
fn status(name: &str) -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: usize = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes << 10)
}

/// A text with words of its own, so that each thread fills its cache.
fn text(number: usize) -> String {
    let mut state = number as u64;
    let mut text = String::with_capacity(TEXT);
    while text.len() < TEXT {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        let len = 2 + (state >> 60) % 8;
        text.extend((0..len).map(|at| char::from(b'a' + (state >> (at * 5 + 8)) as u8 % 26)));
        text.push(' ');
    }
    text
}
