//! What Athena is asked.

use aws_sdk_athena::types::{QueryExecutionContext, ResultConfiguration};

use super::{Answer, Aws, Capture, Who, trouble};

/// A call to Athena. It is made again, as it is, when it fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AthenaCall {
    /// `athena:GetTableMetadata`.
    Describe {
        /// The database.
        database: String,
        /// The table.
        table: String,
        /// The workgroup that asks.
        workgroup: Option<String>,
    },
    /// `athena:StartQueryExecution`.
    Start {
        /// The statement.
        sql: String,
        /// The database.
        database: String,
        /// The same one whenever the same query is started again: it then runs once.
        token: String,
        /// The workgroup.
        workgroup: Option<String>,
        /// Where results are put, where the workgroup does not say.
        output: Option<String>,
    },
    /// `athena:GetQueryExecution`.
    State {
        /// The query.
        id: String,
    },
    /// `athena:GetQueryResults`, a page.
    Results {
        /// The query.
        id: String,
        /// The page's token.
        page: Option<String>,
    },
    /// `athena:StopQueryExecution`.
    Stop {
        /// The query.
        id: String,
    },
}

/// Rows of a page, at most.
const ROWS: i32 = 1000;

impl Aws {
    /// Makes one attempt at a call to Athena, as whoever started casefile.
    pub async fn send_to_athena(&self, region: &str, call: &AthenaCall) -> Answer {
        let capture = Capture::new(self);
        let Some(clients) = self.clients(Who::Caller, region) else { return Answer::default() };
        let client = &clients.athena;
        macro_rules! send {
            ($operation:expr) => {
                $operation.customize().interceptor(capture.clone()).send().await.err().map(trouble)
            };
        }
        let trouble = match call {
            AthenaCall::Describe { database, table, workgroup } => send!(
                client
                    .get_table_metadata()
                    .catalog_name("AwsDataCatalog")
                    .database_name(database)
                    .table_name(table)
                    .set_work_group(workgroup.clone())
            ),
            AthenaCall::Start { sql, database, token, workgroup, output } => {
                let context = QueryExecutionContext::builder().database(database).build();
                let result = output
                    .as_ref()
                    .map(|output| ResultConfiguration::builder().output_location(output).build());
                send!(
                    client
                        .start_query_execution()
                        .query_string(sql)
                        .client_request_token(token)
                        .query_execution_context(context)
                        .set_result_configuration(result)
                        .set_work_group(workgroup.clone())
                )
            }
            AthenaCall::State { id } => send!(client.get_query_execution().query_execution_id(id)),
            AthenaCall::Results { id, page } => send!(
                client
                    .get_query_results()
                    .query_execution_id(id)
                    .max_results(ROWS)
                    .set_next_token(page.clone())
            ),
            AthenaCall::Stop { id } => send!(client.stop_query_execution().query_execution_id(id)),
        };
        capture.answer(trouble.flatten())
    }
}
