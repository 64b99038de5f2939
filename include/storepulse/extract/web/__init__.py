"""Sources that are asked over HTTP: APIs and web pages, and when an answer is the whole."""
