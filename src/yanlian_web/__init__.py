"""The workbench: remembers and shows what the library thinks."""
