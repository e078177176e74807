"""Images that others share with our projects: docs/approval.md.

`noticing` makes the requests, `judging` holds them against the policy, `deciding` counts votes and carries decisions
out, `discussing` is what people say, `policies` changes and simulates policies. `moving` has the states.
"""
