"""One request and its conversation: what happens to it, and which clocks run."""
