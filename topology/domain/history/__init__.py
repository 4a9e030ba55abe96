"""Facts: what is remembered of one customer, and how each kind of it is kept."""
