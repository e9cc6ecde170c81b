"""What an operator can do: one function an act, which checks, changes and audits in one go."""
