"""The use cases: load, let the domain decide, write in one transaction."""
