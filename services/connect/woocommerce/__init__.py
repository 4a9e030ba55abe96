"""WooCommerce: `verify` checks its signature, and `map_webhook` maps its topics.

`orders` reads an order, and `customers` who somebody is.
"""
