"""What its pages show: plain data."""
