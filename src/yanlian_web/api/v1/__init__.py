"""The interface itself: version 1."""
