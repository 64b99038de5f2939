"""What lies between two steps: landed and accepted windows, quarantine, decisions on both."""
