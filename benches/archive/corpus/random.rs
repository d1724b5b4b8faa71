//! Numbers that look like chance and are the same in every run: splitmix64.

/// A stream of numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream of its own for a thing that has a name, so that what is drawn for one does not
    /// move what is drawn for another.
    pub fn of(seed: u64, name: &str) -> Self {
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        Self::new(name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, hash))
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    /// A position in a list of that length, which is not 0.
    pub fn position(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("it is below a length")
    }

    /// A moment from `from` on and before `to`.
    pub fn moment(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.below(u64::try_from(to - from).expect("forward"))).expect("small")
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.position(list.len())]
    }

    /// A fraction from 0 to below 1.
    pub fn fraction(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Writes `length` signs of an alphabet.
    pub fn signs(&mut self, alphabet: &str, length: usize, out: &mut String) {
        let alphabet = alphabet.as_bytes();
        let (mut left, mut number) = (0, 0);
        for _ in 0..length {
            if left == 0 {
                (left, number) = (8, self.number());
            }
            // 8 bits for at most 64 signs: what is uneven in it does not show.
            let at = usize::try_from(number & 0xff).expect("a byte") % alphabet.len();
            out.push(char::from(alphabet[at]));
            (left, number) = (left - 1, number >> 8);
        }
    }

    /// So many signs of an alphabet.
    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        let mut text = String::with_capacity(length);
        self.signs(alphabet, length, &mut text);
        text
    }

    /// Writes a UUID of version 4.
    pub fn uuid_to(&mut self, out: &mut String) {
        let text = self.text(HEX, 31);
        let (one, rest) = text.split_at(8);
        let (two, rest) = rest.split_at(4);
        let (three, rest) = rest.split_at(3);
        let (four, five) = rest.split_at(4);
        for part in [one, "-", two, "-4", three, "-"] {
            out.push_str(part);
        }
        // The variant: the first sign of the fourth group is 8, 9, a or b.
        let variant = char::from(b"89ab"[self.position(4)]);
        out.push(variant);
        out.push_str(&four[1..]);
        out.push('-');
        out.push_str(five);
    }

    /// A UUID of version 4.
    pub fn uuid(&mut self) -> String {
        let mut text = String::with_capacity(36);
        self.uuid_to(&mut text);
        text
    }
}

/// Signs of hexadecimal numbers.
pub const HEX: &str = "0123456789abcdef";
/// The same, as capitals.
pub const HEX_UPPER: &str = "0123456789ABCDEF";
/// Signs of access keys and unique ids.
pub const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Signs of base64.
pub const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Signs of base64 in URLs.
pub const BASE64_URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Letters and digits.
pub const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Digits.
pub const DIGITS: &str = "0123456789";
