"""Every figure of speed and memory that we claim, each beside a peer or a floor of the same run."""
