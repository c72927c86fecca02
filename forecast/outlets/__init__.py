"""Where forecasts go: pure renderings of what is on air, and small senders."""
