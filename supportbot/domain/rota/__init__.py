"""What people do to a rota while the desk runs: cover, taken shifts, schedules for a time."""
