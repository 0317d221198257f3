"""Who carried how much of being on call, and who should carry what comes next."""
