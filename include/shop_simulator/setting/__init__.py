"""What is given before any day: stores, assortment, calendar, competitors and incidents."""
