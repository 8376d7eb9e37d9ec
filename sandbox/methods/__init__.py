"""Slack's Web API methods by family; `sandbox.methods.registry` names them all."""
