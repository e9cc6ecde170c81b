"""Small windows over a screen that ask one thing or tell one thing."""
