"""Mail: raw bytes in, values out. Nothing here opens a connection."""
