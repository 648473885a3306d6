"""What the verbs do; loaded when a verb runs, not when its help is shown."""
