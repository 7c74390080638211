//! Structured answers, thinking and the limits of `generationConfig`.

use crate::generate::flat;
use crate::tools::keyed;
use crate::wire::{Reply, approving};
use hallpass_emulator::Emulator;

/// Asks gemini-2.5-flash with this configuration.
fn configured(emulator: &Emulator, config: &str) -> Reply {
    of_model(emulator, "gemini-2.5-flash", config)
}

fn of_model(emulator: &Emulator, model: &str, config: &str) -> Reply {
    let body = format!(
        r#"{{"contents":[{{"parts":[{{"text":"Two pizzas for Ada in Rome at 8"}}]}}],"generationConfig":{config}}}"#
    );
    keyed(emulator, &format!("{model}:generateContent"), &body)
}

/// The answer to a schema, as the text's JSON.
fn answer(emulator: &Emulator, field: &str, schema: &str) -> String {
    let config = format!(r#"{{"responseMimeType":"application/json","{field}":{schema}}}"#);
    let reply = configured(emulator, &config);
    assert_eq!(reply.status, 200, "{schema}: {}", reply.body);
    let body = flat(&reply);
    let start = body.find("\"text\":\"").expect("a text") + "\"text\":\"".len();
    body[start..start + body[start..].find("\"}],\"role\"").expect("an end")].replace("\\\"", "\"")
}

#[test]
fn structured_answer_satisfies_googles_schema() {
    let emulator = approving();
    let schema = r#"{"type":"OBJECT","properties":{"who":{"type":"STRING"},"where":{"type":"STRING"},"hour":{"type":"INTEGER","minimum":1,"maximum":12},"kind":{"type":"STRING","enum":["pasta","pizza"]},"tags":{"type":"ARRAY","items":{"type":"STRING","maxLength":3},"minItems":"2"},"paid":{"type":"BOOLEAN"},"note":{"type":"STRING","nullable":true}},"required":["who"],"propertyOrdering":["who","where","hour"]}"#;
    let expected = r#"{"who":"Ada","where":"Rome","hour":8,"kind":"pizza","note":"Two pizzas for Ada in Rome at 8","paid":true,"tags":["tag","tag"]}"#;
    assert_eq!(answer(&emulator, "responseSchema", schema), expected);
    assert_eq!(answer(&emulator, "response_schema", schema), expected);
}

#[test]
fn structured_answer_satisfies_a_json_schema() {
    let emulator = approving();
    for (schema, expected) in [
        (
            r#"{"type":"array","prefixItems":[{"type":"integer"},{"const":"x"}],"items":{"type":"null"},"minItems":3}"#,
            r#"[8,"x",null]"#,
        ),
        (
            r#"{"type":"object","properties":{"a":{"$ref":"\#/$defs/b"}},"required":["a"],"$defs":{"b":{"type":"number","exclusiveMinimum":10,"multipleOf":0.5}}}"#,
            r#"{"a":10.5}"#,
        ),
        (r#"{"anyOf":[false,{"type":"string","format":"date"}]}"#, r#""2026-01-02""#),
        (
            r#"{"type":["null","string"],"minLength":40}"#,
            r#""Adaxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx""#,
        ),
        (r#"{"type":"string","pattern":"^[A-Z]{2}-[0-9]{3}$"}"#, r#""AA-111""#),
        (
            r#"{"type":"object","additionalProperties":{"type":"boolean"},"minProperties":2}"#,
            r#"{"key1":true,"key2":true}"#,
        ),
        (r#"{"enum":[3,"pizza"]}"#, r#""pizza""#),
        (r#"{"allOf":[{"type":"integer","minimum":9},{"maximum":9}]}"#, "9"),
    ] {
        let schema = schema.replace("\\#", "#");
        assert_eq!(answer(&emulator, "responseJsonSchema", &schema), expected, "{schema}");
        assert_eq!(answer(&emulator, "_responseJsonSchema", &schema), expected, "{schema}");
    }
}

#[test]
fn schema_that_holds_itself_has_an_end() {
    let emulator = approving();
    let tree = r##"{"type":"object","properties":{"name":{"type":"string"},"children":{"type":"array","items":{"$ref":"#"}}},"required":["name"]}"##;
    let text = answer(&emulator, "responseJsonSchema", tree);
    assert!(text.starts_with(r#"{"children":[{"children":["#) && text.ends_with('}'), "{text}");
    let endless = r##"{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}"##;
    let config =
        format!(r#"{{"responseMimeType":"application/json","responseJsonSchema":{endless}}}"#);
    let words = "* GenerateContentRequest.generation_config.response_json_schema: no value can satisfy this schema\\n";
    assert_eq!(configured(&emulator, &config).field("message"), words);
}

#[test]
fn schema_that_cannot_be_one_is_refused() {
    let emulator = approving();
    for (schema, words) in [
        (
            r#"{"type":"OBJECT"}"#,
            "response_schema.properties: should be non-empty for OBJECT type\\n",
        ),
        (r#"{"type":"ARRAY"}"#, "response_schema.items: missing field.\\n"),
        (
            r#"{"type":"OBJECT","properties":{"a":{"type":"ARRAY"}},"required":["b"]}"#,
            "response_schema.required[0]: property is not defined\\n* GenerateContentRequest.generation_config.response_schema.properties[a].items: missing field.\\n",
        ),
        (
            r#"{"type":"INTEGER","enum":["1"]}"#,
            "response_schema.enum: only allowed for STRING type\\n",
        ),
        (
            r#"{"type":"STRING","pattern":"("}"#,
            "response_schema.pattern: not a regular expression\\n",
        ),
    ] {
        let config =
            format!(r#"{{"responseMimeType":"application/json","responseSchema":{schema}}}"#);
        let reply = configured(&emulator, &config);
        let whole = format!("* GenerateContentRequest.generation_config.{words}");
        assert_eq!((reply.status, reply.field("message")), (400, whole), "{schema}");
    }
    for schema in [
        r#"{"type":"strange"}"#,
        r#"{"enum":[]}"#,
        r#"{"required":"a"}"#,
        r##"{"$ref":"#/$defs/none"}"##,
        "7",
        r#"{"properties":[]}"#,
        r#"{"type":"integer","minimum":2,"maximum":1}"#,
        r#"{"anyOf":[]}"#,
        "false",
    ] {
        let config =
            format!(r#"{{"responseMimeType":"application/json","responseJsonSchema":{schema}}}"#);
        assert_eq!(configured(&emulator, &config).status, 400, "{schema}");
    }
    let plain = configured(&emulator, r#"{"responseSchema":{"type":"STRING"}}"#);
    assert!(
        plain.status == 400 && plain.body.contains("only allowed with the response_mime_type"),
        "{}",
        plain.body
    );
    let both = r#"{"responseMimeType":"application/json","responseSchema":{"type":"STRING"},"responseJsonSchema":{}}"#;
    assert_eq!(configured(&emulator, both).status, 400);
    let word = r#"{"responseMimeType":"application/json","responseSchema":{"type":"TEXT"}}"#;
    let words = r#"Invalid value at 'generation_config.response_schema.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), \"TEXT\""#;
    assert!(configured(&emulator, word).body.contains(words));
    let number =
        r#"{"responseMimeType":"text/x.enum","responseSchema":{"type":1,"enum":["no","Rome"]}}"#;
    assert_eq!(
        configured(&emulator, number).field("text"),
        "Rome",
        "types come as numbers from protobuf"
    );
}

#[test]
fn thoughts_come_first_and_are_counted() {
    let emulator = approving();
    let reply = flat(&configured(&emulator, r#"{"thinkingConfig":{"includeThoughts":true}}"#));
    let part = r#"{"parts":[{"text":"**Reading the prompt**\n\nIt has 8 tokens. The emulator will repeat its end.\n","thought":true},{"text":"The emulator answers"#;
    assert!(reply.contains(part), "{reply}");
    assert!(reply.contains(r#""promptTokenCount":8,"candidatesTokenCount":27,"thoughtsTokenCount":19,"totalTokenCount":54,"#), "{reply}");
    let hidden = flat(&configured(&emulator, r#"{"thinkingConfig":{"thinkingBudget":10}}"#));
    assert!(
        !hidden.contains("\"thought\"") && hidden.contains(r#""thoughtsTokenCount":10"#),
        "{hidden}"
    );
    let off =
        configured(&emulator, r#"{"thinkingConfig":{"thinkingBudget":0,"includeThoughts":true}}"#);
    assert!(!off.body.contains("thought"), "{}", off.body);
    for (model, config) in [
        ("gemini-2.5-flash", r#"{"thinkingBudget":24577}"#),
        ("gemini-2.5-pro", r#"{"thinkingBudget":0}"#),
        ("gemini-2.5-flash", r#"{"thinkingLevel":"HIGH"}"#),
        ("gemini-3.5-flash", r#"{"thinkingLevel":"HIGH","thinkingBudget":5}"#),
        ("gemini-3.5-flash", r#"{"thinkingLevel":"DEEP"}"#),
    ] {
        let config = format!(r#"{{"thinkingConfig":{config}}}"#);
        assert_eq!(of_model(&emulator, model, &config).status, 400, "{model} {config}");
    }
    let level =
        of_model(&emulator, "gemini-3.5-flash", r#"{"thinkingConfig":{"thinkingLevel":"low"}}"#);
    assert!(level.status == 200 && level.body.contains("thoughtsTokenCount"), "{}", level.body);
}

#[test]
fn thoughts_use_up_the_output_and_may_leave_no_text() {
    let emulator = approving();
    let with = |most: u32| {
        configured(
            &emulator,
            &format!(r#"{{"maxOutputTokens":{most},"thinkingConfig":{{"thinkingBudget":18}}}}"#),
        )
    };
    let none = flat(&with(18));
    let candidate = r#""candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS","index":0}],"usageMetadata":{"promptTokenCount":8,"thoughtsTokenCount":18,"totalTokenCount":26,"#;
    assert!(none.contains(candidate), "{none}");
    let some = with(20);
    assert_eq!(
        (some.field("text").as_str(), some.field("finishReason").as_str()),
        ("The emul", "MAX_TOKENS")
    );
    assert!(
        flat(&some).contains(r#""candidatesTokenCount":2,"thoughtsTokenCount":18,"#),
        "{}",
        some.body
    );
}

#[test]
fn numbers_out_of_their_range_are_refused() {
    let emulator = approving();
    for (config, words) in [
        (
            r#"{"temperature":2.1}"#,
            "* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 2.0].",
        ),
        (
            r#"{"topP":-1}"#,
            "* GenerateContentRequest.generation_config.top_p: top_p must be in the range [0.0, 1.0].",
        ),
        (
            r#"{"maxOutputTokens":-1}"#,
            "* GenerateContentRequest.generation_config.max_output_tokens: max_output_tokens must be positive.",
        ),
        (
            r#"{"stopSequences":["a","b","c","d","e","f"]}"#,
            "* GenerateContentRequest.generation_config.stop_sequences: at most 5 stop sequences can be set",
        ),
        (
            r#"{"candidateCount":0}"#,
            "* GenerateContentRequest.generation_config.candidate_count: must be from 1 to 8",
        ),
        (
            r#"{"responseMimeType":"text/html"}"#,
            "* GenerateContentRequest.generation_config.response_mime_type: allowed mimetypes are `text/plain`, `application/json`, `application/xml`, `application/yaml` and `text/x.enum`.",
        ),
        (
            r#"{"responseModalities":["TEXT","IMAGE"]}"#,
            "Model does not support the requested response modalities: image",
        ),
    ] {
        let reply = configured(&emulator, config);
        assert_eq!((reply.status, reply.field("message").as_str()), (400, words), "{config}");
    }
}

#[test]
fn parts_of_all_kinds_are_counted_by_modality() {
    let emulator = approving();
    let body = r#"{"contents":[{"parts":[{"text":"abcd"},{"inlineData":{"mimeType":"image/png","data":"AA=="}},{"inlineData":{"mimeType":"audio/wav","data":"AA=="}},{"fileData":{"mimeType":"application/pdf","fileUri":"https://x/files/a"}}]}]}"#;
    let reply = flat(&keyed(&emulator, "gemini-2.5-flash:countTokens", body));
    let details = r#"{"totalTokens":775,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1},{"modality":"IMAGE","tokenCount":258},{"modality":"AUDIO","tokenCount":258},{"modality":"DOCUMENT","tokenCount":258}]}"#;
    assert_eq!(reply, details);
}

#[test]
fn schema_or_prompt_that_would_take_for_ever_is_answered() {
    let emulator = approving();
    let mut deep = r#"{"type":"string"}"#.to_owned();
    for _ in 0..6 {
        deep = format!(r#"{{"type":"array","minItems":9999,"items":{deep}}}"#);
    }
    let mut fork = "false".to_owned();
    for _ in 0..20 {
        fork = format!(
            r#"{{"anyOf":[{{"allOf":[{fork}]}},{{"items":{fork},"minItems":1,"type":"array"}}]}}"#
        );
        if fork.len() > 200_000 {
            break;
        }
    }
    let pattern = r#"{"type":"string","pattern":"(((a{1000}){1000}){1000}){1000}"}"#;
    for schema in [deep.as_str(), fork.as_str(), pattern] {
        let config =
            format!(r#"{{"responseMimeType":"application/json","responseJsonSchema":{schema}}}"#);
        assert_eq!(configured(&emulator, &config).status, 400, "{}", &schema[..60]);
    }
    let words = "\\\"a1\\\" Rome 7 ".repeat(100_000);
    let body = format!(
        r#"{{"contents":[{{"parts":[{{"text":"{words}"}}]}}],"tools":[{{"functionDeclarations":[{{"name":"rome","parameters":{{"type":"OBJECT","properties":{{"a":{{"type":"STRING"}}}}}}}}]}}]}}"#
    );
    let reply = keyed(&emulator, "gemini-2.5-flash:generateContent", &body);
    assert_eq!(reply.body.matches("\"functionCall\"").count(), 1, "{}", reply.body);
}
