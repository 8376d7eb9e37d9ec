"""Pure rules: no clock, no database, no Slack; only `core.teachers` speaks to the network."""
