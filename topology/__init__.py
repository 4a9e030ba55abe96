"""The stream: the pure domain, Faust with batches and transactions, and the agents between them."""
