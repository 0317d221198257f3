"""Mail: raw bytes in, values out. Only the mailbox and the relay open connections."""
