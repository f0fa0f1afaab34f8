"""Before the window: the pass phrase of the store, or the sentence why it cannot be opened."""
