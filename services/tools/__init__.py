"""Tools for people: the command, the doctor, replays, the demo, and the local stack."""
