// SPDX-License-Identifier: Apache-2.0
//! Medians and the spread around them.

/// The middle of some values and where the middle eighty of a hundred lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Half are below.
    pub median: f64,
    /// A tenth are below.
    pub low: f64,
    /// A tenth are above.
    pub high: f64,
}

impl Spread {
    /// `None` for no values.
    pub fn of(values: &[f64]) -> Option<Spread> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let at = |share: f64| {
            let place = share * last as f64;
            let (below, above) = (place.floor() as usize, place.ceil() as usize);
            sorted[below] + (sorted[above] - sorted[below]) * place.fract()
        };
        Some(Spread { median: at(0.5), low: at(0.1), high: at(0.9) })
    }

    /// Median with the spread in brackets, or a dash.
    pub fn show(spread: Option<Spread>, digits: usize) -> String {
        match spread {
            Some(it) => {
                format!("{:.digits$} [{:.digits$}..{:.digits$}]", it.median, it.low, it.high)
            }
            None => "-".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn the_middle_is_the_middle() {
        let spread = Spread::of(&[3.0, 1.0, 2.0, 5.0, 4.0]).unwrap();
        assert!((spread.median - 3.0).abs() < 1e-9);
        assert!((spread.low - 1.4).abs() < 1e-9 && (spread.high - 4.6).abs() < 1e-9);
        assert_eq!(Spread::of(&[]), None);
    }
}
