//! What is looked for in bytes that are not parsed: every answer has it.

#![expect(clippy::expect_used, reason = "a test may stop")]

use std::{collections::BTreeSet, path::PathBuf};

use casefile::{
    collect::{Choice, choose},
    evidence::{self, Limits},
    model::Relation,
    source::{self, Question},
};

const RELATIONS: [Relation; 7] = [
    Relation::Subject,
    Relation::Role,
    Relation::Code,
    Relation::Trigger,
    Relation::Stack,
    Relation::Session,
    Relation::Actor,
];

#[test]
fn every_answer_to_every_question_has_what_is_looked_for() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let (mut questions_met, mut answers) = (0, 0);
    for sample in folder.read_dir().expect("the samples") {
        let path = sample.expect("a sample").path();
        if !path.is_dir() {
            continue;
        }
        let intake = evidence::open(&[path], &mut std::io::empty(), &Limits::default());
        let intake = intake.expect("evidence");
        let reading = source::read(&intake.documents);
        let Choice::One(finding, _) = choose(&reading, &intake.manifests, None) else { continue };
        let Some(subject) = source::subject(&finding) else { continue };
        // Whatever any record can make one ask, whether or not it belongs to the case.
        let mut questions: BTreeSet<Question> =
            Question::first(&finding, &subject).into_iter().collect();
        for item in &reading.items {
            questions.extend(Question::raised_by_item(item, &subject));
        }
        for event in &reading.events {
            for relation in RELATIONS {
                questions.extend(Question::raised_by_event(event, relation, &subject, 3600));
            }
        }
        questions_met += questions.len();
        for event in &reading.events {
            let record = reading.records.get(&event.record).expect("the record");
            let text = record.body.to_string();
            for question in questions.iter().filter(|question| question.admits_event(event)) {
                answers += 1;
                let search = question.search(&subject);
                assert!(search.is_some(), "nothing for {question:?}");
                let Some(search) = search else { continue };
                if let Some(word) = &search.word {
                    let ends = |letter: Option<char>| {
                        letter.is_none_or(|it| !u8::try_from(it).is_ok_and(source::is_of_word))
                    };
                    let stands = text.match_indices(word.as_str()).any(|(at, _)| {
                        let (before, from) = text.split_at(at);
                        ends(from.chars().nth(word.chars().count()))
                            && (ends(before.chars().next_back()) || before.ends_with("\\n"))
                    });
                    assert!(stands, "{question:?} looks for {word:?} in {text}");
                }
                if let Some(span) = search.span {
                    assert!((span.from..=span.to).contains(&event.time), "{question:?}");
                }
            }
        }
    }
    assert!(questions_met > 300 && answers > 1000, "{questions_met} questions, {answers} answers");
}
