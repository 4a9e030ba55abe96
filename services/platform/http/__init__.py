"""HTTP as every route has it: problems, bounds of bodies, paths as they were sent."""
