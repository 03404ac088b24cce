"""Pages of cultivating."""
