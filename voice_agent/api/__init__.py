"""The REST API: other systems book through the same core as the telephone."""
