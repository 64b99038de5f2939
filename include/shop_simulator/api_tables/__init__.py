"""Tables behind the HTTP endpoints: ad reports, tickets, captured competitors' pages."""
