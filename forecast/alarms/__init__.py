"""Whether a declaration can be what was counted."""
