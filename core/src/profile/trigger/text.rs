//! A trigger in one line, as it is written on the command line:
//! `sockets states=CLOSE_WAIT above=100 sustained=5s`.

use std::fmt;
use std::str::FromStr;

use toml::{Table, Value};

use super::kinds::{FieldForm, KINDS, field_info, kind_info};
use super::raw::RawTrigger;
use crate::profile::ProfileError;

/// A trigger written in one line: its kind, then its fields as `field=value`,
/// quoted as for a shell; several values of one field are parted by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerText(pub RawTrigger);

impl FromStr for TriggerText {
    type Err = ProfileError;

    fn from_str(line: &str) -> Result<Self, ProfileError> {
        let wrong = |why: String| ProfileError::Trigger {
            kind: line.to_owned(),
            why,
        };
        let words = shell_words::split(line).map_err(|_| wrong("a quote is not closed".into()))?;
        let Some((kind, fields)) = words.split_first() else {
            return Err(wrong("write its kind first, as in crash".into()));
        };
        if kind_info(kind).is_some_and(super::KindInfo::is_combination) {
            return Err(wrong(format!(
                "a combination does not fit into one line: write it in a profile (--profile), as in\n{}",
                kind_info(kind).map_or("", |kind| kind.example)
            )));
        }
        let mut table = Table::new();
        table.insert("kind".into(), Value::String(kind.clone()));
        for word in fields {
            let (field, value) = word.split_once('=').ok_or_else(|| {
                wrong(format!(
                    "\"{word}\" is no field; write field=value, as in {}",
                    example(kind)
                ))
            })?;
            let value = read(field, value).map_err(&wrong)?;
            if table.insert(field.to_owned(), value).is_some() {
                return Err(wrong(format!("{field} is written twice")));
            }
        }
        table
            .try_into()
            .map(Self)
            .map_err(|error: toml::de::Error| wrong(error.message().to_owned()))
    }
}

fn example(kind: &str) -> &'static str {
    kind_info(kind).map_or(KINDS[0].example, |kind| kind.example)
}

fn read(field: &str, text: &str) -> Result<Value, String> {
    let Some(info) = field_info(field) else {
        return Err(format!("there is no field {field}"));
    };
    let number = |text: &str| {
        let number = text.trim().parse::<i64>();
        number
            .map(Value::Integer)
            .map_err(|_| format!("{field} takes a whole number, not \"{text}\""))
    };
    let several = |one: &dyn Fn(&str) -> Result<Value, String>| {
        let values = text.split(',').map(str::trim).filter(|one| !one.is_empty());
        values.map(one).collect::<Result<_, _>>().map(Value::Array)
    };
    match info.form {
        FieldForm::Text | FieldForm::Amount | FieldForm::Span | FieldForm::Choice(_) => {
            Ok(Value::String(text.to_owned()))
        }
        FieldForm::Number => number(text),
        FieldForm::Numbers => several(&number),
        FieldForm::Texts => several(&|one| Ok(Value::String(one.to_owned()))),
        FieldForm::Flag => text
            .parse()
            .map(Value::Boolean)
            .map_err(|_| format!("{field} is true or false, not \"{text}\"")),
        FieldForm::Triggers => Err(format!("{field} is for profiles only")),
    }
}

impl fmt::Display for TriggerText {
    /// The line that reads back as the same trigger; of a combination its kind alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.kind)?;
        // Every field can be said in TOML.
        let Ok(table) = Table::try_from(&self.0) else {
            return Ok(());
        };
        for (field, value) in &table {
            if field == "kind" || field == "of" {
                continue;
            }
            let text = plain(value);
            write!(f, " {field}={}", shell_words::quote(&text))?;
        }
        Ok(())
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
