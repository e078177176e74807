"""Other people's suites against our sandbox: `make conformance`.

They were written for OpenStack, and IMS is not quite that. So each suite has a list of the tests that must fail, with
the section of the reference that the sandbox follows instead (expected/*.csv). A failure that is not in it is a fault
of the sandbox, and so is a test of the list that passes.
"""
