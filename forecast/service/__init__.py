"""The live service: news is taken, forecasts are made of it, people decide what goes on air."""
