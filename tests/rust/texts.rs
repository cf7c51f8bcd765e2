//! Generated texts of many scripts, for the tests of the tokenizer on this and on other processors.

/// A generator of the xorshift kind: the same texts in every run.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A few characters of one script, or a fragment over which alternatives of the pattern compete.
    pub fn add_run(&mut self, text: &mut String) {
        const FRAGMENTS: [&str; 40] = [
            "'s",
            "'S",
            "'ll",
            "'LL",
            "'rE",
            "'ve",
            "'d",
            "'ſ",
            "'x",
            " ",
            "  ",
            "   ",
            "\n",
            "\r\n",
            "\n\n",
            " \n",
            "\n ",
            "\t",
            "/",
            "//",
            "!\n//",
            ";\n",
            "1",
            "12",
            "1234",
            "A",
            "a",
            "Aa",
            "aA",
            "AAa",
            "aAA",
            "中A",
            "A中",
            "中Aa",
            "\u{301}",
            "!\u{301}",
            "❤\u{FE0F}",
            "👍🏽",
            "\u{3000}",
            "<|end|>",
        ];
        const SCRIPTS: [(u32, u32); 20] = [
            (0x20, 0x7F),
            (0x61, 0x7B),
            (0x41, 0x5B),
            (0x00, 0x30),
            (0xA0, 0x180),
            (0x370, 0x400),
            (0x400, 0x460),
            (0x5D0, 0x5EB),
            (0x620, 0x660),
            (0x900, 0x970),
            (0xE01, 0xE50),
            (0x10A0, 0x1100),
            (0x1E00, 0x1F00),
            (0x2000, 0x2070),
            (0x3040, 0x3100),
            (0x4E00, 0x9FA0),
            (0xAC00, 0xD7A0),
            (0xFE00, 0xFF00),
            (0x1F300, 0x1F650),
            (0x1D400, 0x1D500),
        ];
        if self.below(2) == 0 {
            text.push_str(FRAGMENTS[self.below(40) as usize]);
            return;
        }
        let (first, end) = SCRIPTS[self.below(20) as usize];
        for _ in 0..=self.below(6) {
            let code_point = first + self.below(u64::from(end - first)) as u32;
            text.extend(char::from_u32(code_point));
        }
    }
}
