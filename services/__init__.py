"""What runs: the roles of the stream, what they stand on, and the tools."""
