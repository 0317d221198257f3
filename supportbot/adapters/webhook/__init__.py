"""The way out to paging services: a signed request for each page."""
