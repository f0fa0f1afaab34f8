"""A hall node: keeps signed batches of the desks of one unit for one another, and carries them to the province."""
