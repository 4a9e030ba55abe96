"""Benchmarks: what the worker does with a load, beside a bare loop, in one run (`make bench`)."""
