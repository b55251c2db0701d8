"""What the verbs of the command line do; each module imports what it needs when it is called."""
