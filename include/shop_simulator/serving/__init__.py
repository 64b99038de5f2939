"""The HTTP server of a made world: its APIs and the competitors' pages."""
