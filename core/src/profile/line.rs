//! Something of a vocabulary in one line, as it is written on the command line:
//! its kind, then its fields as `field=value`, quoted as for a shell; several
//! values of one field are parted by commas. A combination is a table of TOML:
//! `{ kind = "any", of = [{ kind = "crash" }, { kind = "silence", after = "5s" }] }`.

use std::fmt::{self, Display as _};

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::ProfileError;
use super::file::with_meaning;
use super::items;
use super::vocabulary::{FieldForm, Vocabulary};

/// Fields in which blanks are looked for as they are written.
const BYTE_FOR_BYTE: [&str; 2] = ["text", "regex"];

/// Reads a line.
pub(super) fn read<T: DeserializeOwned>(
    vocabulary: &Vocabulary,
    line: &str,
) -> Result<T, ProfileError> {
    let wrong = |why: String| vocabulary.wrong(line, why);
    if line.trim_start().starts_with('{') {
        return of_table(line.trim()).map_err(wrong);
    }
    let words = shell_words::split(line).map_err(|_| wrong("a quote is not closed".into()))?;
    let Some((kind, fields)) = words.split_first() else {
        let first = vocabulary.kinds.first().map_or("", |kind| kind.word);
        return Err(wrong(format!("write its kind first, as in {first}")));
    };
    let known = vocabulary.kind(kind);
    if let Some(known) = known.filter(|known| known.is_combination()) {
        return Err(wrong(format!(
            "a combination is written as one table, as in '{}'",
            known.in_a_line()
        )));
    }
    let mut texts: Vec<(&str, &str)> = Vec::new();
    for word in fields {
        let (field, text) = word.split_once('=').ok_or_else(|| {
            let example = known.or(vocabulary.kinds.first());
            let example = example.map_or("", |kind| kind.example);
            wrong(format!(
                "\"{word}\" is no field; write field=value, as in {example}"
            ))
        })?;
        if texts.iter().any(|(before, _)| *before == field) {
            return Err(wrong(format!("{field} is written twice")));
        }
        texts.push((field, text));
    }
    of_texts(vocabulary, kind, texts).map_err(wrong)
}

impl Vocabulary {
    /// What was written, as texts for a form: each field with what stands in it.
    #[must_use]
    pub fn texts(&self, raw: &impl Serialize) -> Vec<(String, String)> {
        // Every field can be said in TOML.
        let table = Table::try_from(raw).unwrap_or_default();
        let fields = table.into_iter().filter(|(field, _)| field != "kind");
        fields
            .map(|(field, value)| {
                let text = self.text(&field, &value);
                (field, text)
            })
            .collect()
    }

    /// What texts of a form come to. A field with an empty text is not written.
    ///
    /// # Errors
    /// The first text that is none of its field.
    pub fn of_texts<'a, T: DeserializeOwned>(
        &self,
        kind: &str,
        texts: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<T, ProfileError> {
        let is_written = |field: &str, text: &str| match BYTE_FOR_BYTE.contains(&field) {
            true => !text.is_empty(),
            false => !text.trim().is_empty(),
        };
        let written = texts
            .into_iter()
            .filter(|(field, text)| is_written(field, text));
        of_texts(self, kind, written).map_err(|why| self.wrong(kind, why))
    }

    fn text(&self, field: &str, value: &Value) -> String {
        match (value, self.field(field).map(|info| info.form)) {
            (Value::Array(words), Some(FieldForm::Command)) => {
                shell_words::join(words.iter().filter_map(Value::as_str))
            }
            (Value::Array(triggers), Some(FieldForm::Triggers)) => {
                let lines: Vec<String> = triggers.iter().map(|one| self.in_a_line(one)).collect();
                lines.join("\n")
            }
            (Value::Array(texts), Some(FieldForm::Texts)) => {
                items::join(texts.iter().filter_map(Value::as_str))
            }
            (value, _) => plain(value),
        }
    }

    /// A trigger within a combination.
    fn in_a_line(&self, trigger: &Value) -> String {
        match trigger {
            Value::Table(table) => Line(self, table).to_string(),
            other => other.to_string(),
        }
    }
}

fn of_texts<'a, T: DeserializeOwned>(
    vocabulary: &Vocabulary,
    kind: &str,
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<T, String> {
    let mut table = Table::new();
    table.insert("kind".into(), Value::String(kind.to_owned()));
    for (field, text) in texts {
        table.insert(field.to_owned(), value(vocabulary, field, text)?);
    }
    table
        .try_into()
        .map_err(|error: toml::de::Error| error.message().to_owned())
}

/// What a table of TOML says; it may be broken into lines, as a help's are.
fn of_table<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    const KEY: &str = "it";
    let text = format!("{KEY} = {}", text.replace(['\r', '\n'], " "));
    let document: Result<Table, _> = toml::from_str(&text);
    let no_table = |why: &str| format!("it is no table of TOML: {why}");
    let mut document = document.map_err(|error| no_table(error.message()))?;
    let table = document.remove(KEY).unwrap_or(Value::Boolean(false));
    if !table.is_table() || !document.is_empty() {
        return Err(no_table("something follows it"));
    }
    table
        .try_into()
        .map_err(|error: toml::de::Error| with_meaning(error.message()))
}

/// The triggers of a combination, a line each.
fn triggers(vocabulary: &Vocabulary, text: &str) -> Result<Value, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let one = |line: &str| {
        let table: Result<Table, _> = read(vocabulary, line);
        table.map(Value::Table).map_err(|error| error.to_string())
    };
    lines.map(one).collect::<Result<_, _>>().map(Value::Array)
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
        FieldForm::Texts => {
            let texts = items::split(text)?.into_iter().map(Value::String);
            Ok(Value::Array(texts.collect()))
        }
        FieldForm::Flag => text
            .parse()
            .map(Value::Boolean)
            .map_err(|_| format!("{field} is true or false, not \"{text}\"")),
        FieldForm::Triggers => triggers(vocabulary, text),
    }
}

/// Writes the line that reads back as the same.
pub(super) fn write(
    vocabulary: &Vocabulary,
    raw: &impl Serialize,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    // Every field can be said in TOML.
    let table = Table::try_from(raw).unwrap_or_default();
    Line(vocabulary, &table).fmt(f)
}

struct Line<'a>(&'a Vocabulary, &'a Table);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(vocabulary, table) = self;
        if table.contains_key("of") {
            return Value::Table((*table).clone()).fmt(f);
        }
        f.write_str(
            table
                .get("kind")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        )?;
        for (field, value) in *table {
            if field != "kind" {
                let text = vocabulary.text(field, value);
                write!(f, " {field}={}", shell_words::quote(&text))?;
            }
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
