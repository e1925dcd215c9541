"""Values and decisions: the standard library and small pure libraries only, and time as an argument."""
