"""What was printed, what waits and what went wrong."""
