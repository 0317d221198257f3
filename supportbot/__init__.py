"""A support desk that runs a team's playbooks over Slack and GitHub."""

# A literal: asking importlib.metadata costs more than starting the interpreter.
__version__ = "0.1.0"
