"""Builds the compiled form of the domain and the agents, from the same source."""
