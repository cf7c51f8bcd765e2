//! JSON values to read from: values of serde_json, and trees that borrow from the text they were read from.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};

/// A JSON value, whoever owns it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Json<'v> {
    Null,
    Bool(bool),
    Number(&'v Number),
    String(&'v str),
    Array(Array<'v>),
    Object(Object<'v>),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Array<'v> {
    Values(&'v [Value]),
    Trees(&'v [Tree<'v>]),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Object<'v> {
    Map(&'v Map<String, Value>),
    Members(&'v [Member<'v>]),
}

/// A JSON text that was read. What has no escapes is borrowed from the text.
///
/// Members of an object are in a list: messages have so few that to hash their names would take longer.
#[derive(Debug)]
pub(crate) enum Tree<'j> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'j, str>),
    Array(Vec<Tree<'j>>),
    Object(Vec<Member<'j>>),
}

type Member<'j> = (Cow<'j, str>, Tree<'j>);

impl<'v> From<&'v Value> for Json<'v> {
    fn from(value: &'v Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::String(text),
            Value::Array(values) => Self::Array(Array::Values(values)),
            Value::Object(map) => Self::Object(Object::Map(map)),
        }
    }
}

impl<'v> From<&'v Tree<'v>> for Json<'v> {
    fn from(tree: &'v Tree<'v>) -> Self {
        match tree {
            Tree::Null => Self::Null,
            Tree::Bool(flag) => Self::Bool(*flag),
            Tree::Number(number) => Self::Number(number),
            Tree::String(text) => Self::String(text),
            Tree::Array(trees) => Self::Array(Array::Trees(trees)),
            Tree::Object(members) => Self::Object(Object::Members(members)),
        }
    }
}

impl<'v> Json<'v> {
    pub(crate) fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn as_bool(self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    pub(crate) fn as_number(self) -> Option<&'v Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn as_str(self) -> Option<&'v str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_array(self) -> Option<Array<'v>> {
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }

    pub(crate) fn as_object(self) -> Option<Object<'v>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The member of an object.
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        self.as_object()?.get(name)
    }

    /// A copy that owns everything.
    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(flag),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => Value::String(text.to_owned()),
            Self::Array(Array::Values(values)) => Value::Array(values.to_vec()),
            Self::Array(array) => array.iter().map(Self::to_value).collect(),
            Self::Object(object) => Value::Object(object.to_map()),
        }
    }
}

/// As JSON, as short as possible.
impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(f)
    }
}

impl<'v> Array<'v> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Trees(trees) => trees.len(),
        }
    }

    pub(crate) fn get(self, index: usize) -> Option<Json<'v>> {
        match self {
            Self::Values(values) => values.get(index).map(Json::from),
            Self::Trees(trees) => trees.get(index).map(Json::from),
        }
    }

    pub(crate) fn iter(
        self,
    ) -> impl ExactSizeIterator<Item = Json<'v>> + DoubleEndedIterator + Clone {
        // Every index is there.
        (0..self.len()).map(move |index| self.get(index).unwrap_or(Json::Null))
    }
}

impl<'v> Object<'v> {
    pub(crate) fn is_empty(self) -> bool {
        match self {
            Self::Map(map) => map.is_empty(),
            Self::Members(members) => members.is_empty(),
        }
    }

    /// The member of this name; the last one if there are several.
    pub(crate) fn get(self, name: &str) -> Option<Json<'v>> {
        match self {
            Self::Map(map) => map.get(name).map(Json::from),
            Self::Members(members) => {
                let mut members = members.iter().rev();
                let member = members.find(|(own, _)| own == name);
                member.map(|(_, tree)| Json::from(tree))
            }
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = (&'v str, Json<'v>)> {
        let (map, members) = match self {
            Self::Map(map) => (Some(map), [].as_slice()),
            Self::Members(members) => (None, members),
        };
        let of_map = map.into_iter().flatten();
        let of_map = of_map.map(|(name, value)| (name.as_str(), Json::from(value)));
        let listed = members
            .iter()
            .map(|(name, tree)| (&**name, Json::from(tree)));
        of_map.chain(listed)
    }

    /// A copy that owns everything.
    pub(crate) fn to_map(self) -> Map<String, Value> {
        match self {
            Self::Map(map) => map.clone(),
            Self::Members(members) => members
                .iter()
                .map(|(name, tree)| (name.clone().into_owned(), Json::from(tree).to_value()))
                .collect(),
        }
    }
}

impl<'de> Deserialize<'de> for Tree<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree<'de>, E> {
        Ok(Tree::Bool(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree<'de>, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree<'de>, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree<'de>, E> {
        // JSON has no other numbers than finite ones.
        Ok(Number::from_f64(number).map_or(Tree::Null, Tree::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Tree<'de>, E> {
        Ok(Tree::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree<'de>, E> {
        Ok(Tree::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree<'de>, A::Error> {
        let mut trees = Vec::new();
        while let Some(tree) = items.next_element()? {
            trees.push(tree);
        }
        Ok(Tree::Array(trees))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree<'de>, A::Error> {
        let mut found = Vec::new();
        while let Some(Name(name)) = members.next_key()? {
            found.push((name, members.next_value()?));
        }
        Ok(Tree::Object(found))
    }
}

/// The name of a member. serde reads a `Cow` as its owned form.
struct Name<'j>(Cow<'j, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor).map(Self)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, Tree};
    use serde_json::Value;

    /// What serde_json makes of the same text is the oracle; of members of one name the last one counts there, too.
    #[test]
    fn a_tree_says_what_a_value_says() {
        let texts = [
            r#"{"a": [1, -2, 2.5, 1e300, true, null, "x\n\u00e9", ""], "b": {}, "a": {"c": [[]]}, "\t": 18446744073709551615}"#,
            r#"[{"role": "user", "content": [{"type": "text", "text": "日本"}]}]"#,
            "null",
        ];
        for text in texts {
            let tree: Tree = serde_json::from_str(text).unwrap();
            let value: Value = serde_json::from_str(text).unwrap();
            let (of_tree, of_value) = (Json::from(&tree), Json::from(&value));
            assert_eq!(of_tree.to_string(), value.to_string());
            assert_eq!(of_value.to_string(), value.to_string());
            for name in ["a", "b", "\t", "absent"] {
                let member = |json: Json<'_>| json.get(name).map(Json::to_value);
                assert_eq!(member(of_tree), member(of_value));
            }
        }
    }
}
