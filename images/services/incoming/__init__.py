"""Images that others share with our projects: docs/approval.md.

`noticing` makes the requests, `judging` holds them against the policy, `voting` counts votes, `deciding` carries out
what was decided, `discussing` is what people say, `policies` changes and simulates policies, `moving` has the states.
"""
