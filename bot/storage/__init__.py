"""The database: one schema and one set of migrations for SQLite and PostgreSQL."""
