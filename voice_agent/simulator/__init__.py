"""Plays Retell and the people who call: for replays, the demo, and whoever wants to type."""
