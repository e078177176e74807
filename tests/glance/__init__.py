"""A real Keystone and Glance on loopback, and our client and console in front of them: `make test-glance`."""
