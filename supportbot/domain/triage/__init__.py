"""A message, what is read from it, the rules, and the decision."""
