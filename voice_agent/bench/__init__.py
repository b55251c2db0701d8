"""Measurements a developer can repeat: percentiles and ratios, printed."""
