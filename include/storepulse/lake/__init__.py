"""What the steps leave for each other: landed and accepted windows, quarantine, decisions."""
