//! One form for enums whose members have names, the same in Rust, Python and JSON.

/// Declares an enum of named members: `ALL`, `as_str`, `Display`, `FromStr`, `Serialize` and `Deserialize`.
///
/// The text before the enum is what errors call a value of it. A member may be read under further names, which are
/// never written: `High = "High" | "high"`.
macro_rules! named_enum {
    (
        $what:literal,
        $(#[$meta:meta])*
        pub enum $Enum:ident {
            $($(#[$member_meta:meta])* $Member:ident = $name:literal $(| $alias:literal)*,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(serde::Serialize, serde::Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $Enum {
            $($(#[$member_meta])* #[serde(rename = $name $(, alias = $alias)*)] $Member,)+
        }

        impl $Enum {
            /// Every member, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$Member,)+];

            /// The stable name of the member, as in JSON.
            pub const fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$Member => $name,)+
                }
            }
        }

        impl std::fmt::Display for $Enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $Enum {
            type Err = $crate::named::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name $(| $alias)* => Ok(Self::$Member),)+
                    _ => Err($crate::named::UnknownName::new($what, name)),
                }
            }
        }
    };
}

pub(crate) use named_enum;

/// A name that no member of an enum has, for example a role other than the five.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[error("Unknown {what}: {name}")]
pub struct UnknownName {
    what: &'static str,
    name: String,
}

impl UnknownName {
    pub(crate) fn new(what: &'static str, name: &str) -> Self {
        Self {
            what,
            name: name.to_owned(),
        }
    }

    /// What the name should have been, in words: `role`, `part`, …
    pub fn what(&self) -> &str {
        self.what
    }

    /// The name as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use crate::api::{
        BadRequestCode, CallForm, CallRule, ChatFinishReason, EffortTarget, EngineFinishReason,
        ForcePolicy, NoteKind, ReasoningField, ToolsWhenNone, UnknownParameters,
    };
    use crate::chat::{ReasoningEffort, Role};
    use crate::render::{
        AnalysisPolicy, ContentTypeForm, FormatPreset, HeaderOrder, Part, PromptStyle,
        ToolResultForm,
    };
    use crate::{Ending, FinishReason, RepairKind, StreamState};

    /// A name is the same in Rust and in JSON, and is read back from both.
    macro_rules! check_names {
        ($($Enum:ty),+ $(,)?) => {$(
            for member in <$Enum>::ALL {
                let name = member.as_str();
                assert_eq!(member.to_string(), name);
                assert_eq!(name.parse().as_ref(), Ok(member));
                assert_eq!(serde_json::to_value(member).unwrap(), name);
                assert_eq!(serde_json::from_value::<$Enum>(name.into()).unwrap(), *member);
            }
            assert!("".parse::<$Enum>().is_err());
        )+};
    }

    #[test]
    fn names_are_the_same_everywhere() {
        check_names!(
            Role,
            ReasoningEffort,
            Part,
            RepairKind,
            StreamState,
            Ending,
            FinishReason,
            AnalysisPolicy,
            ContentTypeForm,
            FormatPreset,
            HeaderOrder,
            PromptStyle,
            ToolResultForm,
        );
        check_names!(
            BadRequestCode,
            CallForm,
            CallRule,
            ChatFinishReason,
            EffortTarget,
            EngineFinishReason,
            ForcePolicy,
            NoteKind,
            ReasoningField,
            ToolsWhenNone,
            UnknownParameters,
        );
    }

    #[test]
    fn further_names_are_read_but_not_written() {
        assert_eq!("high".parse(), Ok(ReasoningEffort::High));
        assert_eq!(
            serde_json::from_str::<ReasoningEffort>("\"high\"").unwrap(),
            ReasoningEffort::High
        );
        assert_eq!(ReasoningEffort::High.to_string(), "High");
    }

    #[test]
    fn an_unknown_name_says_what_it_should_have_been() {
        let error = "robot".parse::<Role>().unwrap_err();
        assert_eq!(error.to_string(), "Unknown role: robot");
    }
}
