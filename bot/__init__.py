"""Where everything is wired: the CLI, the Slack edge, the jobs, and where exports go."""
