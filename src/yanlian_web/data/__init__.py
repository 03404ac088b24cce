"""data of the workbench."""
