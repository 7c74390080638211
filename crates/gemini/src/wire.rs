//! Types of the wire that keep what they do not know.
//!
//! `open_enum` makes a list of Google's words that takes other words, too; `wire` makes an object whose fields are
//! left out when they are absent, and whose unknown fields are written back. A known field may come once, and of an
//! unknown one that comes again the last one counts, as serde's `flatten` has it.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use std::marker::PhantomData;

/// A value that is left out of an object.
pub(crate) trait Absent {
    fn is_absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for String {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// Google leaves out what is zero.
impl Absent for u64 {
    fn is_absent(&self) -> bool {
        *self == 0
    }
}

impl Absent for Map<String, Value> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// A value that is read from a field.
pub(crate) trait Read<'de>: Deserialize<'de> {
    fn read<A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        map.next_value()
    }
}

impl<'de, T: Deserialize<'de>> Read<'de> for Option<T> {}
impl Read<'_> for String {}
impl Read<'_> for u64 {}
impl Read<'_> for Map<String, Value> {}

/// Most lists of the API have one element: serde's own code makes room for four.
impl<'de, T: Deserialize<'de>> Read<'de> for Vec<T> {
    fn read<A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        map.next_value_seed(List(PhantomData))
    }
}

struct List<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for List<T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let Some(first) = list.next_element()? else { return Ok(Vec::new()) };
        let mut values = vec![first];
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(values)
    }
}

/// A name of a field in Google's spelling.
pub(crate) struct Name<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Name<N> {
    /// Spells `snake_case` as `camelCase`, while the program is compiled.
    pub(crate) const fn camel(snake: &str) -> Self {
        let (snake, mut bytes) = (bare(snake).as_bytes(), [0; N]);
        let (mut from, mut length) = (0, 0);
        while from < snake.len() {
            let begins_word = snake[from] == b'_';
            from += begins_word as usize;
            bytes[length] =
                if begins_word { snake[from].to_ascii_uppercase() } else { snake[from] };
            (from, length) = (from + 1, length + 1);
        }
        Self { bytes, length }
    }

    pub(crate) const fn as_str(&self) -> &str {
        ascii(self.bytes.split_at(self.length).0)
    }
}

/// The name of a field whose name is a word of Rust's, too (`r#type`).
pub(crate) const fn bare(name: &str) -> &str {
    match name.as_bytes() {
        [b'r', b'#', name @ ..] => ascii(name),
        _ => name,
    }
}

const fn ascii(name: &[u8]) -> &str {
    match std::str::from_utf8(name) {
        Ok(name) => name,
        Err(_) => panic!("names of fields are ASCII"),
    }
}

macro_rules! wire {
    ($($object:tt)*) => { crate::wire::object! { "camelCase" $($object)* } };
}

/// The newer families of the API have names in snake_case.
#[cfg(feature = "interactions")]
macro_rules! wire_snake {
    ($($object:tt)*) => { crate::wire::object! { "snake_case" $($object)* } };
}

macro_rules! object {
    (
        $case:tt
        $(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
        #[serde(rename_all = $case)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "crate::wire::Absent::is_absent")]
                pub $field: $type,
            )*
            /// Fields that this version does not know; they are written back.
            #[serde(flatten)]
            pub other: serde_json::Map<String, serde_json::Value>,
        }

        // serde's own code for `flatten` keeps every field aside until it has seen all of them.
        const _: () = {
            #[expect(non_camel_case_types, reason = "a field's name stands for itself")]
            enum Field {
                $($field,)*
                Other(String),
            }

            /// The known fields that have come.
            #[derive(Default)]
            struct Seen {
                $($field: bool,)*
            }

            /// The fields' names on the wire.
            struct Names;

            #[expect(non_upper_case_globals, reason = "a field's name stands for itself")]
            impl Names {
                $(const $field: &str = crate::wire::name!($case, $field);)*
            }

            impl<'de> serde::Deserialize<'de> for Field {
                fn deserialize<D: serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Self, D::Error> {
                    struct Word;

                    impl serde::de::Visitor<'_> for Word {
                        type Value = Field;

                        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                            f.write_str("the name of a field")
                        }

                        fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Field, E> {
                            Ok(match name {
                                $(Names::$field => Field::$field,)*
                                other => Field::Other(other.to_owned()),
                            })
                        }
                    }

                    deserializer.deserialize_identifier(Word)
                }
            }

            struct Object;

            impl<'de> serde::de::Visitor<'de> for Object {
                type Value = $name;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(concat!("an object `", stringify!($name), "`"))
                }

                fn visit_map<A: serde::de::MapAccess<'de>>(
                    self,
                    mut map: A,
                ) -> Result<$name, A::Error> {
                    let (mut object, mut seen) = ($name::default(), Seen::default());
                    while let Some(field) = map.next_key()? {
                        match field {
                            $(Field::$field => {
                                if std::mem::replace(&mut seen.$field, true) {
                                    return Err(serde::de::Error::duplicate_field(Names::$field));
                                }
                                object.$field = crate::wire::Read::read(&mut map)?;
                            })*
                            Field::Other(name) => {
                                object.other.insert(name, map.next_value()?);
                            }
                        }
                    }
                    Ok(object)
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Self, D::Error> {
                    deserializer.deserialize_map(Object)
                }
            }
        };
    };
}

macro_rules! name {
    ("camelCase", $field:ident) => {{
        const NAME: &crate::wire::Name<{ stringify!($field).len() }> =
            &crate::wire::Name::camel(stringify!($field));
        NAME.as_str()
    }};
    ("snake_case", $field:ident) => {
        crate::wire::bare(stringify!($field))
    };
}

macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`")] $variant,)*
            /// A word that this version does not know.
            Other(String),
        }

        impl $name {
            /// Returns the word of the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.as_str().escape_debug())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;
                // Read where it stands: only an unknown word is copied.
                impl serde::de::Visitor<'_> for Word {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string")
                    }

                    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<$name, E> {
                        Ok(word.into())
                    }
                }
                deserializer.deserialize_str(Word)
            }
        }
    };
}

#[cfg(feature = "interactions")]
pub(crate) use wire_snake;
pub(crate) use {name, object, open_enum, wire};
