"""ui of the workbench."""
