//! Projections replaced by those of a ledger that was filled from the facts.
//!
//! All rows of one thing go and others come, in one transaction; facts stay, but for
//! what of their columns was derived from their text.
//!
//! Absent: which of them differ.

use super::SqlLedger;
use super::dialect::{BEFORE_COMMIT, BEGIN_WRITING, Db, connect, told};
use crate::SqliteLedger;
use crate::migrate::{Table, Value, rows_where, table};
use crossdock_registry::Derived;
use crossdock_registry::ports::StoreError;
use sqlx::{Connection as _, Executor as _, QueryBuilder, Transaction};

impl SqlLedger {
    /// Puts what `from` derived of something in place of what is here.
    ///
    /// Nobody else may be using this ledger: what they remember of it would be wrong.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was replaced.
    pub async fn take_derived(
        &self,
        from: &SqliteLedger,
        what: &Derived,
    ) -> Result<(), StoreError> {
        let mut connection = connect(&self.options).await?;
        let begun = connection.begin_with(BEGIN_WRITING).await;
        let mut tx = begun.map_err(told)?;
        for (name, keys) in tables(what) {
            let table = table(name);
            let rows = rows_where(&from.readers, table, &keys).await?;
            match name {
                "facts" => describe(&mut tx, rows).await?,
                _ => replace(&mut tx, table, &keys, rows).await?,
            }
        }
        if let Some(said) = BEFORE_COMMIT {
            tx.execute(said).await.map_err(told)?;
        }
        tx.commit().await.map_err(told)?;
        // What was committed stands whether this succeeds or not.
        let _ = connection.close().await;
        Ok(())
    }
}

type Keys = Vec<(&'static str, String)>;

/// The tables that something is in, and which of their rows are its.
fn tables(what: &Derived) -> Vec<(&'static str, Keys)> {
    let all = |tables: &[&'static str], keys: Keys| {
        let each = tables.iter().map(|table| (*table, keys.clone()));
        each.collect()
    };
    match what {
        Derived::Hosted(registry, name) => all(
            &["crates", "crate_owners", "releases", "earlier_builds"],
            vec![
                ("registry", registry.to_string()),
                ("name_key", name.to_string()),
            ],
        ),
        Derived::Mirrored(registry, name) => all(
            &["mirrored", "earlier_rows"],
            vec![
                ("registry", registry.to_string()),
                ("name", name.to_string()),
            ],
        ),
        Derived::Vanished(registry) => all(&["vanished"], vec![("registry", registry.to_string())]),
        Derived::View(view) => all(
            &["ownerships", "faces", "shown_versions"],
            vec![("view_name", view.to_string())],
        ),
        Derived::Decisions(scope) => all(
            &["facts", "decided_once"],
            vec![("scope", scope.to_string())],
        ),
    }
}

async fn replace(
    tx: &mut Transaction<'_, Db>,
    table: &Table,
    keys: &Keys,
    rows: Vec<Vec<Value>>,
) -> Result<(), StoreError> {
    // Names of tables and columns are of this crate.
    let mut query = QueryBuilder::<Db>::new(format!("DELETE FROM {} WHERE ", table.name()));
    for (position, (column, value)) in keys.iter().enumerate() {
        query.push(match position {
            0 => format!("{column} = "),
            _ => format!(" AND {column} = "),
        });
        query.push_bind(value.clone());
    }
    let query = query.build().persistent(false);
    query.execute(&mut **tx).await.map_err(told)?;
    for row in rows {
        let columns = table.columns().join(", ");
        let insert = format!("INSERT INTO {} ({columns}) ", table.name());
        let mut query = QueryBuilder::<Db>::new(insert);
        query.push_values([row], |mut fields, row| {
            for value in row {
                match value {
                    Value::Text(text) => fields.push_bind(text),
                    Value::Number(number) => fields.push_bind(number),
                    Value::Truth(truth) => fields.push_bind(truth),
                    Value::Bytes(bytes) => fields.push_bind(bytes),
                };
            }
        });
        let query = query.build().persistent(false);
        query.execute(&mut **tx).await.map_err(told)?;
    }
    Ok(())
}

/// Writes anew of facts what they are about.
async fn describe(tx: &mut Transaction<'_, Db>, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
    const UPDATE: &str = "UPDATE facts SET scope = $1, subject = $2, decided = $3 \
                          WHERE sequence = $4 AND encoding = $5";
    for row in rows {
        let [
            Value::Number(sequence),
            _,
            _,
            Value::Text(encoding),
            Value::Text(scope),
            Value::Text(subject),
            Value::Truth(decided),
        ] = <[Value; 7]>::try_from(row).expect("a fact has as many columns")
        else {
            unreachable!("columns have the kinds that the table says");
        };
        sqlx::query(UPDATE)
            .bind(scope)
            .bind(subject)
            .bind(decided)
            .bind(sequence)
            .bind(encoding)
            .execute(&mut **tx)
            .await
            .map_err(told)?;
    }
    Ok(())
}
