//! Several texts of one field in one text: parted by commas; one that has a comma
//! itself, or begins with a quote, is quoted as for a shell.

/// The texts that are written.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    let mut items = Vec::new();
    let mut rest = text;
    loop {
        let begun = rest.trim_start();
        let quoted = begun.starts_with(['\'', '"']);
        let length = match quoted {
            true => end_of_quoted(begun),
            false => begun.find(',').unwrap_or(begun.len()),
        };
        let item = &begun[..length];
        if quoted {
            let words = shell_words::split(item);
            let words = words.map_err(|_| format!("a quote is not closed in {item}"))?;
            items.push(words.join(" "));
        } else if !item.trim().is_empty() {
            items.push(item.trim().to_owned());
        }
        match begun.get(length + 1..) {
            Some(later) => rest = later,
            None => return Ok(items),
        }
    }
}

/// Where the comma stands that ends a quoted item, or the text ends.
fn end_of_quoted(text: &str) -> usize {
    let mut open = None;
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match (open, letter) {
            (None, ',') => return at,
            (None | Some('"'), '\\') => {
                letters.next();
            }
            (None, '\'' | '"') => open = Some(letter),
            (Some(quote), letter) if letter == quote => open = None,
            _ => {}
        }
    }
    text.len()
}

/// Writes them so that they read back as the same.
pub(super) fn join<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let written = items.into_iter().map(|item| {
        let plain = !item.is_empty()
            && item.trim() == item
            && !item.contains(',')
            && !item.starts_with(['\'', '"']);
        match plain {
            true => item.to_owned(),
            false => format!("'{}'", item.replace('\'', r"'\''")),
        }
    });
    written.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commas_part_and_quotes_keep_together() {
        for (text, items) in [
            ("CLOSE_WAIT, SYN_RECV,", vec!["CLOSE_WAIT", "SYN_RECV"]),
            ("Accept: a b", vec!["Accept: a b"]),
            ("'Accept: a, b', X: it's", vec!["Accept: a, b", "X: it's"]),
            (r#""a, \"b\"",c"#, vec![r#"a, "b""#, "c"]),
            (" , ", vec![]),
            ("''", vec![""]),
        ] {
            assert_eq!(split(text).unwrap(), items, "{text}");
        }
        assert!(split("'a, b").unwrap_err().contains("not closed"));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(items in prop::collection::vec(r#"[a '",\\:é]{0,8}"#, 0..5)) {
            let text = join(items.iter().map(String::as_str));
            prop_assert_eq!(split(&text).unwrap(), items, "{}", text);
        }
    }
}
