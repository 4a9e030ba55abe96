"""What runs: settings, command line, worker, projector, API, replay, and the local stack."""
