"""The parts of a benchmark: each measures one thing, and has the options of its command."""
