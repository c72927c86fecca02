"""The JSON API under /v1: one shape for what succeeds, one for what does not."""
