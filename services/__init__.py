"""The roles of the stream, the platform that they share, and the tools."""
