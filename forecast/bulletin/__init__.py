"""The document of a forecast, and what explains it."""
