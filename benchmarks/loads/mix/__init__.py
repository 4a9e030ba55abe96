"""The load `mix`: a shop whose customers are known, on a busy day."""
