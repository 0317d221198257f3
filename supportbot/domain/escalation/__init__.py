"""What happens while nobody has it, and whether that reaches somebody in time."""
