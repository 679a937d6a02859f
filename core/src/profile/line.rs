//! Something of a vocabulary in one line, as it is written on the command line:
//! its kind, then its fields as `field=value`, quoted as for a shell; several
//! values of one field are parted by commas.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::ProfileError;
use super::vocabulary::{FieldForm, Vocabulary};

/// Reads a line.
pub(super) fn read<T: DeserializeOwned>(
    vocabulary: &Vocabulary,
    line: &str,
) -> Result<T, ProfileError> {
    let wrong = |why: String| vocabulary.wrong(line, why);
    let words = shell_words::split(line).map_err(|_| wrong("a quote is not closed".into()))?;
    let Some((kind, fields)) = words.split_first() else {
        let first = vocabulary.kinds.first().map_or("", |kind| kind.word);
        return Err(wrong(format!("write its kind first, as in {first}")));
    };
    let known = vocabulary.kind(kind);
    if let Some(known) = known.filter(|known| known.is_combination()) {
        return Err(wrong(format!(
            "a combination does not fit into one line: write it in a profile (--profile), as in\n{}",
            known.example
        )));
    }
    let mut table = Table::new();
    table.insert("kind".into(), Value::String(kind.clone()));
    for word in fields {
        let (field, text) = word.split_once('=').ok_or_else(|| {
            let example = known.or(vocabulary.kinds.first());
            let example = example.map_or("", |kind| kind.example);
            wrong(format!(
                "\"{word}\" is no field; write field=value, as in {example}"
            ))
        })?;
        let value = value(vocabulary, field, text).map_err(wrong)?;
        if table.insert(field.to_owned(), value).is_some() {
            return Err(wrong(format!("{field} is written twice")));
        }
    }
    table
        .try_into()
        .map_err(|error: toml::de::Error| wrong(error.message().to_owned()))
}

fn value(vocabulary: &Vocabulary, field: &str, text: &str) -> Result<Value, String> {
    let Some(info) = vocabulary.field(field) else {
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
        FieldForm::Text
        | FieldForm::Amount
        | FieldForm::Span
        | FieldForm::Command
        | FieldForm::Choice(_) => Ok(Value::String(text.to_owned())),
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

/// Writes the line that reads back as the same; of a combination its kind alone.
pub(super) fn write(
    vocabulary: &Vocabulary,
    raw: &impl Serialize,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    // Every field can be said in TOML.
    let table = Table::try_from(raw).unwrap_or_default();
    f.write_str(
        table
            .get("kind")
            .and_then(Value::as_str)
            .unwrap_or_default(),
    )?;
    for (field, value) in &table {
        if field == "kind" || field == "of" {
            continue;
        }
        let text = match (value, vocabulary.field(field).map(|info| info.form)) {
            (Value::Array(words), Some(FieldForm::Command)) => {
                shell_words::join(words.iter().filter_map(Value::as_str))
            }
            (value, _) => plain(value),
        };
        write!(f, " {field}={}", shell_words::quote(&text))?;
    }
    Ok(())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
