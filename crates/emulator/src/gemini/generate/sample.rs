//! Makes a value that satisfies a schema, Google's `Schema` or plain JSON Schema.
//!
//! In: the schema and the prompt, whose quoted and capitalized words, numbers and text fill it. Out: the value,
//! keys in the order of `propertyOrdering` and else of the alphabet, or none where no value can satisfy it.
//! Kept: type, enum, const, format, lengths, pattern, bounds, multipleOf, items, prefixItems, properties, required,
//! anyOf, oneOf, allOf, $ref and recursion. Not kept: uniqueItems, that oneOf has exactly one fit, `not`.

mod scalar;

use super::schema_parts::{count, is, merged, resolve, types};
use super::words::Words;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// Deeper than this only what is required is made, so that a schema that holds itself has an end.
const FULL_DEPTH: usize = 5;
/// Deeper than this nothing can be made.
const MAX_DEPTH: usize = 24;
/// Longer lists and texts than this are not made.
const MAX_LENGTH: usize = 10_000;
/// Values that are tried for one answer, so that no schema takes for ever.
const MAX_TRIES: usize = 20_000;

/// A value whose keys keep their order.
#[derive(Debug, Clone)]
pub(super) enum Sample {
    One(Value),
    List(Vec<Sample>),
    Object(Vec<(String, Sample)>),
}

impl Serialize for Sample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(value) => value.serialize(serializer),
            Self::List(list) => list.serialize(serializer),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// Makes values for one schema.
#[derive(Debug)]
pub(super) struct Sampler<'a> {
    /// Where `$ref` leads.
    root: &'a Value,
    words: Words,
    tries: usize,
}

impl<'a> Sampler<'a> {
    pub(super) fn new(root: &'a Value, words: Words) -> Self {
        Self { root, words, tries: 0 }
    }

    pub(super) fn make(&mut self) -> Option<Sample> {
        self.value(self.root, "", 0)
    }

    fn value(&mut self, schema: &Value, name: &str, depth: usize) -> Option<Sample> {
        self.tries += 1;
        if depth > MAX_DEPTH || self.tries > MAX_TRIES || *schema == Value::Bool(false) {
            return None;
        }
        let reference = schema["$ref"].as_str().or_else(|| schema["ref"].as_str());
        if let Some(reference) = reference {
            let target = resolve(self.root, reference)?;
            return self.value(target, name, depth + 1);
        }
        if let Some(value) = schema.get("const") {
            return Some(Sample::One(value.clone()));
        }
        if let Some(choices) = schema["enum"].as_array() {
            return self.choice(schema, choices);
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(choices) = schema[key].as_array() {
                let mut made = choices.iter();
                return made
                    .find_map(|choice| self.value(&merged(schema, choice), name, depth + 1));
            }
        }
        if let Some(all) = schema["allOf"].as_array() {
            let alone = merged(schema, &Value::Object(Map::new()));
            let whole = all.iter().fold(alone, |whole, one| merged(&whole, one));
            return self.value(&whole, name, depth + 1);
        }
        self.of_type(schema, name, depth)
    }

    fn of_type(&mut self, schema: &Value, name: &str, depth: usize) -> Option<Sample> {
        let types = types(schema);
        let kind = match types.iter().find(|kind| *kind != "null").or(types.first()) {
            Some(kind) => kind.as_str(),
            None if schema.get("properties").is_some() => "object",
            None if schema.get("items").is_some() => "array",
            None if schema.get("minimum").is_some() || schema.get("maximum").is_some() => "number",
            None => "string",
        };
        match kind {
            "object" => self.object(schema, depth),
            "array" => self.list(schema, name, depth),
            "string" => self.text(schema, name).map(|text| Sample::One(text.into())),
            "integer" => self.number(schema, true),
            "number" => self.number(schema, false),
            "boolean" => Some(Sample::One(true.into())),
            "null" => Some(Sample::One(Value::Null)),
            _ => None,
        }
    }

    /// The choice that the prompt names, else the first that is of the type.
    fn choice(&self, schema: &Value, choices: &[Value]) -> Option<Sample> {
        let types = types(schema);
        let fits = |choice: &&Value| types.is_empty() || types.iter().any(|kind| is(choice, kind));
        let mut fitting = choices.iter().filter(fits);
        let named = |choice: &&Value| choice.as_str().is_some_and(|word| self.words.name(word));
        let first = fitting.clone().find(named).or_else(|| fitting.next())?;
        Some(Sample::One(first.clone()))
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Option<Sample> {
        let none = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        let list = |key: &str| {
            let names = schema[key].as_array().into_iter().flatten().filter_map(Value::as_str);
            names.map(str::to_owned).collect::<Vec<_>>()
        };
        let required = list("required");
        let mut names = list("propertyOrdering");
        names.retain(|name| properties.contains_key(name) || required.contains(name));
        for name in properties.keys().chain(&required) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let most = count(&schema["maxProperties"]).unwrap_or(usize::MAX);
        if required.len() > most {
            return None;
        }
        let mut optional = most - required.len();
        let mut fields = Vec::new();
        for name in names {
            let is_required = required.contains(&name);
            if !is_required && (depth >= FULL_DEPTH || optional == 0) {
                continue;
            }
            let of_name = properties.get(&name).unwrap_or(&schema["additionalProperties"]);
            match self.value(of_name, &name, depth + 1) {
                Some(value) => fields.push((name, value)),
                None if is_required => return None,
                None => continue,
            }
            optional -= usize::from(!is_required);
        }
        self.fill(schema, fields, depth)
    }

    /// Adds as many properties of free names as `minProperties` wants.
    fn fill(
        &mut self,
        schema: &Value,
        mut fields: Vec<(String, Sample)>,
        depth: usize,
    ) -> Option<Sample> {
        let least = count(&schema["minProperties"]).unwrap_or_default();
        for at in fields.len()..least {
            let name = format!("key{}", at + 1);
            fields.push((
                name.clone(),
                self.value(&schema["additionalProperties"], &name, depth + 1)?,
            ));
        }
        Some(Sample::Object(fields))
    }

    fn list(&mut self, schema: &Value, name: &str, depth: usize) -> Option<Sample> {
        let none = Vec::new();
        let first = schema["prefixItems"].as_array().unwrap_or(&none);
        let least = count(&schema["minItems"]).unwrap_or_default();
        let most = count(&schema["maxItems"]).unwrap_or(usize::MAX);
        if least > most || least > MAX_LENGTH {
            return None;
        }
        let wanted =
            if depth < FULL_DEPTH { least.max(first.len()).max(1).min(most) } else { least };
        let mut made = Vec::new();
        for at in 0..wanted {
            let item = first.get(at).unwrap_or(&schema["items"]);
            match self.value(item, name, depth + 1) {
                Some(value) => made.push(value),
                None if at >= least => break,
                None => return None,
            }
        }
        Some(Sample::List(made))
    }
}
