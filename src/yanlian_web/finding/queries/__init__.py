"""What the search box, the palette and the lists ask for."""
