"""A store's days: visits, carts and orders, until each is delivered, cancelled or refunded."""
