"""The files of a contest, read and checked, and what a contest is."""
