"""Where the outside starts us: the command line, and the running bot."""
