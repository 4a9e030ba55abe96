"""Reporting: figures, results as files, plots, and the table of the README."""
