//! Prints the fingerprint of this processor.

fn main() {
    println!("{:016x}", processors::fingerprint());
}
