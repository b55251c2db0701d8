"""Simulated callers: agenda-driven, moody, misheard, and judged by what their calls leave."""
