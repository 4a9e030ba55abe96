"""What rules are made of, compiled: cases, conditions, ladders, calendars, and what they emit."""
