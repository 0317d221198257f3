"""Real programs the tests talk to. Each module is a pytest plugin; its docstring is its manual."""
