"""Images that others share with our projects: docs/approval.md.

`intake` makes the requests, `due` holds them against the policy, `votes` counts votes, `decisions` carries out what was
decided, `comments` is what people say, `policies` changes and simulates policies, `states` has the states.
"""
