"""Django's SQLite with a gate before its one writer."""
