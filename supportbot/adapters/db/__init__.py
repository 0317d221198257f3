"""The store: tickets, inbox, timers, deliveries in SQLite or Postgres, by the same statements."""
