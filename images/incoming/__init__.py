"""Images that others share with our projects: inbox, policies, votes, decisions."""
