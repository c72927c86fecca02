"""Forecasts contests while they are being counted."""
