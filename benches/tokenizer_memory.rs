//! Memory that threads hold after they have encoded.
//!
//! `cargo bench --bench tokenizer_memory` starts 1,000 threads, each of which encodes 1 MB and then waits, and prints how much memory the
//! process has in use meanwhile, beside as many threads that have encoded nothing. Linux only, as it reads `/proc`.

use std::{
    fs, process,
    sync::{Arc, Barrier},
    thread,
};

use openai_harmony::tokenizer::Tokenizer;

const THREADS: usize = 1000;

const TEXT: usize = 1_000_000;

fn main() {
    let Some(before) = resident() else {
        eprintln!("there is no /proc/self/statm here");
        process::exit(1);
    };
    let waiting = held(before, |_| ());
    println!("{THREADS} threads that wait: {waiting:.1} MiB");
    Tokenizer::o200k_harmony().count_ordinary(&text(0));
    let before = resident().unwrap_or(before);
    let encoded = held(before, |number| {
        Tokenizer::o200k_harmony()
            .encode_ordinary(&text(number))
            .len();
    });
    println!("{THREADS} threads that have encoded 1 MB and wait: {encoded:.1} MiB");
    println!(
        "held by what they have encoded: {:.1} MiB",
        encoded - waiting
    );
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
    (after as f64 - before as f64) / f64::from(1 << 20)
}

/// Bytes of memory that the process has in use.
fn resident() -> Option<usize> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statm.split(' ').nth(1)?.parse().ok()?;
    // The size of a page wherever this runs.
    Some(pages * 4096)
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
