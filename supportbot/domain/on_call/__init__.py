"""Who is on call when: rotations, and the time that people work."""
