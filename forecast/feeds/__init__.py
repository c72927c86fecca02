"""Where news comes from: pure readers of each format, and the places they are fetched from."""
