//! Numbers and labels in a line.

/// The first numbers of a text, whatever stands between them; `None` when one is text.
pub(crate) fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let mut found = text.split(between).filter(|word| !word.is_empty());
    let mut values = [0.0; N];
    for value in &mut values {
        *value = number(found.next()?)?;
    }
    Some(values)
}

/// All words of a text as numbers; `None` when one is not.
pub(crate) fn all_numbers(text: &str) -> Option<Vec<f64>> {
    text.split(between)
        .filter(|word| !word.is_empty())
        .map(number)
        .collect()
}

/// The number after each label, in the order of the labels; they may stand anywhere in the line.
pub(crate) fn labelled<const N: usize>(text: &str, labels: [&str; N]) -> Option<[f64; N]> {
    let mut values = [0.0; N];
    for (value, label) in values.iter_mut().zip(labels) {
        let (_, after) = text.split_once(label)?;
        [*value] = numbers(after)?;
    }
    Some(values)
}

/// What follows a label at the start of a line, capitals or not.
pub(crate) fn after<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let start = text.get(..label.len())?;
    let rest = text.get(label.len()..)?;
    start.eq_ignore_ascii_case(label).then_some(rest)
}

/// What stands between numbers.
fn between(c: char) -> bool {
    c.is_whitespace() || ",;|()[]°".contains(c)
}

fn number(word: &str) -> Option<f64> {
    let value: f64 = word.parse().ok()?;
    value.is_finite().then_some(value)
}

/// Near enough to a unit quaternion of two decimals.
pub(crate) fn is_unit(q: [f64; 4]) -> bool {
    let norm = q.iter().map(|value| value * value).sum::<f64>().sqrt();
    (norm - 1.0).abs() < 0.05
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_labels() {
        assert_eq!(numbers::<3>(": (0.5, -1, 2e0) x"), None);
        assert_eq!(numbers(" (0.5, -1, 2e0) x"), Some([0.5, -1.0, 2.0]));
        assert_eq!(labelled("b: 2\ta: 1", ["a:", "b:"]), Some([1.0, 2.0]));
        assert_eq!(numbers::<2>("1 None"), None);
        assert_eq!(numbers::<1>("nan"), None);
        assert_eq!(after("Quat\t1", "quat"), Some("\t1"));
        assert_eq!(all_numbers("1,2,"), Some(vec![1.0, 2.0]));
    }
}
