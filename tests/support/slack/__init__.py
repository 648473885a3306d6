"""A Slack that runs on loopback: the Web API with state and faults, signed requests, Socket Mode."""
