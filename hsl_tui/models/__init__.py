"""Tables, states, and the frozen views that leave the store."""
