"""Log files of page events and checkouts, as servers write them."""
