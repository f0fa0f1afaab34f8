"""The desk's encrypted SQLite store: engine, tables, queries, keys and migrations. Knows nothing of entries."""
