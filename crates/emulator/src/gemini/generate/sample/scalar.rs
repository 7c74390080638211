//! Texts and numbers that satisfy a schema.
//!
//! In: the schema, and the words and numbers of the prompt. Out: one of these where it fits, else one that is made; none
//! where nothing fits.

use super::super::pattern;
use super::super::schema_parts::{count, number};
use super::{MAX_LENGTH, Sample, Sampler};
use serde_json::{Number, Value};

impl Sampler<'_> {
    pub(super) fn text(&mut self, schema: &Value, name: &str) -> Option<String> {
        let least = count(&schema["minLength"]).unwrap_or_default();
        let most = count(&schema["maxLength"]).unwrap_or(usize::MAX);
        if least > most || least > MAX_LENGTH {
            return None;
        }
        if let Some(pattern) = schema["pattern"].as_str() {
            let text = pattern::matching(pattern, least)?;
            return (least..=most).contains(&text.chars().count()).then_some(text);
        }
        let fixed = schema["format"].as_str().and_then(of_format);
        let text = fixed.map_or_else(|| self.words.next_text(name), str::to_owned);
        let mut text: String = text.chars().take(most).collect();
        while text.chars().count() < least {
            text.push('x');
        }
        Some(text)
    }

    pub(super) fn number(&mut self, schema: &Value, whole: bool) -> Option<Sample> {
        let step = number(&schema["multipleOf"]).filter(|step| *step > 0.0);
        let step = step.or(whole.then_some(1.0));
        let bounds = Bounds::of(schema);
        let rounded = |value: f64| step.map_or(value, |step| (value / step).ceil() * step);
        let fits = |value: f64| rounded(value) == value && bounds.hold(value);
        let value = match self.words.next_number(fits) {
            Some(value) => value,
            None => {
                let down = |value: f64| step.map_or(value, |step| (value / step).floor() * step);
                let middle = (bounds.least + bounds.most) / 2.0;
                let nudge = step.unwrap_or(1.0);
                let tried = [
                    0.0,
                    rounded(bounds.least),
                    rounded(bounds.least) + nudge,
                    down(bounds.most),
                    down(bounds.most) - nudge,
                    rounded(middle),
                ];
                tried.into_iter().find(|value| value.is_finite() && bounds.hold(*value))?
            }
        };
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        let json = if value.fract() == 0.0 && value.abs() < 9e15 {
            Number::from(value as i64)
        } else {
            Number::from_f64(value)?
        };
        Some(Sample::One(Value::Number(json)))
    }
}

struct Bounds {
    least: f64,
    most: f64,
    above: f64,
    below: f64,
}

impl Bounds {
    fn of(schema: &Value) -> Self {
        let bound = |name: &str, none: f64| number(&schema[name]).unwrap_or(none);
        let (above, below) = (
            bound("exclusiveMinimum", f64::NEG_INFINITY),
            bound("exclusiveMaximum", f64::INFINITY),
        );
        Self {
            least: bound("minimum", f64::NEG_INFINITY).max(above),
            most: bound("maximum", f64::INFINITY).min(below),
            above,
            below,
        }
    }

    fn hold(&self, value: f64) -> bool {
        (self.least..=self.most).contains(&value) && value > self.above && value < self.below
    }
}

fn of_format(format: &str) -> Option<&'static str> {
    Some(match format {
        "date-time" => "2026-01-02T03:04:05Z",
        "date" => "2026-01-02",
        "time" => "03:04:05Z",
        "duration" => "PT1H",
        "email" => "ada@example.com",
        "hostname" => "example.com",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "uri" | "uri-reference" | "url" => "https://example.com/",
        "uuid" => "123e4567-e89b-42d3-a456-426614174000",
        _ => return None,
    })
}
