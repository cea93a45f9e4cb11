//! Questions to the Prometheus of the book: it answers no page of another origin, so they go through the lab.
//!
//! This is not a proxy. A request names the port of a Prometheus that the book starts, one of the questions below and their
//! parameters. None of them changes anything, and only JSON comes back.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use scenario_core::check;
use scenario_core::failure::{Asked, NoAnswer, Outcome};
use scenario_core::model::{BlockKind, CheckKind};
use scenario_core::report::{Explained, explain_outcome};
use scenario_core::runner::prometheus_address;
use serde::de::IgnoredAny;
use tokio::sync::SemaphorePermit;

use crate::answer::Compared;
use crate::lab::Lab;
use crate::limits::{QUESTION_TIME, QUESTIONS_MAX};
use crate::refusal::{Answer, Refusal};
use crate::sync::blocking;

/// What may be asked, and the parameters of each.
const QUESTIONS: [(&str, &[&str]); 8] = [
    ("query", &["query", "time"]),
    ("query_range", &["query", "start", "end", "step"]),
    ("series", &["match[]", "start", "end"]),
    ("labels", &["match[]", "start", "end"]),
    // The values of one label, whose name is not a part of the table.
    ("label", &["match[]", "start", "end"]),
    ("metadata", &[]),
    ("targets", &["state"]),
    ("rules", &["type"]),
];

/// `GET /api/prometheus/PORT/QUESTION`
pub(super) async fn ask(
    State(lab): State<Arc<Lab>>,
    Path((port, question)): Path<(u16, String)>,
    Query(mut parameters): Query<Vec<(String, String)>>,
) -> Answer<Response> {
    let base = lab.services.prometheus(port).ok_or_else(|| Refusal::unknown("Prometheus"))?;
    let kind = kind_of(&question).ok_or_else(|| Refusal::unknown("question to Prometheus"))?;
    let (_, known) = QUESTIONS.iter().find(|(name, _)| *name == kind).unwrap_or(&("", &[]));
    if let Some((name, _)) = parameters.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        let error = format!("`{kind}` has no parameter `{}`", name.escape_debug());
        return Err(Refusal::new(StatusCode::BAD_REQUEST, error));
    }
    if kind.starts_with("query") {
        parameters.push(("timeout".to_owned(), QUESTION_TIME.to_owned()));
    }
    let _asking = begin(&lab)?;
    let url = format!("{base}/api/v1/{question}");
    let answer = blocking(move || {
        let pairs: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        check::get_with(&url, &pairs)
    });
    let answer = answer.await?.map_err(|why| no_answer(&base, why))?;
    // Whatever else may listen at the port, nothing of it but JSON comes to the page.
    if let Err(error) = serde_json::from_str::<IgnoredAny>(&answer.body) {
        let (url, status, error) = (base.clone(), answer.status, error.to_string());
        return Err(no_answer(&base, NoAnswer::NotPrometheus { url, status, error }));
    }
    let status = if answer.status == 200 { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    Ok((status, [(header::CONTENT_TYPE, "application/json")], answer.body).into_response())
}

/// Counts a question for as long as it is under way.
fn begin(lab: &Lab) -> Answer<SemaphorePermit<'_>> {
    lab.asking.try_acquire().map_err(|_| {
        let error = format!("more than {QUESTIONS_MAX} questions to Prometheus at once");
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, error).help("wait a second")
    })
}

/// Which of the questions this is; the path of one has nothing that leads elsewhere.
fn kind_of(question: &str) -> Option<&str> {
    if let Some(rest) = question.strip_prefix("label/") {
        let name = rest.strip_suffix("/values")?;
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        return is_name.then_some("label");
    }
    QUESTIONS.iter().map(|(name, _)| *name).find(|name| *name == question && *name != "label")
}

fn no_answer(base: &str, why: NoAnswer) -> Refusal {
    let outcome = Outcome::Unreachable { what: Asked::Prometheus(base.to_owned()), why };
    Refusal::new(StatusCode::BAD_GATEWAY, explain_outcome(&outcome).message)
}

/// `GET /api/blocks/ID/compare`: what the query of a block finds now, against what the page shows.
pub(super) async fn compare(State(lab): State<Arc<Lab>>, Path(id): Path<String>) -> Answer<Json<Compared>> {
    let book = lab.book();
    let (step, block) = book.block(&id).ok_or_else(|| Refusal::unknown("block"))?;
    let BlockKind::Query(check) = &block.kind else { return Err(Refusal::unknown("query block")) };
    let CheckKind::Promql { query, expect } = check.kind.clone() else {
        return Err(Refusal::unknown("query block"));
    };
    let base = prometheus_address(&book.plan.scenario, step.number, Some(&check.id));
    let _asking = begin(&lab)?;
    let outcome = blocking(move || check::query(&base, &query, &expect)).await?;
    let same = matches!(outcome, Outcome::Passed(_));
    let Explained { message: text, expected, found, detail, .. } = explain_outcome(&outcome);
    Ok(Json(Compared { same, text, expected, found, detail }))
}
