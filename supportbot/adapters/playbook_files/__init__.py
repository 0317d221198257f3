"""The playbooks of a team: YAML and texts in a folder, read into `supportbot.domain.policy.playbook`."""
