"""offices of the workbench."""
