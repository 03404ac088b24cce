"""What the pages of cultivating show: plain data, asked for in few questions."""
