//! Base-128 varints of up to 64 bits, as protobuf writes them.

/// Reads the varint at the start and gives the bytes behind it. None where it does not end, or is above 64 bits. It is
/// minimal when it took `varint_size(value)` bytes.
#[inline]
#[must_use]
pub fn read_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        if index == 9 && *byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}

/// Bytes that the minimal varint of a value takes.
#[must_use]
pub fn varint_size(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Appends the minimal varint of a value.
pub fn push_varint(out: &mut Vec<u8>, value: u64) {
    let mut rest = value;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn varint(value: u64) -> Vec<u8> {
        let mut out = Vec::new();
        push_varint(&mut out, value);
        out
    }

    #[test]
    fn a_varint_comes_back_and_is_minimal() {
        for shift in 0..64 {
            for value in [1_u64 << shift, (1_u64 << shift) - 1, !0_u64 >> shift] {
                let bytes = varint(value);
                assert_eq!(bytes.len(), varint_size(value));
                assert_eq!(read_varint(&bytes), Some((value, &[][..])));
                assert_eq!(read_varint(&bytes[..bytes.len() - 1]), None);
            }
        }
    }

    #[test]
    fn a_varint_above_64_bits_is_malformed() {
        assert_eq!(read_varint(&[0xff; 11]), None);
        let mut bytes = [0xff; 10];
        bytes[9] = 2;
        assert_eq!(read_varint(&bytes), None);
        bytes[9] = 1;
        assert_eq!(read_varint(&bytes), Some((u64::MAX, &[][..])));
    }
}
