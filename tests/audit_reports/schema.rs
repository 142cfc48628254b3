//! The JSON report against its published schema: it describes every field, and no other.

use serde_json::Value;

use crate::deployment::Deployment;
use crate::made;

const SCHEMA: &str = include_str!("../../schema/audit-v1.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

#[track_caller]
fn assert_valid(schema: &Value, document: &Value) {
    let validator = jsonschema::draft202012::new(schema).expect("a valid schema");
    let errors = validator.iter_errors(document);
    let errors: Vec<String> = errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Fields may be added to the promise, but not behind its back.
fn closed(mut schema: Value) -> Value {
    fn close(part: &mut Value) {
        match part {
            Value::Object(fields) => {
                fields.values_mut().for_each(close);
                if fields.contains_key("properties") && fields.contains_key("required") {
                    fields.insert("additionalProperties".to_owned(), false.into());
                }
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    close(&mut schema);
    schema
}

#[test]
fn reports_are_what_the_schema_says_and_no_more() {
    let documents = [
        Deployment::bad().json(),
        Deployment::good().json(),
        Deployment::empty().json(),
        serde_json::from_str(&made::report(stem_sec::report::audit::Format::Json)).expect("JSON"),
    ];
    for document in &documents {
        assert_valid(&schema(), document);
        assert_valid(&closed(schema()), document);
    }
    assert!(documents[0]["findings"].as_array().expect("findings").len() > 1);
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let good = Deployment::bad().json();
    let schema = schema();
    let validator = jsonschema::draft202012::new(&schema).expect("a valid schema");
    let break_it: [fn(&mut Value); 4] = [
        |document| document["schema"] = "stem-sec/audit/v2".into(),
        |document| document["findings"][0]["severity"] = "fatal".into(),
        |document| document["findings"][0]["location"]["line"] = 0.into(),
        |document| {
            drop(
                document["findings"][0]
                    .as_object_mut()
                    .expect("a finding")
                    .remove("fix"),
            )
        },
    ];
    for break_it in break_it {
        let mut broken = good.clone();
        break_it(&mut broken);
        assert!(!validator.is_valid(&broken));
    }
}
