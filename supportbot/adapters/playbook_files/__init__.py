"""The playbooks of a team: YAML and texts in a folder, read into `domain.policy.playbook`."""
