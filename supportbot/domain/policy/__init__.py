"""A team's playbooks, as values."""
