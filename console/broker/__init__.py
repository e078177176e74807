"""Brokers as we use them: a message that cannot be read is set aside and told, and never ends a worker.

`folder`   the broker of the embedded mode (docs/adr/0003-embedded-broker.md)
`redis`    kombu's, which hands on what cannot be read instead of ending the worker
`consumer` what looks at each message, whatever broker it came from, before Celery does
`flaws`    what a message must be
`aside`    where the others go
"""

from kombu.transport import TRANSPORT_ALIASES


def install() -> None:
    """From now on BROKER_URL's redis:// and filesystem:// mean ours."""
    TRANSPORT_ALIASES["filesystem"] = "console.broker.folder:Transport"
    TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "console.broker.redis:Transport"
