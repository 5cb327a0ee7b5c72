//! What the slices hand to the pipeline for each row of a list.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One thing that is wrong or odd about a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Complaint {
    /// The heading of the cell, as the list writes it; empty for the row as a whole.
    pub column: String,
    /// In Japanese: what is wrong and what to do.
    pub message: String,
    /// The row cannot be used before this is put right. Otherwise it is only pointed out.
    pub is_error: bool,
}

/// A row as the pipeline stages it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// Line of the file from 1.
    pub line: Option<u64>,
    /// What the thing is called in this kind of list; two rows with one key are an error.
    pub key: String,
    /// What the thing is to be; fields without a column in the list are absent.
    pub incoming: Map<String, Value>,
    /// Computed from `incoming`, never compared (search keys).
    pub extra: Map<String, Value>,
    pub complaints: Vec<Complaint>,
}

impl Draft {
    pub fn at(line: u64) -> Self {
        Self {
            line: Some(line),
            ..Self::default()
        }
    }

    /// The row cannot be used as it is.
    pub fn error(&mut self, column: impl Into<String>, message: impl Into<String>) {
        self.complaints.push(Complaint {
            column: column.into(),
            message: message.into(),
            is_error: true,
        });
    }

    /// The row is used, and this is pointed out.
    pub fn warn(&mut self, column: impl Into<String>, message: impl Into<String>) {
        self.complaints.push(Complaint {
            column: column.into(),
            message: message.into(),
            is_error: false,
        });
    }

    pub fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.incoming.insert(field.to_owned(), value.into());
    }

    pub fn is_error(&self) -> bool {
        self.complaints.iter().any(|c| c.is_error)
    }
}
