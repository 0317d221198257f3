"""Slack: events in over Socket Mode, messages out by the Web API, buttons and forms in between."""
