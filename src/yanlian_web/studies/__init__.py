"""studies of the workbench."""
