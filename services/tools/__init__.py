"""Tools for people: the command line, doctor, replay, demo, `up`, and the local stack."""
