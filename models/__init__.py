"""The statistics: one model a file."""
