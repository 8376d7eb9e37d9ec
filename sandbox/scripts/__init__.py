"""What the scripted reviewers do: the stage they act on, their plan, and the scenes they play."""
