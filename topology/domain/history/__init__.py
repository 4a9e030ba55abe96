"""History: what is stored about one customer, a module for each part."""
