"""What is known ahead: events, and temporary changes."""
