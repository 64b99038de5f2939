"""Which feeds exist (the registry), from which shops (sources), and over which connections."""
