//! Functions that a model may call, and whether it has to.

use super::fields::Fields;
use super::refusal::Refusal;
use hallpass_gemini::generate::{CallingMode, FunctionCallingConfig, GenerateRequest, ToolConfig};
use serde_json::{Map, Value, json};

pub(super) fn read(body: &mut Fields, request: &mut GenerateRequest) -> Result<(), Refusal> {
    for old in ["functions", "function_call"] {
        if body.take(old).is_some() {
            return Err(body.foreign(old, "is the old form: use `tools` and `tool_choice`"));
        }
    }
    if body.flag("parallel_tool_calls")? == Some(false) {
        return Err(body.foreign(
            "parallel_tool_calls",
            "cannot be false: the Gemini API decides itself how many functions it calls at once",
        ));
    }
    let tools = body.list("tools")?.unwrap_or_default();
    let declarations: Result<Vec<Value>, _> =
        tools.into_iter().enumerate().map(|(index, tool)| declaration(tool, index)).collect();
    let declarations = declarations?;
    let choice = body.take("tool_choice");
    if declarations.is_empty() {
        return match choice {
            Some(choice) if choice != "none" && choice != "auto" => {
                Err(body.wrong("tool_choice", "needs `tools`"))
            }
            _ => Ok(()),
        };
    }
    request.tools = vec![json!({"functionDeclarations": declarations})];
    if let Some(choice) = choice {
        let mut config = ToolConfig::default();
        config.function_calling_config = Some(calling(choice)?);
        request.tool_config = Some(config);
    }
    Ok(())
}

fn declaration(tool: Value, index: usize) -> Result<Value, Refusal> {
    let mut tool = Fields::of(tool, &format!("tools[{index}]"))?;
    let kind = tool.text("type")?;
    if tool.required("type", kind)? != "function" {
        return Err(tool.foreign("type", "has to be `function`"));
    }
    let function = tool.object("function")?;
    let mut function = tool.required("function", function)?;
    let name = function.text("name")?;
    let mut declared = Map::new();
    declared.insert("name".to_owned(), function.required("name", name)?.into());
    if let Some(text) = function.text("description")? {
        declared.insert("description".to_owned(), text.into());
    }
    if let Some(schema) = function.take("parameters") {
        declared.insert("parametersJsonSchema".to_owned(), schema);
    }
    // Google keeps to every schema that it takes.
    function.skip(&["strict"]);
    function.end()?;
    tool.end()?;
    Ok(declared.into())
}

fn calling(choice: Value) -> Result<FunctionCallingConfig, Refusal> {
    let mut config = FunctionCallingConfig::default();
    let wrong = || {
        Refusal::value(
            "tool_choice",
            "`tool_choice` has to be `auto`, `none`, `required` or a function",
        )
    };
    let mode = match &choice {
        Value::String(word) => match word.as_str() {
            "auto" => CallingMode::Auto,
            "none" => CallingMode::Never,
            "required" => CallingMode::Any,
            _ => return Err(wrong()),
        },
        _ => {
            let mut choice = Fields::of(choice, "tool_choice").map_err(|_| wrong())?;
            let kind = choice.text("type")?;
            let (mode, names) = match choice.required("type", kind)?.as_str() {
                "function" => (CallingMode::Any, vec![named(&mut choice)?]),
                "allowed_tools" => allowed(&mut choice)?,
                _ => return Err(choice.foreign("type", "has to be `function` or `allowed_tools`")),
            };
            choice.end()?;
            config.allowed_function_names = names;
            mode
        }
    };
    config.mode = Some(mode);
    Ok(config)
}

fn named(tool: &mut Fields) -> Result<String, Refusal> {
    let function = tool.object("function")?;
    let mut function = tool.required("function", function)?;
    let name = function.text("name")?;
    let name = function.required("name", name)?;
    function.end()?;
    Ok(name)
}

fn allowed(choice: &mut Fields) -> Result<(CallingMode, Vec<String>), Refusal> {
    let allowed = choice.object("allowed_tools")?;
    let mut allowed = choice.required("allowed_tools", allowed)?;
    let mode = allowed.text("mode")?;
    let mode = match allowed.required("mode", mode)?.as_str() {
        // Google takes a choice of functions in this mode, not in AUTO.
        "auto" => CallingMode::Validated,
        "required" => CallingMode::Any,
        _ => return Err(allowed.wrong("mode", "has to be `auto` or `required`")),
    };
    let tools = allowed.list("tools")?.unwrap_or_default();
    let names = tools.into_iter().enumerate().map(|(index, tool)| {
        let mut tool = Fields::of(tool, &format!("tool_choice.allowed_tools.tools[{index}]"))?;
        tool.skip(&["type"]);
        let name = named(&mut tool)?;
        tool.end()?;
        Ok(name)
    });
    let names = names.collect::<Result<_, Refusal>>()?;
    allowed.end()?;
    Ok((mode, names))
}
