"""A local Slack workspace and a local teacher endpoint: no account, no network, prepared texts.

It speaks Slack's Web API, Socket Mode and signed HTTP to an unmodified bot, is as strict as Slack
(facts/slack.md), and adds `/sandbox/...` for what a Web API client cannot do: clicks, modals,
commands, faults, a clock. It imports no other room and none imports it.
"""
