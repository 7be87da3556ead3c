//! Structures in Thrift's compact protocol, walked over without being kept.
//!
//! A field is a byte, `step << 4 | kind`; where the step is 0 the field's number follows as a varint; a byte 0
//! ends the structure. Kinds: 1 and 2 are true and false, 3 a byte, 4 to 6 varints, 7 eight bytes, 8 a varint
//! of length and so many bytes, 9 and 10 lists, 11 a map, 12 a structure. A list is a byte
//! `count << 4 | kind`, with the count as a varint after it where it says 15; a map a varint of count and,
//! unless that is 0, a byte `kind << 4 | kind`. Numbers have their sign in the lowest bit.
//! Source: Apache Thrift, compact protocol.

/// Structures within structures; real ones have six.
const MOST_DEPTH: usize = 16;

/// What a field of a known number is.
pub(super) enum Shape {
    Truth,
    Byte,
    /// A varint of any width.
    Number,
    Text,
    List(&'static Self),
    Structure(Fields),
}

/// The known fields of a structure by their numbers; any other may be anything.
pub(super) type Fields = &'static [(i16, Shape)];

impl Shape {
    /// A value of this kind of the protocol can be it.
    pub(super) const fn suits(&self, kind: u8) -> bool {
        match self {
            Self::Truth => matches!(kind, 1 | 2),
            Self::Byte => kind == 3,
            Self::Number => matches!(kind, 4..=6),
            Self::Text => kind == 8,
            Self::List(_) => matches!(kind, 9 | 10),
            Self::Structure(_) => kind == 12,
        }
    }

    /// What the elements of such a list are.
    const fn element(&self) -> Option<&'static Self> {
        match self {
            Self::List(element) => Some(element),
            Self::Truth | Self::Byte | Self::Number | Self::Text | Self::Structure(_) => None,
        }
    }

    const fn fields(&self) -> Fields {
        match self {
            Self::Structure(fields) => fields,
            Self::Truth | Self::Byte | Self::Number | Self::Text | Self::List(_) => &[],
        }
    }
}

/// What is left of the bytes.
pub(super) struct Walk<'a>(pub(super) &'a [u8]);

impl Walk<'_> {
    fn skip(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let first = *self.0.first()?;
        self.skip(1)?;
        Some(first)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Shows the fields of a structure, one after the other, to `take`, which goes past what is in each. A
    /// known one of another kind ends the walk.
    pub(super) fn fields(
        &mut self,
        known: Fields,
        mut take: impl FnMut(&mut Self, &Field) -> Option<()>,
    ) -> Option<()> {
        let mut last = 0_i16;
        loop {
            let first = self.byte()?;
            if first == 0 {
                return Some(());
            }
            let number = match first >> 4 {
                0 => zigzag(self.varint()?) as i16,
                step => last.checked_add(i16::from(step))?,
            };
            let kind = first & 15;
            let shape = known.iter().find(|(known, _)| *known == number);
            let shape = shape.map(|(_, shape)| shape);
            if shape.is_some_and(|shape| !shape.suits(kind)) {
                return None;
            }
            let field = Field {
                number,
                kind,
                shape,
            };
            take(self, &field)?;
            last = number;
        }
    }

    /// A whole structure.
    pub(super) fn structure(&mut self, fields: Fields, depth: usize) -> Option<()> {
        if depth > MOST_DEPTH {
            return None;
        }
        self.fields(fields, |walk, field| walk.content(field, depth))
    }

    /// What a field has in it; of one that is true or false, nothing: the kind says it.
    pub(super) fn content(&mut self, field: &Field, depth: usize) -> Option<()> {
        if matches!(field.kind, 1 | 2) {
            Some(())
        } else {
            self.value(field.kind, field.shape, depth)
        }
    }

    /// A number.
    pub(super) fn number(&mut self) -> Option<i64> {
        self.varint().map(zigzag)
    }

    fn value(&mut self, kind: u8, shape: Option<&Shape>, depth: usize) -> Option<()> {
        match kind {
            1..=3 => self.skip(1),
            4..=6 => self.varint().map(drop),
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(usize::try_from(length).ok()?)
            }
            9 | 10 => self.list(shape.and_then(Shape::element), depth),
            11 => match self.varint()? {
                0 => Some(()),
                count => {
                    let kinds = self.byte()?;
                    self.values(count, &[kinds >> 4, kinds & 15], None, depth)
                }
            },
            12 => self.structure(shape.map_or(&[], Shape::fields), depth + 1),
            _ => None,
        }
    }

    fn list(&mut self, element: Option<&Shape>, depth: usize) -> Option<()> {
        let head = self.byte()?;
        let kind = head & 15;
        let count = match head >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        // Elements that are true or false take a byte each, which not every reader knows; no footer has any.
        let is_of_truths = matches!(kind, 1 | 2);
        let suits = !is_of_truths && element.is_none_or(|shape| shape.suits(kind));
        if count > 0 && !suits {
            return None;
        }
        self.values(count, &[kind], element, depth)
    }

    /// So many elements of a list or a map; each takes a byte at least.
    fn values(
        &mut self,
        count: u64,
        kinds: &[u8],
        shape: Option<&Shape>,
        depth: usize,
    ) -> Option<()> {
        if depth > MOST_DEPTH || count > self.0.len() as u64 {
            return None;
        }
        for _ in 0..count {
            for kind in kinds {
                self.value(*kind, shape, depth + 1)?;
            }
        }
        Some(())
    }
}

/// A field of a structure, without what is in it.
pub(super) struct Field {
    pub(super) number: i16,
    /// What kind of value it has.
    kind: u8,
    /// What it is, if that is known.
    pub(super) shape: Option<&'static Shape>,
}

const fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
