//! Cells in columns. Tables of thousands of lines are made here; what is not as plain as nearly
//! all cells are is left to a library that knows how wide characters are.

use comfy_table::{ContentArrangement, Table, presets};

/// The longest cell that is measured here.
const LONGEST: usize = 10_000;

/// A line a row, the cells of a column one below the other, two blanks between columns.
/// Cells hold no line breaks.
pub(super) fn drawn(rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        let inner = row.len().saturating_sub(1); // behind the last one nothing stands
        for (at, cell) in row.iter().enumerate() {
            if at < inner && !cell.is_ascii() || cell.len() > LONGEST {
                return by_library(rows);
            }
            match widths.get_mut(at) {
                Some(width) => *width = cell.len().max(*width),
                // the library makes no column narrower
                None => widths.push(cell.len().max(1)),
            }
        }
    }
    if rows.iter().any(|row| row.len() != widths.len()) {
        return by_library(rows);
    }
    let mut text = String::new();
    let mut line = String::new();
    for row in rows {
        line.clear();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            let blanks = width.saturating_sub(cell.len()) + 2;
            line.extend(std::iter::repeat_n(' ', blanks));
        }
        text.push_str(line.trim());
        text.push('\n');
    }
    text
}

fn by_library(rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.add_rows(rows);
    let lines = table.lines();
    lines.map(|line| format!("{}\n", line.trim())).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wide_characters_stand_in_columns_too() {
        let rows = [["東京", "a"], ["x", "b"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(drawn(&rows), "東京  a\nx     b\n");
    }

    proptest! {
        #[test]
        fn what_is_drawn_here_is_as_the_library_draws_it(
            rows in prop::collection::vec(
                ("[ -~]{0,12}", "[ -~]{0,5}", "[ -~]{0,4}( ← [a-zé]{1,3}){0,2}"),
                0..5,
            ),
        ) {
            let rows: Vec<Vec<String>> =
                rows.into_iter().map(|(a, b, c)| vec![a, b, c]).collect();
            prop_assert_eq!(drawn(&rows), by_library(&rows));
        }
    }
}
