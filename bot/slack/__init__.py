"""Slack: everything the terminal can do, with Slack's own habits. Nothing outside this folder knows Slack."""
