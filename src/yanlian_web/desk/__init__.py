"""desk of the workbench."""
