#include "controller/store/schema.h"

const char *const store_schema_steps[] = {
    "CREATE TABLE secret (key BLOB NOT NULL);"
    "CREATE TABLE services ("
    "  name TEXT PRIMARY KEY, revision TEXT, author TEXT, summary TEXT, read_set TEXT, tree_id "
    "TEXT,"
    "  request_digest TEXT, artifacts TEXT, record TEXT, drift TEXT, findings TEXT, inputs TEXT, "
    "state TEXT, message TEXT, details TEXT,"
    "  approved_digest TEXT, held_digest TEXT, pinned_revision TEXT, skipped_revision TEXT, "
    "account TEXT, region TEXT,"
    "  stack_name TEXT, stack_id TEXT, suspended INTEGER NOT NULL, adopted INTEGER NOT NULL,"
    "  deployment_nonce INTEGER NOT NULL, changed_ms INTEGER NOT NULL, deployed_ms INTEGER NOT "
    "NULL,"
    "  drift_checked_ms INTEGER NOT NULL, inputs_checked_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE deployments ("
    "  id INTEGER PRIMARY KEY, service TEXT NOT NULL, revision TEXT, author TEXT, summary TEXT, "
    "request_digest TEXT,"
    "  intent TEXT NOT NULL, outcome TEXT, message TEXT, started_ms INTEGER NOT NULL, finished_ms "
    "INTEGER NOT NULL);"
    "CREATE INDEX deployments_by_service ON deployments (service, id);"
    "CREATE TABLE requests (digest TEXT PRIMARY KEY, text TEXT NOT NULL, complete INTEGER NOT "
    "NULL) WITHOUT ROWID;",
    "ALTER TABLE services DROP COLUMN inputs_checked_ms;",

    "CREATE TABLE artifacts ("
    "  bucket TEXT NOT NULL, key TEXT NOT NULL, service TEXT NOT NULL, revision TEXT, statement "
    "TEXT NOT NULL, uploaded_ms INTEGER NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;"
    "CREATE TABLE request_artifacts (digest TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (digest, "
    "key)) WITHOUT ROWID;"
    "CREATE INDEX request_artifacts_by_key ON request_artifacts (key, digest);"
    "CREATE INDEX deployments_by_request ON deployments (request_digest);"
    "INSERT OR IGNORE INTO request_artifacts SELECT digest, atom FROM"
    "  (SELECT digest, text FROM requests WHERE json_valid(text)) AS valid, json_tree(valid.text)"
    "  WHERE type = 'text' AND atom LIKE '%/code/%/%';",
    "DROP TABLE artifacts;", /* what an artifact was made from lies beside it on S3 */
};

const size_t store_schema_version = sizeof store_schema_steps / sizeof *store_schema_steps;
