"""What can come (the registry), from which shop (sources), and over which connection."""
