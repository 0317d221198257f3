"""What is said to whom, and how it must be sent."""
