"""What the agent says in English."""
