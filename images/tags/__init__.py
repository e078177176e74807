"""Tags: editing, CSV, policy, catalogue and trends."""
