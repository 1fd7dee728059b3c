// SPDX-License-Identifier: Apache-2.0
//! What the host asked this guest to do: lines of words separated by tabs.
//!
//! ```text
//! env    NAME=VALUE
//! step   NAME  SECONDS  PROGRAM  WORDS…
//! hooks  FILE
//! ```

/// One program to run.
pub struct Step {
    /// How the report calls it.
    pub name: String,
    /// After so many seconds it is killed.
    pub seconds: u64,
    /// The program and its words; `hooks` and a file for the check of hooks.
    pub words: Vec<String>,
    /// Whether the words name a list of hooks rather than a program.
    pub hooks: bool,
}

/// The steps in order, and the environment of all of them.
#[derive(Default)]
pub struct Plan {
    /// Variables each program gets.
    pub env: Vec<(String, String)>,
    /// What to run.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Reads a plan; a line that is not understood is an error.
    pub fn read(path: &str) -> Result<Plan, String> {
        let text = std::fs::read_to_string(path).map_err(|why| format!("{path}: {why}"))?;
        let mut plan = Plan::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split('\t').collect();
            match words.as_slice() {
                ["env", pair] => {
                    let (name, value) = pair.split_once('=').ok_or("env without =")?;
                    plan.env.push((name.to_owned(), value.to_owned()));
                }
                ["step", name, seconds, program @ ..] if !program.is_empty() => {
                    plan.steps.push(Step {
                        name: (*name).to_owned(),
                        seconds: seconds.parse().map_err(|why| format!("{line}: {why}"))?,
                        words: program.iter().map(|&word| word.to_owned()).collect(),
                        hooks: false,
                    });
                }
                ["hooks", file] => plan.steps.push(Step {
                    name: "hooks".to_owned(),
                    seconds: 60,
                    words: vec![(*file).to_owned()],
                    hooks: true,
                }),
                _ => return Err(format!("the plan has a line I do not know: {line}")),
            }
        }
        Ok(plan)
    }
}
