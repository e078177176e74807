"""Files on their way from a browser to an image: docs/operations.md, "Files".

`receiving` is what browsers and people do, `staging` where the bytes lie, `clearing` what the schedule takes away.
"""
