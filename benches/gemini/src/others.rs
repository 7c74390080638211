//! Google's own SDKs of other languages: a process each, which prints three numbers.

use crate::streams::LONG;
use crate::{Result, child};
use std::process::Command;

pub struct Other {
    pub name: String,
    pub call_us: f64,
    pub frames_per_second: f64,
    pub kib_each: f64,
}

pub struct Others(pub Vec<Other>);

pub fn measure(base: &str, python: &str, node: &str) -> Result<Others> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");
    let mut script = Command::new(python);
    script.arg(format!("{folder}/google_genai.py"));
    let google_genai = one(script, base)?;
    let mut script = Command::new("node");
    // Modules are found beside the file.
    let file = format!("{node}/google_genai.mjs");
    std::fs::copy(format!("{folder}/google_genai.mjs"), &file)?;
    script.arg(file);
    Ok(Others(vec![google_genai, one(script, base)?]))
}

fn one(mut script: Command, base: &str) -> Result<Other> {
    let script = script.args([base, &LONG.to_string(), &child::OPEN.to_string()]);
    let output = script.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let fields: Vec<&str> = text.trim().split('|').collect();
    let [name, call_us, speed, kib] = fields[..] else {
        return Err(format!("{text}{}", String::from_utf8_lossy(&output.stderr)).into());
    };
    Ok(Other {
        name: name.to_owned(),
        call_us: call_us.parse()?,
        frames_per_second: speed.parse()?,
        kib_each: kib.parse()?,
    })
}
