"""What tests are made of: shops, lakes, hosts and databases, real ones, and rows that are wrong."""
