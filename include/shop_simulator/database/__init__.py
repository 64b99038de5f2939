"""The shop's database: its schema, its rows at the clock, and loading them."""
