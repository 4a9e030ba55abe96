"""The published policies: their history, who is in force, and how one is published."""
